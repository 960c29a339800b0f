//! The batches of one partition, in order: waiting, on their way, and on their way again.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use ottla_protocol::records::{BatchOptions, BuildError, NewRecord, Producer};
use ottla_types::{ProducerEpoch, ProducerId, Sequence, Timestamp};

use super::batch::{Batch, BatchId};
use super::options::REMEMBERED_BATCHES;

/// The name under which an idempotent producer writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) id: ProducerId,
    pub(super) epoch: ProducerEpoch,
}

/// What a partition's next batch is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    /// Nothing: it can be sent.
    Ready,
    /// The time at which it will be ready.
    At(Timestamp),
    /// Others of this partition must come back first, or there is none.
    Blocked,
}

/// One partition.
///
/// Sequences: brokers accept a partition's batches only in order, and recognize the last five. Each batch gets its
/// sequence when it is first sent and keeps it when it is sent again. If the broker sees a gap before the earliest
/// batch that is not delivered yet, then something is lost for good (an earlier batch was given up, or the broker
/// forgot), and the numbers start again at 0 in a new epoch: see [`Self::restart`].
///
/// So a broker must not forget a batch of which the producer does not know whether it was written: it would take the
/// batch that is sent again for one behind a gap, and then have it twice. Until the earliest batch is done with, only
/// so many get a sequence as a broker remembers, those that are done with among them.
#[derive(Debug, Default)]
pub(super) struct PartitionQueue {
    queued: VecDeque<Batch>,
    in_flight: BTreeMap<BatchId, Batch>,
    identity: Option<Identity>,
    next_sequence: Sequence,
    /// The batches that got a sequence, from the earliest on that was not done with when the last one got its.
    numbered: VecDeque<BatchId>,
    /// The numbers start again once nothing is on its way.
    must_restart: bool,
}

impl PartitionQueue {
    pub(super) fn is_empty(&self) -> bool {
        self.queued.is_empty() && self.in_flight.is_empty()
    }

    /// Whether nothing would be lost if it were made anew.
    pub(super) fn is_forgettable(&self) -> bool {
        self.is_empty() && self.identity.is_none()
    }

