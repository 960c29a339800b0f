//! Idempotence: which batches each producer has appended (KIP-98), and which transactions are open.
//!
//! A leader checks every batch of a producer against this before it appends it; followers and recovery keep it
//! from the batches that they are given, because tomorrow they may lead. A change is prepared in a [`Draft`] and
//! takes effect only when the batches are written.

mod entry;
mod snapshot;

use std::collections::BTreeMap;
use std::path::Path;

use ottla_protocol::records::{BatchHeader, EndTxn};
use ottla_types::{Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

pub(super) use self::entry::BatchMeta;
use self::entry::ProducerEntry;
use super::batch::end_marker;
use super::txn_index::AbortedTxn;
use crate::StorageError;

/// Who appends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A producer: everything is checked.
    Client,
    /// A coordinator of this broker: the producer's epoch is checked, sequences are not.
    Coordinator,
    /// The leader of the partition, or the log itself: what it says is how it is.
    Replication,
}

/// Why a producer's batch is not appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProducerRefusal {
    /// A newer incarnation of the producer has written here: `INVALID_PRODUCER_EPOCH`.
    #[error("producer {id} has epoch {epoch}, but {current} has written here already")]
    InvalidEpoch {
        /// The producer.
        id: ProducerId,
        /// The epoch in the batch.
        epoch: ProducerEpoch,
        /// The newest one known.
        current: ProducerEpoch,
    },
    /// A batch before this one is missing: `OUT_OF_ORDER_SEQUENCE_NUMBER`.
    #[error("producer {id} sent sequence {sequence}, but {expected} is next")]
    OutOfOrderSequence {
        /// The producer.
        id: ProducerId,
        /// The first sequence in the batch.
        sequence: Sequence,
        /// The one that was expected.
        expected: Sequence,
    },
    /// A record outside a transaction while one is open: `INVALID_TXN_STATE`.
    #[error("producer {id} sent records outside of its open transaction")]
    OutsideTransaction {
        /// The producer.
        id: ProducerId,
    },
    /// A marker of a coordinator that is not in charge any more: `TRANSACTION_COORDINATOR_FENCED`.
    #[error(
        "the marker for producer {id} is of coordinator epoch {epoch}, but {current} has written here already"
    )]
    CoordinatorFenced {
        /// The producer.
        id: ProducerId,
        /// The epoch in the marker.
        epoch: i32,
        /// The newest one known.
        current: i32,
    },
}

/// What a log remembers of one producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownProducer {
    /// The producer.
    pub id: ProducerId,
    /// The newest epoch in which it wrote.
    pub epoch: ProducerEpoch,
    /// The last sequence that it wrote in that epoch.
    pub last_sequence: Option<Sequence>,
    /// The timestamp of the last batch.
    pub last_timestamp: Timestamp,
    /// The newest epoch of a coordinator that ended one of its transactions; -1 if none did.
    pub coordinator_epoch: i32,
    /// The first offset of its transaction, if one is open.
    pub open_since: Option<Offset>,
}

/// A transaction whose marker may still be above the high watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct EndedTxn {
    last_offset: Offset,
}

/// What is known of all producers of one partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ProducerStates {
    producers: BTreeMap<ProducerId, ProducerEntry>,
    /// Open transactions by their first offset.
    open: BTreeMap<Offset, ProducerId>,
    /// Ended ones that the high watermark does not cover, by their first offset.
    ended: BTreeMap<Offset, EndedTxn>,
    /// All batches below are accounted for.
    end: Offset,
}

impl ProducerStates {
    /// Nothing is known, and nothing lies below `end` that would matter.
    pub(super) fn starting_at(end: Offset) -> Self {
        Self { end, ..Self::default() }
    }

    /// What a snapshot at `offset` says. Producers that have been silent for too long by `now` are left out.
    pub(super) fn from_snapshot(
        path: &Path,
        bytes: &[u8],
        offset: Offset,
        expiry: Expiry,
    ) -> Result<Self, StorageError> {
        let mut states = Self::starting_at(offset);
        states.producers = snapshot::decode(path, bytes)?;
        states.producers.retain(|_, entry| !expiry.has_expired(entry));
        states.open = states.open_transactions();
        Ok(states)
    }

    fn open_transactions(&self) -> BTreeMap<Offset, ProducerId> {
        let open = self.producers.iter().filter_map(|(id, entry)| Some((entry.txn_first_offset?, *id)));
        open.collect()
    }

