//! Consumers that read a topic from its start to its end, again and again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use ottla_protocol::RecordSet;
use ottla_protocol::messages::FetchRequest;
use ottla_protocol::messages::fetch::{FetchPartition, FetchTopic, PartitionData};
use ottla_protocol::records::Batches;

use super::connection::{encode, response};
use super::crew::Crew;
use super::{Connection, Topic};
use crate::error::{Error, Result, accepted};

/// What Apache Kafka 4.3's own clients send.
const FETCH_VERSION: i16 = 17;

// The defaults of Kafka's consumer.
const WAIT_MAX_MS: i32 = 500;
const BYTES_MAX: i32 = 50 << 20;
const PARTITION_BYTES_MAX: i32 = 1 << 20;

/// A fetch outside a session.
const NO_SESSION_EPOCH: i32 = -1;

/// Consumers at work, one thread each. Dropping them tells them to stop.
pub(crate) struct Consumers {
    shared: Arc<Shared>,
    crew: Crew,
}

#[derive(Default)]
struct Shared {
    bytes: AtomicU64,
    stop: AtomicBool,
}

impl Consumers {
    /// Connects and begins; each connection reads partitions of its own.
    pub(crate) fn start(address: SocketAddr, topic: &Topic, connections: usize) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut consumers = Self { shared: Arc::clone(&shared), crew: Crew::new("consumer") };
        for first in 0..connections {
            let positions = (0..topic.partitions).skip(first).step_by(connections);
            let positions = positions.map(|partition| Position { partition, offset: 0 }).collect();
            let consumer =
                Consumer { connection: Connection::open(address)?, topic: topic.clone(), positions };
            let shared = Arc::clone(&shared);
            consumers.crew.add(move || consumer.run(&shared));
        }
        Ok(consumers)
    }

    /// How many bytes of batches have come.
    pub(crate) fn received_bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::Relaxed)
    }

    /// Lets them work for a while.
    pub(crate) fn work_for(&mut self, time: Duration) -> Result<()> {
        self.crew.work_for(time)
    }

    /// Lets them work until so much has come.
    pub(crate) fn await_bytes(&mut self, bytes: u64, limit: Duration) -> Result<()> {
        let shared = &self.shared;
        self.crew.await_bytes(|| shared.bytes.load(Ordering::Relaxed), bytes, limit)
    }

    /// Stops after the fetches that are under way.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.crew.join()
    }
}

impl Drop for Consumers {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

struct Position {
    partition: i32,
    offset: i64,
}

struct Consumer {
    connection: Connection,
    topic: Topic,
    positions: Vec<Position>,
}

impl Consumer {
    fn run(mut self, shared: &Shared) -> Result<()> {
        let mut correlation_id = 0_i32;
        while !shared.stop.load(Ordering::Relaxed) {
            correlation_id = correlation_id.wrapping_add(1) & i32::MAX;
            let request = encode(&self.request(), FETCH_VERSION, correlation_id)?;
            self.connection.send(&request)?;
            let frame = self.connection.receive()?;
            let bytes = self.take(frame.clone(), correlation_id)?;
            self.connection.recycle(frame);
            shared.bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        Ok(())
    }

    fn request(&self) -> FetchRequest {
        let partition = |position: &Position| FetchPartition {
            partition: position.partition,
            fetch_offset: position.offset,
            partition_max_bytes: PARTITION_BYTES_MAX,
            ..FetchPartition::default()
        };
        let topic = FetchTopic {
            topic_id: self.topic.id,
            partitions: self.positions.iter().map(partition).collect(),
            ..FetchTopic::default()
        };
        FetchRequest {
            max_wait_ms: WAIT_MAX_MS,
            min_bytes: 1,
            max_bytes: BYTES_MAX,
            session_epoch: NO_SESSION_EPOCH,
            topics: vec![topic],
            ..FetchRequest::default()
        }
    }

    /// Checks what came, moves on, and returns how many bytes of whole batches there were.
    fn take(&mut self, mut frame: Bytes, correlation_id: i32) -> Result<u64> {
        let (answered, response) = response::<FetchRequest>(&mut frame, FETCH_VERSION)?;
        if answered != correlation_id {
            return Err(Error::Found(format!("answer {answered} came to request {correlation_id}")));
        }
        accepted("Fetch", response.error_code)?;
        let mut bytes = 0;
        for data in response.responses.iter().flat_map(|topic| &topic.partitions) {
            accepted("Fetch", data.error_code)?;
            let position =
                self.positions.iter_mut().find(|position| position.partition == data.partition_index);
            let position =
                position.ok_or_else(|| Error::Found("Fetch answers for partitions not asked for".into()))?;
            bytes += position.advance(data)?;
        }
        Ok(bytes)
    }
}

impl Position {
    fn advance(&mut self, data: &PartitionData) -> Result<u64> {
        let records = data.records.as_ref().and_then(RecordSet::bytes).unwrap_or_default();
        let mut bytes = 0;
        for batch in Batches::new(&records) {
            let batch = batch?;
            let header = batch.header();
            if header.base_offset.0 > self.offset || header.last_offset().0 < self.offset {
                let (partition, offset) = (self.partition, self.offset);
                return Err(Error::Found(format!("partition {partition} misses offset {offset}")));
            }
            if bytes == 0 {
                // One batch of each answer is looked at; to check all would measure the generator.
                batch.check_crc()?;
            }
            self.offset = header.next_offset().0;
            bytes += batch.bytes().len() as u64;
        }
        if self.offset >= data.high_watermark {
            self.offset = 0;
        }
        Ok(bytes)
    }
}
