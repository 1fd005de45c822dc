//! The text in front of a netpbm picture, and the text that a plain one consists of.
//! Knows nothing of pixels.

use crate::{Fault, Reason};

/// How samples are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Plain,
    PlainBits,
    Bits,
    Bytes,
    Words,
    Float { big_endian: bool },
}

#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Samples a pixel, 1 to 4.
    pub(super) depth: usize,
    /// The greatest level.
    pub(super) most: u16,
    pub(super) coding: Coding,
}

fn corrupt(what: &str) -> Fault {
    Reason::Corrupt.says(format!("PNM: {what}"))
}

impl Header {
    /// The header, and what follows it.
    pub(super) fn parse(file: &[u8]) -> Result<(Self, &[u8]), Fault> {
        let (magic, rest) = file.split_at_checked(2).ok_or_else(|| corrupt("no header"))?;
        if !rest.first().is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'#') {
            return Err(corrupt("no header"));
        }
        match magic {
            b"P7" => Self::parse_pam(rest),
            b"Pf" => Self::parse_float(rest, 1),
            b"PF" => Self::parse_float(rest, 3),
            [b'P', kind @ b'1'..=b'6'] => Self::parse_classic(rest, *kind),
            _ => Err(corrupt("no header")),
        }
    }

    fn parse_classic(mut rest: &[u8], kind: u8) -> Result<(Self, &[u8]), Fault> {
        let mut number = || -> Result<u32, Fault> {
            let word = next_word(&mut rest).ok_or_else(|| corrupt("cut short in the header"))?;
            std::str::from_utf8(word)
                .ok()
                .and_then(|word| word.parse().ok())
                .ok_or_else(|| corrupt("a size that is none"))
        };
        let (width, height) = (number()?, number()?);
        let most = if matches!(kind, b'1' | b'4') { 1 } else { number()? };
        let most = u16::try_from(most)
            .ok()
            .filter(|most| *most > 0)
            .ok_or_else(|| corrupt("levels beyond 65535"))?;
        let coding = match kind {
            b'1' => Coding::PlainBits,
            b'2' | b'3' => Coding::Plain,
            b'4' => Coding::Bits,
            _ if most > 255 => Coding::Words,
            _ => Coding::Bytes,
        };
        let depth = if matches!(kind, b'3' | b'6') { 3 } else { 1 };
        // One white space ends the header; in plain files it does not matter.
        Ok((Self { width, height, depth, most, coding }, rest.get(1..).unwrap_or_default()))
    }

    fn parse_float(mut rest: &[u8], depth: usize) -> Result<(Self, &[u8]), Fault> {
        let mut text = || next_word(&mut rest).and_then(|word| std::str::from_utf8(word).ok());
        let (width, height) =
            (text().and_then(|word| word.parse().ok()), text().and_then(|word| word.parse().ok()));
        let scale: Option<f32> = text().and_then(|word| word.parse().ok());
        match (width, height, scale) {
            (Some(width), Some(height), Some(scale)) => {
                let coding = Coding::Float { big_endian: scale > 0.0 };
                Ok((Self { width, height, depth, most: 1, coding }, rest.get(1..).unwrap_or_default()))
            }
            _ => Err(corrupt("a header of floats that is none")),
        }
    }

    fn parse_pam(rest: &[u8]) -> Result<(Self, &[u8]), Fault> {
        let mut rest = rest.get(1..).unwrap_or_default();
        let mut fields = [None; 4];
        loop {
            let end = rest.iter().position(|byte| *byte == b'\n').ok_or_else(|| corrupt("no ENDHDR"))?;
            let line = std::str::from_utf8(rest.get(..end).unwrap_or_default()).unwrap_or_default().trim();
            rest = rest.get(end.saturating_add(1)..).unwrap_or_default();
            let (name, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let place = match name {
                "ENDHDR" => break,
                "WIDTH" => 0,
                "HEIGHT" => 1,
                "DEPTH" => 2,
                "MAXVAL" => 3,
                _ => continue,
            };
            if let Some(field) = fields.get_mut(place) {
                *field = value.trim().parse::<u32>().ok();
            }
        }
        let [Some(width), Some(height), Some(depth), Some(most)] = fields else {
            return Err(corrupt("a field is missing"));
        };
        let most = u16::try_from(most)
            .ok()
            .filter(|most| *most > 0)
            .ok_or_else(|| corrupt("levels beyond 65535"))?;
        if !(1..=4).contains(&depth) {
            return Err(Reason::Unsupported.says(format!("PAM: {depth} samples a pixel")));
        }
        let coding = if most > 255 { Coding::Words } else { Coding::Bytes };
        Ok((Self { width, height, depth: depth as usize, most, coding }, rest))
    }

    /// Whether pixels have alpha: two samples are grey and alpha, four are RGBA.
    pub(super) fn has_alpha(&self) -> bool {
        matches!(self.depth, 2 | 4)
    }

    /// Samples of a pixel as we keep it.
    pub(super) fn channels(&self) -> usize {
        if self.has_alpha() { 4 } else { 3 }
    }

    /// Whether the file's bytes are pixels as we keep them.
    pub(super) fn is_ready(&self) -> bool {
        self.coding == Coding::Bytes && self.most == 255 && self.depth == self.channels()
    }

    /// What a pixel takes: what becomes of it, and with floats what it was on the way.
    pub(super) fn bytes_per_pixel(&self) -> u64 {
        match self.coding {
            // Read, turned upside down, then 16-bit RGB.
            Coding::Float { .. } => (self.depth as u64).saturating_mul(8).saturating_add(6),
            _ if self.most > 255 => (self.channels() as u64).saturating_mul(2),
            _ => self.channels() as u64,
        }
    }
}

/// The next word, past white space and comments.
fn next_word<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    skip_blanks(rest);
    let end = rest.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'#').unwrap_or(rest.len());
    let (word, after) = rest.split_at_checked(end)?;
    *rest = after;
    (!word.is_empty()).then_some(word)
}

fn skip_blanks(rest: &mut &[u8]) {
    loop {
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        *rest = rest.get(blanks..).unwrap_or_default();
        if !rest.starts_with(b"#") {
            return;
        }
        let comment = rest.iter().take_while(|byte| **byte != b'\n').count();
        *rest = rest.get(comment..).unwrap_or_default();
    }
}

/// The numbers of a plain picture, up to the first that is none.
pub(super) fn plain_numbers(mut rest: &[u8]) -> impl Iterator<Item = u16> {
    std::iter::from_fn(move || std::str::from_utf8(next_word(&mut rest)?).ok()?.parse().ok())
}

/// The digits of a plain bitmap, which need nothing between them; 1 is ink.
pub(super) fn plain_bits(mut rest: &[u8]) -> impl Iterator<Item = u16> {
    std::iter::from_fn(move || {
        skip_blanks(&mut rest);
        let (digit, after) = rest.split_first()?;
        rest = after;
        match digit {
            b'0' => Some(1),
            b'1' => Some(0),
            _ => None,
        }
    })
}
