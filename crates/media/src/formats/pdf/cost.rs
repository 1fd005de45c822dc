//! What a page would cost to draw, reckoned before: drawings that are drawn in drawings, each twice in the one before, be
//! they on the page, on an annotation or letters of a text; images of more pixels than anybody may decode; and widths of
//! more letters than there are.
//! Knows operators and what they name; draws nothing. On the way it finds photographs, and how large they are shown.

mod letters;
mod widths;

use super::photographs::{self, Photographs, Place, Places};
use crate::formats::raster::admit;
use crate::{Fault, Limits, Reason};
use hayro::hayro_syntax::content::UntypedIter;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Stream};
use hayro::hayro_syntax::page::{Page, Resources};
use hayro::kurbo::Affine;
use letters::{Letters, Text};
use std::collections::HashMap;
use std::rc::Rc;
use widths::Widths;

/// How deep drawings lie within drawings for hayro; what is deeper it leaves out.
const MOST_DEEP: u32 = 50;

/// The corpus has pages of 100,000. At a few microseconds each these take what a file may take.
const MOST_OPERATORS: u64 = 5_000_000;

/// Of an image's pixel while it is drawn: what it is decoded to, and what is made of it.
const BYTES_PER_PIXEL: u64 = 8;

/// Refuses a page that would cost too much, and finds its photographs. Pages of nothing but text and lines cost what their
/// length says. The transformation is that from points to pixels.
pub(super) fn check<'f>(
    page: &Page<'_>,
    (transform, photographs): (Affine, Photographs<'f>),
    limits: &Limits,
) -> Result<Photographs<'f>, Fault> {
    let mut reckoning = Reckoning {
        limits,
        known: HashMap::new(),
        dearest: Rc::default(),
        place: Some(transform),
        photographs,
        widths: Widths::default(),
    };
    let mut cost = reckoning.page(page)?;
    reckoning.place = None;
    for annotation in annotations(page) {
        for appearance in appearances(&annotation) {
            cost = cost.saturating_add(reckoning.stream(&appearance, page.resources(), 1)?);
        }
    }
    if cost > MOST_OPERATORS {
        return Err(Reason::TooLarge
            .says(format!("PDF: drawings within drawings that come to more than {MOST_OPERATORS} steps")));
    }
    Ok(reckoning.photographs)
}

struct Reckoning<'a, 'f> {
    limits: &'a Limits,
    /// What was reckoned, by object and depth.
    known: HashMap<(ObjectIdentifier, u32), Known>,
    /// Of every letter the most that it costs in any font so far.
    dearest: Rc<Letters>,
    /// Where what is reckoned now lies.
    place: Place,
    photographs: Photographs<'f>,
    widths: Widths,
}

/// A drawing that was reckoned before.
#[derive(Clone, Copy)]
struct Known {
    cost: u64,
    /// How large an image of one by one was in it, at least.
    extent: (u32, u32),
    /// Whether photographs may be in it.
    photographs: bool,
}

impl Known {
    /// Whether nothing that it draws may be larger at this place.
    fn holds_at(self, place: Place) -> bool {
        let (columns, rows) = photographs::extent(place);
        !self.photographs || columns <= self.extent.0 && rows <= self.extent.1
    }
}

impl Reckoning<'_, '_> {
    fn page(&mut self, page: &Page<'_>) -> Result<u64, Fault> {
        let resources = page.resources();
        self.widths.check(resources, self.limits)?;
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
        let mut places = Places::new(self.place);
        let mut instructions = UntypedIter::new(content);
        while let Some(instruction) = instructions.next() {
            cost = cost.saturating_add(1);
            places.step(&instruction);
            let operator: &[u8] = instruction.operator;
            let more = match (operator, instruction.operands().find_map(named)) {
                (b"Do", Some(name)) => resources.get_x_object(name),
                (b"scn" | b"SCN", Some(name)) => resources.get_pattern(name).and_then(Object::into_stream),
                (b"gs", Some(name)) => resources.get_ext_g_state(name).as_ref().and_then(mask_of),
                _ => None,
            };
            let below = depth.saturating_add(1);
            if let Some(stream) = more {
                self.place = places.now.filter(|_| operator == b"Do");
                cost = cost.saturating_add(self.stream(&stream, resources, below)?);
            }
            self.place = None;
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
            return self.image(stream);
        }
        let key = (stream.obj_id(), depth);
        if depth > MOST_DEEP {
            return Ok(0);
        }
        let place = photographs::within(self.place, stream.dict());
        self.place = match self.known.get(&key) {
            Some(known) if known.holds_at(place) => return Ok(known.cost),
            // It might be larger every time.
            Some(_) => None,
            None => place,
        };
        let extent = photographs::extent(self.place);
        let own = self.resources_of(stream.dict())?;
        let cost = match stream.decoded_data() {
            Ok(content) => self.content(&content, own.as_ref().unwrap_or(around), depth)?,
            Err(_) => 0,
        };
        let photographs = !self.photographs.is_empty();
        self.known.insert(key, Known { cost, extent, photographs });
        Ok(cost)
    }

    /// What a drawing, or a font of drawings, brings along.
    fn resources_of<'r>(&mut self, drawing: &Dict<'r>) -> Result<Option<Resources<'r>>, Fault> {
        let own = drawing.get::<Dict<'r>>("Resources").map(Resources::new);
        if let Some(own) = &own {
            self.widths.check(own, self.limits)?;
        }
        Ok(own)
    }

    fn image(&mut self, image: &Stream<'_>) -> Result<u64, Fault> {
        let side = |name: &str| image.dict().get::<i32>(name).and_then(|side| u32::try_from(side).ok());
        if let Some(size) = side("Width").zip(side("Height")).filter(|(width, height)| width.min(height) > &0)
        {
            admit(self.limits, size, BYTES_PER_PIXEL)
                .map_err(|Fault { reason, detail }| reason.says(format!("PDF: an image of {detail}")))?;
            self.photographs.note((image, size), self.place);
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
