//! One file after another through real worker processes, good ones and bad ones.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use support::{
    Links, is_alive, limits, niceness, pool, process_of, render, render_file, render_for, resident, settings,
    source, text_of,
};
use tempfile::NamedTempFile;
use tintype_sandbox::{IoClass, Limits, Manners, PoolSettings, Priority, Reason, RenderError};

/// A file does to its worker what it says; the caller hears the reason and words that contain these; the next
/// file is served as if nothing had been.
#[track_caller]
fn check(file: &str, reason: Reason, words: &str) {
    check_within(limits(), file, reason, words);
}

#[track_caller]
fn check_within(limits: Limits, file: &str, reason: Reason, words: &str) {
    let pool = pool(PoolSettings { limits, ..settings() });
    let RenderError::Fault(fault) = render(&pool, file).unwrap_err() else { panic!("nobody cancelled") };
    assert!(fault.reason == reason && fault.detail.contains(words), "{fault}");
    assert_eq!(text_of(&render(&pool, "hello").unwrap()), b"hello");
}

fn wall(millis: u64) -> Limits {
    Limits { wall: Duration::from_millis(millis), ..limits() }
}

#[test]
fn a_fault_of_the_file_is_told_in_the_workers_words_without_their_colours() {
    check("corrupt", Reason::Corrupt, "it is \u{fffd}[31mbroken");
}

#[test]
fn a_worker_that_hangs_is_killed_by_the_clock() {
    check_within(wall(500), "hang", Reason::TimedOut, "took longer than 500ms");
    check_within(wall(500), "stalled thumbnail", Reason::TimedOut, "took longer");
    check_within(wall(500), "trickle", Reason::TimedOut, "took longer");
}

#[test]
fn a_worker_that_burns_is_stopped_by_the_kernel() {
    check("burn", Reason::TimedOut, "used more than 1s of CPU time");
}

#[test]
fn a_worker_that_wants_too_much_memory_is_told_from_one_that_crashes() {
    check("allocate", Reason::OutOfMemory, "more than 256 MiB: memory allocation of");
}

#[test]
fn a_worker_that_dies_leaves_its_last_words() {
    check("abort", Reason::Crashed, "killed by SIGABRT");
    check("segfault", Reason::Crashed, "killed by SIGSEGV");
    check("panic", Reason::Crashed, "as the file says");
    check("exit", Reason::Crashed, "exit code 3");
}

#[test]
fn a_worker_that_reaches_out_is_refused_or_killed() {
    check("open", Reason::Crashed, "refused: Operation not permitted");
    check("seek", Reason::Crashed, "refused: Operation not permitted");
    check("spawn", Reason::Crashed, "refused: Operation not permitted");
    check("exec", Reason::Crashed, "killed for a forbidden system call");
    check("socket", Reason::Crashed, "killed for a forbidden system call");
}

#[test]
fn a_worker_that_talks_nonsense_is_not_believed() {
    check("garbage", Reason::Crashed, "broke the protocol: a frame that makes no sense");
    check("huge frame", Reason::Crashed, "broke the protocol: a frame of 4294967295 bytes");
    check(
        "huge thumbnail",
        Reason::Crashed,
        "broke the protocol: announced a thumbnail of 1099511627776 bytes",
    );
    check("unwanted size", Reason::Crashed, "broke the protocol: announced size 9");
    check("no thumbnails", Reason::Crashed, "broke the protocol: left out sizes [8]");
    check("wide thumbnail", Reason::Crashed, "broke the protocol: announced 9 × 1 pixels for size 8");
    check("no picture", Reason::Crashed, "thumbnail 8 is no WebP file");
    check("half an answer", Reason::Crashed, "exit code 0");
    check("short thumbnail", Reason::Crashed, "exit code 0");
    check("deaf", Reason::Crashed, "broke the protocol: it closed its pipe and stayed");
}

#[test]
fn an_answer_in_advance_is_not_taken_for_the_next_files_nor_held_against_it() {
    let pool = pool(settings());
    assert_eq!(text_of(&render(&pool, "answers in advance").unwrap()), b"", "forged, but nobody can know");
    assert_eq!(text_of(&render(&pool, "hello").unwrap()), b"hello", "by another worker");
}

#[test]
fn a_worker_that_leaves_its_orders_unread_is_replaced_without_waiting() {
    // Several times what a socket holds: some hundred orders on Linux.
    const MANY: u32 = 2000;
    let links = Links::new();
    let executables = vec![links.executable("answers-unread")];
    let settings = PoolSettings { executables, files_per_worker: MANY, ..settings() };
    let pool = pool(settings);
    (0..MANY).for_each(|_| drop(render(&pool, "hello").unwrap()));
}

