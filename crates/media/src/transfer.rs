//! The transfer functions of ITU-T H.273: what a number between 0 and 1 is as light.
//! Knows formulas; knows nothing of primaries, tables or pictures.

use moxcms::TransferCharacteristics;

/// What numbers of a transfer function are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Transfer {
    /// sRGB's curve.
    Srgb,
    /// Another curve from black to white.
    Other(TransferCharacteristics),
    /// Light of a display of up to 10,000 cd/m² (SMPTE ST 2084).
    Pq,
    /// Light of a scene, which a display makes its own (ARIB STD-B67).
    Hlg,
}

/// What white on paper and in user interfaces has in PQ and in HLG: 203 cd/m² (ITU-R BT.2408).
const WHITE: f64 = 203.0;

/// The display that HLG is shown as on: 1000 cd/m², of which its gamma follows (ITU-R BT.2100).
const HLG_PEAK: f64 = 1000.0;
const HLG_GAMMA: f64 = 1.2;

/// Shares of red, green and blue in luminance (ITU-R BT.2100).
pub(crate) const LUMINANCE: [f32; 3] = [0.2627, 0.678, 0.0593];

/// The function of a code point.
///
/// The curves of cameras (BT.709 and its like) are meant for displays with a curve of their own, which at a desk is
/// sRGB's; and most still pictures with these numbers had sRGB's all along. "Unspecified" means sRGB too.
pub(crate) fn of_code_point(transfer: u8) -> Transfer {
    match transfer {
        16 => Transfer::Pq,
        18 => Transfer::Hlg,
        4 | 5 | 8 | 9 | 10 | 17 => {
            TransferCharacteristics::try_from(transfer).map_or(Transfer::Srgb, Transfer::Other)
        }
        _ => Transfer::Srgb,
    }
}

impl Transfer {
    /// Light of a number, 1 being white. HLG's is the scene's: see [`hlg_gain`].
    pub(crate) fn light(self, number: f64) -> f64 {
        match self {
            Self::Srgb => TransferCharacteristics::Srgb.linearize(number),
            Self::Other(transfer) => transfer.linearize(number),
            Self::Pq => pq(number) / WHITE,
            Self::Hlg => hlg(number),
        }
    }
}

/// ITU-R BT.2100, table 4: candela per square metre.
fn pq(number: f64) -> f64 {
    const M1: f64 = 2610.0 / 16384.0;
    const M2: f64 = 2523.0 / 4096.0 * 128.0;
    const C1: f64 = 3424.0 / 4096.0;
    const C2: f64 = 2413.0 / 4096.0 * 32.0;
    const C3: f64 = 2392.0 / 4096.0 * 32.0;
    let power = number.powf(1.0 / M2);
    10_000.0 * ((power - C1).max(0.0) / (C2 - C3 * power)).powf(1.0 / M1)
}

/// ITU-R BT.2100, table 5: the inverse of HLG's OETF.
fn hlg(number: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 1.0 - 4.0 * A;
    if number <= 0.5 {
        return number * number / 3.0;
    }
    let c = 0.5 - A * (4.0 * A).ln();
    (((number - c) / A).exp() + B) / 12.0
}

/// How much brighter than in the scene HLG's light is on the display (BT.2100's OOTF), 1 being white: bright light gains.
pub(crate) fn hlg_gain(luminance: f64) -> f64 {
    HLG_PEAK / WHITE * luminance.powf(HLG_GAMMA - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(transfer: u8, number: f64, wanted: f64) {
        let transfer = of_code_point(transfer);
        let light = transfer.light(number);
        let light = if transfer == Transfer::Hlg { light * hlg_gain(light) } else { light };
        assert!((light - wanted).abs() <= 0.01 * wanted, "{number} is {light}, not {wanted}");
    }

    /// The levels that ITU-R BT.2408 lists in its table 1, in percent of the signal and cd/m².
    #[test]
    fn reference_levels_of_both_systems() {
        check(16, 0.58, 1.0);
        check(16, 0.38, 26.0 / 203.0);
        check(16, 1.0, 10_000.0 / 203.0);
        check(18, 0.75, 1.0);
        check(18, 0.38, 26.0 / 203.0);
        check(18, 1.0, 1000.0 / 203.0);
    }

    #[test]
    fn curves_of_cameras_and_unknown_ones_are_those_of_displays() {
        for transfer in [0, 1, 2, 3, 6, 7, 11, 12, 13, 14, 15, 19, 255] {
            check(transfer, 0.5, 0.2140);
        }
        check(4, 0.5, 0.2176);
        check(5, 0.5, 0.1436);
        check(8, 0.5, 0.5);
    }
}
