//! `tintype doctor`: workers, formats, how much of the jail stands, libraries, room on disk, what to do.

use crate::{
    out::Paint,
    session::{Exit, Session, data_dir},
    table::{Align, Table},
    units::bytes,
    views::lossy,
};
use anyhow::Result;
use serde::Serialize;
use std::{fmt::Write, fs, path::Path};
use tintype_core::{
    Library, SensorReport, Sensors, Settings,
    render::{KnownWorker, PoolRenderer, WORKERS},
};
use tintype_sandbox::{Capabilities, FormatInfo, ProbeReport, find_worker, probe};

#[derive(Serialize)]
struct Report {
    version: &'static str,
    healthy: bool,
    workers: Vec<Worker>,
    /// What tells whether bulk work makes way.
    sensors: Vec<SensorReport>,
    libraries: Vec<Found>,
    advice: Vec<String>,
}

#[derive(Serialize)]
struct Worker {
    name: &'static str,
    what_for: &'static str,
    needed: bool,
    path: Option<String>,
    engine: Option<String>,
    /// The level of the jail, as a word.
    jail: Option<String>,
    formats: Vec<FormatInfo>,
    /// Files of fonts that text in drawings can be written with.
    font_files: u32,
    probe: Option<ProbeReport>,
    problem: Option<String>,
}

#[derive(Serialize)]
struct Found {
    path: String,
    /// Whether it is the one that commands use here.
    chosen: bool,
    name: Option<String>,
    database_version: Option<i64>,
    store_version: Option<String>,
    free_bytes: Option<u64>,
    problem: Option<String>,
}

pub(crate) fn run(session: &Session) -> Result<Exit> {
    let workers = workers();
    let libraries = libraries(session)?;
    let advice = advice(&workers, &libraries);
    let healthy = workers.iter().all(|worker| !worker.needed || worker.problem.is_none())
        && libraries.iter().all(|library| library.problem.is_none());
    let sensors = Sensors::of_this_machine().report();
    let version = env!("CARGO_PKG_VERSION");
    let report = Report { version, healthy, workers, sensors, libraries, advice };
    session.out.show(&report, Report::words)?;
    Ok(if healthy { Exit::DONE } else { Exit::Unsuccessful })
}

fn workers() -> Vec<Worker> {
    let started =
        PoolRenderer::new(&Settings::new(""), Some(1)).map(|pool| pool.workers()).unwrap_or_default();
    WORKERS
        .iter()
        .map(|known| match find_worker(known.name) {
            Err(error) => Worker::missing(known, error.to_string()),
            Ok(path) => {
                let capabilities = match started.iter().find(|worker| worker.path == path) {
                    Some(worker) => worker.capabilities.clone().map_err(|fault| fault.to_string()),
                    None => Err("this program does not use it".to_owned()),
                };
                Worker::found(known, &path, capabilities)
            }
        })
        .collect()
}

impl Worker {
    fn missing(known: &KnownWorker, problem: String) -> Self {
        let KnownWorker { name, what_for, needed, .. } = *known;
        Self {
            name,
            what_for,
            needed,
            path: None,
            engine: None,
            jail: None,
            formats: Vec::new(),
            font_files: 0,
            probe: None,
            problem: Some(problem),
        }
    }

    fn found(known: &KnownWorker, path: &Path, capabilities: Result<Capabilities, String>) -> Self {
        let mut worker = Self::missing(known, String::new());
        worker.path = Some(lossy(path));
        worker.problem = match capabilities {
            Err(problem) => Some(problem),
            Ok(capabilities) => {
                worker.engine = Some(capabilities.engine);
                worker.jail = Some(capabilities.jail);
                worker.formats = capabilities.formats;
                worker.font_files = capabilities.font_files;
                None
            }
        };
        match probe(path) {
            Ok(report) => worker.probe = Some(report),
            Err(error) => {
                worker.problem = worker.problem.or(Some(format!("the jail could not be tried: {error}")));
            }
        }
        worker
    }

    /// Whether any of its formats has text in it that is drawn with the machine's fonts.
    fn writes(&self) -> bool {
        self.formats.iter().any(|format| format.name == "SVG")
    }

    /// What was tried inside its jail and worked.
    fn holes(&self) -> Vec<&str> {
        let attempts = self.probe.iter().flat_map(|probe| &probe.attempts);
        attempts.filter(|attempt| !attempt.refused).map(|attempt| attempt.name.as_str()).collect()
    }
}

/// The library that commands use here, and those beside the default one.
fn libraries(session: &Session) -> Result<Vec<Found>> {
    let chosen = session.library_dir()?;
    let mut paths = vec![chosen.clone()];
    let items = data_dir().ok().and_then(|dir| fs::read_dir(dir).ok());
    for item in items.into_iter().flatten().flatten() {
        if item.path() != chosen && item.path().join("library.toml").is_file() {
            paths.push(item.path());
        }
    }
    Ok(paths.iter().map(|path| Found::look(path, *path == chosen)).collect())
}

impl Found {
    fn look(path: &Path, chosen: bool) -> Self {
        let exists = path.join("library.toml").is_file();
        let opened = exists
            .then(|| Library::open(path).and_then(|library| Ok((library.database_version()?, library))));
        let (library, problem) = match opened {
            Some(Ok(opened)) => (Some(opened), None),
            Some(Err(error)) => (None, Some(error.to_string())),
            None => (None, None),
        };
        let store_version = fs::read_to_string(path.join("thumbnails/version.txt")).ok();
        Self {
            path: lossy(path),
            chosen,
            name: library.as_ref().map(|(_, library)| library.settings().name.clone()),
            database_version: library.map(|(version, _)| version),
            store_version: store_version.map(|version| version.trim().to_owned()),
            free_bytes: free_bytes(path),
            problem,
        }
    }
}

