//! What was done to one partition's log on a disk that crashes, and what of it has to be there.

#![allow(clippy::unwrap_used, reason = "a test may panic, and this is all one")]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ottla_protocol::records::{BatchBuilder, BatchOptions, Batches, NewRecord, Producer, StoredBatch};
use ottla_storage::StorageError;
use ottla_storage::log::{
    Access, AppendError, LeaderBatch, LogConfig, Origin, PartitionLog, Piece, ReadLimits,
};
use ottla_testkit::{Chance, FaultyDisk};
use ottla_types::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

/// The time at which everything begins.
pub(crate) const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// A batch as it was written.
#[derive(Clone, PartialEq, Eq)]
struct Written {
    base: Offset,
    next: Offset,
    epoch: LeaderEpoch,
    producer: i64,
    sequence: i32,
    bytes: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct History {
    config: LogConfig,
    epoch: i32,
    clock_ms: i64,
    /// What the log holds, if nothing was lost.
    current: Vec<Written>,
    /// Everything that was ever written, truncated since or not.
    ever: BTreeMap<(Offset, LeaderEpoch), Vec<Written>>,
    /// What was durable when the crash came.
    durable_end: Offset,
    start: Offset,
    /// What the log said of its start after it had found files, or removed some, for it.
    durable_start: Offset,
    /// What was asked for as the log's start, whether or not it came to be durable.
    start_asked: Offset,
    producer: i64,
    sequence: i32,
}

impl History {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        let config = LogConfig {
            segment_bytes: 700 + chance.below(2000) as u32,
            index_interval_bytes: chance.below(300) as u32,
            ..LogConfig::default()
        };
        Self {
            config,
            epoch: 0,
            clock_ms: NOW.0,
            current: Vec::new(),
            ever: BTreeMap::new(),
            durable_end: Offset(0),
            start: Offset(0),
            durable_start: Offset(0),
            start_asked: Offset(0),
            producer: 7,
            sequence: 0,
        }
    }

    /// The settings of the log.
    pub(crate) fn config(&self) -> LogConfig {
        self.config.clone()
    }

    /// The log is open; what the start found is durable from then on.
    pub(crate) fn begin(&mut self, log: &PartitionLog) {
        self.durable_end = log.durable_end();
        self.epoch += 1;
        log.start_leading(LeaderEpoch(self.epoch));
    }

    /// Looks at what is durable: the crash may come next.
    pub(crate) fn note_durable(&mut self, log: &PartitionLog) {
        self.durable_end = log.durable_end();
    }

    /// Does one thing or another.
    pub(crate) fn step(
        &mut self,
        log: &Arc<PartitionLog>,
        write_checkpoints: &dyn Fn() -> Result<(), StorageError>,
        disk: &FaultyDisk,
        chance: &mut Chance,
    ) -> Result<(), StorageError> {
        match chance.below(20) {
            0..=10 => self.append(log, chance)?,
            11..=12 => drop(disk.run_lane_job()),
            13 => drop(log.flush()?),
            14 => write_checkpoints()?,
            15 => log.tick(Timestamp(self.clock_ms + chance.below(100_000) as i64))?,
            // Everything that was handed in before is durable then.
            18 => {
                let start = self.start;
                disk.run_lane_jobs();
                if !disk.has_crashed() && !log.is_offline() {
                    self.durable_start = start;
                }
            }
            16 => {
                log.set_high_watermark(log.durable_end());
                let span = log.high_watermark().since(self.start) + 1;
                let start = self.start.plus(chance.below(span as u64) as i64);
                self.start_asked = start;
                self.start = log.delete_records_before(start)?;
            }
            17 => {
                let bases = self.current.iter().map(|batch| batch.base).filter(|base| *base >= self.start);
                let bases: Vec<Offset> = bases.collect();
                if let Some(&to) = bases.get(chance.index(bases.len().max(1))) {
                    self.epoch += 1;
                    let cut = self.current.iter().position(|batch| batch.base == to).expect("it is a base");
                    (self.producer, self.sequence) = (self.current[cut].producer, self.current[cut].sequence);
                    self.current.truncate(cut);
                    let truncated = log.truncate_to(to, LeaderEpoch(self.epoch), NOW);
                    self.durable_end = self.durable_end.min(to);
                    truncated?;
                    log.start_leading(LeaderEpoch(self.epoch));
                }
            }
            _ => self.compare(log),
        }
        Ok(())
    }

