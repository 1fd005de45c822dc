//! A photo app that embeds the library: it registers a job of its own, adds a folder, and follows what happens.
//!
//! `cargo run --example embed -- FOLDER` (build the workers before: `cargo build --workspace --bins`).
#![forbid(unsafe_code)]

use serde::{Deserialize, Serialize};
use std::{env, error::Error, path::PathBuf, process};
use tintype_core::{
    Library, Options, Settings, ThumbnailJob,
    jobs::{Job, JobContext, JobHandle, JobHandler, JobResult, JobStatus, Progress, Registry, Running},
};

/// The app's own job: a proof sheet that lists which contents of a folder have a thumbnail to print.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct ProofSheet {
    folder: PathBuf,
    /// The state: names already seen, in order. A run that is cut off goes on after the last.
    last: String,
    printable: u64,
}

impl Job for ProofSheet {
    const NAME: &'static str = "app.proof-sheet";
    const DESCRIPTION: &'static str = "Count the pictures that can be printed";
}

impl JobHandler for ProofSheet {
    type Output = u64;

    async fn run(&mut self, ctx: JobContext<'_>) -> JobResult<u64> {
        let mut names: Vec<_> = std::fs::read_dir(&self.folder)
            .map_err(|error| tintype_core::jobs::JobError::Failed(error.to_string()))?
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .filter(|name| *name > self.last)
            .collect();
        names.sort();
        let total = names.len() as u64;
        for (done, name) in (0..).zip(names) {
            ctx.check_interrupt()?;
            ctx.progress(Progress::count("looking", done, total).at(&name));
            let found = ctx.library().find(self.folder.join(&name))?;
            if let Some(cas_id) = found.and_then(|entry| entry.cas_id?.parse().ok()) {
                self.printable += u64::from(ctx.library().has_thumbnail(&cas_id, 512)?);
            }
            self.last = name;
            ctx.checkpoint(self)?;
        }
        Ok(self.printable)
    }
}

async fn follow(what: &str, job: &JobHandle) -> Result<JobStatus, Box<dyn Error>> {
    let mut changes = job.subscribe();
    let mut status = job.status()?;
    while let Some(update) = changes.next().await? {
        let progress = &update.progress;
        println!("{what}: {} {} {}/{}", update.status, progress.phase, progress.done, progress.total);
        status = update.status;
        if status == JobStatus::Paused {
            break; // by itself, and `update.error` says why
        }
    }
    Ok(status)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: embed FOLDER");
        process::exit(2);
    };
    let folder = std::fs::canonicalize(folder)?;
    let place = env::temp_dir().join(format!("tintype-embed-{}", process::id()));
    let options = Options { registry: Some(Registry::new().with::<ProofSheet>()), ..Options::default() };
    let library = Library::create_with(&place, Settings::new("Embedded"), options)?;

    let added = library.add_location(&folder)?;
    let sheet = ProofSheet { folder, ..ProofSheet::default() };
    let sheet = library.jobs().dispatch_after(sheet, added.thumbnails.id())?;
    let running = library.jobs().start()?;
    follow("index", &added.index).await?;
    follow("thumbnails", &added.thumbnails).await?;
    follow("proof sheet", &sheet).await?;

    if let Some(output) = added.thumbnails.output::<ThumbnailJob>()? {
        println!("{} thumbnails of {} contents", output.generated, output.contents);
    }
    println!("{} of them can be printed", sheet.output::<ProofSheet>()?.unwrap_or_default());
    if let Running::Here(runner) = running {
        runner.stop();
    }
    std::fs::remove_dir_all(&place)?; // a real app keeps it
    Ok(())
}
