//! Sending records.

mod accumulator;
mod batch;
mod delivery;
mod options;
mod partition_queue;
mod partitioner;
mod produce_request;
mod record;
mod sender;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use ottla_protocol::records::{BatchOptions, NewRecord};
use ottla_types::{PartitionIndex, TopicPartition};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinHandle;

use self::accumulator::{Accumulator, Written};
use self::batch::BatchId;
use self::delivery::Outcome;
pub use self::delivery::{Delivered, Delivery};
pub use self::options::{Acks, ProducerOptions};
use self::partitioner::Sticky;
pub use self::partitioner::partition_of_key;
pub use self::record::{Header, ProducerRecord};
use self::sender::Sender;
use crate::clock::Clock;
use crate::cluster::{Cluster, Topic};
use crate::{ClientOptions, Error, Result};

/// Sends records to the partitions of a cluster.
///
/// [`Self::send`] puts a record into a batch and returns at once; the [`Delivery`] that it returns says what becomes
/// of it. A task sends batches when they are full or have waited long enough, again where that can help, and in
/// order. Dropping a producer gives up what is not delivered: [`Self::close`] waits for it.
pub struct Producer {
    shared: Arc<Shared>,
    task: Option<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

/// What senders of records and the task have in common.
struct Shared {
    cluster: Cluster,
    options: ProducerOptions,
    clock: Clock,
    /// Locked for as long as it takes to copy a record or to take out batches, never while waiting.
    state: Mutex<State>,
    /// There is something to send.
    work: Notify,
    /// Something was delivered, or given up: there is room again.
    room: Notify,
}

struct State {
    accumulator: Accumulator,
    sticky: Sticky,
    outcomes: BTreeMap<BatchId, (oneshot::Sender<Result<Written>>, Outcome)>,
    /// Why no record can be sent any more.
    failure: Option<Error>,
}

/// What a record takes in a batch beside key, value and headers, at most.
const RECORD_OVERHEAD: usize = 40;

impl Producer {
    /// Connects to a cluster.
    ///
    /// # Errors
    /// [`Error::Mistake`] for options that contradict each other; [`Error::NoBroker`].
    pub async fn connect(client: ClientOptions, options: ProducerOptions) -> Result<Self> {
        options.check()?;
        let cluster = Cluster::connect(client).await?;
        let batch_options = BatchOptions { compression: options.compression, ..BatchOptions::default() };
        let backoff = cluster.options().backoff;
        let accumulator = Accumulator::new(options.clone(), backoff, batch_options, rand::random());
        let state = State {
            accumulator,
            sticky: Sticky::new(options.batch_bytes, rand::random()),
            outcomes: BTreeMap::new(),
            failure: None,
        };
        let shared = Arc::new(Shared {
            cluster,
            options,
            clock: Clock::start(),
            state: Mutex::new(state),
            work: Notify::new(),
            room: Notify::new(),
        });
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(Sender::new(Arc::clone(&shared)).run(stopped));
        Ok(Self { shared, task: Some(task), stop })
    }

    /// Puts a record into a batch. Waits only for the topic's metadata when it is new, and for memory while there is
    /// none; both for no longer than [`ProducerOptions::block_max`]. Records of one partition are delivered in the
    /// order of these calls.
    ///
    /// # Errors
    /// [`Error::UnknownTopic`], [`Error::UnknownPartition`], [`Error::RecordTooLarge`], [`Error::Record`],
    /// [`Error::BufferFull`].
    pub async fn send(&self, record: ProducerRecord) -> Result<Delivery> {
        let block_max = self.shared.options.block_max;
        let finding = self.shared.cluster.topic(&record.topic, self.shared.options.may_create_topics);
        let topic = match tokio::time::timeout(block_max, finding).await {
            Ok(topic) => topic?,
            Err(_) => return Err(Error::UnknownTopic(record.topic)),
        };
        let placing = async {
            loop {
                let room = self.shared.room.notified();
                tokio::pin!(room);
                // Whoever makes room after this line wakes us.
                room.as_mut().enable();
                match self.shared.place(&topic, &record) {
                    Ok(Some(delivery)) => return Ok(delivery),
                    Ok(None) => room.await,
                    Err(error) => return Err(error),
                }
            }
        };
        tokio::time::timeout(block_max, placing).await.unwrap_or(Err(Error::BufferFull(block_max)))
    }