#[test]
fn an_executable_that_always_speaks_out_of_turn_is_no_files_fault() {
    let links = Links::new();
    let executables = vec![links.executable("hasty")];
    let RenderError::Fault(fault) =
        render(&pool(PoolSettings { executables, ..settings() }), "hello").unwrap_err()
    else {
        panic!("nobody cancelled")
    };
    assert!(fault.reason == Reason::Unavailable && fault.detail.contains("before it was asked"), "{fault}");
}

#[test]
fn a_worker_that_never_stops_talking_is_stopped_by_the_clock() {
    check_within(wall(500), "talk for ever", Reason::TimedOut, "took longer");
}

#[test]
fn a_worker_that_talks_much_is_heard_out() {
    assert!(render(&pool(settings()), "talk much").is_ok());
}

#[test]
fn a_hundred_warnings_are_heard_and_none_for_ever() {
    let warnings = render(&pool(settings()), "complain").unwrap().facts.warnings;
    assert_eq!((warnings.len(), warnings[99].len()), (100, 4096));
}

#[test]
fn a_large_answer_arrives_whole() {
    let rendition = render(&pool(settings()), "big 20000000").unwrap();
    assert!(text_of(&rendition).len() == 20_000_000 && text_of(&rendition).iter().all(|&b| b == 7));
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn an_idle_worker_gives_its_memory_back() {
    const MUCH: u64 = 100 << 20;
    const LITTLE: u64 = 40 << 20;
    let pool = pool(settings());
    let worker = process_of(&render(&pool, "use much").unwrap());
    assert!(resident(worker) > MUCH, "kept for the next file: {}", resident(worker));
    let idle_since = Instant::now();
    while resident(worker) > LITTLE {
        assert!(idle_since.elapsed() < Duration::from_secs(15), "{}", resident(worker));
        thread::sleep(Duration::from_millis(50));
    }
    // Woken more than once, it still hears what it is asked.
    thread::sleep(Duration::from_millis(2500));
    assert_eq!(process_of(&render(&pool, "hello").unwrap()), worker);
}

#[test]
fn a_cancelled_file_ends_with_its_worker() {
    let pool = pool(settings());
    let worker = process_of(&render(&pool, "hello").unwrap());
    let cancelled = AtomicBool::new(false);
    let started = Instant::now();
    thread::scope(|scope| {
        let (pool, cancelled) = (&pool, &cancelled);
        let hangs = scope
            .spawn(move || render_file(pool, &source("hang"), None, &|| cancelled.load(Ordering::Relaxed)));
        thread::sleep(Duration::from_millis(100));
        assert!(!hangs.is_finished());
        cancelled.store(true, Ordering::Relaxed);
        assert_eq!(hangs.join().unwrap(), Err(RenderError::Cancelled));
    });
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert!(!is_alive(worker));
    assert!(render(&pool, "hello").is_ok());
}

#[test]
fn a_worker_is_replaced_after_so_many_files() {
    let pool = pool(PoolSettings { files_per_worker: 3, ..settings() });
    let mut served = BTreeMap::<u32, u32>::new();
    for _ in 0..7 {
        *served.entry(process_of(&render(&pool, "hello").unwrap())).or_default() += 1;
    }
    let mut counts: Vec<_> = served.into_values().collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 3, 3]);
}

#[test]
fn a_worker_that_died_while_idle_is_no_files_fault() {
    let pool = pool(settings());
    let worker = process_of(&render(&pool, "hello").unwrap());
    kill(worker);
    while is_alive(worker) {
        thread::yield_now();
    }
    assert!(render(&pool, "hello").is_ok());
}

/// A file that hangs gets so many workers killed under it; tells what its caller hears when the last is gone.
fn killed_from_outside(times: usize) -> Result<(), RenderError> {
    let links = Links::new();
    let executable = links.executable("killed-from-outside");
    let pool = pool(PoolSettings { limits: wall(3000), executables: vec![executable.clone()], ..settings() });
    thread::scope(|scope| {
        let hangs = scope.spawn(|| render(&pool, "hang").map(drop));
        let mut killed = 0;
        while killed < times && !hangs.is_finished() {
            thread::sleep(Duration::from_millis(200)); // for it to have the file in hand
            if let Some(worker) = running(&executable.path) {
                kill(worker);
                killed += 1;
            }
        }
        assert_eq!(killed, times, "the file got another worker every time but the last");
        hangs.join().unwrap()
    })
}

