//! Changes in place to a batch that lies in a buffer.
//!
//! Base offset and leader epoch stand before the checksum and cost eight and four bytes; a timestamp costs a new
//! checksum. All three panic on a buffer without a whole header: the caller has parsed the batch before.

use ottla_types::{LeaderEpoch, Offset, Timestamp};

use super::crc::crc32c;
use super::header::at;
use super::{Attributes, HEADER_LEN, TimestampType};

/// Moves the batch that `batch` begins with to another offset.
pub fn set_base_offset(batch: &mut [u8], offset: Offset) {
    assert!(batch.len() >= HEADER_LEN, "a batch has a whole header");
    put(batch, at::BASE_OFFSET, offset.0.to_be_bytes());
}

/// Writes the epoch of the leader that appends the batch.
pub fn set_leader_epoch(batch: &mut [u8], epoch: LeaderEpoch) {
    assert!(batch.len() >= HEADER_LEN, "a batch has a whole header");
    put(batch, at::LEADER_EPOCH, epoch.0.to_be_bytes());
}

/// Writes the maximum timestamp and whose clock it comes from, and the new checksum. `batch` is exactly one
/// batch. Attributes without a meaning are cleared, as Kafka does here.
pub fn set_max_timestamp(batch: &mut [u8], timestamp_type: TimestampType, timestamp: Timestamp) {
    assert!(batch.len() >= HEADER_LEN, "a batch has a whole header");
    write_max_timestamp(batch, timestamp_type, timestamp);
    let crc = crc32c(&batch[at::ATTRIBUTES..]);
    write_crc(batch, crc);
}

pub(super) fn write_max_timestamp(head: &mut [u8], timestamp_type: TimestampType, timestamp: Timestamp) {
    let bits = i16::from_be_bytes([head[at::ATTRIBUTES], head[at::ATTRIBUTES + 1]]);
    let attributes = Attributes::from_bits(bits).known().with_timestamp_type(timestamp_type);
    put(head, at::ATTRIBUTES, attributes.bits().to_be_bytes());
    put(head, at::MAX_TIMESTAMP, timestamp.0.to_be_bytes());
}

pub(super) fn write_crc(head: &mut [u8], crc: u32) {
    put(head, at::CRC, crc.to_be_bytes());
}

fn put<const N: usize>(bytes: &mut [u8], at: usize, field: [u8; N]) {
    bytes[at..at + N].copy_from_slice(&field);
}