    /// The content of a snapshot at [`Self::end`].
    pub(super) fn to_snapshot(&self) -> Vec<u8> {
        snapshot::encode(&self.producers)
    }

    pub(super) fn end(&self) -> Offset {
        self.end
    }

    /// Batches without a producer need no more than this.
    pub(super) fn advance_to(&mut self, end: Offset) {
        self.end = end;
    }

    /// How many producers are known.
    pub(super) fn len(&self) -> usize {
        self.producers.len()
    }

    pub(super) fn known(&self) -> impl Iterator<Item = KnownProducer> + '_ {
        self.producers.iter().map(|(&id, entry)| KnownProducer {
            id,
            epoch: entry.epoch,
            last_sequence: entry.last().map(|batch| batch.last_sequence),
            last_timestamp: entry.last_timestamp,
            coordinator_epoch: entry.coordinator_epoch,
            open_since: entry.txn_first_offset,
        })
    }

    /// The first offset that a reader of committed records must not see yet.
    pub(super) fn first_unstable_offset(&self) -> Option<Offset> {
        let open = self.open.first_key_value().map(|(first, _)| *first);
        let ended = self.ended.first_key_value().map(|(first, _)| *first);
        open.into_iter().chain(ended).min()
    }

    /// Whether a higher high watermark would change [`Self::first_unstable_offset`].
    pub(super) fn awaits_high_watermark(&self) -> bool {
        !self.ended.is_empty()
    }

    /// All markers below are replicated, or gone.
    pub(super) fn forget_ended_below(&mut self, offset: Offset) {
        self.ended.retain(|_, txn| txn.last_offset >= offset);
    }

    pub(super) fn remove_expired(&mut self, expiry: Expiry) {
        self.producers.retain(|_, entry| !expiry.has_expired(entry));
    }

    /// Prepares changes.
    pub(super) fn draft(&self) -> Draft<'_> {
        Draft { states: self, changed: Vec::new(), ended: Vec::new() }
    }

    /// Lets prepared changes take effect: all batches below `end` are written. Returns the transactions that were
    /// aborted, for the index of them.
    pub(super) fn apply(&mut self, changes: Changes, end: Offset) -> Vec<AbortedTxn> {
        for (id, entry) in changes.producers {
            if let Some(first) = entry.txn_first_offset {
                self.open.insert(first, id);
            }
            self.producers.insert(id, entry);
        }
        let mut aborted = Vec::new();
        for txn in changes.ended {
            // It may have begun and ended within these very changes.
            self.open.remove(&txn.first_offset);
            let next_open = self.open.iter().find(|(_, id)| **id != txn.producer_id);
            if !txn.is_commit {
                aborted.push(AbortedTxn {
                    producer_id: txn.producer_id,
                    first_offset: txn.first_offset,
                    last_offset: txn.last_offset,
                    last_stable_offset: next_open.map_or(txn.last_offset.next(), |(first, _)| *first),
                });
            }
            self.ended.insert(txn.first_offset, EndedTxn { last_offset: txn.last_offset });
        }
        self.end = end;
        aborted
    }
}

/// When a producer that writes nothing is forgotten: not while its transaction is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expiry {
    pub(super) now: Timestamp,
    pub(super) after_ms: i64,
}

impl Expiry {
    fn has_expired(self, entry: &ProducerEntry) -> bool {
        entry.txn_first_offset.is_none() && self.now.ms_since(entry.last_timestamp) >= self.after_ms
    }
}

/// What a [`Draft`] came to.
#[derive(Debug, Default)]
pub(super) struct Changes {
    producers: Vec<(ProducerId, ProducerEntry)>,
    ended: Vec<EndOfTxn>,
}

#[derive(Clone, Copy, Debug)]
struct EndOfTxn {
    producer_id: ProducerId,
    first_offset: Offset,
    last_offset: Offset,
    is_commit: bool,
}

/// Changes in preparation: each batch is checked against those before it, written or not.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    states: &'a ProducerStates,
    changed: Vec<(ProducerId, ProducerEntry)>,
    ended: Vec<EndOfTxn>,
}

