//! Record batches of format 2 (KIP-98): what partitions store, and what Produce and Fetch carry.
//!
//! A batch is a header of 61 bytes and its records, which may be compressed. Nothing here copies a batch to look
//! at it: [`Batches`] finds batches in a buffer, [`BatchView`] checks one, [`Records`] walks its records, and
//! [`StoredBatch`] carries one from a request to the disk and to readers with a patched header beside the bytes
//! that arrived. [`BatchBuilder`] makes new ones.
//!
//! The formats 0 and 1 that came before are recognized and refused ([`BatchError::OldMagic`]).

mod attributes;
mod batch;
mod builder;
mod compression;
mod control;
mod crc;
mod cursor;
mod error;
mod header;
mod patch;
mod record;
mod stored_batch;
pub mod validate;

pub use attributes::{Attributes, Codec, TimestampType};
pub use batch::{BatchView, Batches};
pub use builder::{BatchBuilder, BatchOptions, BuildError, NewRecord, Producer, empty_batch};
pub use compression::{
    Compression, CompressionError, Decompressor, LevelError, decompress, decompress_bytes,
};
pub use control::{ControlRecordType, EndTxn};
pub use error::{BatchError, RecordFault};
pub use header::{BatchHeader, HEADER_LEN};
pub use patch::{set_base_offset, set_leader_epoch, set_max_timestamp};
pub use record::{Header, Headers, Record, Records};
pub use stored_batch::StoredBatch;
pub use validate::{Rejected, Rules, TopicCompression, Validated, validate};