    fn append(&mut self, log: &Arc<PartitionLog>, chance: &mut Chance) -> Result<(), StorageError> {
        self.clock_ms += chance.below(20) as i64;
        let batch = self.batch(self.producer, self.sequence, chance.below(300) as usize);
        let mut expected = batch.clone();
        let epoch = LeaderEpoch(self.epoch);
        expected.set_base_offset(log.log_end_offset());
        expected.set_leader_epoch(epoch);
        let written = Written {
            base: log.log_end_offset(),
            next: expected.header().next_offset(),
            epoch,
            producer: self.producer,
            sequence: self.sequence,
            bytes: expected.to_bytes().to_vec(),
        };
        // It may come to be even if the append fails: the crash decides.
        self.ever.entry((written.base, epoch)).or_default().push(written.clone());
        let entry =
            LeaderBatch { frame_bytes: batch.size(), batch, leader_epoch: epoch, origin: Origin::Client };
        match now(log.append_as_leader(entry, Timestamp(self.clock_ms))) {
            Ok(appended) => {
                assert_eq!(appended.base_offset, written.base);
                assert!(!appended.is_duplicate);
                self.sequence += 1;
                self.current.push(written);
                Ok(())
            }
            Err(AppendError::Storage(error)) => Err(error),
            Err(other) => panic!("{other}"),
        }
    }

    fn batch(&self, producer: i64, sequence: i32, len: usize) -> StoredBatch {
        let producer =
            Producer { id: ProducerId(producer), epoch: ProducerEpoch(0), base_sequence: Sequence(sequence) };
        let mut builder = BatchBuilder::new(BatchOptions { producer, ..BatchOptions::default() });
        let value = vec![(sequence % 251) as u8; len];
        let record =
            NewRecord { timestamp: Timestamp(self.clock_ms), value: Some(&value), ..NewRecord::default() };
        builder.append(&record).unwrap();
        StoredBatch::parse(&builder.finish().unwrap()).unwrap()
    }

    fn compare(&self, log: &PartitionLog) {
        let expected: Vec<&[u8]> = self
            .current
            .iter()
            .filter(|batch| batch.next > self.start)
            .map(|batch| &batch.bytes[..])
            .collect();
        assert_eq!(read_all(log, self.start), expected);
    }

    /// Looks at everything in a log that was opened after a crash. If only the process died, `everything` that was
    /// written has to be there.
    pub(crate) fn check_survivors(&mut self, log: &Arc<PartitionLog>, everything: bool) {
        let start = log.log_start_offset();
        let asked = self.start.max(self.start_asked);
        assert!(start <= asked, "the log lost its beginning");
        assert!(start >= self.durable_start, "deleted records came back");
        let found = read_all(log, start);
        let mut survivors: Vec<Written> = Vec::new();
        for view in Batches::new(&found.concat()) {
            let view = view.unwrap();
            let header = view.header();
            let key = (header.base_offset, header.leader_epoch);
            let written =
                self.ever.get(&key).into_iter().flatten().find(|written| written.bytes == view.bytes());
            let written = written.unwrap_or_else(|| panic!("{key:?} was never written"));
            if let Some(last) = survivors.last() {
                assert_eq!(last.next, written.base, "there is a gap");
                assert!(last.epoch <= written.epoch);
            }
            survivors.push(written.clone());
        }
        for durable in
            self.current.iter().filter(|batch| batch.next <= self.durable_end && batch.next > self.start)
        {
            assert!(survivors.contains(durable), "{durable:?} was durable");
        }
        if everything {
            let written = self.current.iter().filter(|batch| batch.next > start);
            for batch in written {
                assert!(survivors.contains(batch), "{batch:?} was written");
            }
        }
        self.check_indexes(log, &survivors);
        self.check_producers(log, &survivors);
        self.start = start;
        self.start_asked = start;
        self.durable_end = log.durable_end();
        // What is before the log's start is not known, and not needed.
        self.current = survivors;
        match self.current.last() {
            Some(last) => (self.producer, self.sequence) = (last.producer, last.sequence + 1),
            // Where nothing is left, what is remembered of the producer is anybody's guess.
            None => (self.producer, self.sequence) = (self.producer + 1, 0),
        }
    }

