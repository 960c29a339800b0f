//! One partition's log on a disk that crashes: whatever the crash, what was durable is there, nothing else than what
//! was ever written is, and indexes and producers' states agree with it.
//!
//! `OTTLA_SEEDS=a..b` runs other seeds than the few that are always run.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic and print, and this is all one"
)]

mod history;

use std::path::Path;

use history::History;
use ottla_testkit::{Chance, FaultyDisk};

const ROOT: &str = "/data";

#[derive(Clone, Copy, Debug)]
enum Crash {
    Process,
    Power,
}

/// Lives a few lives, each ended by a crash at a point that the seed chooses.
fn check(seed: u64, crash: Crash) {
    let disk = FaultyDisk::new(seed);
    disk.create_durable_dir(Path::new(ROOT));
    let _told = TellOnPanic(&disk);
    let mut chance = Chance::from_seed(seed);
    let mut history = History::new(&mut chance);
    for life in 0..4 {
        let calm = chance.below(3) == 0;
        if !calm {
            disk.crash_after(chance.below(120));
        }
        history.live(&disk, &mut chance);
        match crash {
            Crash::Process => disk.crash_process(),
            Crash::Power => disk.lose_power(seed * 100 + life),
        }
        history.check_survivors(&disk, matches!(crash, Crash::Process));
    }
}

/// Prints what was done to the disk when a check fails.
struct TellOnPanic<'a>(&'a FaultyDisk);

impl Drop for TellOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.0.history());
        }
    }
}

fn check_all(crash: Crash) {
    let seeds = std::env::var("OTTLA_SEEDS").ok();
    let seeds = seeds.and_then(|text| {
        let (from, to) = text.split_once("..")?;
        Some(from.parse().ok()?..to.parse().ok()?)
    });
    for seed in seeds.unwrap_or(0..150) {
        let outcome = std::panic::catch_unwind(|| check(seed, crash));
        assert!(outcome.is_ok(), "{crash:?}, OTTLA_SEEDS={seed}..{}", seed + 1);
    }
}

#[test]
fn a_process_that_dies_loses_nothing_that_was_written() {
    check_all(Crash::Process);
}

#[test]
fn a_power_failure_loses_nothing_that_was_durable() {
    check_all(Crash::Power);
}
