//! The logic of a producer: which record goes into which batch, which batch goes out when, and what becomes of
//! those that come back. It knows no clock, no network and no chance.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use ottla_protocol::records::{BatchOptions, NewRecord};
use ottla_types::{BrokerId, ErrorCode, Offset, ProducerEpoch, ProducerId, Timestamp, TopicPartition};

use super::batch::{Batch, BatchId};
use super::options::ProducerOptions;
use super::partition_queue::{Identity, PartitionQueue, Readiness};
use crate::{Backoff, Error, ErrorKind, Result};

/// Where a record was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) batch: BatchId,
    /// Its place in the batch.
    pub(super) index: i32,
    /// Whether the batch was begun with it.
    pub(super) is_first: bool,
}

/// What one broker is to be sent in one request.
#[derive(Debug)]
pub(super) struct Shipment {
    pub(super) broker: BrokerId,
    /// At most one batch for each partition.
    pub(super) batches: Vec<(TopicPartition, BatchId, Bytes)>,
}

/// Where a batch was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The offset of the first record, if the broker tells.
    pub(crate) base_offset: Option<Offset>,
    /// The time of the append, where that is the records' timestamp.
    pub(crate) append_time: Option<Timestamp>,
}

/// A batch that is done with, for better or worse.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) batch: BatchId,
    pub(super) result: Result<Written>,
}

/// All batches of a producer.
#[derive(Debug)]
pub(super) struct Accumulator {
    options: ProducerOptions,
    batch_options: BatchOptions,
    backoff: Backoff,
    /// Drives the jitter of waits.
    chance: u64,
    partitions: BTreeMap<TopicPartition, PartitionQueue>,
    /// Requests to each broker that were not answered.
    in_flight: BTreeMap<BrokerId, usize>,
    identity: Option<Identity>,
    next_id: BatchId,
    buffered_bytes: usize,
    flush_until: Option<BatchId>,
    /// Where the next round begins, so that no partition always comes last.
    round: usize,
    finished: Vec<Finished>,
}

impl Accumulator {
    pub(super) fn new(
        options: ProducerOptions,
        backoff: Backoff,
        batch_options: BatchOptions,
        seed: u64,
    ) -> Self {
        Self {
            options,
            batch_options,
            backoff,
            chance: seed,
            partitions: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            identity: None,
            next_id: BatchId(0),
            buffered_bytes: 0,
            flush_until: None,
            round: 0,
            finished: Vec::new(),
        }
    }

    /// Whether a record of about this size can be taken now.
    pub(super) const fn has_room_for(&self, bytes: usize) -> bool {
        self.buffered_bytes == 0 || self.buffered_bytes + bytes <= self.options.buffer_bytes_max
    }

    /// Puts a record into a batch.
    pub(super) fn append(
        &mut self,
        now: Timestamp,
        partition: &TopicPartition,
        record: &NewRecord<'_>,
    ) -> Result<Placed> {
        let bytes_max = self.options.batch_bytes;
        let request_max = self.options.request_bytes_max;
        let queue = self.partitions.get_mut(partition);
        if let Some(appended) = queue.and_then(|queue| queue.append_to_last(record, bytes_max)) {
            let (batch, index, bytes) = appended?;
            self.buffered_bytes += bytes;
            return Ok(Placed { batch, index, is_first: false });
        }
        let id = self.next_id;
        let size = Batch::new(id, now, self.batch_options, 0).size_with(record).unwrap_or(usize::MAX);
        if size > request_max {
            return Err(Error::RecordTooLarge { size, max: request_max });
        }
        let queue = self.partitions.entry(partition.clone()).or_default();
        self.buffered_bytes += queue.append_to_new(id, now, record, self.batch_options)?;
        self.next_id = BatchId(id.0 + 1);
        Ok(Placed { batch: id, index: 0, is_first: true })
    }

