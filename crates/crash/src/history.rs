//! What was done to one partition's log, life after life, and what of it was acknowledged.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ottla_protocol::records::{BatchBuilder, BatchOptions, NewRecord, Producer, StoredBatch};
use ottla_storage::log::{AppendError, LeaderBatch, LogConfig, Origin, PartitionLog, Truncation};
use ottla_storage::wal::PartitionId;
use ottla_storage::{Reached, StorageError};
use ottla_testkit::Chance;
use ottla_types::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp, TopicPartition};

use crate::survivors::read_all;
use crate::tally::Tally;

/// The time at which everything begins.
pub(crate) const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// Why a step did not come to its end.
pub(crate) enum Stop {
    /// There was no room for a batch, and nothing of it was written.
    NoRoom,
    /// The disk failed, which a life may end with.
    Disk(StorageError),
    /// A promise was broken.
    Broken(String),
}

impl From<StorageError> for Stop {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Disk(_) | StorageError::Offline { .. } => Self::Disk(error),
            other => Self::Broken(other.to_string()),
        }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error.into())
    }
}

/// A batch as it was written.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) base: Offset,
    pub(crate) next: Offset,
    pub(crate) epoch: LeaderEpoch,
    pub(crate) producer: i64,
    pub(crate) sequence: i32,
    pub(crate) time: Timestamp,
    pub(crate) bytes: Vec<u8>,
}

/// One partition, as somebody remembers it who stood beside it.
pub(crate) struct History {
    pub(crate) id: PartitionId,
    pub(crate) name: TopicPartition,
    pub(crate) config: LogConfig,
    pub(crate) epoch: i32,
    pub(crate) clock_ms: i64,
    /// What the log holds, if nothing was lost.
    pub(crate) current: Vec<Written>,
    /// Everything that was ever written, cut off since or not.
    pub(crate) ever: BTreeMap<(Offset, LeaderEpoch), Vec<Written>>,
    /// Below this everything was acknowledged, to whoever wrote it or by being shown to readers.
    pub(crate) acknowledged_to: Offset,
    pub(crate) start: Offset,
    /// The furthest log start that was asked for.
    pub(crate) start_asked: Offset,
    /// The furthest log start that was acknowledged.
    pub(crate) start_acknowledged: Offset,
    pub(crate) producer: i64,
    pub(crate) sequence: i32,
    /// Whoever waits for an acknowledgement, and of what.
    waiting: Vec<(Offset, Reached)>,
    /// Whoever waits for records to be deleted, and below what.
    waiting_for_start: Vec<(Offset, Reached)>,
    /// The truncation that is under way.
    truncation: Option<(Offset, Truncation)>,
    /// Those that are over, each with the epoch of the leader that asked for it.
    pub(crate) cuts: Vec<(Offset, LeaderEpoch)>,
}

impl History {
    pub(crate) fn new(id: PartitionId, name: TopicPartition, chance: &mut Chance) -> Self {
        let config = LogConfig {
            // Some hold many pages, some not one.
            segment_bytes: *chance.pick(&[700, 20_000]) + chance.below(2000) as u32,
            index_interval_bytes: chance.below(300) as u32,
            file_delete_delay_ms: 1000,
            ..LogConfig::default()
        };
        Self {
            id,
            name,
            config,
            epoch: 0,
            clock_ms: NOW.0,
            current: Vec::new(),
            ever: BTreeMap::new(),
            acknowledged_to: Offset(0),
            start: Offset(0),
            start_asked: Offset(0),
            start_acknowledged: Offset(0),
            producer: 7,
            sequence: 0,
            waiting: Vec::new(),
            waiting_for_start: Vec::new(),
            truncation: None,
            cuts: Vec::new(),
        }
    }

    /// The log is open and was looked at; what the start found is acknowledged from here on.
    pub(crate) fn begin(&mut self, log: &PartitionLog) {
        self.waiting.clear();
        self.waiting_for_start.clear();
        self.truncation = None;
        self.acknowledged_to = log.durable_end();
        self.lead(log);
    }

