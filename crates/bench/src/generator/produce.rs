//! A closed loop of producers: each keeps so many requests in flight, and sends the next when one is acknowledged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use ottla_protocol::records::BatchView;

use super::crew::Crew;
use super::prepared::{PreparedProduce, acknowledged, batch};
use super::{Connection, Topic};
use crate::error::{Error, Result};

/// What the producers send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    /// The size of a request's one batch, nearly.
    pub(crate) batch_len: usize,
    /// The size of a record's value.
    pub(crate) record_len: usize,
    /// 1 or -1.
    pub(crate) acks: i16,
    /// How many connections there are; each serves partitions of its own.
    pub(crate) connections: usize,
    /// How many requests a connection has under way, as Kafka's `max.in.flight.requests.per.connection`.
    pub(crate) in_flight: usize,
}

/// Producers at work, one thread each. Dropping them tells them to stop.
pub(crate) struct Producers {
    shared: Arc<Shared>,
    crew: Crew,
    batch_len: usize,
    batch_records: i32,
}

#[derive(Default)]
struct Shared {
    acknowledged: AtomicU64,
    stop: AtomicBool,
}

impl Shared {
    fn acknowledged_bytes(&self, batch_len: usize) -> u64 {
        self.acknowledged.load(Ordering::Relaxed) * batch_len as u64
    }
}

impl Producers {
    /// Connects and begins.
    pub(crate) fn start(address: SocketAddr, topic: &Topic, stream: Stream) -> Result<Self> {
        let batch = batch(stream.batch_len, stream.record_len)?;
        let shared = Arc::new(Shared::default());
        let mut producers = Self {
            shared: Arc::clone(&shared),
            crew: Crew::new("producer"),
            batch_len: batch.len(),
            batch_records: BatchView::parse(&batch)?.header().record_count,
        };
        for first in 0..stream.connections {
            let partitions = (0..topic.partitions).skip(first).step_by(stream.connections);
            let requests = partitions
                .map(|partition| PreparedProduce::new(topic, partition, &batch, stream.acks))
                .collect::<Result<Vec<_>>>()?;
            let (connection, shared) = (Connection::open(address)?, Arc::clone(&shared));
            let run = move || produce(connection, requests, stream.in_flight, &shared);
            producers.crew.add(run);
        }
        Ok(producers)
    }

    /// How many bytes of batches the broker has acknowledged.
    pub(crate) fn acknowledged_bytes(&self) -> u64 {
        self.shared.acknowledged_bytes(self.batch_len)
    }

    /// Waits until so many bytes are acknowledged.
    pub(crate) fn await_bytes(&mut self, bytes: u64, limit: Duration) -> Result<()> {
        let (shared, batch_len) = (&self.shared, self.batch_len);
        self.crew.await_bytes(|| shared.acknowledged_bytes(batch_len), bytes, limit)
    }

    /// Lets them work for a while.
    pub(crate) fn work_for(&mut self, time: Duration) -> Result<()> {
        self.crew.work_for(time)
    }

    /// Stops when all that is under way is acknowledged; returns how many records there are.
    pub(crate) fn finish(mut self) -> Result<u64> {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.crew.join()?;
        Ok(self.shared.acknowledged.load(Ordering::Relaxed) * u64::from(self.batch_records.unsigned_abs()))
    }
}

impl Drop for Producers {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

fn produce(
    mut connection: Connection,
    mut requests: Vec<PreparedProduce>,
    in_flight_max: usize,
    shared: &Shared,
) -> Result<()> {
    let count = requests.len();
    if count == 0 {
        return Err(Error::Found("there are more connections than partitions".into()));
    }
    let (mut sent, mut received) = (0_usize, 0_usize);
    loop {
        while sent - received < in_flight_max && !shared.stop.load(Ordering::Relaxed) {
            connection.send(requests[sent % count].numbered(number(sent)))?;
            sent += 1;
        }
        if sent == received {
            return Ok(());
        }
        let response: Bytes = connection.receive()?;
        let correlation_id = acknowledged(response)?;
        if correlation_id != number(received) {
            return Err(Error::Found(format!("answer {correlation_id} came before {}", number(received))));
        }
        received += 1;
        shared.acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

fn number(count: usize) -> i32 {
    (count & 0x7fff_ffff) as i32
}