    /// Takes what can be sent now. `leader` says who leads a partition, or nothing while that cannot be reached.
    pub(super) fn ship(
        &mut self,
        now: Timestamp,
        mut leader: impl FnMut(&TopicPartition) -> Option<BrokerId>,
    ) -> Vec<Shipment> {
        if self.needs_identity() {
            return Vec::new();
        }
        let mut shipments: BTreeMap<BrokerId, (usize, Shipment)> = BTreeMap::new();
        let mut ready: Vec<_> = self.ready(now).cloned().collect();
        self.round = self.round.wrapping_add(1);
        let start = self.round % ready.len().max(1);
        ready.rotate_left(start);
        for partition in ready {
            let Some(broker) = leader(&partition) else { continue };
            if self.in_flight.get(&broker).is_some_and(|&count| count >= self.options.in_flight_max) {
                continue;
            }
            let Some(queue) = self.partitions.get_mut(&partition) else { continue };
            let size = queue.next_size();
            let (bytes, shipment) =
                shipments.entry(broker).or_insert_with(|| (0, Shipment { broker, batches: Vec::new() }));
            if *bytes > 0 && *bytes + size > self.options.request_bytes_max {
                continue;
            }
            match queue.ship(self.identity) {
                Ok((id, encoded)) => {
                    *bytes += size;
                    shipment.batches.push((partition, id, encoded));
                }
                Err(failed) => self.finish(&failed.0, Err(failed.1.into())),
            }
        }
        let shipments: Vec<_> = shipments.into_values().map(|(_, shipment)| shipment).collect();
        let shipments: Vec<_> =
            shipments.into_iter().filter(|shipment| !shipment.batches.is_empty()).collect();
        for shipment in &shipments {
            *self.in_flight.entry(shipment.broker).or_default() += 1;
        }
        shipments
    }

    /// A request was answered, or will never be.
    pub(super) fn returned(&mut self, broker: BrokerId) {
        if let Some(count) = self.in_flight.get_mut(&broker) {
            *count = count.saturating_sub(1);
        }
    }

    /// What became of a batch that was sent.
    pub(super) fn completed(
        &mut self,
        now: Timestamp,
        partition: &TopicPartition,
        id: BatchId,
        result: Result<Written>,
    ) {
        let Some(queue) = self.partitions.get_mut(partition) else { return };
        let Some(batch) = queue.take(id) else { return };
        let error = match result {
            Ok(written) => return self.finish(&batch, Ok(written)),
            Err(error) => error,
        };
        let is_earliest = queue.earliest().is_none_or(|earliest| id < earliest);
        let verdict =
            if self.options.is_idempotent { verdict(&error, is_earliest) } else { plain_verdict(&error) };
        match verdict {
            Verdict::Delivered => {
                let written = Written { base_offset: None, append_time: None };
                return self.finish(&batch, Ok(written));
            }
            Verdict::GiveUp => return self.finish(&batch, Err(error)),
            Verdict::Disowned => {
                if queue.disown().is_some_and(|mine| self.identity.is_some_and(|now| now.id == mine.id)) {
                    self.identity = None;
                }
                return self.finish(&batch, Err(error));
            }
            Verdict::Restart => queue.restart_soon(),
            Verdict::Again => {}
        }
        self.send_again(now, partition, batch, error);
    }

    fn send_again(&mut self, now: Timestamp, partition: &TopicPartition, mut batch: Batch, error: Error) {
        self.chance = self.chance.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        batch.failures += 1;
        batch.not_before = now.after(self.backoff.delay(batch.failures, self.chance >> 33));
        batch.last_error = Some(error);
        if let Some(queue) = self.partitions.get_mut(partition) {
            queue.requeue(batch);
        }
    }

    /// Gives up the batches whose time is over.
    pub(super) fn expire(&mut self, now: Timestamp) {
        let timeout = self.options.delivery_timeout;
        let mut expired = Vec::new();
        for (partition, queue) in &mut self.partitions {
            expired
                .extend(queue.take_expired(now, timeout).into_iter().map(|batch| (partition.clone(), batch)));
        }
        for (partition, batch) in expired {
            let unsent = || "the leader is not known, or cannot be reached".to_owned();
            let last = batch.last_error.as_ref().map_or_else(unsent, ToString::to_string);
            self.finish(&batch, Err(Error::DeliveryTimeout { partition, after: timeout, last }));
        }
        self.partitions.retain(|_, queue| !queue.is_forgettable());
    }

    /// Gives up everything that waits to be sent: the producer cannot go on.
    pub(super) fn fail_all(&mut self, error: &Error) {
        let queued: Vec<_> = self.partitions.values_mut().flat_map(PartitionQueue::take_queued).collect();
        for batch in queued {
            self.finish(&batch, Err(error.clone()));
        }
    }

