//! `tintype estimate`: how long, how many bytes and how much memory, before it starts.

use crate::{
    args::EstimateArgs,
    bar::Bar,
    estimate::{Conditions, Estimate, below, pending, reckon, try_all},
    out::Paint,
    session::{Exit, Session},
    table::{Align, Table},
    units::{bytes, count, counted, duration},
};
use anyhow::Result;
use std::{fmt::Write, time::Duration};
use tintype_core::{
    Library, Settings,
    render::{Effort, Order, PoolRenderer, Renderer},
};

/// How many groups are shown to people; JSON has them all.
const SHOWN: usize = 12;

pub(crate) fn run(session: &Session, args: &EstimateArgs) -> Result<Exit> {
    let _graceful = session.stop.gracefully();
    let samples = usize::from(args.samples);
    let (settings, groups) = if let Some(path) = &args.path {
        (settings(session), below(path, samples, &session.stop)?)
    } else {
        let library = session.open()?;
        (library.settings().clone(), pending(&library, samples)?)
    };
    let renderer = PoolRenderer::new(&settings, None)?;
    let sizes = &settings.thumbnails.sizes;
    let order = Order { sizes: sizes.clone(), quality: settings.thumbnails.quality, effort: Effort::Full };
    let total = groups.iter().map(|group| group.samples.len() as u64).sum();
    let bar = Bar::counted(&session.out, "Trying", total);
    let tried = || bar.advance();
    renderer.engine()?; // says what is wrong when no worker starts
    let conditions = Conditions { renderer: &renderer, order, stop: &session.stop, tried: &tried };
    let trials = try_all(&groups, &conditions);
    drop(bar);
    if session.stop.asked() {
        return Ok(Exit::Interrupted);
    }
    let estimate = reckon(&groups, &trials, sizes, renderer.capacity());
    session.out.show(&estimate, words)?;
    Ok(Exit::DONE)
}

/// Those of the library that is meant, if there is one; else those that a new one would have.
fn settings(session: &Session) -> Settings {
    let library = session.library_dir().ok().and_then(|dir| Library::open(dir).ok());
    library.map_or_else(|| Settings::new(""), |library| library.settings().clone())
}

fn words(estimate: &Estimate, paint: Paint) -> String {
    let mut text = String::new();
    let _ = write_words(&mut text, estimate, paint); // writing to a String cannot fail
    text
}

fn write_words(text: &mut String, estimate: &Estimate, paint: Paint) -> std::fmt::Result {
    let what = format!("{}, {}", counted(estimate.files, "file"), bytes(estimate.source_bytes));
    writeln!(text, "{}", paint.bold(&what))?;
    if estimate.tried == 0 {
        return writeln!(text, "nothing to make");
    }
    writeln!(
        text,
        "reckoned from {} that were tried on this machine, as busy as it is now\n",
        count(estimate.tried)
    )?;
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Left]);
    let seconds = |value: f64| duration(Duration::from_secs_f64(value));
    let size = |value: f64| bytes(value as u64);
    let number = |value: f64| count(value.round() as u64);
    let mut row = |what: String, range: &crate::estimate::Range, words: &dyn Fn(f64) -> String| {
        table.row([
            what,
            format!("about {}", words(range.likely)),
            format!("{} to {}", words(range.low), words(range.high)),
        ]);
    };
    row("time".to_owned(), &estimate.seconds, &seconds);
    row("files with thumbnails".to_owned(), &estimate.with_thumbnails, &number);
    row("disk".to_owned(), &estimate.bytes, &size);
    for one in &estimate.thumbnails {
        row(format!("  of {} px", one.size), &one.bytes, &size);
    }
    let most = format!("{} workers of {}", estimate.workers, bytes(estimate.worker_memory));
    table.row(["memory".to_owned(), format!("up to {}", bytes(estimate.memory)), most]);
    text.push_str(&table.text());
    writeln!(text)?;
    text.push_str(&groups(estimate).text());
    match estimate.groups.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(text, "  and {more} kinds more; --json has them all"),
    }
}

fn groups(estimate: &Estimate) -> Table {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Left]);
    for group in estimate.groups.iter().take(SHOWN) {
        let failed = match group.failed {
            0 => String::new(),
            failed => format!("{failed} of {} tried failed", group.tried),
        };
        table.row([
            group.name.clone(),
            counted(group.files, "file"),
            bytes(group.source_bytes),
            duration(Duration::from_secs_f64(group.seconds.likely)),
            failed,
        ]);
    }
    table
}
