//! `tintype jobs`: what runs, what waits, what became of the rest; pause, resume, cancel, retry.

use crate::{
    args::{JobIds, JobsAction, JobsArgs, ListArgs},
    follow,
    out::Paint,
    session::{Exit, Session},
    table::{Align, Table},
    units::{count, left, percent, rate},
    views::JobView,
};
use anyhow::Result;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use tintype_core::{
    IndexerJob, Library, ThumbnailJob,
    jobs::{Job, JobHandle, JobId, JobStatus, JobUpdate},
};

/// How many of a job's messages `show` shows.
const MESSAGES: usize = 20;

/// How many jobs `--all` looks back to for failed and cancelled ones.
const LOOK_BACK: usize = 10_000;

pub(crate) fn run(session: &Session, args: JobsArgs) -> Result<Exit> {
    let library = session.open()?;
    match args.action.unwrap_or(JobsAction::List(args.list)) {
        JobsAction::List(list) => show_list(session, &library, &list),
        JobsAction::Show { id, follow } => {
            let job = library.jobs().handle(JobId(id))?;
            if follow { watch(session, &job) } else { show(session, &library, &job) }
        }
        JobsAction::Pause(ids) => {
            let able = |status: JobStatus| !status.is_over() && status != JobStatus::Paused;
            ask(session, &chosen(&library, &ids, able)?, JobHandle::pause)
        }
        JobsAction::Cancel(ids) => {
            let able = |status: JobStatus| !status.is_over();
            ask(session, &chosen(&library, &ids, able)?, JobHandle::cancel)
        }
        JobsAction::Resume { ids, detach } => {
            let jobs = chosen(&library, &ids, |status| !status.is_over())?;
            for job in &jobs {
                job.resume()?;
            }
            go_on(session, &library, &jobs, detach)
        }
        JobsAction::Retry { ids, detach } => {
            let able = |status| matches!(status, JobStatus::Failed | JobStatus::Cancelled);
            let jobs = chosen(&library, &ids, able)?;
            retry(&library, &jobs)?;
            go_on(session, &library, &jobs, detach)
        }
    }
}

/// The jobs that are named, or all of a status that fits; parents first.
fn chosen(library: &Library, ids: &JobIds, fits: fn(JobStatus) -> bool) -> Result<Vec<JobHandle>> {
    let mut ids: Vec<i64> = if ids.all {
        library.jobs().list(LOOK_BACK)?.into_iter().filter(|job| fits(job.status)).map(|job| job.id).collect()
    } else {
        ids.ids.clone()
    };
    ids.sort_unstable();
    ids.into_iter().map(|id| Ok(library.jobs().handle(JobId(id))?)).collect()
}

/// A parent's retry takes its children along, and what is over no more needs none.
fn retry(library: &Library, jobs: &[JobHandle]) -> Result<()> {
    for job in jobs {
        if matches!(job.status()?, JobStatus::Failed | JobStatus::Cancelled | JobStatus::Completed) {
            library.jobs().retry(job.id())?;
        }
    }
    Ok(())
}

fn ask(
    session: &Session,
    jobs: &[JobHandle],
    request: fn(&JobHandle) -> tintype_core::Result<()>,
) -> Result<Exit> {
    let over_before = jobs.iter().map(|job| Ok(job.status()?.is_over())).collect::<Result<Vec<_>>>()?;
    for (job, was_over) in jobs.iter().zip(over_before) {
        // One that ended with its parent, a moment ago, needs no request of its own.
        if was_over || !job.status()?.is_over() {
            request(job)?;
        }
    }
    if jobs.is_empty() {
        session.out.note("there is no such job");
    }
    let views = settled(jobs)?;
    session.out.show(&views, |views, _| {
        views.iter().map(|job| format!("job {}: {}", job.id, job.status)).collect::<Vec<_>>().join("\n")
    })?;
    Ok(Exit::DONE)
}

/// Where the jobs stand once a runner has obeyed, which takes it less than a second.
fn settled(jobs: &[JobHandle]) -> Result<Vec<JobView>> {
    const TRIES: u32 = 20;
    const BETWEEN: Duration = Duration::from_millis(50);
    let mut views = Vec::new();
    for job in jobs {
        let mut update = job.look()?;
        for _ in 0..TRIES {
            if update.status != JobStatus::Running {
                break;
            }
            std::thread::sleep(BETWEEN);
            update = job.look()?;
        }
        views.push(update.into());
    }
    Ok(views)
}

fn go_on(session: &Session, library: &Library, jobs: &[JobHandle], detach: bool) -> Result<Exit> {
    if jobs.is_empty() {
        session.out.note("there is nothing to go on with");
        return Ok(Exit::DONE);
    }
    let told = super::carry_out(session, library, jobs, detach)?;
    let mut views = Vec::new();
    for job in jobs {
        views.push(JobView::from(job.look()?));
    }
    if let Err(exit) = told {
        session.out.unfinished(&views)?;
        return Ok(exit);
    }
    session.out.summary(&views, |views, paint| list_words(views, paint))?;
    Ok(Exit::DONE)
}

