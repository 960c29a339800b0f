//! A write-ahead log on a simulated disk, and partitions that note what they are told.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use ottla_storage::disk::{Disk, File, Open};
use ottla_storage::wal::{
    Batch, Change, Entry, PartitionFiles, PartitionId, Replay, ReplayError, Wal, WalOptions, inspect, replay,
};
use ottla_testkit::FaultyDisk;
use ottla_types::{LeaderEpoch, Offset, PartitionIndex, Uuid};

pub(crate) const ROOT: &str = "/data";

pub(crate) type Told = (PartitionId, Change);

/// Four segments of four pages.
pub(crate) fn options() -> WalOptions {
    WalOptions {
        size_bytes: 64 << 10,
        segment_bytes: 16 << 10,
        direct_bytes_min: 1 << 20,
        queue_bytes_max: 1 << 20,
        write_out_bytes: 1 << 20,
    }
}

pub(crate) struct Fixture {
    pub(crate) disk: FaultyDisk,
    pub(crate) wal: Wal,
    pub(crate) handed_in: Vec<Told>,
    options: WalOptions,
    replayed: Option<Replay>,
}

impl Fixture {
    pub(crate) fn new(options: WalOptions) -> Self {
        let disk = FaultyDisk::new(1);
        disk.create_durable_dir(Path::new(ROOT));
        let replayed = replay(&disk, Path::new(ROOT), |_, _| Ok(())).unwrap();
        let wal = open(&disk, options, replayed);
        Self { disk, wal, handed_in: Vec::new(), options, replayed: None }
    }

    pub(crate) fn partition(&self, index: i32) -> Arc<Partition> {
        Partition::create(&self.disk, index)
    }

    /// Hands in a batch. What a partition does with its own files is not looked at here.
    pub(crate) fn append(&mut self, partition: &Arc<Partition>, offset: i64, len: usize) {
        let Entry { change, .. } = batch_entry(partition, offset, Bytes::from(vec![offset as u8; len]));
        self.hand_in(partition, change);
    }

    pub(crate) fn hand_in(&mut self, partition: &Arc<Partition>, change: Change) {
        self.try_hand_in(partition, change).unwrap();
    }

    pub(crate) fn try_hand_in(
        &mut self,
        partition: &Arc<Partition>,
        change: Change,
    ) -> Result<(), Arc<io::Error>> {
        self.wal.enqueue(Entry { files: Arc::clone(partition) as _, stamp: 0, change: change.clone() })?;
        self.handed_in.push((partition.partition(), change));
        Ok(())
    }

    pub(crate) fn run_sync_lane(&self) -> bool {
        self.disk.run_lane_job_of("wal-sync")
    }

    pub(crate) fn close(&self) -> Result<(), Arc<io::Error>> {
        let outcome = Arc::new(Mutex::new(None));
        let told = Arc::clone(&outcome);
        self.wal.close(Box::new(move |closed| *told.lock().unwrap() = Some(closed)));
        self.disk.run_lane_jobs();
        outcome.lock().unwrap().take().unwrap()
    }

    /// What a recovery is told. Whoever only looks is told the same.
    pub(crate) fn replay(&mut self) -> Result<Vec<Told>, ReplayError> {
        let mut seen = Vec::new();
        let inspected = inspect(&self.disk, Path::new(ROOT), |partition, change| {
            seen.push((partition, change));
            Ok(())
        });
        let mut told = Vec::new();
        let replayed = replay(&self.disk, Path::new(ROOT), |partition, change| {
            told.push((partition, change));
            Ok(())
        });
        assert_eq!(inspected.is_ok(), replayed.is_ok(), "{inspected:?}");
        let replayed = replayed?;
        assert_eq!(seen, told);
        self.replayed = Some(replayed);
        Ok(told)
    }

    pub(crate) fn reopen(&mut self) {
        self.wal = open(&self.disk, self.options, self.replayed.take().unwrap());
    }

    pub(crate) fn wal_files(&self) -> Vec<String> {
        let names = self.disk.list(Path::new(ROOT)).unwrap().into_iter().map(|entry| entry.name);
        names.filter(|name| name.starts_with("ottla-wal-")).collect()
    }
}

fn open(disk: &FaultyDisk, options: WalOptions, replayed: Replay) -> Wal {
    let background = disk.lane("background").unwrap();
    Wal::open(&disk.shared(), Path::new(ROOT), options, replayed, background).unwrap()
}

pub(crate) fn batch_entry(partition: &Arc<Partition>, offset: i64, body: Bytes) -> Entry {
    let change = Change::Batch(Batch {
        leader_epoch: LeaderEpoch(0),
        base_offset: Offset(offset),
        next_offset: Offset(offset + 1),
        head: [3; Batch::HEAD_LEN],
        body,
    });
    Entry { files: Arc::clone(partition) as _, stamp: 0, change }
}

/// A partition of one file.
#[derive(Debug)]
pub(crate) struct Partition {
    index: i32,
    file: Arc<dyn File>,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    durable: Option<i64>,
    log_start: Option<i64>,
    failure: Option<String>,
    syncs: usize,
}

impl Partition {
    fn create(disk: &FaultyDisk, index: i32) -> Arc<Self> {
        let file = disk.open(&Path::new(ROOT).join(format!("{index}.log")), Open::OrCreate).unwrap();
        disk.sync_dir(Path::new(ROOT)).unwrap();
        Arc::new(Self { index, file, notes: Mutex::default() })
    }

    pub(crate) fn durable(&self) -> Option<i64> {
        self.notes.lock().unwrap().durable
    }

    pub(crate) fn log_start(&self) -> Option<i64> {
        self.notes.lock().unwrap().log_start
    }

    pub(crate) fn failure(&self) -> Option<String> {
        self.notes.lock().unwrap().failure.clone()
    }

    pub(crate) fn syncs(&self) -> usize {
        self.notes.lock().unwrap().syncs
    }
}

impl PartitionFiles for Partition {
    fn partition(&self) -> PartitionId {
        PartitionId { topic_id: Uuid([1; 16]), partition: PartitionIndex(self.index) }
    }

    fn sync(&self) -> io::Result<()> {
        self.notes.lock().unwrap().syncs += 1;
        self.file.sync_data()
    }

    fn write_out(&self) {}

    fn durable_to(&self, _: u64, next_offset: Offset) {
        let mut notes = self.notes.lock().unwrap();
        notes.durable = notes.durable.max(Some(next_offset.0));
    }

    fn log_start_durable(&self, log_start: Offset) {
        self.notes.lock().unwrap().log_start = Some(log_start.0);
    }

    fn failed(&self, error: &Arc<io::Error>) {
        self.notes.lock().unwrap().failure = Some(error.to_string());
    }
}
