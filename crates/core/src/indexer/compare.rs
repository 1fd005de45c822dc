//! The first phase: compares what a walk finds with the catalogue, thousands of files at a time.
//! Knows names, sizes, times and identities; reads no file.

use super::{
    Run,
    examine::Deferral,
    root::means_gone,
    seen::Seen,
    walk::{Event, Found, Walk},
};
use crate::{
    catalogue::{EntryRow, NewEntry, Reading, Writing},
    error::Result,
    jobs::{JobResult, Progress},
    paths,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, sync_channel},
    },
    thread,
    time::Duration,
};

/// Files compared in one transaction: large ones make inserts several times faster, and at 3,000 each still takes far
/// less than the second within which a pause has to act.
const AT_ONCE: usize = 3000;

/// Messages of the walk that may wait: as many files as two transactions take.
const MESSAGES_AHEAD: usize = 100;

/// How long to wait for an event before looking whether to stop: a slow drive tells nothing for long.
const PATIENCE: Duration = Duration::from_millis(100);

/// Walkers that wait for a disk do not need a core each; more than this only fight over the channel.
const MOST_THREADS: usize = 8;

/// What a found file is to the catalogue.
enum Verdict {
    Unchanged(i64),
    /// As it was, and that was nothing.
    StillEmpty(i64),
    /// The same bytes, but the row has to be written: another identity, or no longer deferred.
    Touched(i64),
    /// With the entry of another name of the same file whose content is known, if there is one.
    Changed(i64, Option<EntryRow>),
    /// The entry has this path now.
    Moved(i64),
    /// New, with the other name if there is one.
    New(Option<EntryRow>),
}

impl Run<'_> {
    /// Walks the location, brings its entries up to date, and tells which of them it has seen.
    pub(super) fn walk(&mut self) -> JobResult<Seen> {
        self.job.output.begin_walk();
        let settings = self.ctx.library().settings();
        let scope = self.job.scope.clone();
        let walk = Walk {
            root: &self.root.path,
            scope: &scope,
            follow_symlinks: settings.index.follow_symlinks,
            threads: settings.jobs.worker_count().clamp(1, MOST_THREADS),
        };
        let stop = AtomicBool::new(false);
        let (sender, events) = sync_channel(MESSAGES_AHEAD);
        let seen = thread::scope(|scope| {
            scope.spawn(|| {
                let sender = sender;
                walk.run(&sender, &stop);
            });
            let seen = self.compare(&events);
            // Whoever is about to send gets an error, whoever is not finds the flag.
            stop.store(true, Ordering::Relaxed);
            drop(events);
            seen
        })?;
        self.job.output.end_walk();
        Ok(seen)
    }

    fn compare(&mut self, events: &Receiver<Vec<Event>>) -> JobResult<Seen> {
        let mut seen = Seen::default();
        let mut batch = Vec::with_capacity(AT_ONCE);
        let roots = self.ctx.library().locations()?;
        let roots = roots.into_iter().map(|location| (location.id, location.path)).collect();
        loop {
            self.ctx.check_interrupt()?;
            let message = match events.recv_timeout(PATIENCE) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            for event in message {
                match event {
                    Event::File(found) => batch.push(found),
                    Event::Skipped(kind) => self.job.output.skip(kind),
                    Event::Unreadable(message) => self.note_error(message),
                }
            }
            if batch.len() >= AT_ONCE {
                self.record(&mut batch, &roots, &mut seen)?;
            }
        }
        self.record(&mut batch, &roots, &mut seen)?;
        Ok(seen)
    }

    /// Decides about a batch and writes it down.
    fn record(
        &mut self,
        batch: &mut Vec<Found>,
        roots: &BTreeMap<i64, PathBuf>,
        seen: &mut Seen,
    ) -> JobResult<()> {
        self.ctx.give_way()?;
        // In order of path: neighbours in the index are written together.
        batch.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let location = self.job.location;
        let verdicts = self.ctx.library().catalogue().read(|rows| {
            let mut judge = Judge { rows, location, roots, taken: BTreeSet::new() };
            batch.iter().map(|found| judge.judge(found)).collect::<Result<Vec<_>>>()
        })?;
        self.count(&verdicts);
        self.note_time();
        self.ctx.check_room()?;
        let entries = self.ctx.commit(&*self.job, |rows| {
            rows.location(location)?; // somebody may have removed it meanwhile
            batch
                .iter()
                .zip(&verdicts)
                .map(|(found, verdict)| apply(rows, location, found, verdict))
                .collect::<Result<Vec<_>>>()
        })?;
        for entry in entries {
            seen.insert(entry);
        }
        self.ctx.progress(Progress::count("walk", self.job.output.found, 0));
        batch.clear();
        Ok(())
    }

    fn count(&mut self, verdicts: &[Verdict]) {
        let output = &mut self.job.output;
        output.found += verdicts.len() as u64;
        for verdict in verdicts {
            match verdict {
                Verdict::Unchanged(_) | Verdict::Touched(_) => {}
                Verdict::StillEmpty(_) => output.defer(Deferral::Empty.word()),
                Verdict::Changed(..) => output.changed += 1,
                Verdict::Moved(_) => output.moved += 1,
                Verdict::New(_) => output.new += 1,
            }
        }
    }
}

