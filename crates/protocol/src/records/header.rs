//! The 61 bytes before the records.

use ottla_types::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

use super::{Attributes, BatchError};

/// How many bytes a batch's header takes.
pub const HEADER_LEN: usize = 61;

/// Where the fields lie.
pub(super) mod at {
    pub(crate) const BASE_OFFSET: usize = 0;
    pub(crate) const LENGTH: usize = 8;
    pub(crate) const LEADER_EPOCH: usize = 12;
    pub(crate) const MAGIC: usize = 16;
    pub(crate) const CRC: usize = 17;
    pub(crate) const ATTRIBUTES: usize = 21;
    pub(crate) const LAST_OFFSET_DELTA: usize = 23;
    pub(crate) const BASE_TIMESTAMP: usize = 27;
    pub(crate) const MAX_TIMESTAMP: usize = 35;
    pub(crate) const PRODUCER_ID: usize = 43;
    pub(crate) const PRODUCER_EPOCH: usize = 51;
    pub(crate) const BASE_SEQUENCE: usize = 53;
    pub(crate) const RECORD_COUNT: usize = 57;
}

/// What the length field does not count: the base offset and itself.
pub(super) const BEFORE_LENGTH: usize = at::LEADER_EPOCH;
/// The least that the length field of a batch can say.
const LENGTH_MIN: i32 = (HEADER_LEN - BEFORE_LENGTH) as i32;
/// The least that it could say in any format: a message of format 0 with neither key nor value.
const LENGTH_MIN_EVER: i32 = 14;
/// The format of record batches.
const MAGIC: i8 = 2;

/// A batch's header, as numbers. The checksum is not looked at; see [`super::BatchView::check_crc`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    /// The offset of the first record, also if compaction has removed it.
    pub base_offset: Offset,
    /// The batch's bytes after this field: [`Self::size`] counts them all. At least 49.
    pub length: i32,
    /// The epoch of the leader that appended the batch.
    pub leader_epoch: LeaderEpoch,
    /// CRC-32C of everything after it. Base offset and leader epoch come before.
    pub crc: u32,
    /// Codec and kind of the batch.
    pub attributes: Attributes,
    /// The last offset, counted from the base offset.
    pub last_offset_delta: i32,
    /// What the records' timestamps are counted from; or the delete horizon.
    pub base_timestamp: Timestamp,
    /// The largest timestamp in the batch, or the time of its append.
    pub max_timestamp: Timestamp,
    /// Who wrote it, if idempotent.
    pub producer_id: ProducerId,
    /// Which incarnation of the producer.
    pub producer_epoch: ProducerEpoch,
    /// The sequence of the first record.
    pub base_sequence: Sequence,
    /// How many records there are. Fewer than offsets once compaction has been there.
    pub record_count: i32,
}

impl BatchHeader {
    /// Reads a header. Only what is needed to find the next batch is checked: format and length.
    ///
    /// # Errors
    /// [`BatchError::OldMagic`], [`BatchError::Magic`] and [`BatchError::Length`].
    #[inline]
    pub fn parse(bytes: &[u8; HEADER_LEN]) -> Result<Self, BatchError> {
        let length = i32::from_be_bytes(field(bytes, at::LENGTH));
        check_format(i8::from_be_bytes(field(bytes, at::MAGIC)), length)?;
        Ok(Self {
            base_offset: Offset(i64::from_be_bytes(field(bytes, at::BASE_OFFSET))),
            length,
            leader_epoch: LeaderEpoch(i32::from_be_bytes(field(bytes, at::LEADER_EPOCH))),
            crc: u32::from_be_bytes(field(bytes, at::CRC)),
            attributes: Attributes::from_bits(i16::from_be_bytes(field(bytes, at::ATTRIBUTES))),
            last_offset_delta: i32::from_be_bytes(field(bytes, at::LAST_OFFSET_DELTA)),
            base_timestamp: Timestamp(i64::from_be_bytes(field(bytes, at::BASE_TIMESTAMP))),
            max_timestamp: Timestamp(i64::from_be_bytes(field(bytes, at::MAX_TIMESTAMP))),
            producer_id: ProducerId(i64::from_be_bytes(field(bytes, at::PRODUCER_ID))),
            producer_epoch: ProducerEpoch(i16::from_be_bytes(field(bytes, at::PRODUCER_EPOCH))),
            base_sequence: Sequence(i32::from_be_bytes(field(bytes, at::BASE_SEQUENCE))),
            record_count: i32::from_be_bytes(field(bytes, at::RECORD_COUNT)),
        })
    }

