//! Made-up samples of work whose cost is known.
#![allow(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use super::*;

const LIMIT: u64 = 1 << 30;

fn conditions(workers: usize) -> Conditions {
    Conditions { sizes: vec![128, 512], workers, pace: Pace::default(), worker_memory_limit: LIMIT }
}

/// A file of this length, as a machine would measure it that takes 5 ms and 20 ns for each byte, `off` by a part.
fn sample(bytes: u64, off: f64) -> Sample {
    let seconds = (0.005 + 20e-9 * bytes as f64) * (1.0 + off);
    Sample { bytes, seconds, thumbnails: vec![(128, 2000), (512, 20_000)], peak_memory: 30_000_000 }
}

fn failed(bytes: u64) -> Sample {
    Sample { thumbnails: vec![(128, 0), (512, 0)], peak_memory: 0, ..sample(bytes, 0.0) }
}

/// All files, and those of them that were tried.
fn format(name: &str, files: &[(u64, u64)], samples: Vec<Sample>) -> FormatWork {
    let mut work = Work::default();
    for &(bytes, number) in files {
        (0..number).for_each(|_| work.add(bytes));
    }
    FormatWork { name: name.to_owned(), work, samples, kept: Rates::default() }
}

/// What all of them really take.
fn truth(files: &[(u64, u64)]) -> f64 {
    files.iter().map(|(bytes, number)| *number as f64 * sample(*bytes, 0.0).seconds).sum()
}

/// The forecast for one worker that loses no time.
fn cast(formats: &[FormatWork]) -> Forecast {
    let mut forecast = forecast(formats, &conditions(1)).unwrap();
    forecast.seconds = forecast.seconds.times(1.0 / Pace::default().factor());
    forecast
}

/// From these samples, all files are told to take this long, within a part; and the truth lies in the range.
#[track_caller]
fn check(files: &[(u64, u64)], samples: Vec<Sample>, within: f64) -> Forecast {
    let told = cast(&[format("image/jpeg", files, samples)]);
    let truth = truth(files);
    assert!(told.seconds.holds(truth), "{truth} is not in {:?}", told.seconds);
    let off = (told.seconds.likely - truth).abs() / truth;
    assert!(off <= within, "{:?} is off by {off:.2} of {truth}", told.seconds);
    told
}

#[test]
fn a_few_stand_for_all() {
    let photographs = [(2_000_000, 500), (4_000_000, 400), (8_000_000, 100)];
    let samples = [0.1, -0.1, 0.2, -0.2, 0.0, 0.1, -0.1, 0.0];
    let lengths = [2_000_000, 2_000_000, 4_000_000, 4_000_000, 4_000_000, 8_000_000, 8_000_000, 2_000_000];
    let samples = lengths.iter().zip(samples).map(|(bytes, off)| sample(*bytes, off)).collect();
    let told = check(&photographs, samples, 0.05);
    assert!(told.seconds.high < 1.8 * told.seconds.likely, "{:?}", told.seconds);
    assert_eq!((told.files, told.tried, told.unknown), (1000, 8, 0));
    let sizes: Vec<_> =
        told.thumbnails.iter().map(|one| (one.size, one.bytes.likely.round() as u64)).collect();
    assert_eq!(sizes, [(128, 2_000_000), (512, 20_000_000)]);
    assert!(told.bytes.holds(22_000_000.0) && told.with_thumbnails.holds(1000.0), "{told:?}");
}

#[test]
fn icons_and_giants_of_one_format_are_told_apart() {
    let files = [(2_000, 5000), (200_000_000, 10)];
    let samples = (0..9).map(|i| sample(2_000, if i % 2 == 0 { 0.2 } else { -0.2 }));
    check(&files, samples.chain([sample(200_000_000, 0.1), sample(200_000_000, -0.1)]).collect(), 0.1);
}

#[test]
fn one_sample_tells_the_order_of_magnitude() {
    let told = check(&[(1_000_000, 1000)], vec![sample(1_000_000, 0.3)], 0.31);
    assert!(told.seconds.high > 2.0 * told.seconds.likely, "{:?}", told.seconds);
}

#[test]
fn without_any_sample_there_is_no_forecast() {
    assert_eq!(forecast(&[], &conditions(1)), None);
    assert_eq!(forecast(&[format("image/jpeg", &[(1000, 10)], Vec::new())], &conditions(1)), None);
    let nothing_left = format("image/jpeg", &[], Vec::new());
    assert_eq!(forecast(&[nothing_left], &conditions(1)), None);
}

#[test]
fn a_format_without_samples_is_supposed_to_be_like_the_others() {
    let known = format("image/jpeg", &[(1_000_000, 10)], vec![sample(1_000_000, 0.0); 10]);
    let told = cast(&[known.clone(), format("image/png", &[(1_000_000, 10)], Vec::new())]);
    let alone = cast(&[known]);
    assert!((told.seconds.likely / alone.seconds.likely - 2.0).abs() < 0.01, "{told:?}");
    assert!(told.seconds.high > 2.0 * alone.seconds.high, "but nobody knows: {told:?}");
}

