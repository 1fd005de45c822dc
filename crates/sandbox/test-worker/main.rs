//! A worker for tests that does what the file in its hand says: behaves, or misbehaves in one of many ways.
//! Knows nothing of pictures.
#![allow(unsafe_code, reason = "it must be able to do what no safe call does")]

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use std::fs::File;
use std::hint::black_box;
use std::io::{Seek, SeekFrom, Write, stderr, stdin};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, abort, exit};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tintype_sandbox::{
    About, Facts, Fault, FormatInfo, Metrics, Order, Pool, PoolSettings, Priority, Reason, Rendition,
    Request, Scrub, ScrubSheet, Task, Thumbnail, Tiles, serve,
};

fn main() -> ExitCode {
    match called().as_str() {
        "other-protocol" => say_raw(br#"{"protocol":999,"engine":"x","formats":[],"jail":"full"}"#),
        "garbage-greeting" => say_raw(b"not JSON"),
        "silent" => std::thread::park(),
        "answers-unread" => answer_unread_orders(),
        "hasty" => speak_out_of_turn(),
        "kernel-without-landlock" => hide(&[LANDLOCK]),
        "kernel-without-seccomp" => hide(&[SECCOMP]),
        "kernel-without-both" => hide(&[LANDLOCK, SECCOMP]),
        "kernel-without-close-range" => hide(&[CLOSE_RANGE]),
        "kernel-without-dumpable" => hide(&[DUMPABLE]),
        "kernel-without-parent-death" => hide(&[PARENT_DEATH]),
        "holder" => hold_a_pool(),
        "missing-library" => {
            eprintln!("error while loading shared libraries: libfoo.so.1: cannot open shared object file");
            exit(127);
        }
        _ => {}
    }
    serve(about(), render)
}

/// The name it was started by: tests make links to it.
fn called() -> String {
    let path = std::env::args().next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

fn about() -> About {
    let second = called() == "second";
    let name = if second { "SECOND" } else { "TEST" };
    let mime_type = if second { "test/second" } else { "test/first" };
    let format =
        FormatInfo { name: name.into(), mime_types: vec![mime_type.into()], extensions: vec!["test".into()] };
    About { engine: "test".into(), formats: vec![format], font_files: 0 }
}

/// A system call, with this first argument or with any.
type Call = (i64, Option<i32>);

const LANDLOCK: Call = (libc::SYS_landlock_create_ruleset, None);
const SECCOMP: Call = (libc::SYS_seccomp, None);
const CLOSE_RANGE: Call = (libc::SYS_close_range, None);
const DUMPABLE: Call = (libc::SYS_prctl, Some(libc::PR_SET_DUMPABLE));
const PARENT_DEATH: Call = (libc::SYS_prctl, Some(libc::PR_SET_PDEATHSIG));

/// Makes the kernel look older than it is.
fn hide(calls: &[Call]) {
    let is_first = |argument: i32| {
        SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, argument as u64)
            .and_then(|is| SeccompRule::new(vec![is]))
            .expect("a rule")
    };
    let rules =
        calls.iter().map(|&(call, first)| (call, first.map(is_first).into_iter().collect())).collect();
    let arch = std::env::consts::ARCH.try_into().expect("known processor");
    let missing = SeccompAction::Errno(libc::ENOSYS as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, missing, arch).expect("rules");
    let program: BpfProgram = filter.try_into().expect("compiles");
    seccompiler::apply_filter(&program).expect("installs");
}

/// Not a worker but a program with a pool: gives its one worker the file that its first argument names, then the
/// second, says the worker's number, and stays.
fn hold_a_pool() {
    let files: Vec<_> = std::env::args().skip(1).map(|path| File::open(path).expect("a file")).collect();
    let executable = std::env::current_exe().expect("this program");
    let settings = PoolSettings { workers: 1, ..PoolSettings::new(vec![executable.into()]) };
    let pool = Pool::start(settings).expect("a pool");
    for file in &files {
        let order = Order::new(&[8], 85);
        let source = file.as_fd();
        let request = Request {
            source,
            mime_type: None,
            order: &order,
            priority: Priority::Bulk,
            cancelled: &|| false,
            begun: &|| {},
        };
        let rendition = pool.render(&request).expect("a rendition");
        println!("{}", rendition.facts.warnings[0]);
    }
    std::thread::park();
}

/// Bytes on the pipe that no worker should say, with a length before them.
fn say_raw(json: &[u8]) {
    say(&framed(json));
}

fn framed(json: &[u8]) -> Vec<u8> {
    [&(json.len() as u32).to_le_bytes(), json].concat()
}

fn say(bytes: &[u8]) {
    rustix::io::write(stdin(), bytes).expect("the parent listens");
}

/// How many files this process has been given; told as the duration of each.
static SEEN: AtomicU64 = AtomicU64::new(0);

fn render(task: &Task<'_>) -> Result<Rendition, Fault> {
    SEEN.fetch_add(1, Ordering::Relaxed);
    let mut text = vec![0; task.len as usize];
    task.file.read_exact_at(&mut text, 0).map_err(|error| Reason::Io.says(error.to_string()))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    match text.as_str() {
        "corrupt" => Err(Reason::Corrupt.says("it is \x1b[31mbroken")),
        "second only" if called() != "second" => Err(Reason::Unsupported.says("not by the first")),
        "no cover" if called() != "second" => Err(Reason::NoPicture.says("no cover")),
        "neither" => Err(Reason::Unsupported.says("by nobody")),
        "small by the first, none by the second" if called() == "second" => {
            Err(Reason::Corrupt.says("not by the second"))
        }
        "small by the first, killed by the second" if called() == "second" => abort(),
        text if text.starts_with("small by") => {
            let mut rendition = good(text, task);
            rendition.facts.stopgap = called() != "second" || text == "small by both";
            rendition.facts.mime_type = "test/second".into();
            Ok(rendition)
        }
        _ => {
            misbehave(&text, task);
            Ok(good(&text, task))
        }
    }
}

/// As much of a WebP file as the parent looks at.
const WEBP_HEADER: &[u8] = b"RIFF\0\0\0\0WEBP";

/// The text of the file comes back as every thumbnail, behind the header.
fn good(text: &str, task: &Task<'_>) -> Rendition {
    let length = text.strip_prefix("big ").and_then(|size| size.parse().ok());
    let bytes = length.map_or_else(|| text.as_bytes().to_vec(), |length| vec![7; length]);
    let bytes = [WEBP_HEADER, &bytes].concat();
    let complaints = if text == "complain" { vec!["x".repeat(5000); 200] } else { Vec::new() };
    let thumbnail = |&size: &u32| Thumbnail { size, width: size, height: 1, webp: bytes.clone() };
    Rendition {
        thumbnails: task.order.sizes.iter().map(thumbnail).collect(),
        sheet: task.order.extras.scrub.map(|scrub| sheet(scrub, &bytes)),
        facts: Facts {
            format: called(),
            pages: Some(open_descriptors()),
            duration_ms: Some(SEEN.load(Ordering::Relaxed)),
            warnings: [vec![std::process::id().to_string()], complaints].concat(),
            ..Facts::default()
        },
        metrics: Metrics::default(),
    }
}

/// Two pictures, one above the other.
fn sheet(scrub: Scrub, bytes: &[u8]) -> ScrubSheet {
    let (width, height) = (scrub.edge, 2 * scrub.edge);
    ScrubSheet { width, height, webp: bytes.to_vec(), tiles: Tiles { columns: 1, starts_ms: vec![0, 700] } }
}

/// How many descriptors this process has.
fn open_descriptors() -> u32 {
    const MOST: i32 = 64;
    // SAFETY: numbers that name nothing give an error; those that name something are only looked at.
    let is_open = |number: &i32| rustix::fs::fstat(unsafe { BorrowedFd::borrow_raw(*number) }).is_ok();
    (0..MOST).filter(is_open).count() as u32
}

fn misbehave(text: &str, task: &Task<'_>) {
    match text {
        "hang" => loop {
            std::thread::park();
        },
        "burn" => loop {
            black_box(0);
        },
        "allocate" => {
            let more = usize::try_from(task.terms.memory).expect("64 bit");
            black_box(vec![1_u8; more]);
        }
        "use much" => {
            // Many blocks and a small one behind them, so that the heap cannot simply shrink.
            let blocks = vec![vec![1_u8; 1 << 20]; 100];
            std::mem::forget(black_box(Box::new([0_u8; 64])));
            drop(black_box(blocks));
        }
        "abort" => abort(),
        "panic" => panic!("as the file says"),
        "exit" => exit(3),
        "segfault" => {
            // SAFETY: not sound at all: the worker is meant to die of it.
            unsafe { std::ptr::null_mut::<u8>().write_volatile(1) }
        }
        "open" => refused(&File::open("/etc/passwd").expect_err("jailed").to_string()),
        "seek" => {
            let mut file = task.file;
            refused(&file.seek(SeekFrom::Start(1)).expect_err("jailed").to_string());
        }
        "spawn" => refused(&Command::new("/bin/true").status().expect_err("jailed").to_string()),
        "exec" => drop(Command::new("/bin/true").exec()),
        "socket" => drop(std::net::UdpSocket::bind("127.0.0.1:0")),
        "talk for ever" => loop {
            let _ = stderr().write_all(&vec![b'x'; 1 << 16]);
        },
        "talk much" => {
            for _ in 0..64 {
                let _ = stderr().write_all(&vec![b'x'; 1 << 16]);
            }
        }
        "garbage" => say_raw(b"\xff\xfe not JSON"),
        "huge frame" => say(&u32::MAX.to_le_bytes()),
        "half an answer" => {
            say(&100_u32.to_le_bytes());
            say(b"{");
            exit(0);
        }
        "huge thumbnail" => announce(1 << 40),
        "short thumbnail" => {
            announce(1 << 20);
            exit(0);
        }
        "stalled thumbnail" => {
            announce(1 << 20);
            std::thread::park();
        }
        "unwanted size" => say_raw(
            br#"{"done":{"thumbnails":[{"size":9,"width":1,"height":1,"length":1}],"facts":{},"metrics":{}}}"#,
        ),
        "no thumbnails" => say_raw(br#"{"done":{"thumbnails":[],"facts":{},"metrics":{}}}"#),
        "wide thumbnail" => say_raw(
            br#"{"done":{"thumbnails":[{"size":8,"width":9,"height":1,"length":12}],"facts":{},"metrics":{}}}"#,
        ),
        "no picture" => {
            announce(12);
            say(b"<html></html>");
        }
        "answers in advance" => {
            let forged = [framed(announcement(WEBP_HEADER.len()).as_bytes()), WEBP_HEADER.to_vec()].concat();
            // In one write: the second is there when the first has been read.
            say(&[forged.clone(), forged].concat());
        }
        "trickle" => trickle(),
        "deaf" => close_pipe_and_stay(),
        _ => {}
    }
}

fn refused(why: &str) {
    eprintln!("refused: {why}");
    exit(4);
}

/// An answer with one thumbnail of the first size that the tests ask for.
fn announce(length: usize) {
    say_raw(announcement(length).as_bytes());
}

fn announcement(length: usize) -> String {
    format!(
        r#"{{"done":{{"thumbnails":[{{"size":8,"width":1,"height":1,"length":{length}}}],"facts":{{}},"metrics":{{}}}}}}"#
    )
}

/// Not jailed, so that it may ask how much is unread: an answer to every order, and none is ever read.
fn answer_unread_orders() {
    say_raw(br#"{"protocol":2,"engine":"x","formats":[],"jail":"full"}"#);
    let answer = [framed(announcement(WEBP_HEADER.len()).as_bytes()), WEBP_HEADER.to_vec()].concat();
    let mut known = 0;
    loop {
        let unread = rustix::io::ioctl_fionread(stdin()).expect("a socket");
        if unread > known {
            known = unread;
            say(&answer);
        }
        std::thread::yield_now();
    }
}

/// In one write, so that the second is there when the first has been read.
fn speak_out_of_turn() {
    let hello = framed(br#"{"protocol":2,"engine":"x","formats":[],"jail":"full"}"#);
    say(&[hello.clone(), hello].concat());
    std::thread::park();
}

/// One byte at a time, always busy, never done.
fn trickle() {
    announce(1 << 20);
    loop {
        say(b"x");
        let next = Instant::now() + Duration::from_millis(5);
        while Instant::now() < next {
            black_box(0);
        }
    }
}

fn close_pipe_and_stay() {
    // SAFETY: nothing is read from or written to standard input any more; the worker is meant to be deaf.
    unsafe { rustix::io::close(0) }
    loop {
        std::thread::park();
    }
}
