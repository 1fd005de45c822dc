//! What the crate that knows most formats does not know, or takes for something else.
//! Knows first bytes; nothing of names of files.

use super::Guess;

/// A format that is known by its first bytes.
struct Row {
    mime_type: &'static str,
    /// What people call it.
    name: &'static str,
    sign: Sign,
}

enum Sign {
    /// These bytes at these places.
    Magic(&'static [(usize, &'static [u8])]),
    Looks(fn(&[u8]) -> bool),
}
use Sign::{Looks, Magic};

/// What is found, by MIME type, says so little that [`LIKELY`] is asked.
pub(super) const SILENT: &[&str] = &[super::UNKNOWN, "text/plain", "text/xml"];

/// How much of a text is looked at: headers of mails and of PostScript are longer than one would think.
const TEXT_HEAD: usize = 8192;

/// Nothing else begins like these: asked first.
#[rustfmt::skip]
const CERTAIN: &[Row] = &[
    Row { mime_type: "application/vnd.adobe.illustrator", name: "Adobe Illustrator", sign: Looks(is_illustrator) },
    Row { mime_type: "application/x-font-type1", name: "PostScript font (Type 1)", sign: Magic(&[(0, b"%!PS-AdobeFont")]) },
    Row { mime_type: "application/x-font-type1", name: "PostScript font (Type 1)", sign: Magic(&[(0, b"\x80\x01"), (6, b"%!PS-AdobeFont")]) },
    Row { mime_type: "image/x-eps", name: "Encapsulated PostScript (EPS)", sign: Magic(&[(0, b"\xc5\xd0\xd3\xc6")]) },
    Row { mime_type: "image/avif", name: "AVIF", sign: Looks(|head| is_heif_of(head, *b"avif")) },
    Row { mime_type: "image/avif-sequence", name: "AVIF sequence", sign: Looks(|head| is_heif_of(head, *b"avis")) },
    Row { mime_type: "image/heic", name: "HEIC", sign: Looks(|head| [b"heic", b"heix", b"heim", b"heis"].into_iter().any(|brand| is_heif_of(head, *brand))) },
    Row { mime_type: "image/heic-sequence", name: "HEIC sequence", sign: Looks(|head| [b"hevc", b"hevx", b"hevm", b"hevs"].into_iter().any(|brand| is_heif_of(head, *brand))) },
    Row { mime_type: "application/vnd.corel-draw", name: "CorelDRAW", sign: Magic(&[(0, b"RIFF"), (8, b"CDR")]) },
    Row { mime_type: "application/vnd.corel-draw", name: "CorelDRAW", sign: Magic(&[(0, b"RIFF"), (8, b"cdr")]) },
    Row { mime_type: "application/vnd.corel-draw", name: "CorelDRAW", sign: Magic(&[(0, b"PK\x03\x04"), (30, b"mimetypeapplication/x-vnd.corel")]) },
    Row { mime_type: "image/x-cmx", name: "Corel Metafile (CMX)", sign: Magic(&[(0, b"RIFF"), (8, b"CMX1")]) },
    Row { mime_type: "application/x-krita", name: "Krita", sign: Magic(&[(0, b"PK\x03\x04"), (30, b"mimetypeapplication/x-krita")]) },
    Row { mime_type: "application/x-affinity", name: "Affinity", sign: Magic(&[(0, b"\0\xffKA")]) },
    Row { mime_type: "application/vnd.adobe.aftereffects.project", name: "Adobe After Effects", sign: Magic(&[(0, b"RIFX"), (8, b"Egg!")]) },
    Row { mime_type: "application/vnd.quark.quarkxpress", name: "QuarkXPress", sign: Magic(&[(2, b"MMXPR")]) },
    Row { mime_type: "application/vnd.quark.quarkxpress", name: "QuarkXPress", sign: Magic(&[(2, b"IIXPR")]) },
    Row { mime_type: "image/x-pdn", name: "Paint.NET", sign: Magic(&[(0, b"PDN3")]) },
    Row { mime_type: "image/x-freehand", name: "FreeHand", sign: Magic(&[(0, b"AGD"), (4, b"\0")]) },
    Row { mime_type: "image/x-freehand", name: "FreeHand", sign: Magic(&[(0, b"FreeHand")]) },
    Row { mime_type: "image/x-paintshop", name: "PaintShop Pro", sign: Magic(&[(0, b"Paint Shop Pro Image File")]) },
    Row { mime_type: "application/x-clip-studio", name: "Clip Studio Paint", sign: Magic(&[(0, b"CSFCHUNK")]) },
    Row { mime_type: "image/x-aseprite", name: "Aseprite", sign: Magic(&[(4, b"\xe0\xa5"), (12, b"\x20\0")]) },
    Row { mime_type: "image/x-sun-raster", name: "Sun raster", sign: Magic(&[(0, b"\x59\xa6\x6a\x95")]) },
    Row { mime_type: "image/x-pixar", name: "PIXAR raster", sign: Magic(&[(0, b"\x80\xe8\0\0")]) },
    Row { mime_type: "image/x-msp", name: "Microsoft Paint (MSP)", sign: Magic(&[(0, b"DanM")]) },
    Row { mime_type: "image/x-msp", name: "Microsoft Paint (MSP)", sign: Magic(&[(0, b"LinS")]) },
    Row { mime_type: "image/vnd.zbrush.dcx", name: "multi-page PCX (DCX)", sign: Magic(&[(0, b"\xb1\x68\xde\x3a")]) },
    Row { mime_type: "image/x-xv-thumbnail", name: "XV thumbnail", sign: Magic(&[(0, b"P7 332")]) },
    Row { mime_type: "image/x-im", name: "IFUNC Image Memory (IM)", sign: Magic(&[(0, b"Image type:")]) },
    Row { mime_type: "image/x-jbig2", name: "JBIG2", sign: Magic(&[(0, b"\x97JB2\r\n\x1a\n")]) },
    Row { mime_type: "image/x-vtf", name: "Valve texture (VTF)", sign: Magic(&[(0, b"VTF\0")]) },
    Row { mime_type: "image/x-blp", name: "Blizzard texture (BLP)", sign: Magic(&[(0, b"BLP1")]) },
    Row { mime_type: "image/x-blp", name: "Blizzard texture (BLP)", sign: Magic(&[(0, b"BLP2")]) },
    Row { mime_type: "image/x-pvr", name: "PowerVR texture (PVR)", sign: Magic(&[(0, b"PVR\x03")]) },
    Row { mime_type: "image/x-pkm", name: "Ericsson texture (PKM)", sign: Magic(&[(0, b"PKM ")]) },
    Row { mime_type: "image/x-photo-cd", name: "Photo CD", sign: Magic(&[(2048, b"PCD_IPI")]) },
    Row { mime_type: "image/x-photo-cd", name: "Photo CD overview", sign: Magic(&[(0, b"PCD_OPA")]) },
    Row { mime_type: "image/x-ilbm", name: "Amiga picture (ILBM)", sign: Magic(&[(0, b"FORM"), (8, b"ILBM")]) },
    Row { mime_type: "image/x-ilbm", name: "Amiga picture (PBM)", sign: Magic(&[(0, b"FORM"), (8, b"PBM ")]) },
    Row { mime_type: "image/x-pict", name: "PICT", sign: Magic(&[(522, b"\0\x11\x02\xff\x0c\0")]) },
    Row { mime_type: "image/x-mrsid", name: "MrSID", sign: Magic(&[(0, b"msid")]) },
    Row { mime_type: "image/x-minolta-mrw", name: "Minolta raw (MRW)", sign: Magic(&[(0, b"\0MRM")]) },
    Row { mime_type: "image/x-sigma-x3f", name: "Sigma raw (X3F)", sign: Magic(&[(0, b"FOVb")]) },
    Row { mime_type: "application/x-nifti", name: "NIfTI", sign: Magic(&[(344, b"n+1\0")]) },
    Row { mime_type: "application/x-hdf5", name: "HDF5", sign: Magic(&[(0, b"\x89HDF\r\n\x1a\n")]) },
    Row { mime_type: "application/x-nrrd", name: "NRRD", sign: Magic(&[(0, b"NRRD000")]) },
    Row { mime_type: "application/x-bplist", name: "Apple property list", sign: Magic(&[(0, b"bplist0")]) },
    Row { mime_type: "image/x-xbitmap", name: "X bitmap (XBM)", sign: Looks(is_xbm) },
];

