//! Why a batch is refused.

use std::fmt;

use ottla_types::{ErrorCode, Offset, ProducerEpoch, Sequence, Timestamp};

use crate::records::{BatchError, CompressionError};

/// A batch that is not stored, and what its producer is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// What is wrong with the batch.
    pub reason: Reason,
    /// What is wrong with single records, in their order; only where `reason` is [`Reason::Records`]. At most
    /// [`RECORD_ERRORS_MAX`], so that a refusal is not larger than what it refuses.
    pub records: Vec<RecordError>,
}

/// How many records a refusal names.
pub const RECORD_ERRORS_MAX: usize = 1_000;

/// What is wrong with a batch as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There is no batch, or not all of it.
    #[error("a produce request carries one whole record batch for each partition; this one has none")]
    NoBatch,
    /// There is more than one.
    #[error("a produce request carries one record batch for each partition; this one has more")]
    ManyBatches,
    /// The bytes are no batch.
    #[error(transparent)]
    Broken(#[from] BatchError),
    /// The request is too old for the codec.
    #[error("zstd came with version 7 of Produce; this request has version {0}")]
    ZstdBeforeVersion7(i16),
    /// A producer counts offsets from 0.
    #[error("the base offset of a produced batch is 0, not {0}")]
    BaseOffset(Offset),
    /// The batch is larger than the topic allows.
    #[error(
        "the batch takes {size} bytes, and max.message.bytes is {limit}; send smaller batches or raise it"
    )]
    TooLarge {
        /// Its size, after what the broker had to rewrite.
        size: usize,
        /// What is allowed.
        limit: usize,
    },
    /// Records and offsets do not match.
    #[error("a batch with {records} records and a last offset delta of {last_offset_delta}")]
    RecordCount {
        /// How many records there are, says the header.
        records: i32,
        /// How far their offsets reach, says the header.
        last_offset_delta: i32,
    },
    /// Control records come from brokers.
    #[error("producers cannot write control records")]
    Control,
    /// An idempotent producer counts its batches.
    #[error("a batch of an idempotent producer with sequence {0}")]
    Sequence(Sequence),
    /// An idempotent producer has an epoch.
    #[error("a batch of an idempotent producer with epoch {0}")]
    ProducerEpoch(ProducerEpoch),
    /// A transaction belongs to a producer.
    #[error("a batch of a transaction without a producer id")]
    NoProducer,
    /// The records, taken one by one.
    #[error("{count} of the batch's records were refused; the first: {first}")]
    Records {
        /// How many.
        count: u32,
        /// What was wrong with the first of them.
        first: RecordErrorKind,
        /// Whether timestamps are among the reasons.
        has_timestamp: bool,
    },
    /// The records must be written anew, and cannot.
    #[error("the batch cannot be rewritten for this topic: {0}")]
    Rewrite(#[from] crate::records::BuildError),
}

/// What is wrong with one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordError {
    /// Which of the batch's records, from 0.
    pub index: u32,
    /// What is wrong.
    pub kind: RecordErrorKind,
}

/// What can be wrong with a record that is well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordErrorKind {
    /// Compaction works on keys.
    #[error("the topic is compacted, so its records need a key")]
    NoKey,
    /// The record's clock is too far from ours.
    #[error("timestamp {timestamp} is not between {earliest} and {latest}")]
    Timestamp {
        /// The record's.
        timestamp: Timestamp,
        /// The earliest that is allowed.
        earliest: Timestamp,
        /// The latest that is allowed.
        latest: Timestamp,
    },
    /// Only brokers stamp batches with the time of the append.
    #[error("producers send the time of creation, not the time of the append")]
    TimestampType,
}

impl Rejected {
    /// What the response says. See KIP-467 for the errors of single records.
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match &self.reason {
            Reason::NoBatch
            | Reason::ManyBatches
            | Reason::BaseOffset(_)
            | Reason::RecordCount { .. }
            | Reason::Control
            | Reason::Sequence(_)
            | Reason::ProducerEpoch(_)
            | Reason::NoProducer
            | Reason::Rewrite(_)
            | Reason::Records { has_timestamp: false, .. } => ErrorCode::InvalidRecord,
            Reason::Records { has_timestamp: true, .. } => ErrorCode::InvalidTimestamp,
            Reason::ZstdBeforeVersion7(_) => ErrorCode::UnsupportedCompressionType,
            Reason::TooLarge { .. } => ErrorCode::MessageTooLarge,
            Reason::Broken(error) => match error {
                BatchError::Length(_) | BatchError::Magic(_) | BatchError::Crc { .. } => {
                    ErrorCode::CorruptMessage
                }
                BatchError::Codec(_) => ErrorCode::UnsupportedCompressionType,
                // A producer that splits its batches gets through.
                BatchError::Compression(CompressionError::TooLarge { .. }) => ErrorCode::MessageTooLarge,
                BatchError::OldMagic(_)
                | BatchError::Truncated { .. }
                | BatchError::LeftOver(_)
                | BatchError::RecordCount(_)
                | BatchError::Record { .. }
                | BatchError::Compression(CompressionError::Damaged { .. }) => ErrorCode::InvalidRecord,
            },
        }
    }
}

impl<R: Into<Reason>> From<R> for Rejected {
    fn from(reason: R) -> Self {
        Self { reason: reason.into(), records: Vec::new() }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.reason, f)
    }
}

impl std::error::Error for Rejected {}
