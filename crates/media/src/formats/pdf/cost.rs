//! What a page would cost to draw, reckoned before: drawings that are drawn in drawings, each twice in the one before, be
//! they on the page, on an annotation or letters of a text; and images of more pixels than anybody may decode.
//! Knows operators and what they name; draws nothing.

mod letters;

use crate::formats::raster::admit;
use crate::{Fault, Limits, Reason};
use hayro::hayro_syntax::content::UntypedIter;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Stream};
use hayro::hayro_syntax::page::{Page, Resources};
use letters::{Letters, Text};
use std::collections::HashMap;
use std::rc::Rc;

/// How deep drawings lie within drawings for hayro; what is deeper it leaves out.
const MOST_DEEP: u32 = 50;

/// The corpus has pages of 100,000. At a few microseconds each these take what a file may take.
const MOST_OPERATORS: u64 = 5_000_000;

/// Of an image's pixel while it is drawn: what it is decoded to, and what is made of it.
const BYTES_PER_PIXEL: u64 = 8;

/// Refuses a page that would cost too much. Pages of nothing but text and lines cost what their length says.
pub(super) fn check(page: &Page<'_>, limits: &Limits) -> Result<(), Fault> {
    let mut reckoning = Reckoning { limits, known: HashMap::new(), dearest: Rc::default() };
    let mut cost = reckoning.page(page)?;
    for annotation in annotations(page) {
        for appearance in appearances(&annotation) {
            cost = cost.saturating_add(reckoning.stream(&appearance, page.resources(), 1)?);
        }
    }
    if cost > MOST_OPERATORS {
        return Err(Reason::TooLarge
            .says(format!("PDF: drawings within drawings that come to more than {MOST_OPERATORS} steps")));
    }
    Ok(())
}

struct Reckoning<'a> {
    limits: &'a Limits,
    /// What was reckoned, by object and depth.
    known: HashMap<(ObjectIdentifier, u32), u64>,
    /// Of every letter the most that it costs in any font so far.
    dearest: Rc<Letters>,
}

impl Reckoning<'_> {
    fn page(&mut self, page: &Page<'_>) -> Result<u64, Fault> {
        let resources = page.resources();
        let states = &resources.ext_g_states;
        let is_plain = resources.x_objects.is_empty()
            && resources.patterns.is_empty()
            && !states.keys().filter_map(|name| states.get(name)).any(|state| mask_of(&state).is_some())
            && !letters::are_drawn(resources);
        match page.page_stream() {
            Some(content) if !is_plain => self.content(content, resources, 0),
            _ => Ok(0),
        }
    }

    fn content(&mut self, content: &[u8], resources: &Resources<'_>, depth: u32) -> Result<u64, Fault> {
        let mut cost = 0_u64;
        let mut text = Text::new(&self.dearest);
        let mut instructions = UntypedIter::new(content);
        while let Some(instruction) = instructions.next() {
            cost = cost.saturating_add(1);
            let operator: &[u8] = instruction.operator;
            let more = match (operator, instruction.operands().find_map(named)) {
                (b"Do", Some(name)) => resources.get_x_object(name),
                (b"scn" | b"SCN", Some(name)) => resources.get_pattern(name).and_then(Object::into_stream),
                (b"gs", Some(name)) => resources.get_ext_g_state(name).as_ref().and_then(mask_of),
                _ => None,
            };
            let below = depth.saturating_add(1);
            if let Some(stream) = more {
                cost = cost.saturating_add(self.stream(&stream, resources, below)?);
            }
            cost = cost.saturating_add(text.step(self, &instruction, (resources, below))?);
            if cost > MOST_OPERATORS {
                break;
            }
        }
        Ok(cost)
    }

    fn stream(&mut self, stream: &Stream<'_>, around: &Resources<'_>, depth: u32) -> Result<u64, Fault> {
        let is_image = stream.dict().get::<Name<'_>>("Subtype").is_some_and(|kind| &*kind == b"Image");
        if is_image {
            return self.image(stream.dict());
        }
        let key = (stream.obj_id(), depth);
        if depth > MOST_DEEP {
            return Ok(0);
        }
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let own = stream.dict().get::<Dict<'_>>("Resources").map(Resources::new);
        let cost = match stream.decoded_data() {
            Ok(content) => self.content(&content, own.as_ref().unwrap_or(around), depth)?,
            Err(_) => 0,
        };
        self.known.insert(key, cost);
        Ok(cost)
    }

    fn image(&self, image: &Dict<'_>) -> Result<u64, Fault> {
        let side = |name: &str| image.get::<i32>(name).and_then(|side| u32::try_from(side).ok());
        if let Some(size) = side("Width").zip(side("Height")).filter(|(width, height)| width.min(height) > &0)
        {
            admit(self.limits, size, BYTES_PER_PIXEL)
                .map_err(|Fault { reason, detail }| reason.says(format!("PDF: an image of {detail}")))?;
        }
        Ok(1)
    }
}

fn named<'a, 'b>(operand: &'b Object<'a>) -> Option<&'b Name<'a>> {
    match operand {
        Object::Name(name) => Some(name),
        _ => None,
    }
}

pub(super) fn annotations<'a>(page: &Page<'a>) -> impl Iterator<Item = Dict<'a>> {
    page.raw().get::<Array<'a>>("Annots").into_iter().flat_map(|all| all.iter::<Dict<'a>>())
}

/// All that an annotation may look like, one of which is drawn.
fn appearances<'a>(annotation: &Dict<'a>) -> Vec<Stream<'a>> {
    let usual = annotation.get::<Dict<'a>>("AP").and_then(|all| all.get::<Object<'a>>("N"));
    match usual {
        Some(Object::Stream(stream)) => vec![stream],
        Some(Object::Dict(states)) => states.keys().filter_map(|state| states.get(state)).collect(),
        _ => Vec::new(),
    }
}

/// The drawing that tells how much of the next is seen.
fn mask_of<'a>(state: &Dict<'a>) -> Option<Stream<'a>> {
    state.get::<Dict<'a>>("SMask")?.get::<Stream<'a>>("G")
}
