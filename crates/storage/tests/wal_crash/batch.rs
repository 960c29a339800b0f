//! Record batches of no content: the header of format v2 with a right length and checksum.

use bytes::Bytes;
use ottla_storage::wal::Batch;
use ottla_types::{LeaderEpoch, Offset};

const HEAD_LEN: usize = Batch::HEAD_LEN;

/// A batch of one record, whose body says nothing but is unlike all others.
pub(crate) fn batch(base: i64, epoch: i32, body: Vec<u8>) -> Batch {
    let mut head = [0; HEAD_LEN];
    head[..8].copy_from_slice(&base.to_be_bytes());
    head[8..12].copy_from_slice(&((HEAD_LEN - 12 + body.len()) as i32).to_be_bytes());
    head[12..16].copy_from_slice(&epoch.to_be_bytes());
    head[16] = 2;
    let crc = checksum(&head[21..], &body);
    head[17..21].copy_from_slice(&crc.to_be_bytes());
    Batch {
        leader_epoch: LeaderEpoch(epoch),
        base_offset: Offset(base),
        next_offset: Offset(base + 1),
        head,
        body: Bytes::from(body),
    }
}

/// The batch at the start of `bytes`, if there is a whole one.
pub(crate) fn parse(bytes: &[u8]) -> Option<Batch> {
    let head: [u8; HEAD_LEN] = *bytes.first_chunk()?;
    let len = i32::from_be_bytes(head[8..12].try_into().ok()?);
    let len = usize::try_from(len).ok()?.checked_add(12)?;
    let body = bytes.get(HEAD_LEN..len)?;
    let crc = u32::from_be_bytes(head[17..21].try_into().ok()?);
    if head[16] != 2 || crc != checksum(&head[21..], body) {
        return None;
    }
    let base = i64::from_be_bytes(head[..8].try_into().ok()?);
    let epoch = i32::from_be_bytes(head[12..16].try_into().ok()?);
    Some(batch(base, epoch, body.to_vec()))
}

fn checksum(head: &[u8], body: &[u8]) -> u32 {
    let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32Iscsi);
    digest.update(head);
    digest.update(body);
    digest.finalize() as u32
}
