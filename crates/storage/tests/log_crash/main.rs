//! One partition's log on a disk that crashes: whatever the crash, what was durable is there, nothing else than what
//! was ever written is, and indexes and producers' states agree with it.
//!
//! `OTTLA_SEEDS=a..b` runs other seeds than the few that are always run.

#[path = "../crash_history/mod.rs"]
mod crash_history;

use std::path::Path;
use std::sync::Arc;

use crash_history::{Crash, History, NOW, TellOnPanic, check_all};
use ottla_storage::StorageError;
use ottla_storage::checkpoint::DirectoryCheckpoints;
use ottla_storage::disk::Disk;
use ottla_storage::log::{LogOptions, PartitionLog, StartPoint, SyncInPlace, TailBudget};
use ottla_storage::wal::PartitionId;
use ottla_testkit::{Chance, FaultyDisk};
use ottla_types::{PartitionIndex, TopicPartition, Uuid};

const ROOT: &str = "/data";

type Opened = (Arc<PartitionLog>, Arc<DirectoryCheckpoints>);

fn open(disk: &FaultyDisk, history: &History) -> Result<Opened, StorageError> {
    let shared: Arc<dyn Disk> = disk.shared();
    let checkpoints = DirectoryCheckpoints::read(&shared, Path::new(ROOT))?;
    let start = StartPoint::of(&checkpoints, &TopicPartition::new("t", 0), false);
    let options = LogOptions {
        folder: Path::new(ROOT).join("t-0"),
        id: PartitionId { topic_id: Uuid(*b"ottla-interop-01"), partition: PartitionIndex(0) },
        commit: Arc::new(SyncInPlace::new(shared.lane("sync")?)),
        checkpoints: Arc::clone(&checkpoints),
        config: history.config(),
        tail: TailBudget::new(2000),
        seed: 1,
        disk: shared,
    };
    let (log, _) = PartitionLog::open(options, start, NOW)?;
    Ok((log, checkpoints))
}

/// Does this and that until the disk crashes or enough was done.
fn live(history: &mut History, disk: &FaultyDisk, chance: &mut Chance) {
    let Ok((log, checkpoints)) = open(disk, history) else { return };
    if log.flush().is_err() {
        return;
    }
    history.begin(&log);
    for _ in 0..chance.below(80) {
        let outcome = history.step(&log, &|| checkpoints.write(), disk, chance);
        history.note_durable(&log);
        if outcome.is_err() || disk.has_crashed() {
            return;
        }
    }
}

/// Lives a few lives, each ended by a crash at a point that the seed chooses.
fn check(seed: u64, crash: Crash) {
    let disk = FaultyDisk::new(seed);
    disk.create_durable_dir(Path::new(ROOT));
    let _told = TellOnPanic(&disk);
    let mut chance = Chance::from_seed(seed);
    let mut history = History::new(&mut chance);
    for life in 0..4 {
        if chance.below(3) > 0 {
            disk.crash_after(chance.below(120));
        }
        live(&mut history, &disk, &mut chance);
        match crash {
            Crash::Process => disk.crash_process(),
            Crash::Power => disk.lose_power(seed * 100 + life),
        }
        let (log, _) = open(&disk, &history).expect("the log opens whatever the crash");
        history.check_survivors(&log, matches!(crash, Crash::Process));
    }
}

#[test]
fn a_process_that_dies_loses_nothing_that_was_written() {
    check_all(Crash::Process, 0..150, check);
}

#[test]
fn a_power_failure_loses_nothing_that_was_durable() {
    check_all(Crash::Power, 0..150, check);
}
