//! `tintype estimate`: how long, how many bytes and how much memory, before it starts.

use crate::{
    args::EstimateArgs,
    bar::Bar,
    estimate::{Conditions as TrialConditions, below, by_format, pending, try_all},
    out::Paint,
    session::{Exit, Session},
    table::{Align, Table},
    units::{bytes, count, counted, reckoned, size_name},
};
use anyhow::Result;
use std::fmt::Write;
use tintype_core::{
    Experience, Library, Settings,
    forecast::{Conditions, Forecast, FormatWork, Range, forecast},
    render::{Extras, Order, PoolRenderer, Renderer},
};

/// How many formats are shown to people; JSON has them all.
const SHOWN: usize = 12;

pub(crate) fn run(session: &Session, args: &EstimateArgs) -> Result<Exit> {
    let _graceful = session.stop.gracefully();
    let samples = usize::from(args.samples);
    let (library, groups) = if let Some(path) = &args.path {
        (library(session), below(path, samples, &session.stop)?)
    } else {
        let library = session.open()?;
        let groups = pending(&library, samples)?;
        (Some(library), groups)
    };
    let settings = library.as_ref().map_or_else(|| Settings::new(""), |library| library.settings().clone());
    let renderer = PoolRenderer::new(&settings, None)?;
    let sizes = settings.thumbnails.sizes.clone();
    let extras = Extras { waveform: settings.thumbnails.waveform, scrub: None };
    let order = Order { extras, ..Order::new(&sizes, settings.thumbnails.quality) };
    let scrub = settings.thumbnails.scrub();
    let total = groups.iter().map(|group| group.samples.len() as u64).sum();
    let bar = Bar::counted(&session.out, "Trying", total);
    let tried = || bar.advance();
    renderer.engine(&|_| false)?; // says what is wrong when no worker starts
    let trials = try_all(
        &groups,
        &TrialConditions { renderer: &renderer, order, scrub, stop: &session.stop, tried: &tried },
    );
    drop(bar);
    if session.stop.asked() {
        return Ok(Exit::Interrupted);
    }
    let told = reckon(library.as_ref(), by_format(groups, trials), (&settings, renderer.capacity()))?;
    session.out.show(&told, words)?;
    Ok(Exit::DONE)
}

/// The forecast, with what is known from other times; what was tried is kept for the jobs to come.
fn reckon(
    library: Option<&Library>,
    formats: Vec<FormatWork>,
    (settings, workers): (&Settings, usize),
) -> Result<Forecast> {
    let known = library.map(Library::experience).transpose()?.unwrap_or_default();
    let formats = with_experience(formats, &known);
    if let Some(library) = library {
        library.learn_from(&learnt(&formats, &known))?;
    }
    let conditions = Conditions {
        sizes: settings.thumbnails.kept_sizes(),
        workers,
        pace: known.pace,
        worker_memory_limit: u64::from(settings.limits.worker_memory_mib) << 20,
    };
    Ok(forecast(&formats, &conditions).unwrap_or_default())
}

/// The library that is meant, if there is one.
fn library(session: &Session) -> Option<Library> {
    session.library_dir().ok().and_then(|dir| Library::open(dir).ok())
}

fn with_experience(formats: Vec<FormatWork>, known: &Experience) -> Vec<FormatWork> {
    let with =
        |of: FormatWork| FormatWork { kept: known.rates.get(&of.name).cloned().unwrap_or_default(), ..of };
    formats.into_iter().map(with).collect()
}

/// What the trials have taught, for the jobs to come.
fn learnt(formats: &[FormatWork], known: &Experience) -> Experience {
    let tried = formats.iter().filter(|of| !of.samples.is_empty());
    Experience { rates: tried.map(|of| (of.name.clone(), of.rates())).collect(), pace: known.pace }
}

fn words(forecast: &Forecast, paint: Paint) -> String {
    let mut text = String::new();
    let _ = write_words(&mut text, forecast, paint); // writing to a String cannot fail
    text
}

fn write_words(text: &mut String, forecast: &Forecast, paint: Paint) -> std::fmt::Result {
    let what = format!("{}, {}", counted(forecast.files, "file"), bytes(forecast.source_bytes));
    writeln!(text, "{}", paint.bold(&what))?;
    if forecast.formats.is_empty() {
        return writeln!(text, "nothing to make");
    }
    writeln!(
        text,
        "reckoned from {} that were tried on this machine, as busy as it is now; nine times of ten in the range\n",
        count(forecast.tried)
    )?;
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Left]);
    let size = |value: f64| bytes(value as u64);
    let number = |value: f64| count(value.round() as u64);
    let mut row = |what: String, range: &Range, words: &dyn Fn(f64) -> String| {
        table.row([
            what,
            format!("about {}", words(range.likely)),
            format!("{} to {}", words(range.low), words(range.high)),
        ]);
    };
    row("time".to_owned(), &forecast.seconds, &reckoned);
    row("files with thumbnails".to_owned(), &forecast.with_thumbnails, &number);
    row("disk".to_owned(), &forecast.bytes, &size);
    for one in &forecast.thumbnails {
        row(format!("  of {}", size_name(one.size)), &one.bytes, &size);
    }
    row("memory of a worker".to_owned(), &forecast.worker_memory, &size);
    row(format!("  of all {}", forecast.workers), &forecast.memory, &size);
    text.push_str(&table.text());
    if forecast.unknown > 0 {
        writeln!(text, "without {}, of which nothing could be tried", counted(forecast.unknown, "file"))?;
    }
    writeln!(text)?;
    text.push_str(&formats(forecast).text());
    match forecast.formats.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(text, "  and {more} formats more; --json has them all"),
    }
}

fn formats(forecast: &Forecast) -> Table {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Left]);
    for format in forecast.formats.iter().take(SHOWN) {
        let failed = match format.failed {
            0 => String::new(),
            failed => format!("{failed} of {} tried failed", format.tried),
        };
        table.row([
            format.name.clone(),
            counted(format.files, "file"),
            bytes(format.source_bytes),
            reckoned(format.seconds.likely),
            failed,
        ]);
    }
    table
}
