//! The bytes of the write-ahead log: blocks of records, each block the content of one commit.
//!
//! All numbers are big-endian, as in Kafka's files.
//!
//! ```text
//! block   magic 4 | crc-32c 4 | length 4 | version 2 | 0 2 | generation 8 | sequence 4 | records 4
//!         | oldest live generation 8 | previous generation 8 | its blocks 4 | 0 12 | records...
//! record  length 4 | kind 1 | 0 3 | topic id 16 | partition 4 | leader epoch 4 | offset 8 | next offset 8 | batch...
//! ```
//!
//! In place of the batch, the record of a creation has the topic's name.
//!
//! The checksum covers everything after it, so also the generation: the number of a segment's use. What is left
//! of an earlier use never reads as a block of this one. A block begins on a page and is padded to whole pages,
//! so that the kernel never has to read what it is about to overwrite, and so that no write touches a sector
//! that holds something acknowledged.

use std::io;

use bytes::{Buf, Bytes};
use ottla_types::{LeaderEpoch, Offset, PartitionIndex, Uuid};

use super::change::{Batch, Change, PartitionId};
/// Blocks begin and end on a multiple of this.
pub(super) use crate::disk::PAGE;
use crate::disk::{File, Pages};

pub(super) const HEADER_LEN: usize = 64;
const RECORD_HEADER_LEN: usize = 48;
const MAGIC: [u8; 4] = *b"OtWL";
const VERSION: u16 = 1;
/// From here on the checksum covers a block.
const CHECKED_FROM: usize = 8;

const KIND_BATCH: u8 = 1;
const KIND_TRUNCATE: u8 = 2;
const KIND_LOG_START: u8 = 3;
const KIND_DELETED: u8 = 4;
const KIND_CREATED: u8 = 5;

/// What a block says about its place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockHeader {
    /// The use of a segment that it belongs to. Rises with each use of any segment.
    pub(super) generation: u64,
    /// Which block of that use it is, from 0.
    pub(super) sequence: u32,
    /// Segments of older generations hold nothing that is needed any more.
    pub(super) oldest_live: u64,
    /// The generation before, if it is of the same run of the process, and how many blocks it has.
    pub(super) previous: Option<Previous>,
}

/// A generation that was filled, and how many blocks it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Previous {
    pub(super) generation: u64,
    pub(super) blocks: u32,
}

/// How many bytes a record takes in a block.
pub(super) fn record_len(change: &Change) -> usize {
    RECORD_HEADER_LEN
        + match change {
            Change::Batch(batch) => batch.len(),
            Change::Created { topic } => topic.len(),
            Change::Truncate { .. } | Change::LogStart(_) | Change::Deleted => 0,
        }
}

/// How many bytes a block takes on disk whose header and records are `len` bytes long.
pub(super) const fn padded(len: usize) -> usize {
    len.next_multiple_of(PAGE)
}

/// A block that is being put together.
///
/// Everything is copied, once: a disk that writes past the page cache takes whole pages of memory only, and that
/// saves more than the copy costs.
pub(super) struct BlockWriter<'a> {
    pages: &'a mut Pages,
    records: u32,
}