    /// Whether something was sent and has not come back.
    pub(super) fn has_in_flight(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// The earliest batch that is not delivered.
    pub(super) fn earliest(&self) -> Option<BatchId> {
        let queued = self.queued.front().map(|batch| batch.id);
        let in_flight = self.in_flight.keys().next().copied();
        queued.into_iter().chain(in_flight).min()
    }

    /// Adds a record to the batch that is being filled, if it fits there.
    pub(super) fn append_to_last(
        &mut self,
        record: &NewRecord<'_>,
        bytes_max: usize,
    ) -> Option<Result<(BatchId, i32, usize), BuildError>> {
        let last = self.queued.back_mut()?;
        let size = last.size_with(record).filter(|&size| size <= bytes_max)?;
        let grown = size - last.size;
        Some(last.append(record).map(|index| (last.id, index, grown)))
    }

    /// Begins a batch with a record.
    pub(super) fn append_to_new(
        &mut self,
        id: BatchId,
        now: Timestamp,
        record: &NewRecord<'_>,
        options: BatchOptions,
    ) -> Result<usize, BuildError> {
        let mut batch = Batch::new(id, now, options, 0);
        batch.append(record)?;
        let size = batch.size;
        self.queued.push_back(batch);
        Ok(size)
    }

    /// Whether the next batch can be sent. A batch waits for others to join it until it is full, until `linger` is
    /// over, or until somebody flushes.
    pub(super) fn readiness(
        &self,
        now: Timestamp,
        linger: Duration,
        bytes_full: usize,
        flush_until: Option<BatchId>,
    ) -> Readiness {
        let Some(front) = self.queued.front() else { return Readiness::Blocked };
        let is_retry = front.producer.is_some();
        let earliest_in_flight = self.in_flight.keys().next();
        let is_remembered = self.identity.is_none() || has_sequence(front) || self.has_sequence_to_give();
        let has_room =
            is_remembered && (self.in_flight.len() < REMEMBERED_BATCHES || self.identity.is_none());
        let is_out_of_turn = is_retry && earliest_in_flight.is_some_and(|&earliest| earliest < front.id);
        if !has_room || is_out_of_turn || (self.must_restart && !self.in_flight.is_empty()) {
            return Readiness::Blocked;
        }
        let is_full = self.queued.len() > 1 || front.size >= bytes_full;
        let is_flushed = flush_until.is_some_and(|until| front.id <= until);
        let at =
            if is_retry || is_full || is_flushed { front.not_before } else { front.created.after(linger) };
        if at <= now { Readiness::Ready } else { Readiness::At(at) }
    }

    /// How large the next batch is.
    pub(super) fn next_size(&self) -> usize {
        self.queued.front().map_or(0, |batch| batch.size)
    }

    /// Takes the next batch to send it. `identity` is that of an idempotent producer.
    pub(super) fn ship(
        &mut self,
        identity: Option<Identity>,
    ) -> Result<(BatchId, Bytes), Box<(Batch, BuildError)>> {
        if self.must_restart && self.in_flight.is_empty() {
            self.restart(identity);
        }
        let mut batch = self.queued.pop_front().expect("asked only when a batch is ready");
        let mine = match (self.identity, identity) {
            (Some(mine), _) => Some(mine),
            (None, given) => {
                self.next_sequence = Sequence(0);
                given
            }
        };
        self.identity = mine;
        let producer = match (mine, batch.producer) {
            (None, _) => Producer::NONE,
            (Some(_), Some(before)) if before != Producer::NONE => before,
            (Some(mine), _) => {
                while self.numbered.front().is_some_and(|&id| !self.is_sent(id)) {
                    self.numbered.pop_front();
                }
                self.numbered.push_back(batch.id);
                assert!(
                    self.numbered.len() <= REMEMBERED_BATCHES,
                    "a broker would forget the earliest batch"
                );
                let base_sequence = self.next_sequence;
                self.next_sequence = base_sequence.plus(batch.record_count());
                Producer { id: mine.id, epoch: mine.epoch, base_sequence }
            }
        };
        match batch.encode(producer) {
            Ok(bytes) => {
                let id = batch.id;
                self.in_flight.insert(id, batch);
                Ok((id, bytes))
            }
            Err(error) => Err(Box::new((batch, error))),
        }
    }

    /// Whether a batch that gets a sequence now would push none out of the broker's memory that may come again.
    fn has_sequence_to_give(&self) -> bool {
        let open = self.numbered.iter().skip_while(|id| !self.is_sent(**id)).count();
        open < REMEMBERED_BATCHES
    }

    /// Whether the batch was sent and is not done with.
    fn is_sent(&self, id: BatchId) -> bool {
        let mut again = self.queued.iter().take_while(|batch| has_sequence(batch));
        self.in_flight.contains_key(&id) || again.any(|batch| batch.id == id)
    }

    /// A batch came back.
    pub(super) fn take(&mut self, id: BatchId) -> Option<Batch> {
        self.in_flight.remove(&id)
    }

    /// A batch that came back goes out again, before those that come after it.
    pub(super) fn requeue(&mut self, batch: Batch) {
        let place = self.queued.partition_point(|queued| queued.id < batch.id);
        self.queued.insert(place, batch);
    }

    /// The numbers start again in a new epoch once nothing is on its way.
    pub(super) const fn restart_soon(&mut self) {
        self.must_restart = true;
    }

    /// The same under another producer id: this one is somebody else's now.
    pub(super) const fn disown(&mut self) -> Option<Identity> {
        self.must_restart = true;
        self.identity.take()
    }

    /// Whether a new producer id is needed: this one has no epochs left.
    pub(super) fn needs_identity(&self, current: Option<Identity>) -> bool {
        let is_used_up = self
            .identity
            .is_some_and(|mine| mine.epoch.0 == i16::MAX && current.is_some_and(|now| now.id == mine.id));
        self.must_restart && is_used_up
    }

    /// Takes out those batches that wait to be sent and have had their time.
    pub(super) fn take_expired(&mut self, now: Timestamp, timeout: Duration) -> Vec<Batch> {
        let mut expired = Vec::new();
        while self.queued.front().is_some_and(|batch| batch.created.after(timeout) <= now) {
            expired.extend(self.queued.pop_front());
        }
        expired
    }

    /// When the next batch will have had its time.
    pub(super) fn next_expiry(&self, timeout: Duration) -> Option<Timestamp> {
        self.queued.front().map(|batch| batch.created.after(timeout))
    }

    /// Takes out every batch that waits to be sent.
    pub(super) fn take_queued(&mut self) -> impl Iterator<Item = Batch> + use<> {
        std::mem::take(&mut self.queued).into_iter()
    }

    /// Epochs are counted by each partition alone: brokers keep a producer's state by partition, so a partition that
    /// starts again disturbs no other.
    fn restart(&mut self, current: Option<Identity>) {
        self.must_restart = false;
        self.next_sequence = Sequence(0);
        self.numbered.clear();
        self.identity = match self.identity {
            Some(mine) if mine.epoch.0 < i16::MAX => {
                Some(Identity { epoch: ProducerEpoch(mine.epoch.0 + 1), ..mine })
            }
            _ => current,
        };
        for batch in &mut self.queued {
            if batch.producer.is_some() {
                batch.producer = Some(Producer::NONE);
            }
        }
    }
}

/// Whether the batch has a sequence that it is sent with again.
fn has_sequence(batch: &Batch) -> bool {
    batch.producer.is_some_and(|producer| producer != Producer::NONE)
}
