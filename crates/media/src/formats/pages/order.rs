//! Names in the order in which people count: page 2 before page 10.
//! Knows names; nothing of what they name.

use std::cmp::Ordering;

/// Runs of digits by what they count, all else letter by letter, capitals like small letters.
pub(super) fn natural(one: &[u8], other: &[u8]) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let ((left, behind_left), (right, behind_right)) = match (first(one), first(other)) {
            (Some(left), Some(right)) => (left, right),
            (left, right) => return left.is_some().cmp(&right.is_some()),
        };
        let order = compare(left, right);
        if order.is_ne() {
            return order;
        }
        (one, other) = (behind_left, behind_right);
    }
}

/// A letter, or a whole number.
fn first(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = name.iter().take_while(|byte| byte.is_ascii_digit()).count();
    name.split_at_checked(digits.max(1))
}

fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let number = |run: &[u8]| run.first().is_some_and(u8::is_ascii_digit);
    if !(number(left) && number(right)) {
        return left.to_ascii_lowercase().cmp(&right.to_ascii_lowercase());
    }
    let counted = |run: &[u8]| run.iter().position(|digit| *digit != b'0').unwrap_or(run.len());
    let [left, right] = [left, right].map(|run| run.get(counted(run)..).unwrap_or_default());
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[&str]) {
        for pair in names.windows(2) {
            assert_eq!(natural(pair[0].as_bytes(), pair[1].as_bytes()), Ordering::Less, "{pair:?}");
            assert_eq!(natural(pair[1].as_bytes(), pair[0].as_bytes()), Ordering::Greater, "{pair:?}");
        }
    }

    #[test]
    fn people_count() {
        check(&["", "1", "2", "10", "10a", "a"]);
        check(&["Chapter 2/page 1", "chapter 2/Page 03", "chapter 2/page 20", "Chapter 12/page 1"]);
        check(&[
            "page 99999999999999999999998",
            "page 99999999999999999999999",
            "page 100000000000000000000000",
        ]);
        assert_eq!(natural(b"p01", b"P1"), Ordering::Equal);
    }
}
