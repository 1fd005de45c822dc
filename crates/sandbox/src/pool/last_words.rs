//! The end of what a worker says on standard error, made fit to be shown.
//! Knows nothing of pipes.

use std::collections::VecDeque;

/// A panic with its place, or a decoder's last few complaints.
const KEPT: usize = 4 << 10;

/// The last bytes of a stream that may be endless.
#[derive(Default)]
pub(crate) struct LastWords(VecDeque<u8>);

impl LastWords {
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        self.0.extend(&bytes[bytes.len().saturating_sub(KEPT)..]);
        let surplus = self.0.len().saturating_sub(KEPT);
        self.0.drain(..surplus);
    }

    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// One line of text.
    pub(crate) fn text(&self) -> String {
        let (front, back) = self.0.as_slices();
        one_line(&String::from_utf8_lossy(&[front, back].concat()))
    }
}

/// What Rust adds to every panic. There is no environment in the jail to set anything in.
const BACKTRACE_HINT: &str = "note: run with `RUST_BACKTRACE";

/// Lines joined, no control characters, and no longer than anybody's last words: it came from a stranger's file and
/// will reach a terminal and a database.
pub(super) fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(BACKTRACE_HINT));
    let joined = lines.collect::<Vec<_>>().join(" | ");
    joined.chars().take(KEPT).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(heard: &[&[u8]], text: &str) {
        let mut words = LastWords::default();
        for bytes in heard {
            words.hear(bytes);
        }
        assert_eq!(words.text(), text);
    }

    #[test]
    fn words_become_one_harmless_line() {
        check(&[], "");
        check(&[b"thread main panicked:\n", b"  no\n\n"], "thread main panicked: | no");
        check(&[b"panicked\nnote: run with `RUST_BACKTRACE=1` environment variable\n"], "panicked");
        check(&[b"\x1b[31mred\x07"], "\u{fffd}[31mred\u{fffd}");
        check(&[&[0xff, b'a']], "\u{fffd}a");
    }

    #[test]
    fn only_the_end_of_an_endless_stream_is_kept() {
        let long = vec![b'a'; 3 * KEPT];
        check(&[&long, b"end"], &format!("{}end", "a".repeat(KEPT - 3)));
        check(&[b"start", &long], &"a".repeat(KEPT));
        assert_eq!(one_line(&"é".repeat(KEPT + 1)), "é".repeat(KEPT));
    }
}
