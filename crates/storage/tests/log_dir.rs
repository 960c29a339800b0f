//! A log directory on the simulated disk: what its partitions share.
#![allow(clippy::unwrap_used, reason = "a test may panic, and this is all one")]

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ottla_protocol::records::{BatchBuilder, BatchOptions, NewRecord, StoredBatch};
use ottla_storage::disk::Disk;
use ottla_storage::log::{Append, LeaderBatch, LogConfig, Origin, PartitionLog};
use ottla_storage::log_dir::{LockedDir, LogDir, LogDirOptions};
use ottla_storage::wal::{PartitionId, WalOptions};
use ottla_testkit::FaultyDisk;
use ottla_testkit::faulty_disk::{Action, EIO};
use ottla_types::{LeaderEpoch, Offset, PartitionIndex, Timestamp, TopicPartition, Uuid};

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const EPOCH: LeaderEpoch = LeaderEpoch(1);
const ROOT: &str = "/data";
const RESERVE: u64 = 64 << 10;

fn new_disk() -> FaultyDisk {
    let disk = FaultyDisk::new(1);
    disk.create_durable_dir(Path::new(ROOT));
    disk
}

fn id(topic: u8) -> PartitionId {
    PartitionId { topic_id: Uuid([topic; 16]), partition: PartitionIndex(0) }
}

fn config() -> LogConfig {
    LogConfig { segment_bytes: 300, file_delete_delay_ms: 0, ..LogConfig::default() }
}

/// Opens the directory, in which these topics are known.
fn open(disk: &FaultyDisk, topics: &[u8]) -> LogDir {
    let shared: Arc<dyn Disk> = disk.shared();
    let wal = WalOptions { size_bytes: 80 << 10, segment_bytes: 20 << 10, ..WalOptions::default() };
    let options =
        LogDirOptions { is_durable: true, tail_bytes: 0, recovery_threads: 1, wal, reserve_bytes: RESERVE };
    disk.with_lanes_at_work(|| {
        let locked = LockedDir::lock(shared, Path::new(ROOT)).unwrap();
        let known = |_: &TopicPartition, topic: Uuid| topics.contains(&topic.0[0]).then(config);
        locked.open(options, NOW, known, || 1).unwrap().0
    })
}

fn create(dir: &LogDir, name: &str, topic: u8) -> Arc<PartitionLog> {
    let log = dir.create(&TopicPartition::new(name, 0), id(topic).topic_id, config(), NOW).unwrap();
    log.start_leading(EPOCH);
    log
}

fn append(log: &Arc<PartitionLog>) -> Append {
    let mut builder = BatchBuilder::new(BatchOptions::default());
    builder.append(&NewRecord { timestamp: NOW, value: Some(&[1; 100]), ..NewRecord::default() }).unwrap();
    let batch = StoredBatch::parse(&builder.finish().unwrap()).unwrap();
    let entry = LeaderBatch { frame_bytes: 0, batch, leader_epoch: EPOCH, origin: Origin::Client };
    log.append_as_leader(entry, NOW)
}

fn poll<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Appends so many batches and waits until they are durable.
fn fill(disk: &FaultyDisk, log: &Arc<PartitionLog>, batches: usize) {
    for _ in 0..batches {
        poll(append(log)).unwrap().unwrap();
    }
    disk.run_lane_jobs();
    assert_eq!(log.durable_end(), log.log_end_offset());
}

#[test]
fn a_topic_with_the_name_of_a_deleted_one_begins_anew() {
    let disk = new_disk();
    let dir = open(&disk, &[]);
    let old = create(&dir, "t", 1);
    fill(&disk, &old, 9);
    old.set_high_watermark(old.durable_end());
    old.delete_records_before(Offset(7)).unwrap();
    dir.flush_all().unwrap();
    assert!(dir.delete(&[id(1)], || 1, NOW).is_empty());
    let new = create(&dir, "t", 2);
    fill(&disk, &new, 3);
    drop((dir, old, new));
    disk.crash_process();
    let new = open(&disk, &[2]).find(id(2)).unwrap();
    assert_eq!((new.log_start_offset(), new.log_end_offset()), (Offset(0), Offset(3)));
}

#[test]
fn a_failed_flush_of_one_partition_ends_all_acknowledgements() {
    let disk = new_disk();
    let dir = open(&disk, &[]);
    let (one, other) = (create(&dir, "t", 1), create(&dir, "u", 2));
    fill(&disk, &one, 1);
    poll(append(&other)).unwrap().unwrap();
    let waiting = other.wait_durable(Offset(1));
    disk.fail_nth(EIO, Action::SyncData, 0);
    assert!(one.flush().is_err());
    disk.run_lane_jobs();
    assert!(poll(waiting).unwrap().is_err());
    assert_eq!(other.durable_end(), Offset(0));
    assert!(poll(append(&other)).unwrap().is_err());
}

#[test]
fn files_below_a_log_start_go_when_the_checkpoint_says_so() {
    let disk = new_disk();
    let dir = open(&disk, &[]);
    let log = create(&dir, "t", 1);
    fill(&disk, &log, 9);
    log.flush().unwrap();
    log.set_high_watermark(log.durable_end());
    log.delete_records_before(Offset(5)).unwrap();
    disk.run_lane_jobs();
    let (root, shared) = (Path::new(ROOT), disk.shared());
    assert!(!shared.exists(&root.join("log-start-offset-checkpoint")));
    // The write-ahead log has the start; the checkpoint comes before the first rename, and the crash before its end.
    disk.crash_after(2);
    assert!(log.tick(NOW).is_err());
    disk.crash_process();
    let left = shared.list(&root.join("t-0")).unwrap();
    assert!(left.iter().all(|entry| !entry.name.ends_with("deleted")), "{left:?}");
}

#[test]
fn a_full_disk_is_paid_out_of_the_reserve_until_there_is_room_again() {
    let disk = new_disk();
    let root = Path::new(ROOT);
    let used = || disk.space(root).map(|space| space.total - space.available).unwrap();
    let dir = open(&disk, &[]);
    dir.started();
    disk.run_lane_jobs();
    let log = create(&dir, "t", 1);
    fill(&disk, &log, 1);
    assert!(!dir.is_full());
    // Nothing is left but a page.
    disk.set_capacity(used() + 4096);
    assert!(dir.tick(NOW).is_empty());
    assert!(dir.is_full());
    dir.flush_all().unwrap();
    drop((dir, log));
    disk.crash_process();
    // Nor is there at the next start, and it goes well all the same.
    let dir = open(&disk, &[1]);
    dir.started();
    disk.run_lane_jobs();
    disk.set_capacity(used() + 4096);
    dir.tick(NOW);
    assert!(dir.is_full());
    disk.set_capacity(used() + 2 * RESERVE);
    dir.tick(NOW);
    assert!(!dir.is_full());
    disk.with_lanes_at_work(|| dir.close(1)).unwrap();
}