/// Asked where nobody knows better: signs of little weight, and texts.
#[rustfmt::skip]
const LIKELY: &[Row] = &[
    Row { mime_type: "image/svg+xml", name: "SVG", sign: Looks(is_svg) },
    Row { mime_type: "image/bmp", name: "bitmap (BMP)", sign: Looks(is_bitmap) },
    Row { mime_type: "image/x-gd", name: "GD2", sign: Magic(&[(0, b"gd2\0")]) },
    Row { mime_type: "image/x-basis", name: "Basis Universal texture", sign: Magic(&[(0, b"sB\x13\0")]) },
    Row { mime_type: "image/x-mcidas", name: "McIDAS", sign: Magic(&[(0, b"\0\0\0\0\0\0\0\x04")]) },
    Row { mime_type: "image/wmf", name: "Windows Metafile (WMF)", sign: Magic(&[(0, b"\x01\0\x09\0\0\x03")]) },
    Row { mime_type: "message/rfc822", name: "e-mail", sign: Looks(is_mail) },
    Row { mime_type: "application/mbox", name: "mailbox", sign: Looks(|head| head.starts_with(b"From ") && contains(text(head), b"\nFrom: ")) },
    Row { mime_type: "text/plain", name: "plain text", sign: Looks(is_text) },
];

