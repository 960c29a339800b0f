//! How a producer sends.

use std::time::Duration;

use ottla_protocol::records::Compression;

use crate::{Error, Result};

/// Who must have a record before it counts as delivered (`acks`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acks {
    /// Nobody: the broker does not even answer.
    None,
    /// The partition's leader.
    Leader,
    /// Every replica that is in sync.
    #[default]
    All,
}

/// How a producer sends; the defaults are those of Kafka's producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerOptions {
    /// Who must have a record before it counts as delivered (`acks`).
    pub acks: Acks,
    /// Whether brokers recognize what they have already (`enable.idempotence`). Then a record that is sent again
    /// is there once, and records of a partition keep their order. Needs [`Acks::All`].
    pub is_idempotent: bool,
    /// How long a record waits for others to share its batch (`linger.ms`).
    pub linger: Duration,
    /// A batch is sent once it has so many bytes (`batch.size`).
    pub batch_bytes: usize,
    /// How batches are compressed (`compression.type`).
    pub compression: Compression,
    /// The largest request, and so the largest record, in bytes (`max.request.size`).
    pub request_bytes_max: usize,
    /// How much memory records may take that wait to be delivered, in bytes (`buffer.memory`).
    pub buffer_bytes_max: usize,
    /// How many requests to one broker wait for an answer at a time (`max.in.flight.requests.per.connection`). An
    /// idempotent producer may have at most five: brokers remember no more of its batches.
    pub in_flight_max: usize,
    /// How long a record has, with all attempts (`delivery.timeout.ms`).
    pub delivery_timeout: Duration,
    /// How long [`send`](super::Producer::send) waits for memory and for metadata (`max.block.ms`).
    pub block_max: Duration,
    /// Whether brokers may create topics that do not exist, if they are set up to do so.
    pub may_create_topics: bool,
}

/// How many batches of a producer brokers remember for each partition (KIP-98).
pub(super) const REMEMBERED_BATCHES: usize = 5;

impl Default for ProducerOptions {
    fn default() -> Self {
        Self {
            acks: Acks::All,
            is_idempotent: true,
            linger: Duration::from_millis(5),
            batch_bytes: 16 << 10,
            compression: Compression::NONE,
            request_bytes_max: 1 << 20,
            buffer_bytes_max: 32 << 20,
            in_flight_max: REMEMBERED_BATCHES,
            delivery_timeout: Duration::from_secs(120),
            block_max: Duration::from_secs(60),
            may_create_topics: true,
        }
    }
}

impl ProducerOptions {
    /// Finds contradictions.
    ///
    /// # Errors
    /// [`Error::Mistake`].
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::Mistake(what.to_owned()));
        if self.is_idempotent && self.acks != Acks::All {
            return wrong("an idempotent producer needs acks=all; use that, or turn idempotence off");
        }
        if self.in_flight_max == 0 || (self.is_idempotent && self.in_flight_max > REMEMBERED_BATCHES) {
            return wrong("in_flight_max must lie between 1 and 5, or idempotence be turned off");
        }
        Ok(())
    }
}

impl Acks {
    /// The number on the wire.
    pub(super) const fn code(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Leader => 1,
            Self::All => -1,
        }
    }
}
