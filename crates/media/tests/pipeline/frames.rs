//! Animations that begin with nothing: what is shown is a frame with something.
//! Knows how animations are written; which frame is shown in detail is tested where that is decided.

use super::{render, unpacked};
use image::{ImageFormat, Rgba, RgbaImage};

const SIDE: u32 = 40;

/// What a frame shows: nothing, black, or a blue box on white.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Black,
    Picture,
}

impl Shown {
    fn color(self, x: u32, y: u32) -> [u8; 4] {
        match self {
            Self::Nothing => [0; 4],
            Self::Black => [0, 0, 0, 255],
            Self::Picture if x > 10 && y > 10 => [0, 0, 255, 255],
            Self::Picture => [255; 4],
        }
    }

    fn rgba(self) -> RgbaImage {
        RgbaImage::from_fn(SIDE, SIDE, |x, y| Rgba(self.color(x, y)))
    }
}

fn gif(frames: &[Shown]) -> Vec<u8> {
    let mut file = Vec::new();
    let palette = [0, 0, 0, 0, 0, 255, 255, 255, 255, 9, 9, 9];
    let mut encoder = gif::Encoder::new(&mut file, SIDE as u16, SIDE as u16, &palette).unwrap();
    for frame in frames {
        let index = |pixel: &Rgba<u8>| match pixel.0 {
            [.., 0] => 3,
            [0, _, 0, _] => 0,
            [0, ..] => 1,
            _ => 2,
        };
        let indices: Vec<u8> = frame.rgba().pixels().map(index).collect();
        let mut frame = gif::Frame::from_indexed_pixels(SIDE as u16, SIDE as u16, indices, Some(3));
        frame.dispose = gif::DisposalMethod::Background;
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    file
}

fn png(frames: &[Shown]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE, SIDE);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_animated(frames.len() as u32, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for frame in frames {
        writer.write_image_data(&frame.rgba()).unwrap();
    }
    writer.finish().unwrap();
    file
}

fn chunk(name: &[u8], data: &[u8]) -> Vec<u8> {
    [name, &(data.len() as u32).to_le_bytes(), data, &vec![0; data.len() % 2]].concat()
}

fn webp(frames: &[Shown]) -> Vec<u8> {
    let three = |number: u32| number.to_le_bytes()[..3].to_vec();
    let side = three(SIDE - 1);
    let header = chunk(b"VP8X", &[&[0x12, 0, 0, 0], &side[..], &side].concat());
    let mut body = [b"WEBP".as_slice(), &header, &chunk(b"ANIM", &[0; 6])].concat();
    for frame in frames {
        let mut still = std::io::Cursor::new(Vec::new());
        frame.rgba().write_to(&mut still, ImageFormat::WebP).unwrap();
        let place = [&[0; 6], &side[..], &side, &[100, 0, 0, 1]].concat();
        body.extend(chunk(b"ANMF", &[&place, &still.get_ref()[12..]].concat()));
    }
    chunk(b"RIFF", &body)
}

/// Nothing, then a picture, as libjxl's `cjxl -d 0` writes them: in Rust nobody does.
const JPEG_XL: &[u8] = b"\xff\x0aI\x04\x03XP\x5c\x12\x08\x08\x20\x19\x00\x00\x24\x00K\x18\x8b\x15\x82\
    \x0bH\x00\x00\x08\x08\x20Y\x00\x00\x80\x00K\x18\x8b\x15\x00\x1c\xfe\x3f\xc6\x18\
    \xff\xff\x2f\x20\x02\x40\xa9\x0b\x0e\x88\x3f\xe0\xd8\x16\xa0\x98\xf3\xa0sJ\xa8\x00";

/// What is shown of an animation, in every format that we can write.
#[track_caller]
fn check(frames: &[Shown], wanted: Shown) {
    check_file(&gif(frames), wanted);
    check_file(&png(frames), wanted);
    check_file(&webp(frames), wanted);
}

#[track_caller]
fn check_file(file: &[u8], wanted: Shown) {
    let rendition = render(file, &[128]).unwrap();
    assert!(rendition.facts.animated && rendition.facts.warnings.is_empty(), "{rendition:?}");
    let found = unpacked(&rendition.thumbnails[0]);
    assert!(found == wanted.rgba(), "{} does not show {wanted:?}", rendition.facts.format);
}

#[test]
fn an_animation_shows_its_first_frame_that_is_not_blank() {
    use Shown::{Black, Nothing, Picture};
    check(&[Picture, Black], Picture);
    check(&[Nothing, Picture], Picture);
    check(&[Black, Picture, Black], Picture);
    check(&[Nothing, Black, Black, Picture], Picture);
    check(&[Black, Nothing], Black);
    check(&[Nothing, Nothing], Nothing);
    check(&[[Black; 12].as_slice(), &[Picture]].concat(), Black);
}

#[test]
fn so_does_one_in_jpeg_xl() {
    check_file(JPEG_XL, Shown::Picture);
    // Cut in the second frame: the first is whole.
    check_file(&JPEG_XL[..50], Shown::Nothing);
}