impl<'a> BlockWriter<'a> {
    /// Begins a block in memory that holds nothing else until it is written.
    pub(super) fn new(pages: &'a mut Pages) -> Self {
        pages.clear();
        pages.extend(&[0; HEADER_LEN]);
        Self { pages, records: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.pages.len()
    }

    /// Adds a record. It must fit into the pages.
    pub(super) fn push(&mut self, partition: PartitionId, change: &Change) {
        let len = record_len(change);
        let (kind, leader_epoch, offset, next_offset) = match change {
            Change::Batch(batch) => (KIND_BATCH, batch.leader_epoch, batch.base_offset, batch.next_offset),
            Change::Truncate { leader_epoch, to } => (KIND_TRUNCATE, *leader_epoch, *to, *to),
            Change::LogStart(offset) => (KIND_LOG_START, LeaderEpoch::NONE, *offset, *offset),
            Change::Deleted => (KIND_DELETED, LeaderEpoch::NONE, Offset::NONE, Offset::NONE),
            Change::Created { .. } => (KIND_CREATED, LeaderEpoch::NONE, Offset::NONE, Offset::NONE),
        };
        self.pages.extend(&u32_len(len).to_be_bytes());
        self.pages.extend(&[kind, 0, 0, 0]);
        self.pages.extend(&partition.topic_id.0);
        self.pages.extend(&partition.partition.0.to_be_bytes());
        self.pages.extend(&leader_epoch.0.to_be_bytes());
        self.pages.extend(&offset.0.to_be_bytes());
        self.pages.extend(&next_offset.0.to_be_bytes());
        match change {
            Change::Batch(batch) => {
                self.pages.extend(&batch.head);
                self.pages.extend(&batch.body);
            }
            Change::Created { topic } => self.pages.extend(topic.as_bytes()),
            Change::Truncate { .. } | Change::LogStart(_) | Change::Deleted => {}
        }
        self.records += 1;
    }

    /// Fills in the header and writes the block, padded to whole pages.
    pub(super) fn write(self, header: &BlockHeader, file: &dyn File, position: u64) -> io::Result<()> {
        let previous = header.previous.unwrap_or(Previous { generation: 0, blocks: 0 });
        let len = self.len();
        let block = self.pages.bytes_mut();
        block[..4].copy_from_slice(&MAGIC);
        block[8..12].copy_from_slice(&u32_len(len).to_be_bytes());
        block[12..14].copy_from_slice(&VERSION.to_be_bytes());
        block[16..24].copy_from_slice(&header.generation.to_be_bytes());
        block[24..28].copy_from_slice(&header.sequence.to_be_bytes());
        block[28..32].copy_from_slice(&self.records.to_be_bytes());
        block[32..40].copy_from_slice(&header.oldest_live.to_be_bytes());
        block[40..48].copy_from_slice(&previous.generation.to_be_bytes());
        block[48..52].copy_from_slice(&previous.blocks.to_be_bytes());
        let mut checksum = Checksum::new();
        checksum.update(&block[CHECKED_FROM..]);
        block[4..8].copy_from_slice(&checksum.value().to_be_bytes());
        file.write_pages_at(self.pages.padded(), position)
    }
}

/// A block that was read and whose checksum is right.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) header: BlockHeader,
    records: Bytes,
    count: u32,
}

/// The checksum of a block is right but its content makes no sense: it was written by something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl Block {
    /// Whether the first bytes of a page claim to begin a block, and how long it then is.
    pub(super) fn claimed_len(page: &[u8]) -> Option<usize> {
        if page.get(..4)? != MAGIC {
            return None;
        }
        let len = u32::from_be_bytes(page.get(8..12)?.try_into().ok()?) as usize;
        (len >= HEADER_LEN).then_some(len)
    }

    /// Reads a block. `None` if these bytes are not one, whole and unharmed.
    pub(super) fn parse(mut bytes: Bytes) -> Option<Self> {
        let len = Self::claimed_len(&bytes)?;
        if bytes.len() < len {
            return None;
        }
        bytes.truncate(len);
        let mut header = &bytes[4..HEADER_LEN];
        let crc = header.get_u32();
        let mut checksum = Checksum::new();
        checksum.update(&bytes[CHECKED_FROM..]);
        if checksum.value() != crc {
            return None;
        }
        header.advance(4);
        if header.get_u16() != VERSION {
            return None;
        }
        header.advance(2);
        let (generation, sequence, count) = (header.get_u64(), header.get_u32(), header.get_u32());
        let oldest_live = header.get_u64();
        let previous = Previous { generation: header.get_u64(), blocks: header.get_u32() };
        let previous = (previous.generation != 0).then_some(previous);
        let header = BlockHeader { generation, sequence, oldest_live, previous };
        Some(Self { header, records: bytes.slice(HEADER_LEN..), count })
    }

    /// The block's records, in order.
    pub(super) fn records(self) -> Result<Vec<(PartitionId, Change)>, Malformed> {
        let mut rest = self.records;
        // The count comes from the disk: it does not decide how much memory is taken.
        let mut records = Vec::new();
        while !rest.is_empty() {
            records.push(read_record(&mut rest).ok_or(Malformed)?);
        }
        if records.len() == self.count as usize { Ok(records) } else { Err(Malformed) }
    }
}