/// Room on the disk of the nearest folder above that exists.
fn free_bytes(path: &Path) -> Option<u64> {
    let existing = path.ancestors().find(|folder| folder.is_dir())?;
    let disk = rustix::fs::statvfs(existing).ok()?;
    Some(disk.f_bavail * disk.f_frsize)
}

fn advice(workers: &[Worker], libraries: &[Found]) -> Vec<String> {
    let mut advice = Vec::new();
    for (worker, known) in workers.iter().zip(WORKERS) {
        if worker.engine.is_none() {
            let state = if worker.path.is_none() { "is missing" } else { "does not start" };
            advice.push(format!("{} ({}) {state}: {}", known.name, known.what_for, known.install));
        }
        if worker.writes() && worker.font_files == 0 {
            advice.push(
                "there are no fonts, and drawings lose their text: install fonts-dejavu-core".to_owned(),
            );
        }
        if let Some(level) = worker.jail.as_deref().filter(|level| *level != "full") {
            advice.push(format!(
                "the jail of {} reaches {level}: a Linux kernel from 5.13 on, with Landlock, closes the rest",
                known.name
            ));
        }
    }
    if libraries.iter().all(|library| library.name.is_none() && library.problem.is_none()) {
        advice.push("there is no library yet: `tintype add FOLDER` makes one".to_owned());
    }
    advice
}

impl Report {
    fn words(&self, paint: Paint) -> String {
        let mut text = String::new();
        let _ = self.write(&mut text, paint); // writing to a String cannot fail
        text
    }

    fn write(&self, text: &mut String, paint: Paint) -> std::fmt::Result {
        writeln!(text, "tintype {}", self.version)?;
        for worker in &self.workers {
            worker.write(text, paint)?;
        }
        writeln!(text, "\n{}", paint.bold("What bulk work makes way for"))?;
        text.push_str(&self.sensors().text());
        writeln!(text, "\n{}", paint.bold("Libraries"))?;
        text.push_str(&self.libraries().text());
        if !self.advice.is_empty() {
            writeln!(text, "\n{}", paint.bold("What to do"))?;
            self.advice.iter().try_for_each(|advice| writeln!(text, "  {advice}"))?;
        }
        Ok(())
    }

    fn sensors(&self) -> Table {
        let mut table = Table::new(&[Align::Left, Align::Left]);
        for sensor in &self.sensors {
            let missing = if sensor.works { "" } else { "not known: " };
            table.row([sensor.name.to_owned(), format!("{missing}{}", sensor.detail)]);
        }
        table
    }

    fn libraries(&self) -> Table {
        let mut table = Table::new(&[Align::Left, Align::Left, Align::Right]);
        for library in &self.libraries {
            let state = match (&library.problem, library.database_version, &library.store_version) {
                (Some(problem), ..) => problem.clone(),
                (None, Some(database), store) => {
                    let store = store.as_deref().unwrap_or("none yet");
                    format!("database version {database}, store version {store}")
                }
                (None, None, _) => "not there yet".to_owned(),
            };
            let free = library.free_bytes.map(|free| format!("{} free", bytes(free))).unwrap_or_default();
            let mark = if library.chosen { "* " } else { "  " };
            table.row([format!("{mark}{}", library.path), state, free]);
        }
        table
    }
}

impl Worker {
    fn write(&self, text: &mut String, paint: Paint) -> std::fmt::Result {
        writeln!(text, "\n{}", paint.bold(&format!("{} for {}", self.name, self.what_for)))?;
        if let Some(problem) = &self.problem {
            writeln!(text, "  {}", if self.needed { paint.red(problem) } else { paint.yellow(problem) })?;
        }
        let Some(path) = &self.path else { return Ok(()) };
        writeln!(text, "  {path}")?;
        if let Some(engine) = &self.engine {
            let names: Vec<_> = self.formats.iter().map(|format| format.name.as_str()).collect();
            writeln!(text, "  engine {engine}; opens {}", names.join(", "))?;
        }
        if self.writes() {
            writeln!(text, "  {} files of fonts, for text in drawings", self.font_files)?;
        }
        self.write_jail(text, paint)
    }

    fn write_jail(&self, text: &mut String, paint: Paint) -> std::fmt::Result {
        let Some(probe) = &self.probe else { return Ok(()) };
        let level = if probe.jail == "full" { paint.green(&probe.jail) } else { paint.yellow(&probe.jail) };
        writeln!(text, "  jail: {level}")?;
        let mut table = Table::new(&[Align::Left, Align::Left, Align::Left]);
        for step in &probe.steps {
            let stands = if step.stands { "stands" } else { "missing" };
            table.row([format!("  {}", step.name), stands.to_owned(), step.detail.clone()]);
        }
        for attempt in &probe.attempts {
            let refused = if attempt.refused { "refused" } else { "WORKED" };
            table.row([format!("  {}", attempt.name), refused.to_owned(), attempt.how.clone()]);
        }
        text.push_str(&table.text());
        match self.holes().as_slice() {
            [] => Ok(()),
            holes => writeln!(text, "  {}", paint.red(&format!("open: {}", holes.join(", ")))),
        }
    }
}
