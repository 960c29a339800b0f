//! The write-ahead log on a disk that crashes: whatever was acknowledged is there afterwards.
//!
//! A run of one seed goes through several lives on one disk. In each, partitions of a simple form append, truncate
//! and commit until the process dies or the power fails at a point that the seed chose; then everything is
//! recovered and compared. `OTTLA_SEED` runs one seed and prints its history, `OTTLA_SEEDS` that many seeds.

#![allow(clippy::unwrap_used, reason = "a test fails where something is not as it must be")]

mod batch;
mod life;
mod partition;
mod recovery;
mod threads;
mod truth;

use self::life::{Planted, run};

fn number_in(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("the variable holds a number"))
}

fn seeds() -> std::ops::Range<u64> {
    match number_in("OTTLA_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number_in("OTTLA_SEEDS").unwrap_or(400),
    }
}

#[test]
fn everything_acknowledged_survives_every_crash() {
    for seed in seeds() {
        if let Err(what) = run(seed, Planted::Nothing) {
            panic!(
                "seed {seed}: {what}\nto repeat: OTTLA_SEED={seed} cargo test -p ottla-storage --test wal_crash"
            );
        }
    }
}

#[test]
fn everything_acknowledged_survives_with_threads_at_work() {
    for seed in 0..number_in("OTTLA_SEEDS").unwrap_or(60) {
        if let Err(what) = threads::run(seed) {
            panic!("seed {seed}, though threads decide too: {what}");
        }
    }
}

/// That the checks above can fail: a program with this error in it does not pass.
fn is_found(planted: Planted) {
    let found = (0..400).find(|seed| run(*seed, planted).is_err());
    assert!(found.is_some(), "{planted:?} was not found");
}

#[test]
fn an_acknowledgement_before_the_sync_is_found() {
    is_found(Planted::AcknowledgesBeforeSync);
}

#[test]
fn a_change_that_is_handed_in_before_it_is_written_is_found() {
    is_found(Planted::HandsInBeforeWriting);
}

#[test]
fn a_forgotten_sync_of_the_root_folder_is_found() {
    is_found(Planted::ForgetsRootFolder);
}

#[test]
fn a_forgotten_sync_of_a_partition_folder_is_found() {
    is_found(Planted::ForgetsPartitionFolder);
}

#[test]
fn a_direct_commit_that_leaves_out_earlier_segments_is_found() {
    is_found(Planted::SyncsOnlyLastSegment);
}
