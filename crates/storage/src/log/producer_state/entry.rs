//! What is known of one producer.

use ottla_types::{Offset, ProducerEpoch, Sequence, Timestamp};

/// How many batches of a producer are recognized when they are sent again. A client has at most so many in flight.
const WINDOW_LEN: usize = 5;

/// A batch that a producer appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) struct BatchMeta {
    pub(in crate::log) last_sequence: Sequence,
    pub(in crate::log) last_offset: Offset,
    /// Last offset minus first offset, and so for the sequences.
    pub(in crate::log) offset_delta: i32,
    pub(in crate::log) timestamp: Timestamp,
}

impl BatchMeta {
    pub(in crate::log) fn first_offset(&self) -> Offset {
        self.last_offset.plus(-i64::from(self.offset_delta))
    }

    fn first_sequence(&self) -> Sequence {
        let first = i64::from(self.last_sequence.0) - i64::from(self.offset_delta);
        // The sequences of a batch may wrap within it.
        Sequence(if first < 0 { first + i64::from(i32::MAX) + 1 } else { first } as i32)
    }
}

/// What is known of one producer. Small and copied freely: a change is prepared on a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::log) struct ProducerEntry {
    pub(super) epoch: ProducerEpoch,
    pub(super) coordinator_epoch: i32,
    pub(super) last_timestamp: Timestamp,
    /// The first offset of the transaction that is under way.
    pub(super) txn_first_offset: Option<Offset>,
    /// The latest batches of this epoch, the oldest first.
    window: [Option<BatchMeta>; WINDOW_LEN],
}

impl ProducerEntry {
    /// Nothing is known yet.
    pub(super) const UNKNOWN: Self = Self {
        epoch: ProducerEpoch::NONE,
        coordinator_epoch: -1,
        last_timestamp: Timestamp::NONE,
        txn_first_offset: None,
        window: [None; WINDOW_LEN],
    };

    fn batches(&self) -> impl DoubleEndedIterator<Item = &BatchMeta> {
        self.window.iter().flatten()
    }

    /// The latest batch of the current epoch.
    pub(super) fn last(&self) -> Option<&BatchMeta> {
        self.batches().next_back()
    }

    /// The batch with exactly these sequences, if it is one of the latest.
    pub(super) fn find(&self, epoch: ProducerEpoch, first: Sequence, last: Sequence) -> Option<&BatchMeta> {
        let is_it = |batch: &&BatchMeta| batch.first_sequence() == first && batch.last_sequence == last;
        if epoch == self.epoch { self.batches().find(is_it) } else { None }
    }

    pub(super) fn add(&mut self, epoch: ProducerEpoch, batch: BatchMeta) {
        self.enter(epoch);
        match self.window.iter_mut().find(|place| place.is_none()) {
            Some(free) => *free = Some(batch),
            None => {
                self.window.rotate_left(1);
                self.window[WINDOW_LEN - 1] = Some(batch);
            }
        }
        self.last_timestamp = batch.timestamp;
    }

    /// The batches of an earlier epoch count for nothing in a new one.
    pub(super) fn enter(&mut self, epoch: ProducerEpoch) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.window = [None; WINDOW_LEN];
        }
    }
}