    /// The header's bytes, with the checksum that it names.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
        put(at::BASE_OFFSET, &self.base_offset.0.to_be_bytes());
        put(at::LENGTH, &self.length.to_be_bytes());
        put(at::LEADER_EPOCH, &self.leader_epoch.0.to_be_bytes());
        put(at::MAGIC, &MAGIC.to_be_bytes());
        put(at::CRC, &self.crc.to_be_bytes());
        put(at::ATTRIBUTES, &self.attributes.bits().to_be_bytes());
        put(at::LAST_OFFSET_DELTA, &self.last_offset_delta.to_be_bytes());
        put(at::BASE_TIMESTAMP, &self.base_timestamp.0.to_be_bytes());
        put(at::MAX_TIMESTAMP, &self.max_timestamp.0.to_be_bytes());
        put(at::PRODUCER_ID, &self.producer_id.0.to_be_bytes());
        put(at::PRODUCER_EPOCH, &self.producer_epoch.0.to_be_bytes());
        put(at::BASE_SEQUENCE, &self.base_sequence.0.to_be_bytes());
        put(at::RECORD_COUNT, &self.record_count.to_be_bytes());
        bytes
    }

    /// How many bytes the whole batch takes.
    #[must_use]
    pub const fn size(&self) -> usize {
        BEFORE_LENGTH + self.length as usize
    }

    /// The offset of the last record, also if compaction has removed it.
    #[must_use]
    pub const fn last_offset(&self) -> Offset {
        Offset(self.base_offset.0.saturating_add(self.last_offset_delta as i64))
    }

    /// The first offset after the batch.
    #[must_use]
    pub const fn next_offset(&self) -> Offset {
        Offset(self.last_offset().0.saturating_add(1))
    }

    /// The sequence of the last record; [`Sequence::NONE`] if the producer is not idempotent.
    #[must_use]
    pub const fn last_sequence(&self) -> Sequence {
        if self.base_sequence.0 == Sequence::NONE.0 {
            return Sequence::NONE;
        }
        self.base_sequence.plus(self.last_offset_delta)
    }

    /// From when on compaction may drop the batch's tombstones and markers (KIP-534).
    #[must_use]
    pub fn delete_horizon(&self) -> Option<Timestamp> {
        self.attributes.has_delete_horizon().then_some(self.base_timestamp)
    }
}

/// What is wrong with a buffer that ends before a header does: often nothing but that.
pub(super) fn check_part(bytes: &[u8]) -> BatchError {
    let truncated = BatchError::Truncated { needed: HEADER_LEN, left: bytes.len() };
    let Some(length) = bytes.get(at::LENGTH..).and_then(<[u8]>::first_chunk) else { return truncated };
    let length = i32::from_be_bytes(*length);
    match bytes.get(at::MAGIC) {
        Some(&magic) => check_format(magic as i8, length).err().unwrap_or(truncated),
        None if length < LENGTH_MIN_EVER => BatchError::Length(length),
        None => truncated,
    }
}

#[inline]
fn check_format(magic: i8, length: i32) -> Result<(), BatchError> {
    match magic {
        MAGIC if length >= LENGTH_MIN => Ok(()),
        MAGIC => Err(BatchError::Length(length)),
        0 | 1 => Err(BatchError::OldMagic(magic)),
        _ => Err(BatchError::Magic(magic)),
    }
}

fn field<const N: usize>(bytes: &[u8; HEADER_LEN], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("every field lies inside the header")
}