/// Decides about the files of one batch. What it has decided is not in the catalogue yet, so it remembers.
struct Judge<'a> {
    rows: &'a Reading<'a>,
    location: i64,
    /// Of all locations: a file may have moved from one to another.
    roots: &'a BTreeMap<i64, PathBuf>,
    /// Entries that are to have another path.
    taken: BTreeSet<i64>,
}

impl Judge<'_> {
    fn judge(&mut self, found: &Found) -> Result<Verdict> {
        let known =
            self.rows.entry_at(self.location, &found.path)?.filter(|known| !self.taken.contains(&known.id));
        match known {
            Some(known) if known.stat.same_version(&found.stat) => Ok(unwritten(&known, found)),
            Some(known) => {
                let twins = self.rows.entries_of_file(&found.stat)?;
                Ok(Verdict::Changed(known.id, twins.into_iter().find(|twin| twin.content.is_some())))
            }
            None => self.judge_new(found),
        }
    }

    /// A path that is not known, of a file that may be.
    fn judge_new(&mut self, found: &Found) -> Result<Verdict> {
        let twins = self.rows.entries_of_file(&found.stat)?;
        if let Some(left) = twins.iter().find(|twin| !self.taken.contains(&twin.id) && self.has_left(twin)) {
            self.taken.insert(left.id);
            return Ok(Verdict::Moved(left.id));
        }
        Ok(Verdict::New(twins.into_iter().find(|twin| twin.content.is_some())))
    }

    /// Whether there is nothing any more where an entry was.
    fn has_left(&self, entry: &EntryRow) -> bool {
        self.roots.get(&entry.location).is_some_and(|root| {
            fs::symlink_metadata(root.join(paths::from_bytes(&entry.path)))
                .is_err_and(|error| means_gone(&error))
        })
    }
}

/// A file that was not written to. One that was left for later gets another chance, but an empty one stays empty.
fn unwritten(known: &EntryRow, found: &Found) -> Verdict {
    let moved_on = !known.stat.same_file(&found.stat);
    match known.deferred {
        Some(_) if found.stat.size == 0 && !moved_on => Verdict::StillEmpty(known.id),
        None if !moved_on => Verdict::Unchanged(known.id),
        _ => Verdict::Touched(known.id),
    }
}

/// Writes a verdict down. Tells the entry.
fn apply(rows: &Writing<'_>, location: i64, found: &Found, verdict: &Verdict) -> Result<i64> {
    match verdict {
        Verdict::Unchanged(id) | Verdict::StillEmpty(id) => Ok(*id),
        Verdict::Touched(id) => rows.touch_entry(*id, &found.stat).map(|()| *id),
        Verdict::Changed(id, twin) => rows.change_entry(*id, &found.stat, twin.as_ref()).map(|()| *id),
        Verdict::Moved(id) => rows.move_entry(*id, location, &found.path).map(|()| *id),
        Verdict::New(twin) => rows.insert_entry(&NewEntry {
            location,
            path: &found.path,
            stat: found.stat,
            mime_type: twin.as_ref().and_then(|twin| twin.mime_type.as_deref()),
            content: twin.as_ref().and_then(|twin| twin.content),
        }),
    }
}
