//! What a page would cost to draw, reckoned before: drawings that are drawn in drawings, each twice in the one before,
//! and images of more pixels than anybody may decode.
//! Knows operators and what they name; draws nothing.
//!
//! Letters that are drawings, and annotations, are not looked into: what they cost too much ends at the limit of time.

use crate::formats::raster::admit;
use crate::{Fault, Limits, Reason};
use hayro::hayro_syntax::content::UntypedIter;
use hayro::hayro_syntax::object::{Dict, Name, Object, ObjectIdentifier, Stream};
use hayro::hayro_syntax::page::{Page, Resources};
use std::collections::HashMap;

/// How deep drawings lie within drawings for hayro; what is deeper it leaves out.
const MOST_DEEP: u32 = 50;

/// The corpus has pages of 100,000. At a few microseconds each these take what a file may take.
const MOST_OPERATORS: u64 = 5_000_000;

/// Of an image's pixel while it is drawn: what it is decoded to, and what is made of it.
const BYTES_PER_PIXEL: u64 = 8;

/// Refuses a page that would cost too much. Pages of nothing but text and lines cost what their length says.
pub(super) fn check(page: &Page<'_>, limits: &Limits) -> Result<(), Fault> {
    let resources = page.resources();
    if resources.x_objects.is_empty() && resources.patterns.is_empty() {
        return Ok(());
    }
    let mut reckoning = Reckoning { limits, known: HashMap::new() };
    let Some(content) = page.page_stream() else { return Ok(()) };
    if reckoning.content(content, resources, 0)? > MOST_OPERATORS {
        return Err(Reason::TooLarge
            .says(format!("PDF: drawings within drawings that come to more than {MOST_OPERATORS} steps")));
    }
    Ok(())
}

struct Reckoning<'a> {
    limits: &'a Limits,
    /// What was reckoned, by object and depth.
    known: HashMap<(ObjectIdentifier, u32), u64>,
}

impl Reckoning<'_> {
    fn content(&mut self, content: &[u8], resources: &Resources<'_>, depth: u32) -> Result<u64, Fault> {
        let mut cost = 0_u64;
        let mut instructions = UntypedIter::new(content);
        while let Some(instruction) = instructions.next() {
            cost = cost.saturating_add(1);
            let named = || match instruction.operands().last() {
                Some(Object::Name(name)) => Some(name),
                _ => None,
            };
            let operator: &[u8] = instruction.operator;
            let more = match operator {
                b"Do" => named().and_then(|name| resources.get_x_object(name)),
                b"scn" | b"SCN" => named().and_then(|name| stream_of(resources.get_pattern(name)?)),
                b"gs" => named().and_then(|name| mask_of(&resources.get_ext_g_state(name)?)),
                _ => None,
            };
            if let Some(stream) = more {
                cost = cost.saturating_add(self.stream(&stream, resources, depth.saturating_add(1))?);
            }
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

fn stream_of(object: Object<'_>) -> Option<Stream<'_>> {
    match object {
        Object::Stream(stream) => Some(stream),
        _ => None,
    }
}

/// The drawing that tells how much of the next is seen.
fn mask_of<'a>(state: &Dict<'a>) -> Option<Stream<'a>> {
    state.get::<Dict<'a>>("SMask")?.get::<Stream<'a>>("G")
}
