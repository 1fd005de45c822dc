//! `tintype thumbnail`: one file, no library.

use crate::{
    args::ThumbnailArgs,
    bar::Bar,
    session::{Exit, Session},
    views::lossy,
    whole_file,
};
use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use std::{fs::File, path::Path};
use tintype_core::{
    Settings,
    jobs::Priority,
    mime_type_of,
    render::{Effort, Facts, Order, PoolRenderer, RenderError, RenderRequest, Renderer},
};

/// A thumbnail that was made.
#[derive(Serialize)]
struct Made {
    output: String,
    width: u32,
    height: u32,
    bytes: u64,
    facts: Facts,
}

pub(crate) fn run(session: &Session, args: &ThumbnailArgs) -> Result<Exit> {
    let source = File::open(&args.input).with_context(|| format!("open {}", args.input.display()))?;
    let renderer = PoolRenderer::new(&Settings::new(""), Some(1))?;
    let order = Order { sizes: vec![args.size], quality: args.quality, effort: Effort::Full };
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
    let thumbnail =
        rendition.thumbnails.into_iter().next().context("the worker sent no thumbnail; report it")?;
    let made = Made {
        output: lossy(&args.output),
        width: thumbnail.width,
        height: thumbnail.height,
        bytes: thumbnail.webp.len() as u64,
        facts: rendition.facts,
    };
    for warning in &made.facts.warnings {
        session.out.note(&format!("{}: {warning}", args.input.display()));
    }
    if args.output == Path::new("-") {
        session.out.bytes(&thumbnail.webp)?;
        return Ok(Exit::DONE);
    }
    whole_file::write(&args.output, &thumbnail.webp)?;
    session.out.summary(&made, |made, _| {
        format!("{}: {} × {}, {}", made.output, made.width, made.height, crate::units::bytes(made.bytes))
    })?;
    Ok(Exit::DONE)
}
