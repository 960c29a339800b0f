//! What can be wrong with the bytes of a batch.

use super::CompressionError;

/// Bytes that are not a record batch, or a batch whose content is not what its header says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The length field names fewer bytes than any batch of its format has.
    #[error("a batch of {0} bytes after its length field is too short to be one")]
    Length(i32),
    /// The buffer holds less than the batch.
    #[error("a batch needs {needed} bytes, but {left} are there")]
    Truncated {
        /// How many bytes the batch, or its header, takes.
        needed: usize,
        /// How many there are.
        left: usize,
    },
    /// Bytes follow where the batch, or its last record, should end.
    #[error("{0} bytes follow the end")]
    LeftOver(usize),
    /// The format is one that never existed.
    #[error("there is no record format {0}")]
    Magic(i8),
    /// The format is one of those before record batches, which Apache Kafka 4 refuses too (KIP-724).
    #[error("record format {0} is no longer supported; send record batches of format 2")]
    OldMagic(i8),
    /// The content is not what it was when the checksum was made.
    #[error("the checksum in the header is {stored:#010x}, that of the content {computed:#010x}")]
    Crc {
        /// What the header says.
        stored: u32,
        /// What the bytes give.
        computed: u32,
    },
    /// The records are compressed in a way that does not exist.
    #[error("there is no compression codec {0}")]
    Codec(u8),
    /// The records are compressed and do not come out.
    #[error(transparent)]
    Compression(#[from] CompressionError),
    /// The header's number of records is negative.
    #[error("a batch cannot have {0} records")]
    RecordCount(i32),
    /// One of the records is not one.
    #[error("record {index} of the batch: {fault}")]
    Record {
        /// Which of the batch's records, from 0.
        index: u32,
        /// What is wrong with it.
        fault: RecordFault,
    },
}

/// What is wrong with the bytes of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// The bytes end inside the record.
    #[error("the bytes end before the record does")]
    Truncated,
    /// A number of variable length does not end, or is too large for its field.
    #[error("a number of variable length is too long")]
    Varint,
    /// A length below zero where there is no null, or below the -1 that means null.
    #[error("a length of {0}")]
    Length(i32),
    /// The number of headers is negative, or more than there are bytes for.
    #[error("{0} headers")]
    HeaderCount(i32),
    /// A control record's key or value has a version below zero.
    #[error("version {0} of a control record")]
    Version(i16),
    /// The fields end before the record's length does.
    #[error("{0} bytes follow the last field")]
    LeftOver(usize),
}
