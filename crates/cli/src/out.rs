//! What is said: results on stdout as JSON or words, the rest on stderr.
//! Knows nothing of what is said.

use indicatif::MultiProgress;
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// Says things in the form that was asked for. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Out {
    json: bool,
    quiet: bool,
    no_color: bool,
    bars: MultiProgress,
}

/// Colours for a terminal that wants them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(bool);

impl Out {
    pub(crate) fn new(json: bool, quiet: bool, no_color: bool) -> Self {
        let no_color = no_color || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { json, quiet, no_color, bars: MultiProgress::new() }
    }

    /// Whether results are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Where progress bars live; hidden by itself when stderr is no terminal.
    pub(crate) fn bars(&self) -> Option<&MultiProgress> {
        (!self.quiet && io::stderr().is_terminal()).then_some(&self.bars)
    }

    /// The result of a command: one JSON document on one line, or words.
    pub(crate) fn show<T: Serialize + ?Sized>(
        &self,
        result: &T,
        words: impl FnOnce(&T, Paint) -> String,
    ) -> io::Result<()> {
        if self.json {
            return self.line(&serde_json::to_string(result)?);
        }
        self.line(&words(result, Paint(!self.no_color && io::stdout().is_terminal())))
    }

    /// Like [`Self::show`], for what nobody asked for by name: words are left out with `--quiet`.
    pub(crate) fn summary<T: Serialize>(
        &self,
        result: &T,
        words: impl FnOnce(&T, Paint) -> String,
    ) -> io::Result<()> {
        if self.quiet && !self.json { Ok(()) } else { self.show(result, words) }
    }

    /// What there is of a result when the command did not come to its end: for scripts only.
    pub(crate) fn unfinished<T: Serialize>(&self, result: &T) -> io::Result<()> {
        if self.json { self.show(result, |_, _| String::new()) } else { Ok(()) }
    }

    /// A line on stdout. Empty text is no line.
    pub(crate) fn line(&self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let text = text.trim_end_matches('\n');
        self.bars.suspend(|| writeln!(io::stdout().lock(), "{text}"))
    }

    /// Bytes on stdout.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        self.bars.suspend(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(bytes)?;
            stdout.flush()
        })
    }

    /// Something worth knowing, on stderr.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// Why the command did not do its work.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let label = self.paint_stderr().red("error:");
        self.complain(&format!("{label} {error:#}"));
    }

    fn complain(&self, text: &str) {
        // Nobody is left to be told when stderr is gone.
        let _ = self.bars.suspend(|| writeln!(io::stderr().lock(), "{text}"));
    }

    fn paint_stderr(&self) -> Paint {
        Paint(!self.no_color && io::stderr().is_terminal())
    }

    /// Whether to colour what goes to stderr.
    pub(crate) fn colours_stderr(&self) -> bool {
        self.paint_stderr().0
    }
}

impl Paint {
    pub(crate) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    pub(crate) fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    pub(crate) fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Lets the log write between progress bars instead of through them.
impl<'a> tracing_subscriber::fmt::MakeWriter<'a> for Out {
    type Writer = LogLine;

    fn make_writer(&'a self) -> LogLine {
        LogLine(self.bars.clone())
    }
}

/// One line of the log.
pub(crate) struct LogLine(MultiProgress);

impl Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