/// What these first bytes are, whatever anybody else would take them for.
pub(super) fn certain(head: &[u8]) -> Option<Guess> {
    first(CERTAIN, head)
}

/// What these first bytes are if nobody knows better.
pub(super) fn likely(head: &[u8]) -> Option<Guess> {
    first(LIKELY, head)
}

fn first(rows: &[Row], head: &[u8]) -> Option<Guess> {
    let at = |(place, bytes): &(usize, &[u8])| head.get(*place..).is_some_and(|rest| rest.starts_with(bytes));
    let row = rows.iter().find(|row| match row.sign {
        Magic(runs) => runs.iter().all(at),
        Looks(looks) => looks(head),
    });
    row.map(|row| Guess::new(row.mime_type, row.name))
}

fn text(head: &[u8]) -> &[u8] {
    &head[..head.len().min(TEXT_HEAD)]
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Illustrator up to version 8 wrote PostScript, and says so in the header's comments; later ones write PDF, with what is
/// private in a dictionary of that name.
fn is_illustrator(head: &[u8]) -> bool {
    let by_postscript = || {
        let head = text(head);
        contains(head, b"%AI5_FileFormat") || contains(head, b"%AI3_") || {
            contains(head, b"%%Creator: Adobe Illustrator") && !contains(&head[..head.len().min(40)], b"EPSF")
        }
    };
    (head.starts_with(b"%!PS-Adobe-") && by_postscript())
        || (head.starts_with(b"%PDF-") && contains(head, b"/AIPrivateData"))
}

/// A file of the HEIF family, whatever its first brand: cameras say `mif1` and name the coding among the compatible.
fn is_heif_of(head: &[u8], brand: [u8; 4]) -> bool {
    let Some([s0, s1, s2, s3, b'f', b't', b'y', b'p', major @ ..]) = head.first_chunk::<12>() else {
        return false;
    };
    let size = u32::from_be_bytes([*s0, *s1, *s2, *s3]) as usize;
    let compatible = head.get(16..size.min(head.len())).unwrap_or_default();
    let family = matches!(major, b"mif1" | b"msf1" | b"mif2" | b"miaf" | b"MiHB" | b"MiHE");
    *major == brand || (family && compatible.chunks_exact(4).any(|compatible| *compatible == brand))
}

/// `#define name_width 16`, perhaps after a comment.
fn is_xbm(head: &[u8]) -> bool {
    let head = text(head);
    let begins = head.starts_with(b"#define ") || head.starts_with(b"/*");
    begins && contains(head, b"_width ") && contains(head, b"_height ") && contains(head, b"_bits[")
}

/// An element of that name before any other; what stands before it is declarations and comments. UTF-16 is read with
/// its zeros left out.
fn is_svg(head: &[u8]) -> bool {
    let head: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
    let mut rest = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    rest =
        rest.strip_prefix(b"\xff\xfe").or(rest.strip_prefix(b"\xfe\xff")).unwrap_or(rest).trim_ascii_start();
    while let [b'<', b'!' | b'?', ..] = rest {
        let end: &[u8] = if rest.starts_with(b"<!--") { b"-->" } else { b">" };
        let Some(at) = rest.windows(end.len()).position(|window| window == end) else { return false };
        // A DOCTYPE may hold declarations of its own, in brackets.
        let at = match rest[..at].iter().position(|byte| *byte == b'[') {
            Some(_) if rest.starts_with(b"<!DOCTYPE") => {
                rest.windows(2).position(|window| window == b"]>").map_or(at, |at| at + 1)
            }
            _ => at,
        };
        rest = rest[at + end.len().min(rest.len() - at)..].trim_ascii_start();
    }
    let name = rest.strip_prefix(b"<").unwrap_or_default();
    let name = &name[..name.iter().position(|byte| b" \t\r\n>/".contains(byte)).unwrap_or(name.len())];
    name == b"svg" || name.ends_with(b":svg")
}

/// The crate knows the usual headers only. OS/2 had longer and shorter ones; what was on a clipboard has no `BM`.
fn is_bitmap(head: &[u8]) -> bool {
    let header = head.strip_prefix(b"BM").and_then(|rest| rest.get(12..)).unwrap_or(head);
    let named = header.len() != head.len();
    match header {
        [size @ 12..=124, 0, 0, 0, ..] if named => size % 2 == 0,
        [40, 0, 0, 0, _, _, _, _, _, _, _, _, 1, 0, depth, 0, ..] => {
            matches!(depth, 1 | 4 | 8 | 16 | 24 | 32)
        }
        _ => false,
    }
}

/// Lines of headers, a subject or a date among them.
fn is_mail(head: &[u8]) -> bool {
    const FIRST: &[&str] = &[
        "return-path:",
        "received:",
        "message-id:",
        "mime-version:",
        "delivered-to:",
        "from:",
        "x-",
        "date:",
    ];
    let head = text(head);
    let first = String::from_utf8_lossy(&head[..head.len().min(16)]).to_ascii_lowercase();
    FIRST.iter().any(|field| first.starts_with(field))
        && contains(head, b"\nSubject:")
        && (contains(head, b"\nFrom:") || first.starts_with("from:"))
}

/// No control characters but those that texts have; UTF-8, the last character of which may be cut, or mostly ASCII. UTF-16 tells by its mark.
fn is_text(head: &[u8]) -> bool {
    let is_control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        // Two bytes a character: neither is a control character, but either may be zero.
        return head.len() > 2 && head.iter().all(|byte| *byte == 0 || !is_control(byte));
    }
    let is_utf8 = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    let high = head.iter().filter(|byte| **byte > 0x7f).count();
    head.len() > 1 && !head.iter().any(is_control) && (is_utf8 || high * 3 <= head.len())
}
