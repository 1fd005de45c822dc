//! Comics in archives of every sort that can be made: 7z by 7-Zip's own program, RAR by hand and so only stored.
//! Compressed RAR archives are written by no free program, and are not tested here.
//! Knows which page is the first; nothing of how archives are read.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

#[path = "made/folder.rs"]
mod folder;
#[path = "made/rar.rs"]
mod rar;
#[path = "made/seven_zip.rs"]
mod seven_zip;

use folder::Folder;
use rar::{Said, file_of_4, file_of_4_with, file_of_5, header_of_4};
use tintype_media::{Engine, Fault, Fonts, Limits, Reason, Rendition, Source, Wanted};

const LIMITS: Limits = Limits { max_pixels: 1 << 22, max_memory: 64 << 20 };

/// A page of one colour, larger than any other page by its number, so that its size tells which it is.
fn page(number: u32) -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40 + number, 60, image::Rgb([200, number as u8, 40]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    png.into_inner()
}

fn render(archive: &[u8]) -> Result<Rendition, Fault> {
    tintype_worker_comic::load().unwrap();
    let formats = tintype_worker_comic::FORMATS;
    let engine = Engine { formats, limits: LIMITS, fonts: &Fonts::none() };
    engine.render(&Source::from_bytes(&archive), &Wanted::new(&[64], 85), &mut |_| {})
}

/// Which page is shown, and how many there are said to be.
#[track_caller]
fn check(archive: &[u8], wanted: Result<(u32, u32), Reason>) {
    let got = render(archive).map(|made| (made.facts.width - 40, made.facts.pages.unwrap()));
    assert_eq!(
        got.as_ref().map_err(|fault| fault.reason),
        wanted.as_ref().map_err(|reason| *reason),
        "{got:?}"
    );
}

/// As every comic of these tests: the pages out of order, and what is none.
fn entries() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("About.txt", b"by nobody".to_vec()),
        ("第2話/page1.png", page(50)),
        ("第1話/page10.png", page(10)),
        ("第1話/page2.png", page(2)),
        ("第1話/Page1.PNG", page(1)),
        ("__MACOSX/page0.png", b"a fork".to_vec()),
        (".page0.png", page(0)),
    ]
}

#[test]
fn a_7z_of_any_sort_shows_its_first_page() {
    let folder = Folder::of(&entries());
    #[rustfmt::skip]
    let sorts: &[&[&str]] = &[
        &["-m0=lzma2", "-ms=on"], &["-m0=lzma"], &["-m0=lzma2", "-ms=off"], &["-mx=0"], &["-m0=ppmd"], &["-m0=bzip2"],
        &["-m0=deflate"], &["-m0=delta", "-m1=lzma2"], &["-m0=bcj", "-m1=lzma"], &["-mhc=off"], &["-m0=lzma2:d=3840m"],
    ];
    for sort in sorts {
        println!("{sort:?}");
        check(&folder.packed(sort), Ok((1, 4)));
    }
}

#[test]
fn a_7z_that_needs_a_password_says_so() {
    let folder = Folder::of(&entries());
    check(&folder.packed(&["-psecret"]), Err(Reason::Encrypted));
    check(&folder.packed(&["-psecret", "-mhe=on"]), Err(Reason::Encrypted));
}

#[test]
fn a_rar_shows_its_first_page() {
    let entries = entries();
    let entries: Vec<_> = entries.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    check(&rar::of_4(&entries), Ok((1, 4)));
    check(&rar::of_5(&entries), Ok((1, 4)));
}

#[test]
fn a_rar_that_needs_a_password_says_so() {
    let page = page(1);
    let bytes = [rar::begin_of_4(0), file_of_4("a.png", &page, rar::ENCRYPTED), page].concat();
    check(&bytes, Err(Reason::Encrypted));
    check(&rar::begin_of_4(0x80), Err(Reason::Encrypted));
}

