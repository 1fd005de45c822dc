//! What may stand behind a key, in words; and which known word somebody may have meant.
//! Knows nothing of which keys there are.

use super::QuietHours;
use toml::Value;
use uuid::Uuid;

/// What may stand behind a key.
pub(super) enum Legal {
    Uuid,
    Text,
    Flag,
    /// From when to when, or nothing.
    Hours,
    Word(&'static [&'static str]),
    /// From, to.
    Number(i64, i64),
    /// A list of numbers from, to.
    Numbers(i64, i64),
}

/// More sizes than this are a slip: every one costs an encode and a file per content.
const MOST_NUMBERS: usize = 16;

impl Legal {
    /// The error is what it has to be.
    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        let within = |value: &Value, from, to| value.as_integer().is_some_and(|n| (from..=to).contains(&n));
        let (legal, wanted) = match *self {
            Self::Uuid => {
                (value.as_str().is_some_and(|text| Uuid::try_parse(text).is_ok()), "a UUID".to_owned())
            }
            Self::Text => (value.is_str(), "a text in quotes".to_owned()),
            Self::Flag => (value.is_bool(), "true or false".to_owned()),
            Self::Hours => (
                value.as_str().is_some_and(|text| text.parse::<QuietHours>().is_ok()),
                "hours like \"22:00-07:00\", or \"\" for none".to_owned(),
            ),
            Self::Word(words) => (
                value.as_str().is_some_and(|word| words.contains(&word)),
                format!("one of {}", words.join(", ")),
            ),
            Self::Number(from, to) => (within(value, from, to), format!("a number from {from} to {to}")),
            Self::Numbers(from, to) => {
                let legal = value.as_array().is_some_and(|list| {
                    (1..=MOST_NUMBERS).contains(&list.len()) && list.iter().all(|n| within(n, from, to))
                });
                (legal, format!("a list of 1 to {MOST_NUMBERS} numbers from {from} to {to}"))
            }
        };
        if legal { Ok(()) } else { Err(wanted) }
    }
}

/// The known word that differs least, if it is near enough to have been meant.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near_enough = 1 + word.chars().count() / 3;
    known
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= near_enough)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be inserted, removed or replaced.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for j in 0..b.len() {
            let replaced = diagonal + usize::from(letter != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