    /// Another leader takes over, who is the same one.
    pub(crate) fn lead(&mut self, log: &PartitionLog) {
        self.epoch += 1;
        log.start_leading(LeaderEpoch(self.epoch));
    }

    /// Whoever waits looks whether the wait is over. The crash may come next.
    pub(crate) fn note_acknowledged(&mut self, log: &PartitionLog, tally: &mut Tally) -> Result<(), String> {
        let mut context = Context::from_waker(Waker::noop());
        let acknowledged = poll_all(&mut self.waiting);
        tally.acknowledged += acknowledged.len() as u64;
        let acknowledged = acknowledged.into_iter().fold(self.acknowledged_to, Offset::max);
        self.start_acknowledged =
            poll_all(&mut self.waiting_for_start).into_iter().fold(self.start_acknowledged, Offset::max);
        if let Some((to, truncation)) = &mut self.truncation
            && let Poll::Ready(outcome) = Pin::new(truncation).poll(&mut context)
        {
            if outcome.is_ok() {
                self.cuts.push((*to, LeaderEpoch(self.epoch)));
                log.start_leading(LeaderEpoch(self.epoch));
                tally.truncations += 1;
            }
            self.truncation = None;
        }
        let durable = log.durable_end();
        if durable > log.log_end_offset() {
            return Err(format!("{}: {durable} is durable of a log that ends before", self.name));
        }
        if acknowledged > durable {
            return Err(format!("{}: {acknowledged} is acknowledged and {durable} is durable", self.name));
        }
        // Readers were shown what is durable, whether anybody waited for it or not.
        self.acknowledged_to = durable;
        Ok(())
    }

    /// Whether the log is being cut, and takes nothing until that is over.
    pub(crate) fn is_being_cut(&self) -> bool {
        self.truncation.is_some()
    }

