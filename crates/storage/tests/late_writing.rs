//! Batches that are in the write-ahead log and in memory, and get to their own files later.
#![allow(clippy::unwrap_used, reason = "a test may panic, and this is all one")]

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ottla_protocol::records::{BatchBuilder, BatchOptions, Batches, NewRecord, StoredBatch};
use ottla_storage::StorageError;
use ottla_storage::disk::{Disk, Open};
use ottla_storage::log::{
    Access, AppendError, Appended, LeaderBatch, LogConfig, Origin, PartitionLog, Piece, ReadLimits,
};
use ottla_storage::log_dir::{LockedDir, LogDir, LogDirOptions};
use ottla_storage::wal::{PartitionFiles, PartitionId, WalOptions};
use ottla_testkit::FaultyDisk;
use ottla_testkit::faulty_disk::{Action, EIO, Operation};
use ottla_types::{LeaderEpoch, Offset, PartitionIndex, Timestamp, TopicPartition, Uuid};

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const EPOCH: LeaderEpoch = LeaderEpoch(1);
const ROOT: &str = "/data";
const ID: PartitionId = PartitionId { topic_id: Uuid([1; 16]), partition: PartitionIndex(0) };
const PAGE: u64 = 4096;

struct Fixture {
    disk: FaultyDisk,
    dir: LogDir,
    log: Arc<PartitionLog>,
    now: Timestamp,
}

fn open(disk: &FaultyDisk) -> LogDir {
    let wal = WalOptions {
        size_bytes: 1 << 20,
        segment_bytes: 1 << 18,
        write_out_bytes: 3 * PAGE as usize,
        ..WalOptions::default()
    };
    let options =
        LogDirOptions { is_durable: true, tail_bytes: 0, recovery_threads: 1, wal, reserve_bytes: 0 };
    let shared: Arc<dyn Disk> = disk.shared();
    disk.with_lanes_at_work(|| {
        let locked = LockedDir::lock(shared, Path::new(ROOT)).unwrap();
        locked.open(options, NOW, |_, _| Some(LogConfig::default()), || 1).unwrap().0
    })
}

impl Fixture {
    fn new() -> Self {
        let disk = FaultyDisk::new(1);
        disk.create_durable_dir(Path::new(ROOT));
        let dir = open(&disk);
        let log = dir.create(&TopicPartition::new("t", 0), ID.topic_id, LogConfig::default(), NOW).unwrap();
        log.start_leading(EPOCH);
        Self { disk, dir, log, now: NOW }
    }

    /// Appends a batch of a good 1000 bytes, whose time is its offset.
    fn append(&self) -> Result<Appended, AppendError> {
        let timestamp = Timestamp(self.log.log_end_offset().0);
        let mut builder = BatchBuilder::new(BatchOptions::default());
        builder.append(&NewRecord { timestamp, value: Some(&[1; 1000]), ..NewRecord::default() }).unwrap();
        let batch = StoredBatch::parse(&builder.finish().unwrap()).unwrap();
        let entry = LeaderBatch { frame_bytes: 0, batch, leader_epoch: EPOCH, origin: Origin::Client };
        match pin!(self.log.append_as_leader(entry, self.now)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => unreachable!("there is one thread"),
        }
    }

    fn append_many(&self, batches: usize) {
        for _ in 0..batches {
            self.append().unwrap();
        }
    }

    fn file_len(&self) -> u64 {
        let path = Path::new(ROOT).join("t-0/00000000000000000000.log");
        self.disk.shared().open(&path, Open::ReadOnly).unwrap().len().unwrap()
    }
}

/// The first offsets of all batches, as a reader finds them who comes again and again.
fn read_all(log: &PartitionLog) -> Result<Vec<i64>, StorageError> {
    let upper = log.log_end_offset();
    let limits = ReadLimits { upper, max_bytes: 5000, at_least_one: true, access: Access::Waiting };
    let mut bases = Vec::new();
    let mut next = log.log_start_offset();
    while next < upper {
        let mut bytes = Vec::new();
        for piece in log.read(next, &limits)?.pieces {
            match piece {
                Piece::Memory(part) => bytes.extend_from_slice(&part),
                Piece::File { file, position, len } => {
                    let start = bytes.len();
                    bytes.resize(start + len, 0);
                    assert_eq!(file.read_at(&mut bytes[start..], position)?, len);
                }
            }
        }
        // A piece of a file may end within a batch.
        for batch in Batches::new(&bytes).map_while(Result::ok) {
            batch.check_crc().unwrap();
            bases.push(batch.header().base_offset.0);
            next = batch.header().next_offset();
        }
    }
    Ok(bases)
}

