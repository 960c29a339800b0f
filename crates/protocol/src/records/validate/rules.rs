//! What a topic asks of the batches that producers send.

use ottla_types::Timestamp;

use crate::records::{Compression, TimestampType};

/// How a topic stores records: its `compression.type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TopicCompression {
    /// As the producer sent them.
    #[default]
    Producer,
    /// Always in this way. Batches that already come by the same codec stay as they are, at whichever level.
    Fixed(Compression),
}

/// What batches for a topic are checked against. The default is what a topic without settings asks for.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The version of the Produce request: before 7 there was no zstd (KIP-110).
    pub produce_version: i16,
    /// Whose clock counts: `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// How far a record's timestamp may lie in the past: `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// How far a record's timestamp may lie in the future: `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// How records are stored.
    pub compression: TopicCompression,
    /// Whether records need a key: `cleanup.policy` includes `compact`.
    pub is_compacted: bool,
    /// The largest batch, as it is stored: `max.message.bytes`.
    pub batch_bytes_max: usize,
    /// How many bytes of decompressed records are looked at before a batch is refused. It bounds the time that a
    /// batch can take, and the memory where it must be rewritten. Kafka has no such limit.
    pub decompressed_bytes_max: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            produce_version: i16::MAX,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 3_600_000,
            compression: TopicCompression::Producer,
            is_compacted: false,
            batch_bytes_max: 1_048_588,
            decompressed_bytes_max: 128 << 20,
        }
    }
}

impl Rules {
    /// Whether a record with this timestamp is too old or too new. Differences wrap, as they do in Kafka.
    pub(super) fn is_out_of_range(&self, timestamp: Timestamp, now: Timestamp) -> bool {
        let age = now.0.wrapping_sub(timestamp.0);
        age > self.timestamp_before_max_ms || age.wrapping_neg() > self.timestamp_after_max_ms
    }
}