    pub(crate) fn append(
        &mut self,
        log: &Arc<PartitionLog>,
        chance: &mut Chance,
        tally: &mut Tally,
    ) -> Result<(), Stop> {
        self.clock_ms += chance.below(20) as i64;
        if chance.percent(3) {
            (self.producer, self.sequence) = (self.producer + 1, 0);
        }
        // A batch takes a little more, and one segment.
        let len_max = self.config.segment_bytes - 200;
        let len = *chance.pick(&[300, 300, 300, len_max.min(3000)]);
        let batch = self.batch(self.producer, self.sequence, chance.below(u64::from(len)) as usize);
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
            time: expected.header().max_timestamp,
            bytes: expected.to_bytes().to_vec(),
        };
        // It may come to be even if the append fails: the crash decides.
        self.ever.entry((written.base, epoch)).or_default().push(written.clone());
        let outcome = self.hand_in(log, batch);
        match outcome {
            Ok(appended) if appended.base_offset == written.base && !appended.is_duplicate => {
                tally.appended += 1;
                self.sequence += 1;
                self.waiting.push((written.next, log.wait_durable(written.next)));
                self.current.push(written);
                Ok(())
            }
            Ok(appended) => Err(Stop::Broken(format!("{written:?} was appended as {appended:?}"))),
            Err(AppendError::Storage(error)) if error.is_out_of_space() && !log.is_offline() => {
                Err(Stop::NoRoom)
            }
            Err(AppendError::Storage(error)) => Err(error.into()),
            Err(other) => Err(Stop::Broken(format!("{written:?} was refused: {other}"))),
        }
    }

    /// Appends a batch as a client does.
    pub(crate) fn hand_in(
        &self,
        log: &Arc<PartitionLog>,
        batch: StoredBatch,
    ) -> Result<ottla_storage::log::Appended, AppendError> {
        let leader_epoch = LeaderEpoch(self.epoch);
        let entry = LeaderBatch { frame_bytes: batch.size(), batch, leader_epoch, origin: Origin::Client };
        match pin!(log.append_as_leader(entry, Timestamp(self.clock_ms)))
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => unreachable!("there is one thread, so nobody else is writing"),
        }
    }

    /// A batch of one record, whose bytes tell where it comes from.
    pub(crate) fn batch(&self, producer: i64, sequence: i32, len: usize) -> StoredBatch {
        let producer =
            Producer { id: ProducerId(producer), epoch: ProducerEpoch(0), base_sequence: Sequence(sequence) };
        let mut builder = BatchBuilder::new(BatchOptions { producer, ..BatchOptions::default() });
        let value = vec![(sequence % 251) as u8; len];
        let record =
            NewRecord { timestamp: Timestamp(self.clock_ms), value: Some(&value), ..NewRecord::default() };
        builder.append(&record).expect("a record of a few bytes fits");
        let bytes = builder.finish().expect("there is a record in it");
        StoredBatch::parse(&bytes).expect("what the builder makes is a batch")
    }

    pub(crate) fn delete_records(
        &mut self,
        log: &Arc<PartitionLog>,
        chance: &mut Chance,
        tally: &mut Tally,
    ) -> Result<(), Stop> {
        log.set_high_watermark(log.durable_end());
        let span = log.high_watermark().since(self.start) + 1;
        let start = self.start.plus(chance.below(span.max(1) as u64) as i64);
        self.start_asked = self.start_asked.max(start);
        self.start = log.delete_records_before(start)?;
        self.waiting_for_start.push((self.start, log.wait_start_durable(self.start)));
        tally.starts_moved += 1;
        Ok(())
    }

    /// A new leader's log ends earlier, and this one is cut to follow it.
    pub(crate) fn truncate(&mut self, log: &Arc<PartitionLog>, chance: &mut Chance) {
        let bases = self.current.iter().map(|batch| batch.base).filter(|base| *base >= self.start);
        let bases: Vec<Offset> = bases.collect();
        let Some(&to) = bases.get(chance.index(bases.len().max(1))) else { return };
        self.epoch += 1;
        let cut = self.current.iter().position(|batch| batch.base == to).expect("it is a base");
        (self.producer, self.sequence) = (self.current[cut].producer, self.current[cut].sequence);
        self.current.truncate(cut);
        self.waiting.retain(|(offset, _)| *offset <= to);
        self.acknowledged_to = self.acknowledged_to.min(to);
        self.truncation = Some((to, log.truncate_to(to, LeaderEpoch(self.epoch), NOW)));
    }

    /// What was published can be read, and is what was written.
    pub(crate) fn compare(&self, log: &PartitionLog) -> Result<(), Stop> {
        if log.is_offline() || self.is_being_cut() {
            // After a failed sync the page cache may have dropped what was written.
            return Ok(());
        }
        let expected = self.current.iter().filter(|batch| batch.next > self.start);
        let expected: Vec<&[u8]> = expected.map(|batch| &batch.bytes[..]).collect();
        let found = read_all(log, self.start)?;
        if found == expected {
            return Ok(());
        }
        let what = format!("{}: readers find {} batches of {}", self.name, found.len(), expected.len());
        Err(Stop::Broken(what))
    }
}

/// Those of which the wait is over and was not in vain.
fn poll_all(waiting: &mut Vec<(Offset, Reached)>) -> Vec<Offset> {
    let mut context = Context::from_waker(Waker::noop());
    let mut reached = Vec::new();
    waiting.retain_mut(|(offset, wait)| match Pin::new(wait).poll(&mut context) {
        Poll::Pending => true,
        Poll::Ready(outcome) => {
            reached.extend(outcome.is_ok().then_some(*offset));
            false
        }
    });
    reached
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { base, next, epoch, time, bytes, .. } = self;
        write!(f, "{base}..{next} of epoch {epoch} at {time}, {} bytes", bytes.len())
    }
}
