//! Which letters show a font best: those of the script that it is for.
//! Knows scripts; nothing of how letters look.

use skrifa::charmap::Charmap;

/// What a specimen is written with.
pub(super) struct Repertoire {
    /// One to three letters, large.
    pub(super) first: String,
    /// Lines of more.
    pub(super) lines: Vec<String>,
    /// Whether it has all letters of English, which names of fonts are written in.
    has_latin: bool,
}

/// First letters of a script, and more. A font is for the first of which it has all the first letters, so that Latin,
/// which nearly all fonts have beside their own, comes last among those that have many.
struct Script {
    first: &'static str,
    lines: &'static [&'static str],
}

#[rustfmt::skip]
const SCRIPTS: &[Script] = &[
    Script { first: "あ永", lines: &["いろはにほへと", "春夏秋冬花鳥風月"] },
    Script { first: "永字", lines: &["天地玄黃宇宙洪荒", "春夏秋冬"] },
    Script { first: "한글", lines: &["가나다라마바사", "아자차카타파하"] },
    Script { first: "Aa", lines: &["ABCDEFGHIJKLM", "abcdefghijklm", "0123456789"] },
    Script { first: "أب", lines: &["ابجد هوز حطي", "كلمن سعفص"] },
    Script { first: "אב", lines: &["אבגדהוזחט", "יכלמנסעפצקרשת"] },
    Script { first: "अआ", lines: &["कखगघङचछज", "टठडढणतथद"] },
    Script { first: "অআ", lines: &["কখগঘঙচছজ"] },
    Script { first: "ਅਆ", lines: &["ਕਖਗਘਙਚਛਜ"] },
    Script { first: "અઆ", lines: &["કખગઘઙચછજ"] },
    Script { first: "அஆ", lines: &["கஙசஞடணதந"] },
    Script { first: "అఆ", lines: &["కఖగఘఙచఛజ"] },
    Script { first: "ಅಆ", lines: &["ಕಖಗಘಙಚಛಜ"] },
    Script { first: "അആ", lines: &["കഖഗഘങചഛജ"] },
    Script { first: "กข", lines: &["กขคฆงจฉชซ"] },
    Script { first: "Աա", lines: &["ԱԲԳԴԵԶԷ", "աբգդեզէ"] },
    Script { first: "აბ", lines: &["აბგდევზთ"] },
    Script { first: "Яя", lines: &["АБВГДЕЖЗИЙК", "абвгдежзийк"] },
    Script { first: "Ωω", lines: &["ΑΒΓΔΕΖΗΘΙΚ", "αβγδεζηθικ"] },
    Script { first: "😀", lines: &["😀😎🐱🌍", "🍎🚀🎈⚽"] },
];

/// Letters of which a font for another script has all, but seldom the other way round.
const LATIN: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -";

/// How many of its own letters a line shows where nobody knows the script.
const OWN: usize = 8;

impl Repertoire {
    pub(super) fn of(charmap: &Charmap<'_>) -> Option<Self> {
        let has = |text: &str| {
            text.chars().filter(|letter| *letter != ' ').all(|letter| charmap.map(letter).is_some())
        };
        let has_latin = has(LATIN.trim_end_matches([' ', '-']));
        let known = SCRIPTS.iter().find(|script| has(script.first));
        if let Some(script) = known {
            let lines = script.lines.iter().filter(|line| has(line)).map(|line| (*line).to_owned()).collect();
            return Some(Self { first: script.first.to_owned(), lines, has_latin });
        }
        Self::own(charmap, has_latin)
    }

    /// The first that it has, which are signs.
    fn own(charmap: &Charmap<'_>, has_latin: bool) -> Option<Self> {
        let letters = charmap.mappings().filter_map(|(number, _)| char::from_u32(number));
        let shown = |letter: &char| !letter.is_control() && !letter.is_whitespace();
        let letters: Vec<char> = letters.filter(shown).take(2 * OWN).collect();
        let first = letters.first()?.to_string();
        let lines = letters.chunks(OWN).map(|line| line.iter().collect()).collect();
        Some(Self { first, lines, has_latin })
    }

    /// Whether the name of a font can be written with it.
    pub(super) fn can_write(&self, name: &str) -> bool {
        self.has_latin && !name.is_empty() && name.chars().all(|letter| LATIN.contains(letter))
    }
}
