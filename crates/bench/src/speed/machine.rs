//! What measured: the machine and the versions, so that a table of figures can be read a year later.
//! Knows Linux's files; elsewhere it says "unknown".

use super::contenders::Place;
use serde::Serialize;
use std::fmt;
use std::fs;
use std::process::Command;

#[derive(Serialize)]
pub(super) struct Machine {
    cpu: String,
    cpus: usize,
    system: String,
    pub(super) load: String,
    tintype: String,
    vips: String,
}

impl Machine {
    pub(super) fn look(place: &Place) -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let system = fs::read_to_string("/proc/sys/kernel/osrelease");
        Self {
            cpu: cpu().unwrap_or_else(unknown),
            cpus,
            system: system.map_or_else(|_| unknown(), |release| format!("Linux {}", release.trim())),
            load: load(),
            tintype: version(&mut Command::new(&place.tintype)),
            vips: version(&mut Command::new("vips")),
        }
    }
}

/// The load average over one minute.
pub(super) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|load| !load.is_empty()).map_or_else(unknown, str::to_owned)
}

fn cpu() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(": ")?.1.to_owned())
}

fn version(command: &mut Command) -> String {
    let output = command.arg("--version").output().ok().filter(|output| output.status.success());
    output.map_or_else(unknown, |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn unknown() -> String {
    "unknown".to_owned()
}

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu, cpus, system, load, tintype, vips } = self;
        writeln!(out, "{cpu}, {cpus} CPUs, {system}, load average {load}")?;
        writeln!(out, "{tintype}; {vips}")
    }
}
