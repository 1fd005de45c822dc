//! What the machine says of itself, from files of the kernel below a root that tests choose.
//! Reads; decides nothing. What is missing (other systems, containers) says so and holds nothing back.

use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the files are looked for instead of below `/`; for tests.
const ROOT_VARIABLE: &str = "TINTYPE_SENSORS";

/// What everybody may be held up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Io,
    Memory,
}

impl Resource {
    const ALL: [Self; 2] = [Self::Io, Self::Memory];

    fn word(self) -> &'static str {
        match self {
            Self::Io => "io",
            Self::Memory => "memory",
        }
    }
}

/// The machine's sensors.
#[derive(Debug, Clone)]
pub struct Sensors {
    root: PathBuf,
}

/// One sensor: what it says, or why it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SensorReport {
    /// What it is for.
    pub name: &'static str,
    /// Whether it is there.
    pub works: bool,
    /// What it says now, or why it says nothing.
    pub detail: String,
}

impl Sensors {
    /// Those of the machine this runs on.
    pub fn of_this_machine() -> Self {
        Self::below(std::env::var_os(ROOT_VARIABLE).map_or_else(|| "/".into(), PathBuf::from))
    }

    /// Those that a folder has in place of the machine's `/`.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Every sensor, for people.
    pub fn report(&self) -> Vec<SensorReport> {
        let say = |name, reading: Result<String, String>| {
            let works = reading.is_ok();
            SensorReport { name, works, detail: reading.unwrap_or_else(|why| why) }
        };
        let percent = |resource| {
            let reading = self.pressure(resource);
            reading.map(|percent| format!("everybody held up for {percent:.0} % of the last ten seconds"))
        };
        let battery = self.on_battery().map(|on| if on { "in use" } else { "not in use" }.to_owned());
        vec![
            say("battery", battery),
            say("disk pressure", percent(Resource::Io)),
            say("memory pressure", percent(Resource::Memory)),
        ]
    }

    /// Whether the machine runs on its battery, or why nobody can say.
    pub(super) fn on_battery(&self) -> Result<bool, String> {
        let folder = self.root.join("sys/class/power_supply");
        let supplies = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let (mut has_battery, mut discharging) = (false, false);
        for supply in supplies.flatten().map(|item| item.path()) {
            let says = |name: &str| word(&supply.join(name)).unwrap_or_default();
            // The batteries of mice and headphones belong to a device.
            if says("type") == "Battery" && says("scope") != "Device" {
                has_battery = true;
                discharging |= says("status") == "Discharging";
            } else if says("online") == "1" {
                return Ok(false);
            }
        }
        if has_battery { Ok(discharging) } else { Err("this machine has no battery".to_owned()) }
    }

    /// What holds everybody up most.
    pub(super) fn worst_pressure(&self) -> Option<(Resource, f64)> {
        let readings = Resource::ALL.into_iter().filter_map(|what| Some((what, self.pressure(what).ok()?)));
        readings.max_by(|one, other| one.1.total_cmp(&other.1))
    }

    /// For how many percent of the last ten seconds nobody on the machine got on for want of this. That is the line
    /// `full`; `some` would say that anybody waited, as a program does that reads a file while others compute.
    fn pressure(&self, resource: Resource) -> Result<f64, String> {
        let path = self.root.join("proc/pressure").join(resource.word());
        let page = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        full_avg10(&page).ok_or_else(|| format!("{}: not understood", path.display()))
    }
}

fn word(path: &Path) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned())
}

fn full_avg10(page: &str) -> Option<f64> {
    let line = page.lines().find_map(|line| line.strip_prefix("full "))?;
    let percent =
        line.split_whitespace().find_map(|word| word.strip_prefix("avg10="))?.parse::<f64>().ok()?;
    percent.is_finite().then_some(percent)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]
    use super::*;
    use tempfile::TempDir;

    fn machine(files: &[(&str, &str)]) -> (TempDir, Sensors) {
        let root = TempDir::new().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let sensors = Sensors::below(root.path());
        (root, sensors)
    }

    /// Power supplies by name, as lines of file and word.
    #[track_caller]
    fn check_battery(supplies: &[(&str, &str)], expected: Option<bool>) {
        let files: Vec<_> = supplies
            .iter()
            .flat_map(|(supply, words)| {
                words.split(' ').map(move |word| {
                    let (file, word) = word.split_once('=').unwrap();
                    (format!("sys/class/power_supply/{supply}/{file}"), format!("{word}\n"))
                })
            })
            .collect();
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let (_root, sensors) = machine(&files);
        assert_eq!(sensors.on_battery().ok(), expected, "{supplies:?}");
    }

    #[test]
    fn a_battery_counts_when_it_is_used_up() {
        check_battery(&[], None);
        check_battery(&[("AC", "type=Mains online=1")], Some(false));
        check_battery(&[("BAT0", "type=Battery status=Discharging")], Some(true));
        check_battery(
            &[("BAT0", "type=Battery status=Discharging"), ("AC", "type=Mains online=0")],
            Some(true),
        );
        check_battery(
            &[("BAT0", "type=Battery status=Discharging"), ("AC", "type=Mains online=1")],
            Some(false),
        );
        check_battery(&[("BAT0", "type=Battery status=Full")], Some(false));
        check_battery(
            &[("BAT0", "type=Battery status=Full"), ("BAT1", "type=Battery status=Discharging")],
            Some(true),
        );
        check_battery(&[("mouse", "type=Battery scope=Device status=Discharging")], None);
    }

    #[track_caller]
    fn check_pressure(io: &str, memory: &str, expected: Option<(Resource, f64)>) {
        let (_root, sensors) = machine(&[("proc/pressure/io", io), ("proc/pressure/memory", memory)]);
        assert_eq!(sensors.worst_pressure(), expected);
    }

    #[test]
    fn pressure_is_what_holds_everybody_up() {
        let page = |full: &str| {
            format!(
                "some avg10=99.00 avg60=9.00 avg300=9.00 total=9\nfull avg10={full} avg60=0.00 avg300=0.00 total=1\n"
            )
        };
        check_pressure(&page("1.50"), &page("0.00"), Some((Resource::Io, 1.5)));
        check_pressure(&page("1.50"), &page("80.25"), Some((Resource::Memory, 80.25)));
        check_pressure(&page("many"), &page("3.00"), Some((Resource::Memory, 3.0)));
        check_pressure("some avg10=99.00\n", "", None);
        check_pressure(&page("NaN"), "", None);
    }

    #[test]
    fn what_is_missing_says_so() {
        let (_root, sensors) = machine(&[]);
        assert_eq!(sensors.worst_pressure(), None);
        let report = sensors.report();
        assert!(report.iter().all(|sensor| !sensor.works && !sensor.detail.is_empty()), "{report:?}");
        let (_root, sensors) =
            machine(&[("proc/pressure/io", "full avg10=12.60 avg60=0.00 avg300=0.00 total=1")]);
        let io = &sensors.report()[1];
        assert!(io.works && io.detail.contains("13 %"), "{io:?}");
    }
}