fn show_list(session: &Session, library: &Library, list: &ListArgs) -> Result<Exit> {
    let mut jobs = if list.open { library.jobs().open()? } else { library.jobs().list(list.limit)? };
    jobs.truncate(list.limit);
    let views: Vec<_> = jobs.into_iter().map(JobView::from).collect();
    session.out.show(&views, |views, paint| match views.len() {
        0 => "no jobs".to_owned(),
        _ => list_words(views, paint),
    })?;
    hint_if_nobody_runs(session, library, &views)?;
    Ok(Exit::DONE)
}

/// Queued work that no process does looks like a fault when nobody says so.
fn hint_if_nobody_runs(session: &Session, library: &Library, views: &[JobView]) -> Result<()> {
    let waits = views.iter().any(|job| matches!(job.status, JobStatus::Queued | JobStatus::Running));
    if waits && !library.jobs().is_running()? {
        session.out.note("nobody runs them now; `tintype jobs resume --all` goes on");
    }
    Ok(())
}

fn list_words(views: &[JobView], paint: Paint) -> String {
    let mut table = Table::new(&[Align::Right, Align::Left, Align::Left, Align::Right, Align::Left]);
    for job in views {
        let how = match &job.error {
            Some(error) => error.clone(),
            None => how_far(job),
        };
        table.row([job.id.to_string(), job.name.clone(), painted(job.status, paint), part(job), how]);
    }
    table.text()
}

fn painted(status: JobStatus, paint: Paint) -> String {
    let word = status.word();
    match status {
        JobStatus::Running => paint.green(word),
        JobStatus::Paused => paint.yellow(word),
        JobStatus::Failed => paint.red(word),
        JobStatus::Queued | JobStatus::Waiting | JobStatus::Completed | JobStatus::Cancelled => {
            word.to_owned()
        }
    }
}

fn part(job: &JobView) -> String {
    match job.progress.total {
        0 => String::new(),
        total => percent(job.progress.done, total),
    }
}

fn how_far(job: &JobView) -> String {
    let progress = &job.progress;
    if job.status.is_over() {
        return job.finished_at.clone().unwrap_or_default();
    }
    let mut words = Vec::new();
    if progress.total > 0 {
        words.push(format!("{} of {}", count(progress.done), count(progress.total)));
    } else if progress.done > 0 {
        words.push(count(progress.done));
    }
    if job.status == JobStatus::Running {
        words.extend(progress.rate.map(rate));
        words.extend(progress.eta_s.map(left));
        words.extend(progress.waits_for().map(|_| progress.phase.clone()));
    }
    words.join(", ")
}

/// A job with its family and its messages.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    job: JobView,
    children: Vec<JobView>,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Message {
    at: String,
    message: String,
}

fn show(session: &Session, library: &Library, job: &JobHandle) -> Result<Exit> {
    let messages = library.jobs().errors(job.id(), MESSAGES)?;
    let whole = Whole {
        job: job.look()?.into(),
        children: library.jobs().children(job.id())?.into_iter().map(JobView::from).collect(),
        messages: messages
            .into_iter()
            .map(|(at, message)| Message { at: tintype_core::rfc3339(at), message })
            .collect(),
    };
    session.out.show(&whole, words)?;
    hint_if_nobody_runs(session, library, std::slice::from_ref(&whole.job))?;
    Ok(Exit::DONE)
}

fn words(whole: &Whole, paint: Paint) -> String {
    let job = &whole.job;
    let mut text = format!("{}\n", paint.bold(&format!("job {}: {}, {}", job.id, job.name, job.status)));
    let mut table = Table::new(&[Align::Left, Align::Left]);
    let mut say = |what: &str, words: Option<String>| {
        if let Some(words) = words.filter(|words| !words.is_empty()) {
            table.row([what.to_owned(), words]);
        }
    };
    say("why", job.error.clone());
    say("phase", Some(job.progress.phase.clone()));
    if !job.status.is_over() {
        say("progress", Some([part(job), how_far(job)].join(" ").trim().to_owned()));
    }
    say("after job", job.parent_id.map(|id| id.to_string()));
    let children: Vec<_> =
        whole.children.iter().map(|child| format!("{} ({})", child.id, child.status)).collect();
    say("before job", Some(children.join(", ")));
    say("created", Some(job.created_at.clone()));
    say("started", job.started_at.clone());
    say("finished", job.finished_at.clone());
    say("result", job.output.as_ref().map(|output| result(&job.name, output)));
    for message in &whole.messages {
        say(&message.at, Some(message.message.clone()));
    }
    text.push_str(&table.text());
    text
}

/// What a job had to say in the end: a sentence, if we know its kind.
fn result(name: &str, output: &Value) -> String {
    let sentence = match name {
        IndexerJob::NAME => {
            serde_json::from_value(output.clone()).map(|output| super::index::sentence(&output))
        }
        ThumbnailJob::NAME => {
            serde_json::from_value(output.clone()).map(|output| super::generate::sentence(&output))
        }
        _ => return output.to_string(),
    };
    sentence.unwrap_or_else(|_| output.to_string())
}

/// Every change of a job until it is over or paused.
fn watch(session: &Session, job: &JobHandle) -> Result<Exit> {
    follow::watch(session, job, |update: &JobUpdate| {
        let over = update.status.is_over() || update.status == JobStatus::Paused;
        if session.out.is_json() || over {
            session.out.show(&JobView::from(update.clone()), |view, paint| {
                list_words(std::slice::from_ref(view), paint)
            })?;
        }
        Ok(())
    })
}
