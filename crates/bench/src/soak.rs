//! `bench soak`: a library of very many small files, and whether what must not grow with it does not.
//! Knows the order of a run; how each thing is done is in the files beside this one.

mod notebook;
mod pictures;
mod program;
mod tree;

use crate::child;
use anyhow::{Context, ensure};
use notebook::Notebook;
use program::{Program, Ran};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tree::Part;

/// How often a command of milliseconds is run; the median counts.
const TIMES: usize = 7;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// How many files; libraries of 10,000 and 100,000 are measured on the way
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1000..))]
    files: u64,
    /// The `tintype` to measure [default: the one beside this program]
    #[arg(long)]
    program: Option<PathBuf>,
    /// Where files and library are made: some 9 kB a file; a run that was cut off goes on there
    #[arg(long, default_value = "target/soak")]
    folder: PathBuf,
    /// Leave files and library there in the end
    #[arg(long)]
    keep: bool,
}

/// Everything a step needs.
struct Soak {
    program: Program,
    files: PathBuf,
    /// Where parts of the files lie until their turn comes.
    aside: PathBuf,
    notes: Notebook,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    fs::create_dir_all(&options.folder).with_context(|| options.folder.display().to_string())?;
    let folder = fs::canonicalize(&options.folder)?;
    let mut soak = Soak {
        program: Program { tintype: tintype(options)?, library: folder.join("library") },
        files: folder.join("files"),
        aside: folder.join("aside"),
        notes: Notebook::open(folder.join("figures.json"))?,
    };
    fs::create_dir_all(&soak.files)?;
    fs::create_dir_all(&soak.aside)?;
    if !soak.program.library.join("library.toml").exists() {
        move_all(&soak.files, &soak.aside)?; // of an earlier run
        soak.program.make_library(&soak.files)?;
    }
    for part in tree::parts(options.files) {
        soak.grow_by(&part)?;
    }
    println!("{}", soak.notes.table());
    println!(
        "Every file was read once before the first clock started; what the kernel has dropped since, both sides of the \
         ratio read again.\nIndexing and thumbnails are of the files that came since the column before."
    );
    if !options.keep {
        fs::remove_dir_all(&folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    Ok(())
}

fn move_all(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        fs::rename(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

fn tintype(options: &Options) -> anyhow::Result<PathBuf> {
    let beside = || Ok::<_, anyhow::Error>(std::env::current_exe()?.with_file_name("tintype"));
    let program = options.program.clone().map_or_else(beside, Ok)?;
    ensure!(program.exists(), "{}: not built; `make soak` builds everything", program.display());
    Ok(std::path::absolute(program)?)
}

impl Soak {
    /// Puts a part in and measures the library as it is then.
    fn grow_by(&mut self, part: &Part) -> anyhow::Result<()> {
        if self.notes.has(part.end, &["get_ms"]) {
            return Ok(()); // the last that is measured
        }
        tree::make(&self.aside, part)?;
        if self.aside.join(part.name).exists() {
            fs::rename(self.aside.join(part.name), self.files.join(part.name))?;
        }
        self.index(part)?;
        self.generate(part)?;
        self.nothing_to_do(part)?;
        self.checkpoints(part)?;
        self.short_commands(part)
    }

    /// The first look at a part, between two runs of what it is compared with.
    fn index(&mut self, part: &Part) -> anyhow::Result<()> {
        if self.notes.has(part.end, &["index_wall"]) {
            return Ok(());
        }
        let folder = self.files.join(part.name);
        find_and_read(&folder)?; // warms what the first clock would wait for
        let before = find_and_read(&folder)?;
        let ran = self.tintype(part, &["index".as_ref(), folder.as_ref()])?;
        let after = find_and_read(&folder)?;
        let looked = &ran.json["index"][0];
        let new = looked["identified"].as_f64().context("the number of files")?;
        let seconds = |cost: child::Cost| (cost.wall.as_secs_f64(), cost.cpu().as_secs_f64());
        let (wall, cpu) = seconds(ran.cost);
        let (base_wall, base_cpu) = (
            f64::midpoint(seconds(before).0, seconds(after).0),
            f64::midpoint(seconds(before).1, seconds(after).1),
        );
        self.notes.note(
            part.end,
            &[
                ("baseline_wall", base_wall),
                ("baseline_cpu", base_cpu),
                ("index_wall", wall),
                ("index_cpu", cpu),
                ("index_ratio_wall", wall / base_wall),
                ("index_ratio_cpu", cpu / base_cpu),
                ("index_rate", new / wall),
            ],
        )
    }

    /// The thumbnails of what is new.
    fn generate(&mut self, part: &Part) -> anyhow::Result<()> {
        if self.notes.has(part.end, &["generate_wall"]) {
            return Ok(());
        }
        let ran = self.tintype(part, &["generate".as_ref()])?;
        let made = &ran.json["thumbnails"][0];
        let contents = made["contents"].as_f64().unwrap_or(0.0) + made["errors"].as_f64().unwrap_or(0.0);
        // The job's own clock, which counts earlier runs of it too.
        let seconds = made["duration_ms"].as_f64().context("how long it took")? / 1000.0;
        self.notes.note(part.end, &[("generate_wall", seconds), ("generate_rate", contents / seconds)])
    }

    /// What a library costs in which everything is done.
    fn nothing_to_do(&mut self, part: &Part) -> anyhow::Result<()> {
        let idle = self.tintype(part, &["generate".as_ref()])?;
        let again = self.tintype(part, &["index".as_ref()])?;
        let found = again.json["index"][0]["unchanged"].as_u64();
        ensure!(found == Some(part.end), "{found:?} files were unchanged, not {}", part.end);
        let find = find_by_size(&self.files)?;
        let add = self.tintype(part, &["add".as_ref(), self.files.clone().as_ref()])?;
        self.notes.note(
            part.end,
            &[
                ("idle_wall", idle.cost.wall.as_secs_f64()),
                ("again_wall", again.cost.wall.as_secs_f64()),
                ("again_cpu", again.cost.cpu().as_secs_f64()),
                ("find_wall", find.as_secs_f64()),
                ("add_again_wall", add.cost.wall.as_secs_f64()),
                ("entry_bytes", self.program.database_bytes() as f64 / part.end as f64),
            ],
        )
    }

    /// The same ten thousand files made again, however large the library round them is.
    fn checkpoints(&mut self, part: &Part) -> anyhow::Result<()> {
        let folder = self.files.join("a");
        let ran = self.tintype(part, &["generate".as_ref(), "--regenerate".as_ref(), folder.as_ref()])?;
        let made = &ran.json["thumbnails"][0];
        let contents = made["contents"].as_f64().context("how many were made")?;
        let metrics = &made["metrics"];
        let checkpoints = metrics["checkpoints"].as_f64().context("how many checkpoints there were")?;
        let spent = |key: &str| metrics[key].as_f64().context("how long checkpoints took");
        self.notes.note(
            part.end,
            &[
                ("checkpoint_us", spent("checkpoint_us")? / checkpoints),
                ("checkpoint_cpu_us", spent("checkpoint_cpu_us")? / checkpoints),
                ("record_us", ran.seen.cpu.as_secs_f64() * 1e6 / contents),
                ("record_bytes", ran.seen.written as f64 / contents),
            ],
        )
    }

    /// What a person types and waits for.
    fn short_commands(&mut self, part: &Part) -> anyhow::Result<()> {
        let file = tree::some_file(&self.files, part);
        let commands: [(&str, &[&OsStr]); 4] = [
            ("status_ms", &["status".as_ref()]),
            ("failures_ms", &["failures".as_ref()]),
            ("jobs_ms", &["jobs".as_ref()]),
            ("get_ms", &["get".as_ref(), file.as_ref(), "--size".as_ref(), "128".as_ref()]),
        ];
        for (key, args) in commands {
            let mut times = Vec::with_capacity(TIMES);
            for _ in 0..TIMES {
                times.push(self.program.wall(args)?);
            }
            times.sort();
            self.notes.note(part.end, &[(key, times[TIMES / 2].as_secs_f64() * 1000.0)])?;
        }
        Ok(())
    }

    /// Runs the program and notes how large it became.
    fn tintype(&mut self, part: &Part, args: &[&OsStr]) -> anyhow::Result<Ran> {
        let words = args.join(OsStr::new(" "));
        eprintln!("{} files: tintype {}", part.end, words.display());
        let ran = self.program.run(args)?;
        let mebibytes = ran.seen.peak as f64 / f64::from(1 << 20);
        eprintln!(
            "  {:.2} s, {:.2} s CPU, {mebibytes:.0} MiB",
            ran.cost.wall.as_secs_f64(),
            ran.cost.cpu().as_secs_f64()
        );
        self.notes.note_most(part.end, "peak", mebibytes)?;
        Ok(ran)
    }
}

/// What indexing is measured against: every name, and every byte.
fn find_and_read(folder: &Path) -> anyhow::Result<child::Cost> {
    let mut command = Command::new("sh");
    command.args(["-c", "find \"$0\" -type f -print0 | xargs -0 cat > /dev/null"]).arg(folder);
    let (cost, _) = child::run(&mut command)?;
    eprintln!("  find and cat: {:.2} s, {:.2} s CPU", cost.wall.as_secs_f64(), cost.cpu().as_secs_f64());
    Ok(cost)
}

/// What another look is measured against: every file's size, which nothing tells but asking for it.
fn find_by_size(folder: &Path) -> anyhow::Result<Duration> {
    Ok(child::run(Command::new("find").arg(folder).args(["-type", "f", "-size", "-1c"]))?.0.wall)
}