impl Draft<'_> {
    /// The batch that this one repeats, if the producer appended it a short while ago.
    pub(super) fn duplicate_of(&self, batch: &BatchHeader) -> Option<BatchMeta> {
        if !batch.producer_id.is_idempotent() {
            return None;
        }
        let entry = self.entry(batch.producer_id)?;
        entry.find(batch.producer_epoch, batch.base_sequence, batch.last_sequence()).copied()
    }

    /// Takes a batch that is about to be written, its offset assigned; `body` is what follows its header.
    pub(super) fn add(
        &mut self,
        batch: &BatchHeader,
        body: &[u8],
        origin: Origin,
    ) -> Result<(), ProducerRefusal> {
        if !batch.producer_id.is_idempotent() {
            return Ok(());
        }
        let before = self.entry(batch.producer_id).copied().unwrap_or(ProducerEntry::UNKNOWN);
        let mut after = before;
        if batch.attributes.is_control() {
            // A marker that compaction emptied belongs to a transaction that is gone as a whole.
            let Some((marker, timestamp)) = end_marker(batch, body) else { return Ok(()) };
            check_marker(&before, batch, &marker, origin)?;
            if let Some(first_offset) = before.txn_first_offset {
                let (producer_id, last_offset) = (batch.producer_id, batch.base_offset);
                let is_commit = marker.is_commit;
                self.ended.push(EndOfTxn { producer_id, first_offset, last_offset, is_commit });
            }
            after.enter(batch.producer_epoch);
            after.coordinator_epoch = marker.coordinator_epoch;
            after.last_timestamp = timestamp;
            after.txn_first_offset = None;
        } else {
            check_data(&before, batch, origin)?;
            let meta = BatchMeta {
                last_sequence: batch.last_sequence(),
                last_offset: batch.last_offset(),
                offset_delta: batch.last_offset_delta,
                timestamp: batch.max_timestamp,
            };
            after.add(batch.producer_epoch, meta);
            if batch.attributes.is_transactional() {
                after.txn_first_offset = before.txn_first_offset.or(Some(batch.base_offset));
            }
        }
        match self.changed.iter_mut().find(|(id, _)| *id == batch.producer_id) {
            Some((_, entry)) => *entry = after,
            None => self.changed.push((batch.producer_id, after)),
        }
        Ok(())
    }

    pub(super) fn into_changes(self) -> Changes {
        Changes { producers: self.changed, ended: self.ended }
    }

    fn entry(&self, id: ProducerId) -> Option<&ProducerEntry> {
        let changed = self.changed.iter().find(|(changed, _)| *changed == id).map(|(_, entry)| entry);
        changed.or_else(|| self.states.producers.get(&id))
    }
}

fn check_epoch(before: &ProducerEntry, batch: &BatchHeader, origin: Origin) -> Result<(), ProducerRefusal> {
    if batch.producer_epoch >= before.epoch || origin == Origin::Replication {
        return Ok(());
    }
    let (id, epoch, current) = (batch.producer_id, batch.producer_epoch, before.epoch);
    Err(ProducerRefusal::InvalidEpoch { id, epoch, current })
}

fn check_marker(
    before: &ProducerEntry,
    batch: &BatchHeader,
    marker: &EndTxn,
    origin: Origin,
) -> Result<(), ProducerRefusal> {
    check_epoch(before, batch, origin)?;
    if marker.coordinator_epoch >= before.coordinator_epoch || origin == Origin::Replication {
        return Ok(());
    }
    let (id, epoch, current) = (batch.producer_id, marker.coordinator_epoch, before.coordinator_epoch);
    Err(ProducerRefusal::CoordinatorFenced { id, epoch, current })
}

fn check_data(before: &ProducerEntry, batch: &BatchHeader, origin: Origin) -> Result<(), ProducerRefusal> {
    check_epoch(before, batch, origin)?;
    let id = batch.producer_id;
    if origin == Origin::Client {
        let expected = if batch.producer_epoch != before.epoch {
            Sequence(0)
        } else {
            before.last().map_or(Sequence(0), |last| last.last_sequence.plus(1))
        };
        // Of a producer that was never seen, or whose records are all gone, any sequence is the next (KIP-360).
        if before.epoch != ProducerEpoch::NONE && batch.base_sequence != expected {
            let sequence = batch.base_sequence;
            return Err(ProducerRefusal::OutOfOrderSequence { id, sequence, expected });
        }
    }
    if before.txn_first_offset.is_some()
        && !batch.attributes.is_transactional()
        && origin != Origin::Replication
    {
        return Err(ProducerRefusal::OutsideTransaction { id });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