#[track_caller]
fn check_killed_from_outside(times: usize, reason: Reason) {
    let heard = killed_from_outside(times);
    assert!(matches!(&heard, Err(RenderError::Fault(fault)) if fault.reason == reason), "{heard:?}");
}

#[test]
fn a_kill_from_outside_is_forgiven_until_it_comes_again_and_again() {
    check_killed_from_outside(1, Reason::TimedOut); // what the file deserves
    check_killed_from_outside(2, Reason::TimedOut);
    check_killed_from_outside(3, Reason::OutOfMemory);
}

/// The process that was started by this path.
fn running(path: &Path) -> Option<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut numbers = processes.filter_map(|item| item.file_name().to_str()?.parse::<u32>().ok());
    numbers.find(|process| {
        let line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        line.starts_with(path.as_os_str().as_encoded_bytes()) && is_alive(*process)
    })
}

fn kill(process: u32) {
    let process = rustix::process::Pid::from_raw(process.cast_signed()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn there_are_never_more_workers_than_asked_for() {
    let pool = pool(PoolSettings { workers: 2, ..settings() });
    let workers: Vec<_> = thread::scope(|scope| {
        let callers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    (0..10).map(|_| process_of(&render(&pool, "hello").unwrap())).collect::<Vec<_>>()
                })
            })
            .collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    let distinct: std::collections::BTreeSet<_> = workers.iter().collect();
    assert!(workers.len() == 80 && distinct.len() <= 2, "{distinct:?}");
}

#[test]
fn bulk_work_yields_and_what_a_person_waits_for_does_not() {
    let bulk_manners = Manners { nice: 11, io_class: IoClass::BestEffort };
    let pool = pool(PoolSettings { bulk_manners, ..settings() });
    let usual = rustix::process::getpriority_process(None).unwrap();
    let nice = usual.max(11);
    let mut processes = Vec::new();
    for (priority, expected) in
        [(Priority::Bulk, nice), (Priority::Bulk, nice), (Priority::Visible, usual), (Priority::Asked, usual)]
    {
        let process = process_of(&render_for(&pool, priority));
        assert_eq!(niceness(process), expected, "{priority:?}");
        processes.push(process);
    }
    assert_eq!((processes[0], processes[2]), (processes[1], processes[3]), "each is kept");
    assert!(!is_alive(processes[0]), "there are not more workers than turns");
}

#[test]
fn a_worker_outlives_the_thread_that_needed_it_first() {
    let pool = pool(settings());
    let first = thread::scope(|scope| scope.spawn(|| render(&pool, "hello").unwrap()).join().unwrap());
    // The kernel would have killed it by now if that thread had been its parent.
    thread::sleep(Duration::from_millis(100));
    assert_eq!(process_of(&render(&pool, "hello").unwrap()), process_of(&first));
}

#[test]
fn workers_end_with_their_pool() {
    let pool = pool(settings());
    let worker = process_of(&render(&pool, "hello").unwrap());
    assert!(is_alive(worker));
    drop(pool);
    assert!(!is_alive(worker));
}

#[test]
fn a_worker_inherits_nothing_but_its_streams() {
    // A duplicate is open across exec, as what a careless host program or its libraries leave behind.
    let _leaked = rustix::io::dup(File::open("/dev/null").unwrap()).unwrap();
    let links = Links::new();
    for kernel in ["worker", "kernel-without-close-range"] {
        let settings = PoolSettings { executables: vec![links.executable(kernel)], ..settings() };
        let rendition = render(&pool(settings), "hello").unwrap();
        // The three streams, the kernel's page about the process, and the source.
        assert_eq!(rendition.facts.pages, Some(5), "{kernel}");
    }
}

#[track_caller]
fn check_source(file: &File, words: &str) {
    let fault = render_file(&pool(settings()), file, None, &|| false).unwrap_err();
    let RenderError::Fault(fault) = fault else { panic!("nobody cancelled") };
    assert!(fault.reason == Reason::Io && fault.detail.contains(words), "{fault}");
}

#[test]
fn only_a_regular_file_open_for_reading_goes_to_a_worker() {
    let file = NamedTempFile::new().unwrap();
    check_source(&OpenOptions::new().read(true).write(true).open(file.path()).unwrap(), "open for writing");
    check_source(&File::open("/").unwrap(), "not a regular file");
    check_source(&File::open("/dev/zero").unwrap(), "not a regular file");
}