#[test]
fn when_all_failed_they_cost_time_and_no_bytes() {
    let told = check(&[(1_000_000, 100)], vec![failed(1_000_000); 4], 0.01);
    assert_eq!((told.bytes, told.thumbnails[0].bytes), (Range::default(), Range::default()));
    assert_eq!((told.with_thumbnails.likely, told.formats[0].failed), (0.0, 4));
}

#[test]
fn a_part_that_failed_is_a_part_of_all_that_will() {
    let samples = [vec![failed(1_000_000); 3], vec![sample(1_000_000, 0.0); 9]].concat();
    let told = cast(&[format("image/jpeg", &[(1_000_000, 1200)], samples)]);
    assert!((told.with_thumbnails.likely - 900.0).abs() < 1.0, "{told:?}");
    assert!((told.bytes.likely - 900.0 * 22_000.0).abs() < 900.0 * 22.0, "{told:?}");
    let well = cast(&[format("image/jpeg", &[(1_000_000, 1200)], vec![sample(1_000_000, 0.0); 12])]);
    assert!(well.with_thumbnails.low < 1200.0, "a dozen do not prove a thousand: {well:?}");
    assert!(well.with_thumbnails.high <= 1200.0);
}

#[test]
fn what_was_all_tried_is_known() {
    let told = cast(&[format("image/jpeg", &[(1_000_000, 3)], vec![sample(1_000_000, 0.0); 3])]);
    assert_eq!(told.bytes, Range { low: 66_000.0, likely: 66_000.0, high: 66_000.0 });
    assert_eq!(told.with_thumbnails.low.round() as u64, 3);
    assert!(told.seconds.high > told.seconds.likely, "but times wander");
    assert!(told.worker_memory.high < 37_000_000.0, "{:?}", told.worker_memory);
}

#[test]
fn workers_share_the_time_and_each_has_its_memory() {
    let files = [format("image/jpeg", &[(1_000_000, 100)], vec![sample(1_000_000, 0.0); 10])];
    let [one, four] = [1, 4].map(|workers| forecast(&files, &conditions(workers)).unwrap());
    assert!((one.seconds.likely / four.seconds.likely - 4.0).abs() < 1e-9);
    assert_eq!((one.worker_memory.likely, four.memory.likely), (30e6, 120e6));
    assert_eq!(four.memory.high as u64, 4 * LIMIT, "an untried file may take all it gets");
}

#[test]
fn thumbnails_of_small_files_are_smaller() {
    let small = |_| Sample { thumbnails: vec![(128, 300), (512, 300)], ..sample(1000, 0.0) };
    let samples = (0..6).map(small).chain((0..6).map(|_| sample(5_000_000, 0.0))).collect();
    let told = cast(&[format("image/png", &[(1000, 900), (5_000_000, 100)], samples)]);
    let truth = 900.0 * 300.0 + 100.0 * 20_000.0;
    let off = (told.thumbnails[1].bytes.likely - truth).abs() / truth;
    assert!(off < 0.15 && told.thumbnails[1].bytes.holds(truth), "off by {off}: {told:?}");
}

#[test]
fn what_was_known_before_helps_and_does_not_outvote() {
    let mut kept = Rates::default();
    (0..200).for_each(|_| kept.learn(&sample(1_000_000, 9.0))); // ten times as slow
    let with =
        |samples| FormatWork { kept: kept.clone(), ..format("image/jpeg", &[(1_000_000, 1000)], samples) };
    let truth = truth(&[(1_000_000, 1000)]);
    let likely = |samples| cast(&[with(samples)]).seconds.likely / truth;
    assert!((likely(Vec::new()) - 10.0).abs() < 0.1);
    assert!((1.0..2.0).contains(&likely(vec![sample(1_000_000, 0.0); 100])));
    assert_eq!(with(vec![sample(1_000_000, 0.0); 12]).rates().files().round() as u64, 18);
}

#[test]
fn rates_survive_being_written_and_read() {
    let mut rates = Rates::default();
    rates.learn(&sample(1_000_000, 0.0));
    let read: Rates = serde_json::from_str(&serde_json::to_string(&rates).unwrap()).unwrap();
    let mut work = Work::default();
    work.add(5_000);
    let off = |read: Guess, written: Guess| (read.mean / written.mean - 1.0).abs();
    assert!(off(read.seconds(&work), rates.seconds(&work)) < 1e-9);
    assert!(off(read.bytes(512, &work), rates.bytes(512, &work)) < 1e-9);
    assert!(serde_json::from_str::<Rates>("{}").unwrap().is_empty(), "a field that is not there yet");
}
