//! What two hundred files leave behind: nothing. Alone in its program, because it counts for the whole process.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::fs;
use support::{pool, render, settings};
use tintype_sandbox::PoolSettings;

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Children of this process, those that nobody has waited for among them.
fn children() -> usize {
    let own = std::process::id().to_string();
    let is_child =
        |stat: &String| stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)) == Some(&own);
    let processes = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path().join("stat")).ok());
    processes.filter(is_child).count()
}

#[test]
fn two_hundred_files_leave_neither_descriptors_nor_processes() {
    let before = descriptors();
    {
        let pool = pool(PoolSettings { files_per_worker: 7, ..settings() });
        let _ = render(&pool, "hello");
        let warm = descriptors();
        for file in ["hello", "corrupt", "abort", "garbage"].into_iter().cycle().take(200) {
            let _ = render(&pool, file);
        }
        assert!(render(&pool, "hello").is_ok());
        assert_eq!(descriptors(), warm);
        assert_eq!(children(), 1, "one worker, all others waited for");
    }
    assert_eq!(descriptors(), before);
    assert_eq!(children(), 0);
}