    /// Sends everything at once, and waits until each record sent so far is delivered or given up.
    pub async fn flush(&self) {
        let last = self.shared.state().accumulator.flush();
        self.shared.work.notify_one();
        let Some(last) = last else { return };
        loop {
            let done = self.shared.room.notified();
            tokio::pin!(done);
            done.as_mut().enable();
            if !self.shared.state().accumulator.has_unfinished(last) {
                return;
            }
            done.await;
        }
    }

    /// Flushes, and ends the task.
    pub async fn close(mut self) {
        self.flush().await;
        // Fails only if the task has ended already.
        let _ = self.stop.send(true);
        if let Some(task) = self.task.take() {
            // It neither panics nor is it aborted.
            let _ = task.await;
        }
    }

    /// The cluster that it sends to.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.shared.cluster
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a record into a batch; `None` while there is no memory.
    fn place(&self, topic: &Topic, record: &ProducerRecord) -> Result<Option<Delivery>> {
        let now = self.clock.now();
        let headers = record.borrowed_headers();
        let timestamp = record.timestamp.unwrap_or(now);
        let new = NewRecord {
            timestamp,
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: &headers,
        };
        let size = RECORD_OVERHEAD + size_of(record);
        let mut state = self.state();
        if let Some(failure) = &state.failure {
            return Err(failure.clone());
        }
        if !state.accumulator.has_room_for(size) {
            return Ok(None);
        }
        let index = state.partition_for(topic, record)?;
        let partition = TopicPartition::new(Arc::clone(&record.topic), index);
        let placed = state.accumulator.append(now, &partition, &new)?;
        if record.partition.is_none() && record.key.is_none() {
            state.sticky.added(&record.topic, size);
        }
        if placed.is_first {
            let (teller, outcome) = oneshot::channel();
            state.outcomes.insert(placed.batch, (teller, outcome.shared()));
        }
        let outcome = state.outcomes[&placed.batch].1.clone();
        drop(state);
        if placed.is_first {
            self.work.notify_one();
        }
        Ok(Some(Delivery { outcome, index: placed.index, partition, timestamp }))
    }
}

impl State {
    fn partition_for(&mut self, topic: &Topic, record: &ProducerRecord) -> Result<PartitionIndex> {
        let count = topic.partitions.len();
        if let Some(chosen) = record.partition {
            return match topic.partitions.contains_key(&chosen) {
                true => Ok(chosen),
                false => Err(Error::UnknownPartition {
                    topic: Arc::clone(&topic.name),
                    count,
                    partition: chosen.0,
                }),
            };
        }
        if let Some(key) = &record.key {
            return Ok(partition_of_key(key, count));
        }
        let led = topic.partitions.iter().filter(|(_, partition)| partition.leader.is_some());
        let mut choices: Vec<_> = led.map(|(&index, _)| index).collect();
        if choices.is_empty() {
            choices = topic.partitions.keys().copied().collect();
        }
        Ok(self.sticky.choose(&topic.name, &choices))
    }

    /// Tells those who wait what became of their records.
    fn tell_finished(&mut self) -> bool {
        let finished = self.accumulator.take_finished();
        let has_any = !finished.is_empty();
        for one in finished {
            if let Some((teller, _)) = self.outcomes.remove(&one.batch) {
                // Whoever does not want to know has dropped the other end.
                let _ = teller.send(one.result);
            }
        }
        has_any
    }
}

fn size_of(record: &ProducerRecord) -> usize {
    let headers = record
        .headers
        .iter()
        .map(|header| header.key.len() + header.value.as_ref().map_or(0, bytes::Bytes::len));
    record.key.as_ref().map_or(0, bytes::Bytes::len)
        + record.value.as_ref().map_or(0, bytes::Bytes::len)
        + headers.sum::<usize>()
}