fn read_record(rest: &mut Bytes) -> Option<(PartitionId, Change)> {
    let len = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
    if len < RECORD_HEADER_LEN || len > rest.len() {
        return None;
    }
    let mut record = rest.split_to(len);
    record.advance(4);
    let kind = record.get_u8();
    record.advance(3);
    let mut topic_id = Uuid::ZERO;
    record.copy_to_slice(&mut topic_id.0);
    let partition = PartitionIndex(record.get_i32());
    let (leader_epoch, offset) = (LeaderEpoch(record.get_i32()), Offset(record.get_i64()));
    let next_offset = Offset(record.get_i64());
    let change = match kind {
        KIND_BATCH => {
            let head = *record.first_chunk::<{ Batch::HEAD_LEN }>()?;
            let body = record.slice(Batch::HEAD_LEN..);
            Change::Batch(Batch { leader_epoch, base_offset: offset, next_offset, head, body })
        }
        KIND_TRUNCATE => Change::Truncate { leader_epoch, to: offset },
        KIND_LOG_START => Change::LogStart(offset),
        KIND_DELETED => Change::Deleted,
        KIND_CREATED => Change::Created { topic: std::str::from_utf8(&record).ok()?.into() },
        _ => return None,
    };
    Some((PartitionId { topic_id, partition }, change))
}

struct Checksum(crc_fast::Digest);

impl Checksum {
    fn new() -> Self {
        Self(crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc32Iscsi))
    }

    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn value(&self) -> u32 {
        self.0.finalize() as u32
    }
}

/// A block is at most a segment, and a segment is at most [`super::WalOptions::SEGMENT_BYTES_MAX`].
fn u32_len(len: usize) -> u32 {
    u32::try_from(len).expect("a block is far shorter than 4 GiB")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::disk::{Disk, Open, RealDisk};

    fn batch(body: &'static [u8]) -> Change {
        Change::Batch(Batch {
            leader_epoch: LeaderEpoch(3),
            base_offset: Offset(10),
            next_offset: Offset(12),
            head: [9; Batch::HEAD_LEN],
            body: Bytes::from_static(body),
        })
    }

    fn changes() -> Vec<(PartitionId, Change)> {
        const LONG: [u8; 3000] = [7; 3000];
        let id = |index| PartitionId { topic_id: Uuid([4; 16]), partition: PartitionIndex(index) };
        vec![
            (id(1), Change::Created { topic: "flights".into() }),
            (id(0), batch(b"short")),
            (id(1), batch(&LONG)),
            (id(0), Change::Truncate { leader_epoch: LeaderEpoch(4), to: Offset(11) }),
            (id(0), batch(b"")),
            (id(2), Change::LogStart(Offset(5))),
            (id(1), batch(&LONG)),
            (id(1), Change::Deleted),
        ]
    }

    fn written(folder: &Path, header: &BlockHeader) -> Vec<u8> {
        let file = RealDisk.open(&folder.join("block"), Open::New).unwrap();
        let changes = changes();
        let mut pages = Pages::new(64 * 1024);
        let mut block = BlockWriter::new(&mut pages);
        changes.iter().for_each(|(partition, change)| block.push(*partition, change));
        let len = block.len();
        block.write(header, &*file, 0).unwrap();
        let mut bytes = vec![0; padded(len) + 1];
        assert_eq!(file.read_at(&mut bytes, 0).unwrap(), padded(len));
        bytes.truncate(len);
        bytes
    }

    #[test]
    fn a_block_is_read_as_it_was_written_and_not_at_all_when_a_bit_of_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let previous = Some(Previous { generation: 6, blocks: 17 });
        let header = BlockHeader { generation: 8, sequence: 2, oldest_live: 5, previous };
        let bytes = written(folder.path(), &header);
        let block = Block::parse(Bytes::from(bytes.clone())).unwrap();
        assert_eq!(block.header, header);
        assert_eq!(block.records().unwrap(), changes());
        for bit in (0..bytes.len() * 8).step_by(7) {
            let mut harmed = bytes.clone();
            harmed[bit / 8] ^= 1 << (bit % 8);
            assert!(Block::parse(Bytes::from(harmed)).is_none(), "bit {bit}");
        }
        assert!(Block::parse(Bytes::from(bytes[..bytes.len() - 1].to_vec())).is_none());
    }

    #[test]
    fn records_that_make_no_sense_are_an_error_and_no_panic() {
        for len in [0, 3, 47, 48, 200] {
            let records = Bytes::from(vec![0xff; len]);
            let header = BlockHeader { generation: 1, sequence: 0, oldest_live: 1, previous: None };
            let block = Block { header, records, count: 1 };
            assert_eq!(block.records(), Err(Malformed));
        }
    }
}