fn is_segment(operation: &Operation) -> bool {
    operation.action == Action::Write && operation.path.ends_with("t-0/00000000000000000000.log")
}

#[test]
fn readers_find_every_batch_wherever_it_is() {
    let fixture = Fixture::new();
    let (disk, log) = (&fixture.disk, &fixture.log);
    for round in 1..=5 {
        fixture.append_many(7);
        let expected: Vec<i64> = (0..round * 7).collect();
        assert_eq!(read_all(log).unwrap(), expected, "in memory");
        disk.run_lane_jobs();
        assert_eq!(log.durable_end(), Offset(round * 7));
        assert_eq!(read_all(log).unwrap(), expected, "some of them in whole pages of the file");
    }
    let len = fixture.file_len();
    assert!(len > 0 && len.is_multiple_of(PAGE) && len < log.size_bytes(), "{len}");
    assert_eq!(log.offset_for_timestamp(Timestamp(34)).unwrap().unwrap().offset, Offset(34));
    assert_eq!(fixture.file_len(), log.size_bytes(), "a look-up wants the file whole");
    fixture.append_many(20);
    disk.run_lane_jobs();
    assert_eq!(read_all(log).unwrap(), (0..55).collect::<Vec<_>>(), "from the middle of a page on");
    log.flush().unwrap();
    assert_eq!(fixture.file_len(), log.size_bytes());
    assert_eq!(read_all(log).unwrap(), (0..55).collect::<Vec<_>>());
}

#[test]
fn what_nobody_adds_to_is_written_when_it_is_old() {
    let fixture = Fixture::new();
    fixture.append_many(1);
    let first = fixture.log.size_bytes();
    fixture.append_many(1);
    fixture.disk.run_lane_jobs();
    fixture.log.tick(NOW.plus_ms(1_000)).unwrap();
    assert_eq!(fixture.file_len(), first);
    fixture.log.tick(NOW.plus_ms(1_001)).unwrap();
    assert_eq!(fixture.file_len(), fixture.log.size_bytes());
    assert_eq!(read_all(&fixture.log).unwrap(), [0, 1]);
}

#[test]
fn what_comes_now_and_then_is_written_at_once() {
    let mut fixture = Fixture::new();
    for _ in 0..5 {
        fixture.append_many(1);
        assert_eq!(fixture.file_len(), fixture.log.size_bytes());
        fixture.now = fixture.now.plus_ms(100);
    }
    fixture.append_many(2);
    let in_file = fixture.file_len();
    assert!(in_file < fixture.log.size_bytes(), "it became busy");
    fixture.now = fixture.now.plus_ms(100);
    fixture.append_many(1);
    assert_eq!(fixture.file_len(), in_file, "what came before is not written yet");
    assert_eq!(read_all(&fixture.log).unwrap(), (0..8).collect::<Vec<_>>());
}

#[test]
fn for_what_was_accepted_there_is_room() {
    let fixture = Fixture::new();
    let (disk, log) = (&fixture.disk, &fixture.log);
    fixture.append_many(2);
    disk.run_lane_jobs();
    let space = disk.space(Path::new(ROOT)).unwrap();
    disk.set_capacity(space.total - space.available + 10 * PAGE);
    let refusal = loop {
        if let Err(error) = fixture.append() {
            break error;
        }
    };
    assert!(matches!(&refusal, AppendError::Storage(error) if error.is_out_of_space()), "{refusal}");
    let end = log.log_end_offset();
    assert!(end > Offset(60), "room was taken for {end} before the disk was full, and then some");
    PartitionFiles::sync(&**log).unwrap();
    assert_eq!(fixture.file_len(), log.size_bytes());
    assert_eq!(read_all(log).unwrap(), (0..end.0).collect::<Vec<_>>());
    assert!(!log.is_offline());
}

#[test]
fn a_file_that_cannot_be_written_ends_acknowledgements_and_costs_none() {
    let fixture = Fixture::new();
    fixture.append_many(10);
    fixture.disk.fail_when(EIO, is_segment);
    fixture.append_many(10);
    fixture.disk.run_lane_jobs();
    let acknowledged = fixture.log.durable_end();
    assert!(acknowledged > Offset(0) && fixture.log.is_offline());
    assert!(fixture.append().is_err());
    let Fixture { disk, dir, log, .. } = fixture;
    drop((dir, log));
    disk.clear_faults();
    disk.crash_process();
    let dir = open(&disk);
    let log = dir.find(ID).unwrap();
    assert!(log.durable_end() >= acknowledged);
    assert_eq!(read_all(&log).unwrap(), (0..log.log_end_offset().0).collect::<Vec<_>>());
}
