//! One partition's log on a disk that is full, or broken.
#![allow(clippy::unwrap_used, reason = "a test may panic, and this is all one")]

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ottla_protocol::records::{BatchBuilder, BatchOptions, NewRecord, Producer, StoredBatch};
use ottla_storage::FolderSync;
use ottla_storage::checkpoint::DirectoryCheckpoints;
use ottla_storage::disk::{Disk, PagePool};
use ottla_storage::log::{
    Access, AppendError, Appended, LeaderBatch, LogConfig, LogOptions, Origin, PartitionLog, ReadLimits,
    StartPoint, SyncInPlace, TailBudget,
};
use ottla_storage::wal::{PartitionFiles, PartitionId};
use ottla_testkit::FaultyDisk;
use ottla_testkit::faulty_disk::{Action, EIO, ENOSPC};
use ottla_types::{
    LeaderEpoch, Offset, PartitionIndex, ProducerEpoch, ProducerId, Sequence, Timestamp, Uuid,
};

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const EPOCH: LeaderEpoch = LeaderEpoch(1);

fn open(disk: &FaultyDisk) -> Arc<PartitionLog> {
    let shared: Arc<dyn Disk> = disk.shared();
    let root = Path::new("/data");
    disk.create_durable_dir(root);
    let options = LogOptions {
        folder: root.join("t-0"),
        id: PartitionId { topic_id: Uuid(*b"ottla-interop-01"), partition: PartitionIndex(0) },
        commit: Arc::new(SyncInPlace::new(shared.lane("sync").unwrap())),
        checkpoints: DirectoryCheckpoints::read(&shared, root).unwrap(),
        config: LogConfig { index_interval_bytes: 0, ..LogConfig::default() },
        tail: TailBudget::new(0),
        pages: PagePool::new(0),
        seed: 1,
        root: FolderSync::new(disk.shared(), root),
        disk: shared,
    };
    let (log, _) = PartitionLog::open(options, StartPoint::default(), NOW).unwrap();
    log.flush().unwrap();
    log.start_leading(EPOCH);
    log
}

fn append(log: &Arc<PartitionLog>, sequence: i32) -> Result<Appended, AppendError> {
    let producer = Producer { id: ProducerId(1), epoch: ProducerEpoch(0), base_sequence: Sequence(sequence) };
    let mut builder = BatchBuilder::new(BatchOptions { producer, ..BatchOptions::default() });
    builder.append(&NewRecord { timestamp: NOW, value: Some(&[1; 100]), ..NewRecord::default() }).unwrap();
    let batch = StoredBatch::parse(&builder.finish().unwrap()).unwrap();
    let entry = LeaderBatch { frame_bytes: 0, batch, leader_epoch: EPOCH, origin: Origin::Client };
    poll(log.append_as_leader(entry, NOW)).expect("there is one thread")
}

fn poll<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

fn readable_bytes(log: &PartitionLog) -> usize {
    let upper = log.log_end_offset();
    let limits = ReadLimits { upper, max_bytes: 1 << 20, at_least_one: true, access: Access::Waiting };
    log.read(Offset(0), &limits).unwrap().bytes
}

#[test]
fn a_full_disk_refuses_appends_until_there_is_room_again() {
    let disk = FaultyDisk::new(1);
    let log = open(&disk);
    append(&log, 0).unwrap();
    let before = readable_bytes(&log);
    disk.fail_when(ENOSPC, |operation| {
        operation.action == Action::Write && operation.path.extension().is_some_and(|ext| ext == "log")
    });
    for _ in 0..3 {
        match append(&log, 1) {
            Err(AppendError::Storage(error)) => assert!(error.is_out_of_space(), "{error}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(!log.is_offline());
    assert_eq!((log.log_end_offset(), readable_bytes(&log)), (Offset(1), before));
    disk.clear_faults();
    let appended = append(&log, 1).expect("what failed was not remembered");
    assert_eq!((appended.base_offset, appended.is_duplicate), (Offset(1), false));
    assert_eq!(readable_bytes(&log), 2 * before);
    disk.run_lane_jobs();
    assert_eq!(log.durable_end(), Offset(2));
}

#[test]
fn an_index_that_cannot_be_written_holds_no_append_up() {
    let disk = FaultyDisk::new(1);
    let log = open(&disk);
    disk.fail_when(ENOSPC, |operation| {
        operation.action == Action::Write
            && operation.path.extension().is_some_and(|ext| ext == "index" || ext == "timeindex")
    });
    for sequence in 0..1200 {
        append(&log, sequence).unwrap();
    }
    assert!(log.flush().unwrap_err().is_out_of_space());
    disk.clear_faults();
    assert_eq!(log.flush().unwrap(), Offset(1200));
    disk.lose_power(3);
    let shared: Arc<dyn Disk> = disk.shared();
    let index =
        shared.open(Path::new("/data/t-0/00000000000000000000.index"), ottla_storage::disk::Open::ReadOnly);
    assert_eq!(index.unwrap().len().unwrap(), 1199 * 8);
}

#[test]
fn a_write_that_cannot_be_taken_back_takes_the_log_offline() {
    let disk = FaultyDisk::new(1);
    let log = open(&disk);
    append(&log, 0).unwrap();
    let waiting = log.wait_durable(Offset(1));
    disk.fail_when(EIO, |operation| matches!(operation.action, Action::Write | Action::SetLen));
    assert!(append(&log, 1).is_err());
    assert!(log.is_offline());
    disk.clear_faults();
    assert!(append(&log, 1).is_err());
    assert!(poll(waiting).unwrap().is_err());
    assert!(log.flush().is_err() && log.sync().is_err());
    assert_ne!(readable_bytes(&log), 0, "what was published can still be read");
}

#[test]
fn after_a_failed_sync_nothing_becomes_durable() {
    let disk = FaultyDisk::new(1);
    let log = open(&disk);
    append(&log, 0).unwrap();
    disk.fail_nth(EIO, Action::SyncData, 0);
    disk.run_lane_jobs();
    assert_eq!(log.durable_end(), Offset(0));
    assert!(poll(log.wait_durable(Offset(1))).unwrap().is_err());
    assert!(log.sync().is_err(), "the sync that succeeds now proves nothing");
    assert!(append(&log, 1).is_err());
}
