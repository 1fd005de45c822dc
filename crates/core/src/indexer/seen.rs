//! Which entries a walk has seen: one bit each, so that a hundred million take twelve megabytes.
//! Knows keys; nothing of paths.

/// A set of keys of entries.
#[derive(Default)]
pub(super) struct Seen(Vec<u64>);

impl Seen {
    pub(super) fn insert(&mut self, entry: i64) {
        let (word, bit) = place(entry);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= bit;
    }

    pub(super) fn contains(&self, entry: i64) -> bool {
        let (word, bit) = place(entry);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// Keys count up from 1.
fn place(entry: i64) -> (usize, u64) {
    (entry as usize / 64, 1 << (entry % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_is_contained() {
        let mut seen = Seen::default();
        for entry in [1, 63, 64, 100_000] {
            assert!(!seen.contains(entry));
            seen.insert(entry);
        }
        let contained: Vec<i64> = (0..100_100).filter(|entry| seen.contains(*entry)).collect();
        assert_eq!(contained, [1, 63, 64, 100_000]);
    }
}