    /// Whether nothing can be sent before the producer has an id.
    pub(super) fn needs_identity(&self) -> bool {
        let is_used_up = || self.partitions.values().any(|queue| queue.needs_identity(self.identity));
        self.options.is_idempotent
            && (self.identity.is_none() || is_used_up())
            && self.partitions.values().any(|queue| !queue.is_empty())
    }

    /// The id under which an idempotent producer writes from now on.
    pub(super) fn set_identity(&mut self, id: ProducerId, epoch: ProducerEpoch) {
        self.identity = Some(Identity { id, epoch });
    }

    /// From now on, no batch begun so far waits for more records. Says up to which batch that is.
    pub(super) fn flush(&mut self) -> Option<BatchId> {
        let last = self.next_id.0.checked_sub(1).map(BatchId);
        self.flush_until = self.flush_until.max(last);
        last
    }

    /// Whether some batch up to `last` is not done with.
    pub(super) fn has_unfinished(&self, last: BatchId) -> bool {
        self.partitions.values().filter_map(PartitionQueue::earliest).any(|earliest| earliest <= last)
    }

    /// What is done with since this was last asked.
    pub(super) fn take_finished(&mut self) -> Vec<Finished> {
        std::mem::take(&mut self.finished)
    }

    /// When there is something to do although nothing happens until then. What can be sent already, but has nobody
    /// to be sent to, waits for that and not for a time.
    pub(super) fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let next = self.partitions.values().flat_map(|queue| {
            let ready = match self.readiness(queue, now) {
                Readiness::At(at) => Some(at),
                Readiness::Ready | Readiness::Blocked => None,
            };
            ready.into_iter().chain(queue.next_expiry(self.options.delivery_timeout))
        });
        next.min()
    }

    /// The topics with something to send.
    pub(super) fn topics(&self) -> BTreeSet<std::sync::Arc<str>> {
        let waiting = self.partitions.iter().filter(|(_, queue)| !queue.is_empty());
        waiting.map(|(partition, _)| std::sync::Arc::clone(&partition.topic)).collect()
    }

    fn ready(&self, now: Timestamp) -> impl Iterator<Item = &TopicPartition> {
        let is_ready = move |queue| self.readiness(queue, now) == Readiness::Ready;
        self.partitions.iter().filter(move |(_, queue)| is_ready(queue)).map(|(partition, _)| partition)
    }

    fn readiness(&self, queue: &PartitionQueue, now: Timestamp) -> Readiness {
        let linger: Duration = self.options.linger;
        let is_short_of_memory = !self.has_room_for(self.options.batch_bytes);
        let flush_until = if is_short_of_memory { Some(self.next_id) } else { self.flush_until };
        let readiness = queue.readiness(now, linger, self.options.batch_bytes, flush_until);
        // Without sequences, order holds only if one batch is sent at a time.
        if self.options.in_flight_max == 1 && queue.has_in_flight() { Readiness::Blocked } else { readiness }
    }

    fn finish(&mut self, batch: &Batch, result: Result<Written>) {
        self.buffered_bytes = self.buffered_bytes.saturating_sub(batch.size);
        self.finished.push(Finished { batch: batch.id, result });
    }
}

/// What to do with a batch that a broker refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is there already.
    Delivered,
    /// Send it again as it is.
    Again,
    /// Send it again with numbers that start anew.
    Restart,
    /// It cannot be delivered, and the producer id is no longer ours.
    Disowned,
    /// It cannot be delivered.
    GiveUp,
}

/// For a batch with a sequence. `is_earliest` says that every batch before it is done with.
fn verdict(error: &Error, is_earliest: bool) -> Verdict {
    match error.code() {
        Some(ErrorCode::DuplicateSequenceNumber) => Verdict::Delivered,
        // One before it is missing. If that will still come, this one waits for it.
        Some(ErrorCode::OutOfOrderSequenceNumber) if !is_earliest => Verdict::Again,
        Some(ErrorCode::OutOfOrderSequenceNumber | ErrorCode::UnknownProducerId) => Verdict::Restart,
        Some(ErrorCode::InvalidProducerEpoch | ErrorCode::ProducerFenced) => Verdict::Disowned,
        _ => plain_verdict(error),
    }
}

fn plain_verdict(error: &Error) -> Verdict {
    if error.kind() == ErrorKind::Retriable { Verdict::Again } else { Verdict::GiveUp }
}

#[cfg(test)]
mod tests;
