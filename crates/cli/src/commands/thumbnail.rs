//! `tintype thumbnail`: one file, no library.

use crate::{
    args::ThumbnailArgs,
    bar::Bar,
    scrub_index,
    session::{Exit, Session},
    views::lossy,
    whole_file,
};
use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use std::{fs::File, path::Path};
use tintype_core::{
    Settings, SheetInfo,
    jobs::Priority,
    mime_type_of,
    render::{Extras, Facts, Order, PoolRenderer, RenderError, RenderRequest, Renderer, Scrub},
};

/// A thumbnail that was made.
#[derive(Serialize)]
struct Made {
    output: String,
    width: u32,
    height: u32,
    bytes: u64,
    facts: Facts,
    /// Of a scrub sheet: where its pictures lie and when each is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<SheetInfo>,
}

pub(crate) fn run(session: &Session, args: &ThumbnailArgs) -> Result<Exit> {
    let source = File::open(&args.input).with_context(|| format!("open {}", args.input.display()))?;
    let renderer = PoolRenderer::new(&Settings::new(""), Some(1))?;
    let order = match args.scrub {
        Some(frames) => {
            let extras = Extras { scrub: Some(Scrub { frames, edge: args.size }), ..Extras::default() };
            Order { extras, ..Order::new(&[], args.quality) }
        }
        None => Order::new(&[args.size], args.quality),
    };
    let _graceful = session.stop.gracefully();
    let bar = Bar::busy(&session.out, &format!("making the thumbnail of {}", args.input.display()));
    let answer = renderer.render(RenderRequest {
        mime_type: &mime_type_of(&source, &args.input),
        source: &source,
        order: &order,
        priority: Priority::Asked,
        cancelled: &|| session.stop.asked(),
        begun: &|| {},
    });
    drop(bar);
    let rendition = match answer {
        Ok(rendition) => rendition,
        Err(RenderError::Cancelled) => return Ok(Exit::Interrupted),
        Err(RenderError::Fault(fault)) => {
            let advice = fault.reason.advice();
            return Err(anyhow!("{}: {}: {}; {advice}", args.input.display(), fault.reason, fault.detail));
        }
    };
    let sheet = rendition.sheet.as_ref().map(|sheet| SheetInfo::of(sheet, &rendition.facts));
    let thumbnail = rendition.thumbnails.into_iter().next();
    let (width, height, webp) = match (thumbnail, rendition.sheet) {
        (_, Some(sheet)) => (sheet.width, sheet.height, sheet.webp),
        (Some(thumbnail), None) => (thumbnail.width, thumbnail.height, thumbnail.webp),
        (None, None) => return Err(anyhow!("the worker sent no thumbnail; report it")),
    };
    let (output, bytes) = (lossy(&args.output), webp.len() as u64);
    let made = Made { output, width, height, bytes, facts: rendition.facts, sheet };
    for warning in &made.facts.warnings {
        session.out.note(&format!("{}: {warning}", args.input.display()));
    }
    if args.output == Path::new("-") {
        session.out.bytes(&webp)?;
        return Ok(Exit::DONE);
    }
    whole_file::write(&args.output, &webp)?;
    if let Some(sheet) = &made.sheet {
        scrub_index::write(&args.output, sheet)?;
    }
    session.out.summary(&made, |made, _| {
        format!("{}: {} × {}, {}", made.output, made.width, made.height, crate::units::bytes(made.bytes))
    })?;
    Ok(Exit::DONE)
}
