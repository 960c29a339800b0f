//! What the log asks of a record batch beyond its header.

use ottla_protocol::records::{BatchHeader, EndTxn, Records};
use ottla_types::{Offset, Timestamp};

/// The marker in a transaction's control batch, and when it was written. `None` for control batches of another kind
/// and for those that compaction emptied; markers are never compressed.
pub(super) fn end_marker(header: &BatchHeader, body: &[u8]) -> Option<(EndTxn, Timestamp)> {
    let record = Records::new(header, body).next()?.ok()?;
    let marker = EndTxn::from_record(record.key, record.value).ok()??;
    Some((marker, record.timestamp))
}

/// Whether a header's offsets can be those of records.
pub(super) fn has_sound_offsets(header: &BatchHeader) -> bool {
    // One more is left for the offset after the last.
    let last = header.base_offset.0.checked_add(i64::from(header.last_offset_delta));
    header.base_offset >= Offset::ZERO
        && header.last_offset_delta >= 0
        && last.is_some_and(|last| last < i64::MAX)
}

/// CRC-32C.
pub(super) fn crc32c(bytes: &[u8]) -> u32 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, bytes) as u32
}
