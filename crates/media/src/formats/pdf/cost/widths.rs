//! What fonts of many letters cost that tell how wide those are: of a range each letter is noted by itself.
//! Knows how widths are told; nothing of letters.

use crate::{Fault, Limits, Reason};
use hayro::hayro_syntax::object::{Array, Dict, Object};
use hayro::hayro_syntax::page::Resources;
use std::collections::HashSet;

/// Fonts have 65,536 letters at most (PDF 1.7, annex C), and a page a few dozens of such fonts.
const MOST: u64 = 1 << 22;

/// Of a letter that is noted: a table's place, of which half may be empty, with the table that it grew from.
const BYTES: u64 = 64;

/// The arrays that tell widths, and how many numbers follow a range's first and last letter there.
const TOLD_IN: [(&str, usize); 2] = [("W", 1), ("W2", 3)];

/// Widths told so far.
#[derive(Default)]
pub(super) struct Widths {
    /// By where their words are: fonts within an object all go by its number.
    known: HashSet<usize>,
    count: u64,
}

impl Widths {
    /// Refuses fonts that tell more than all letters there are.
    pub(super) fn check(&mut self, resources: &Resources<'_>, limits: &Limits) -> Result<(), Fault> {
        let states = &resources.ext_g_states;
        let by_state =
            states.keys().filter_map(|name| states.get::<Dict<'_>>(name)?.get::<Array<'_>>("Font"));
        let by_state = by_state.filter_map(|font| font.iter::<Dict<'_>>().next());
        let by_name = resources.fonts.keys().filter_map(|name| resources.get_font(&name));
        for font in by_name.chain(by_state) {
            let letters =
                font.get::<Array<'_>>("DescendantFonts").and_then(|all| all.iter::<Dict<'_>>().next());
            let Some(letters) = letters else { continue };
            if !self.known.insert(letters.data().as_ptr().addr()) {
                continue;
            }
            for (key, numbers) in TOLD_IN {
                let told = letters.get::<Array<'_>>(key).map_or(0, |widths| count(&widths, numbers));
                self.count = self.count.saturating_add(told);
            }
        }
        if self.count > MOST {
            return Err(Reason::TooLarge.says(format!("PDF: widths of {} letters", self.count)));
        }
        limits.admit_bytes(self.count.saturating_mul(BYTES))
    }
}

/// Letters whose widths are told: one by one in an array, or for a range from the first to the last.
fn count(widths: &Array<'_>, numbers: usize) -> u64 {
    let mut objects = widths.iter::<Object<'_>>();
    let mut count = 0_u64;
    while let Some(first) = objects.next() {
        let more = match (first, objects.next()) {
            (Object::Number(_), Some(Object::Array(each))) => each.iter::<Object<'_>>().count() as u64,
            (Object::Number(first), Some(Object::Number(last))) => {
                objects.by_ref().take(numbers).for_each(drop);
                let letter = |number: i64| u64::try_from(number).unwrap_or(0);
                letter(last.as_i64()).saturating_sub(letter(first.as_i64())).saturating_add(1)
            }
            _ => break,
        };
        count = count.saturating_add(more);
    }
    count
}