    fn check_indexes(&self, log: &PartitionLog, survivors: &[Written]) {
        for written in survivors {
            let limits = ReadLimits {
                upper: log.log_end_offset(),
                max_bytes: 1,
                at_least_one: true,
                access: Access::Waiting,
            };
            let from = written.base.max(log.log_start_offset());
            let read = log.read(from, &limits).unwrap();
            assert_eq!(bytes_of(&read.pieces), written.bytes, "from {from}");
        }
        let time_of = |written: &Written| {
            StoredBatch::parse(&written.bytes.clone().into()).unwrap().header().max_timestamp
        };
        for written in survivors.iter().step_by(3) {
            let target = time_of(written);
            let first = survivors
                .iter()
                .find(|other| time_of(other) >= target && other.base >= log.log_start_offset());
            let found = log.offset_for_timestamp(target).unwrap();
            assert_eq!(found.map(|found| found.offset), first.map(|first| first.base), "{survivors:?}");
        }
    }

    fn check_producers(&self, log: &Arc<PartitionLog>, survivors: &[Written]) {
        let Some(last) = survivors.last() else { return };
        log.start_leading(LeaderEpoch(i32::MAX));
        let again = StoredBatch::parse(&last.bytes.clone().into()).unwrap();
        let entry = LeaderBatch {
            frame_bytes: 0,
            batch: again,
            leader_epoch: LeaderEpoch(i32::MAX),
            origin: Origin::Client,
        };
        let appended = now(log.append_as_leader(entry, NOW)).unwrap();
        assert!(appended.is_duplicate, "the last batch of the producer is known of {survivors:?}");
        assert_eq!(appended.base_offset, last.base);
        let gap = self.batch(last.producer, last.sequence + 2, 1);
        let entry = LeaderBatch {
            frame_bytes: 0,
            batch: gap,
            leader_epoch: LeaderEpoch(i32::MAX),
            origin: Origin::Client,
        };
        let refused = now(log.append_as_leader(entry, NOW));
        assert!(matches!(refused, Err(AppendError::Producer(_))), "{refused:?}");
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("there is one thread"),
    }
}

fn bytes_of(pieces: &[Piece]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Memory(part) => bytes.extend_from_slice(part),
            Piece::File { file, position, len } => {
                let start = bytes.len();
                bytes.resize(start + len, 0);
                assert_eq!(file.read_at(&mut bytes[start..], *position).unwrap(), *len);
            }
        }
    }
    bytes
}

/// All batches from `from` on.
fn read_all(log: &PartitionLog, from: Offset) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut next = from;
    loop {
        let limits = ReadLimits {
            upper: log.log_end_offset(),
            max_bytes: 1000,
            at_least_one: true,
            access: Access::Waiting,
        };
        let before = next;
        let bytes = match log.read(next, &limits) {
            Ok(read) => bytes_of(&read.pieces),
            // The crash came while this was read.
            Err(_) => return found,
        };
        for view in Batches::new(&bytes) {
            let view = view.unwrap();
            view.check_crc().unwrap();
            next = view.header().next_offset();
            found.push(view.bytes().to_vec());
        }
        if next == before {
            return found;
        }
    }
}

impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = StoredBatch::parse(&self.bytes.clone().into()).unwrap().header().max_timestamp;
        write!(f, "{}..{} epoch {} at {time}, {} bytes", self.base, self.next, self.epoch, self.bytes.len())
    }
}

/// How a life ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Crash {
    Process,
    Power,
}

/// Prints what was done to the disk when a check fails.
pub(crate) struct TellOnPanic<'a>(pub(crate) &'a FaultyDisk);

impl Drop for TellOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "{}", self.0.history());
        }
    }
}

/// Runs the check for the seeds of `OTTLA_SEEDS=a..b`, or else for the few that are always run.
pub(crate) fn check_all(crash: Crash, usual: std::ops::Range<u64>, check: impl Fn(u64, Crash)) {
    let seeds = std::env::var("OTTLA_SEEDS").ok();
    let seeds = seeds.and_then(|text| {
        let (from, to) = text.split_once("..")?;
        Some(from.parse().ok()?..to.parse().ok()?)
    });
    for seed in seeds.unwrap_or(usual) {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(seed, crash)));
        assert!(outcome.is_ok(), "{crash:?}, OTTLA_SEEDS={seed}..{}", seed + 1);
    }
}
