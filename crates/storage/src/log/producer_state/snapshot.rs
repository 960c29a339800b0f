//! `.snapshot`: what is known of the producers at an offset, so that recovery reads the log only from there.
//!
//! Version 1: version (2 bytes), CRC-32C of what follows (4), count (4), then 46 bytes a producer: id (8), epoch
//! (2), last sequence (4), last offset (8), offset delta (4), timestamp (8), coordinator epoch (4), first offset of
//! the transaction under way or -1 (8). All numbers are big-endian.

use std::collections::BTreeMap;
use std::path::Path;

use ottla_types::{Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

use super::entry::{BatchMeta, ProducerEntry};
use crate::StorageError;
use crate::log::batch::crc32c;

const VERSION: u16 = 1;
const HEADER_LEN: usize = 10;
const ENTRY_LEN: usize = 46;
const CHECKED_FROM: usize = 6;

pub(super) fn encode(producers: &BTreeMap<ProducerId, ProducerEntry>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_LEN + producers.len() * ENTRY_LEN);
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&(producers.len() as u32).to_be_bytes());
    for (id, entry) in producers {
        let last = entry.last();
        bytes.extend_from_slice(&id.0.to_be_bytes());
        bytes.extend_from_slice(&entry.epoch.0.to_be_bytes());
        bytes.extend_from_slice(&last.map_or(Sequence::NONE, |batch| batch.last_sequence).0.to_be_bytes());
        bytes.extend_from_slice(&last.map_or(Offset::NONE, |batch| batch.last_offset).0.to_be_bytes());
        bytes.extend_from_slice(&last.map_or(0, |batch| batch.offset_delta).to_be_bytes());
        bytes.extend_from_slice(&entry.last_timestamp.0.to_be_bytes());
        bytes.extend_from_slice(&entry.coordinator_epoch.to_be_bytes());
        bytes.extend_from_slice(&entry.txn_first_offset.unwrap_or(Offset::NONE).0.to_be_bytes());
    }
    let crc = crc32c(&bytes[CHECKED_FROM..]);
    bytes[2..CHECKED_FROM].copy_from_slice(&crc.to_be_bytes());
    bytes
}

pub(super) fn decode(path: &Path, bytes: &[u8]) -> Result<BTreeMap<ProducerId, ProducerEntry>, StorageError> {
    let corrupt = |problem: &str| StorageError::corrupt(path, problem);
    let (header, entries) =
        bytes.split_at_checked(HEADER_LEN).ok_or_else(|| corrupt("the snapshot is cut off"))?;
    if header[..2] != VERSION.to_be_bytes() {
        return Err(corrupt("the version of the snapshot is not 1"));
    }
    if header[2..CHECKED_FROM] != crc32c(&bytes[CHECKED_FROM..]).to_be_bytes() {
        return Err(corrupt("the snapshot does not match its checksum"));
    }
    let count = u32::from_be_bytes(header[CHECKED_FROM..].try_into().expect("four bytes are four bytes"));
    if entries.len() as u64 != u64::from(count) * ENTRY_LEN as u64 {
        return Err(corrupt("the snapshot's count of producers does not match its length"));
    }
    Ok(entries.chunks_exact(ENTRY_LEN).map(decode_entry).collect())
}

fn decode_entry(mut bytes: &[u8]) -> (ProducerId, ProducerEntry) {
    fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
        let (taken, rest) = bytes.split_first_chunk().expect("the entry is as long as its fields");
        *bytes = rest;
        *taken
    }
    let id = ProducerId(i64::from_be_bytes(take(&mut bytes)));
    let mut entry = ProducerEntry::UNKNOWN;
    entry.epoch = ProducerEpoch(i16::from_be_bytes(take(&mut bytes)));
    let last_sequence = Sequence(i32::from_be_bytes(take(&mut bytes)));
    let last_offset = Offset(i64::from_be_bytes(take(&mut bytes)));
    let offset_delta = i32::from_be_bytes(take(&mut bytes));
    entry.last_timestamp = Timestamp(i64::from_be_bytes(take(&mut bytes)));
    entry.coordinator_epoch = i32::from_be_bytes(take(&mut bytes));
    let txn_first = Offset(i64::from_be_bytes(take(&mut bytes)));
    entry.txn_first_offset = (txn_first >= Offset::ZERO).then_some(txn_first);
    if last_offset >= Offset::ZERO {
        let timestamp = entry.last_timestamp;
        entry.add(entry.epoch, BatchMeta { last_sequence, last_offset, offset_delta, timestamp });
    }
    (id, entry)
}
