//! A whole log directory, write-ahead log and all, on a disk that crashes: whatever the crash, each partition has what
//! was durable, nothing else than what was ever written, and indexes and producers' states that agree with it.
//!
//! `OTTLA_SEEDS=a..b` runs other seeds than the few that are always run.

#[path = "../crash_history/mod.rs"]
mod crash_history;

use std::path::Path;
use std::sync::Arc;
use std::thread;

use crash_history::{Crash, History, NOW, TellOnPanic, check_all};
use ottla_storage::StorageError;
use ottla_storage::disk::Disk;
use ottla_storage::log::{LogConfig, PartitionLog};
use ottla_storage::log_dir::{LockedDir, LogDir, LogDirOptions};
use ottla_storage::wal::{PartitionId, WalOptions};
use ottla_testkit::{Chance, FaultyDisk};
use ottla_types::{PartitionIndex, TopicPartition, Uuid};

const ROOT: &str = "/data";
const TOPIC: Uuid = Uuid(*b"ottla-interop-01");
const PARTITIONS: i32 = 3;

/// Does something that waits for lanes, whose jobs run meanwhile.
fn with_lanes<T: Send>(disk: &FaultyDisk, work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let working = scope.spawn(work);
        while !working.is_finished() {
            if !disk.run_lane_job() {
                thread::yield_now();
            }
        }
        working.join().expect("opening and closing do not panic")
    })
}

fn open(disk: &FaultyDisk, histories: &[History]) -> Result<LogDir, StorageError> {
    let shared: Arc<dyn Disk> = disk.shared();
    let options = LogDirOptions {
        is_durable: true,
        tail_bytes: 3000,
        recovery_threads: 1,
        // Small, so that it is recycled all the time, and some batches are synced in place.
        wal: WalOptions {
            size_bytes: 80 << 10,
            segment_bytes: 20 << 10,
            direct_bytes_min: 900,
            queue_bytes_max: 1 << 20,
            writeback_bytes: 4000,
        },
    };
    let configs: Vec<LogConfig> = histories.iter().map(History::config).collect();
    with_lanes(disk, move || {
        let locked = LockedDir::lock(shared, Path::new(ROOT))?;
        let config_of = |name: &TopicPartition, _| configs.get(name.partition.0 as usize).cloned();
        locked.open(options, NOW, config_of, || 1).map(|(dir, _)| dir)
    })
}

fn log_of(dir: &LogDir, index: usize, history: &History) -> Result<Arc<PartitionLog>, StorageError> {
    let id = PartitionId { topic_id: TOPIC, partition: PartitionIndex(index as i32) };
    match dir.find(id) {
        Some(log) => Ok(log),
        None => dir.create(&TopicPartition::new("t", index as i32), TOPIC, history.config(), NOW),
    }
}

/// Does this and that until the disk crashes or enough was done.
fn live(histories: &mut [History], disk: &FaultyDisk, chance: &mut Chance) {
    let Ok(dir) = open(disk, histories) else { return };
    let mut logs = Vec::new();
    for (index, history) in histories.iter_mut().enumerate() {
        let Ok(log) = log_of(&dir, index, history) else { return };
        history.begin(&log);
        logs.push(log);
    }
    if chance.below(2) == 0 {
        dir.started();
    }
    for _ in 0..chance.below(150) {
        let index = chance.index(histories.len());
        let outcome = histories[index].step(&logs[index], &|| dir.write_checkpoints(), disk, chance);
        for (history, log) in histories.iter_mut().zip(&logs) {
            history.note_durable(log);
        }
        if outcome.is_err() || disk.has_crashed() {
            return;
        }
        if chance.below(40) == 0 && !dir.tick(NOW).is_empty() {
            return;
        }
    }
    if chance.below(3) == 0 {
        // A clean stop, or one that a crash cuts short.
        let _ = with_lanes(disk, || dir.close(1));
        for (history, log) in histories.iter_mut().zip(&logs) {
            history.note_durable(log);
        }
    }
}

/// Lives a few lives, each ended by a crash at a point that the seed chooses.
fn check(seed: u64, crash: Crash) {
    let disk = FaultyDisk::new(seed);
    disk.create_durable_dir(Path::new(ROOT));
    let _told = TellOnPanic(&disk);
    let mut chance = Chance::from_seed(seed);
    let mut histories: Vec<History> = (0..PARTITIONS).map(|_| History::new(&mut chance)).collect();
    for life in 0..4 {
        if chance.below(3) > 0 {
            disk.crash_after(chance.below(400));
        }
        live(&mut histories, &disk, &mut chance);
        match crash {
            Crash::Process => disk.crash_process(),
            Crash::Power => disk.lose_power(seed * 100 + life),
        }
        let dir = open(&disk, &histories).expect("the directory opens whatever the crash");
        for (index, history) in histories.iter_mut().enumerate() {
            let log = log_of(&dir, index, history).expect("there is a log");
            history.check_survivors(&log, matches!(crash, Crash::Process));
        }
        drop(dir);
        disk.crash_process();
    }
}

#[test]
fn a_process_that_dies_loses_nothing_that_was_written() {
    check_all(Crash::Process, 0..40, check);
}

#[test]
fn a_power_failure_loses_nothing_that_was_durable() {
    check_all(Crash::Power, 0..40, check);
}