#[test]
fn without_a_page_there_is_no_picture() {
    let none = [("a.txt", b"a".as_slice()), (".b.png", b"b"), ("__MACOSX/c.png", b"c")];
    check(&rar::of_4(&none), Err(Reason::NoPicture));
    check(&rar::of_5(&none), Err(Reason::NoPicture));
    check(&rar::of_5(&[]), Err(Reason::NoPicture));
    check(&Folder::of(&[("a.txt", b"a".to_vec())]).packed(&[]), Err(Reason::NoPicture));
}

/// A link may be called a page, and lead anywhere.
#[test]
fn a_link_is_no_page() {
    let len = 5_u32.to_le_bytes();
    let link =
        file_of_4_with("a.png", [len, len, rar::crc32(b"/etc/").to_le_bytes()], (rar::PLAIN, rar::LINK));
    check(&[rar::begin_of_4(0), link, b"/etc/".to_vec()].concat(), Err(Reason::NoPicture));
}

/// What comes before the damage is whole, and what is cut may still be a picture.
#[test]
fn damage_costs_what_lies_behind_it() {
    let (first, second) = (page(1), page(2));
    let pages = [("1.png", first.as_slice()), ("2.png", &second), ("3.png", &second)];
    for archive in [rar::of_4(&pages), rar::of_5(&pages)] {
        let cut = archive.len() - second.len() - 40;
        check(&archive[..cut], Ok((1, 2)));
        let mut bitten = archive.clone();
        bitten[cut - 20] ^= 0xff; // within the second page, which nobody looks at
        check(&bitten, Ok((1, 3)));
    }
    let archive = Folder::of(&entries()).packed(&[]);
    check(&archive[..archive.len() - 10], Err(Reason::Corrupt));
}

/// Sizes that are said, and are not so.
#[test]
fn what_is_too_much_is_not_unpacked() {
    let most = (LIMITS.max_memory / 8) as usize;
    let large = [page(1), vec![0; most]].concat();
    check(&rar::of_4(&[("1.png", &large)]), Err(Reason::TooLarge));
    check(&rar::of_5(&[("1.png", &large)]), Err(Reason::TooLarge));
    check(&Folder::of(&[("1.png", large)]).packed(&["-mx=1"]), Err(Reason::TooLarge));
    // A page behind more than is ever unpacked is nobody's first.
    let before = Said { packed: 0, unpacked: 5 << 30, method: 0 };
    let bytes = [rar::begin_of_5(4), file_of_5("a.txt", &before, 0), file_of_5("1.png", &before, 0)].concat();
    check(&bytes, Err(Reason::TooLarge));
}

#[test]
fn a_dictionary_of_gigabytes_is_an_answer() {
    let page = page(1);
    let said = Said { packed: page.len() as u64, unpacked: 1 << 20, method: 15 << 10 | 3 << 7 };
    let bytes = [rar::begin_of_5(0), file_of_5("1.png", &said, 0), page].concat();
    let of_7z = seven_zip::Said { coder: seven_zip::VAST_LZMA, unpacked: 1 << 20, files: 1, name: "1.png" };
    for archive in [bytes, seven_zip::archive(&[0; 100], &of_7z)] {
        // Without a jail the memory may be promised, so that the stream is what is wrong.
        let fault = render(&archive).unwrap_err();
        assert!(matches!(fault.reason, Reason::TooLarge | Reason::Unsupported | Reason::Corrupt), "{fault}");
    }
}

#[test]
fn names_that_lead_out_lead_nowhere() {
    let page = page(3);
    // What begins with a dot is hidden.
    check(&rar::of_4(&[("../../../../canary/page1.png", &page), ("/etc/passwd.png", &page)]), Ok((3, 1)));
}

/// The name may end within its header, and a header may say that it is as long as nothing.
#[test]
fn a_header_that_says_nonsense_is_corrupt() {
    let nothing = [rar::begin_of_4(0), vec![0; 7]].concat();
    check(&nothing, Err(Reason::Corrupt));
    check(&[rar::begin_of_4(0), header_of_4(0x74, rar::PLAIN, &[0; 4])].concat(), Err(Reason::Corrupt));
}
