//! What text costs whose letters are drawings of their own ("Type 3").
//! Knows which font is in force and how its letters are numbered; what a drawing costs, the reckoning around it knows.

use super::{Reckoning, named};
use crate::Fault;
use hayro::hayro_syntax::content::Instruction;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Stream};
use hayro::hayro_syntax::page::Resources;
use std::collections::HashMap;
use std::rc::Rc;

/// Steps that each letter takes to draw; nothing where letters are outlines.
pub(super) struct Letters([u64; 256]);

impl Default for Letters {
    fn default() -> Self {
        Self([0; 256])
    }
}

impl Letters {
    fn of_all(&self, text: &[u8]) -> u64 {
        text.iter()
            .filter_map(|code| self.0.get(usize::from(*code)))
            .fold(0, |sum, cost| sum.saturating_add(*cost))
    }
}

/// Whether text of a page may be drawn so: in a font it names, or in one that a state of graphics brings along.
pub(super) fn are_drawn(resources: &Resources<'_>) -> bool {
    let states = &resources.ext_g_states;
    resources.fonts.keys().filter_map(|name| resources.get_font(&name)).any(|font| is_drawn(&font))
        || states
            .keys()
            .filter_map(|name| states.get::<Dict<'_>>(name))
            .any(|state| state.contains_key("Font"))
}

fn is_drawn(font: &Dict<'_>) -> bool {
    font.get::<Name<'_>>("Subtype").is_some_and(|kind| &*kind == b"Type3")
}

/// The font that is in force in a content, and those that were.
pub(super) struct Text {
    now: Rc<Letters>,
    /// By the operator that chose them, and the name it gave.
    known: HashMap<(Vec<u8>, Vec<u8>), Rc<Letters>>,
}

impl Text {
    /// At its start a content has the font of whatever draws it: any so far.
    pub(super) fn new(dearest: &Rc<Letters>) -> Self {
        Self { now: Rc::clone(dearest), known: HashMap::new() }
    }

    /// What the letters of an instruction cost, if it writes; `around` is where its names are from, and how deep it lies.
    pub(super) fn step(
        &mut self,
        reckoning: &mut Reckoning<'_, '_>,
        instruction: &Instruction<'_, '_>,
        around: (&Resources<'_>, u32),
    ) -> Result<u64, Fault> {
        let operator: &[u8] = instruction.operator;
        match operator {
            b"Tf" | b"gs" => {
                if let Some(name) = instruction.operands().find_map(named) {
                    self.choose(reckoning, (operator, name), around)?;
                }
                Ok(0)
            }
            // Which font was saved is not kept.
            b"Q" => {
                self.now = Rc::clone(&reckoning.dearest);
                Ok(0)
            }
            b"Tj" | b"TJ" | b"'" | b"\"" => {
                Ok(instruction.operands().fold(0, |sum, text| sum.saturating_add(self.cost(text))))
            }
            _ => Ok(0),
        }
    }

    fn cost(&self, text: &Object<'_>) -> u64 {
        match text {
            Object::String(text) => self.now.of_all(text),
            Object::Array(parts) => {
                let texts = parts.iter::<Object<'_>>().filter_map(Object::into_string);
                texts.fold(0, |sum, text| sum.saturating_add(self.now.of_all(&text)))
            }
            _ => 0,
        }
    }

    fn choose(
        &mut self,
        reckoning: &mut Reckoning<'_, '_>,
        (operator, name): (&[u8], &Name<'_>),
        (resources, depth): (&Resources<'_>, u32),
    ) -> Result<(), Fault> {
        let key = (operator.to_vec(), name.to_vec());
        if let Some(known) = self.known.get(&key) {
            self.now = Rc::clone(known);
            return Ok(());
        }
        let font = match operator {
            b"gs" => {
                let state = resources.get_ext_g_state(name);
                let font = state.and_then(|state| state.get::<Array<'_>>("Font")?.iter::<Dict<'_>>().next());
                // A state without a font leaves the one that is.
                let Some(font) = font else { return Ok(()) };
                Some(font)
            }
            _ => resources.get_font(name),
        };
        let drawn = font.filter(is_drawn);
        let letters = drawn
            .map_or_else(|| Ok(Letters::default()), |font| reckoning.letters(&font, resources, depth))?;
        self.now = Rc::new(letters);
        self.known.insert(key, Rc::clone(&self.now));
        Ok(())
    }
}

impl Reckoning<'_, '_> {
    fn letters(&mut self, font: &Dict<'_>, around: &Resources<'_>, depth: u32) -> Result<Letters, Fault> {
        let own = self.resources_of(font)?;
        let resources = own.as_ref().unwrap_or(around);
        let Some(programs) = font.get::<Dict<'_>>("CharProcs") else { return Ok(Letters::default()) };
        let mut costs: HashMap<Vec<u8>, u64> = HashMap::new();
        for name in programs.keys() {
            if let Some(program) = programs.get::<Stream<'_>>(&name) {
                costs.insert(name.to_vec(), self.stream(&program, resources, depth)?);
            }
        }
        let numbered = numbered(font);
        let without_number =
            costs.iter().filter(|(name, _)| !numbered.iter().flatten().any(|own| own == *name));
        let dearest_other = without_number.map(|(_, cost)| *cost).max().unwrap_or(0);
        let mut letters = Letters::default();
        let mut dearest = Letters(self.dearest.0);
        for ((cost, most), name) in letters.0.iter_mut().zip(&mut dearest.0).zip(&numbered) {
            let own = name.as_ref().map(|name| costs.get(name).copied().unwrap_or(0));
            *cost = own.unwrap_or(dearest_other);
            *most = (*most).max(*cost);
        }
        self.dearest = Rc::new(dearest);
        Ok(letters)
    }
}

/// The names of a font's letters by their numbers, where it gives them itself; all others have some usual name.
fn numbered(font: &Dict<'_>) -> Vec<Option<Vec<u8>>> {
    let mut names = vec![None; 256];
    let differences =
        font.get::<Dict<'_>>("Encoding").and_then(|encoding| encoding.get::<Array<'_>>("Differences"));
    let mut place = 0_usize;
    for object in differences.iter().flat_map(Array::iter::<Object<'_>>) {
        match object {
            Object::Number(number) => place = usize::try_from(number.as_i64()).unwrap_or(usize::MAX),
            Object::Name(name) => {
                if let Some(slot) = names.get_mut(place) {
                    *slot = Some(name.to_vec());
                }
                place = place.saturating_add(1);
            }
            _ => {}
        }
    }
    names
}
