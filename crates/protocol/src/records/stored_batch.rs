//! A batch on its way from a request to the disk and to readers.

use bytes::{Bytes, BytesMut};
use ottla_types::{LeaderEpoch, Offset, Timestamp};

use super::crc::crc32c_of_two;
use super::header::at;
use super::patch;
use super::{BatchError, BatchHeader, BatchView, HEADER_LEN, TimestampType};

/// One batch in two parts: a header of its own, which may be changed, and the records as they arrived.
///
/// A request's batches are slices of its frame, which others share, so nothing can be patched there. Instead of
/// copying a batch for the sake of its first 16 bytes, the header is copied, and whoever writes the batch hands
/// [`StoredBatch::slices`] to `pwritev` or `writev`. Cloning it copies the header and counts a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBatch {
    header: BatchHeader,
    head: [u8; HEADER_LEN],
    body: Bytes,
}

impl StoredBatch {
    /// Takes exactly one batch. The checksum is not looked at.
    ///
    /// # Errors
    /// Those of [`BatchView::parse`].
    pub fn parse(bytes: &Bytes) -> Result<Self, BatchError> {
        let header = *BatchView::parse(bytes)?.header();
        let head = *bytes.first_chunk().expect("a batch has a whole header");
        Ok(Self { header, head, body: bytes.slice(HEADER_LEN..) })
    }

    /// The header as it stands now.
    #[must_use]
    pub const fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// What follows the header: the records, compressed if the header says so.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The batch's bytes, to be written one after the other.
    #[must_use]
    pub fn slices(&self) -> [&[u8]; 2] {
        [&self.head, &self.body]
    }

    /// How many bytes the batch takes.
    #[must_use]
    pub fn size(&self) -> usize {
        HEADER_LEN + self.body.len()
    }

    /// The batch in one piece: a copy.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut joined = BytesMut::with_capacity(self.size());
        joined.extend_from_slice(&self.head);
        joined.extend_from_slice(&self.body);
        joined.freeze()
    }

    /// Moves the batch to another offset.
    pub fn set_base_offset(&mut self, offset: Offset) {
        self.header.base_offset = offset;
        patch::set_base_offset(&mut self.head, offset);
    }

    /// Writes the epoch of the leader that appends the batch.
    pub fn set_leader_epoch(&mut self, epoch: LeaderEpoch) {
        self.header.leader_epoch = epoch;
        patch::set_leader_epoch(&mut self.head, epoch);
    }

    /// Writes the maximum timestamp and whose clock it comes from. Costs a new checksum, unless nothing changes.
    pub fn set_max_timestamp(&mut self, timestamp_type: TimestampType, timestamp: Timestamp) {
        let header = &mut self.header;
        if header.attributes.timestamp_type() == timestamp_type && header.max_timestamp == timestamp {
            return;
        }
        header.attributes = header.attributes.known().with_timestamp_type(timestamp_type);
        header.max_timestamp = timestamp;
        patch::write_max_timestamp(&mut self.head, timestamp_type, timestamp);
        header.crc = crc32c_of_two(&self.head[at::ATTRIBUTES..], &self.body);
        patch::write_crc(&mut self.head, header.crc);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{BatchBuilder, BatchOptions, NewRecord};

    #[test]
    fn patches_beside_the_bytes_equal_patches_in_place() {
        let mut builder = BatchBuilder::new(BatchOptions::default());
        for timestamp in 0..50 {
            let record =
                NewRecord { timestamp: Timestamp(timestamp), value: Some(b"some"), ..NewRecord::default() };
            builder.append(&record).unwrap();
        }
        let frame = builder.finish().unwrap();
        let mut batch = StoredBatch::parse(&frame).unwrap();
        let mut in_place = frame.to_vec();

        batch.set_base_offset(Offset(1 << 40));
        batch.set_leader_epoch(LeaderEpoch(77));
        batch.set_max_timestamp(TimestampType::LogAppendTime, Timestamp(999));
        patch::set_base_offset(&mut in_place, Offset(1 << 40));
        patch::set_leader_epoch(&mut in_place, LeaderEpoch(77));
        patch::set_max_timestamp(&mut in_place, TimestampType::LogAppendTime, Timestamp(999));

        assert_eq!(batch.to_bytes(), in_place);
        assert_eq!(batch.slices().concat(), in_place);
        let view = BatchView::parse(&in_place).unwrap();
        view.check_crc().unwrap();
        assert_eq!(view.header(), batch.header());
        assert_eq!(StoredBatch::parse(&batch.to_bytes()).unwrap(), batch);
        assert_eq!(frame[..HEADER_LEN], StoredBatch::parse(&frame).unwrap().slices()[0][..]);
    }
}
