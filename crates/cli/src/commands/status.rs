//! `tintype status`: a library in numbers. Starts no worker.

use crate::{
    hindsight::Hindsight,
    out::Paint,
    session::{Exit, Session},
    table::{Align, Table},
    units::{bytes, count, counted, percent, size_name},
    views::{JobView, lossy},
};
use anyhow::Result;
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write, fs, path::Path};
use tintype_core::{KindCoverage, Library, SCRUB_SHEET, SheetTotals, SizeTotals, jobs::JobStatus};

/// A library in numbers.
#[derive(Serialize)]
struct Status {
    name: String,
    root: String,
    locations: u64,
    entries: u64,
    entry_bytes: u64,
    kinds: Vec<KindCoverage>,
    sizes: Vec<SizeTotals>,
    scrub_sheets: SheetTotals,
    /// Thumbnails of sizes that library.toml does not want, and that nobody asked for.
    unwanted: BTreeMap<u32, u64>,
    thumbnail_count: u64,
    thumbnail_bytes: u64,
    database_bytes: u64,
    failures: BTreeMap<String, u64>,
    /// What is missing on this machine, and how to install it.
    missing: Vec<String>,
    quarantined: u64,
    deferred: BTreeMap<String, u64>,
    running: bool,
    jobs: Vec<JobView>,
    /// Of the last job that made thumbnails in bulk.
    last_job: Option<Hindsight>,
}

pub(crate) fn run(session: &Session) -> Result<Exit> {
    let library = session.open()?;
    session.out.show(&look(&library)?, Status::words)?;
    Ok(Exit::DONE)
}

fn look(library: &Library) -> Result<Status> {
    let numbers = library.status()?;
    Ok(Status {
        name: numbers.name,
        root: lossy(&numbers.root),
        locations: numbers.locations,
        entries: numbers.entries,
        entry_bytes: numbers.entry_bytes,
        kinds: numbers.kinds,
        thumbnail_count: numbers.sizes.iter().map(|size| size.count).sum(),
        thumbnail_bytes: numbers.sizes.iter().map(|size| size.bytes).sum::<u64>()
            + numbers.scrub_sheets.bytes,
        sizes: numbers.sizes,
        scrub_sheets: numbers.scrub_sheets,
        unwanted: numbers.unwanted.into_iter().collect(),
        database_bytes: database_bytes(library.root()),
        failures: numbers.failures.into_iter().collect(),
        missing: numbers.missing,
        quarantined: numbers.quarantined,
        deferred: numbers.deferred.into_iter().collect(),
        running: library.jobs().is_running()?,
        jobs: library.jobs().open()?.into_iter().map(JobView::from).collect(),
        last_job: library.last_bulk_job()?.and_then(Hindsight::of),
    })
}

/// The database with what is written beside it.
fn database_bytes(root: &Path) -> u64 {
    let files = ["database.db", "database.db-wal"];
    files.iter().filter_map(|name| fs::metadata(root.join(name)).ok()).map(|file| file.len()).sum()
}

impl Status {
    fn words(&self, paint: Paint) -> String {
        let mut text = String::new();
        let _ = self.write(&mut text, paint); // writing to a String cannot fail
        text
    }

    fn write(&self, text: &mut String, paint: Paint) -> std::fmt::Result {
        writeln!(text, "{} in {}", paint.bold(&self.name), self.root)?;
        let (files, locations) = (counted(self.entries, "file"), counted(self.locations, "location"));
        writeln!(text, "{files} in {locations}, {}", bytes(self.entry_bytes))?;
        section(text, paint, "Coverage", &self.coverage())?;
        section(text, paint, "Thumbnails", &self.thumbnails())?;
        section(text, paint, "Failures", &reasons(&self.failures))?;
        if !self.failures.is_empty() {
            if self.quarantined > 0 {
                writeln!(
                    text,
                    "  {} in quarantine: the end of two workers each",
                    counted(self.quarantined, "content")
                )?;
            }
            for missing in &self.missing {
                writeln!(text, "  {missing}")?;
            }
            writeln!(text, "  `tintype failures` says which")?;
        }
        section(text, paint, "Left for later", &reasons(&self.deferred))?;
        section(text, paint, "Jobs", &self.open_jobs())?;
        if let Some(last) = &self.last_job {
            section(text, paint, &last.title(), &last.table())?;
        }
        if !self.jobs.is_empty() && !self.running {
            writeln!(text, "  nobody runs them now; `tintype jobs resume --all` goes on")?;
        }
        Ok(())
    }

    fn coverage(&self) -> Table {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Left]);
        for kind in self.kinds.iter().filter(|kind| kind.contents > 0) {
            let mut rest = Vec::new();
            if kind.pending > 0 {
                rest.push(format!("{} pending", count(kind.pending)));
            }
            if kind.failed > 0 {
                rest.push(format!("{} failed", count(kind.failed)));
            }
            let done = percent(kind.done, kind.contents);
            table.row([kind.kind.clone(), done, counted(kind.contents, "content"), rest.join(", ")]);
        }
        table
    }

    fn thumbnails(&self) -> Table {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Left]);
        for size in &self.sizes {
            let name = size_name(size.size);
            table.row([name, count(size.count), bytes(size.bytes), self.unwanted(size.size)]);
        }
        if self.scrub_sheets.count > 0 {
            let SheetTotals { count: sheets, bytes: taken } = self.scrub_sheets;
            table.row([size_name(SCRUB_SHEET), count(sheets), bytes(taken), self.unwanted(SCRUB_SHEET)]);
        }
        let none = String::new;
        if self.sizes.len() > 1 {
            table.row(["all".to_owned(), count(self.thumbnail_count), bytes(self.thumbnail_bytes), none()]);
        }
        table.row(["database".to_owned(), none(), bytes(self.database_bytes), none()]);
        table
    }

    fn unwanted(&self, size: u32) -> String {
        let words = |unwanted: &u64| {
            format!("{} not wanted any more; `tintype clean` removes them", count(*unwanted))
        };
        self.unwanted.get(&size).map(words).unwrap_or_default()
    }

    fn open_jobs(&self) -> Table {
        let mut table = Table::new(&[Align::Right, Align::Left, Align::Left, Align::Right, Align::Left]);
        for job in &self.jobs {
            let part = match job.progress.total {
                0 => String::new(),
                total => percent(job.progress.done, total),
            };
            table.row([job.id.to_string(), job.name.clone(), job.status.to_string(), part, waits(job)]);
        }
        table
    }
}

/// What a job waits for that makes way.
fn waits(job: &JobView) -> String {
    let waits = job.progress.waits_for().filter(|_| job.status == JobStatus::Running);
    waits.map(|_| job.progress.phase.clone()).unwrap_or_default()
}

fn reasons(numbers: &BTreeMap<String, u64>) -> Table {
    let mut table = Table::new(&[Align::Left, Align::Right]);
    for (reason, number) in numbers {
        table.row([reason.clone(), count(*number)]);
    }
    table
}

fn section(text: &mut String, paint: Paint, title: &str, table: &Table) -> std::fmt::Result {
    if table.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n{}", paint.bold(title))?;
    text.write_str(&table.text())
}
