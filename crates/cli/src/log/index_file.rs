//! `.index`, `.timeindex` and `.txnindex`: entries of one size, one after the other.

use std::fs;
use std::io;
use std::path::Path;

use ottla_types::{Offset, Timestamp};

/// Where a batch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetEntry {
    /// The batch's last offset.
    pub(super) offset: Offset,
    pub(super) position: u64,
}

/// How late a record may be up to an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeEntry {
    pub(super) timestamp: Timestamp,
    pub(super) offset: Offset,
}

/// A transaction that was aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AbortedEntry {
    pub(super) version: i16,
    pub(super) producer_id: i64,
    pub(super) first_offset: i64,
    pub(super) last_offset: i64,
    pub(super) last_stable_offset: i64,
}

/// What an index file holds, and how many bytes at its end are no whole entry.
pub(super) struct Entries<E> {
    pub(super) entries: Vec<E>,
    pub(super) left_over: usize,
}

const OFFSET_ENTRY_LEN: usize = 8;
const TIME_ENTRY_LEN: usize = 12;
const ABORTED_ENTRY_LEN: usize = 34;

/// Reads `.index`. While a segment is written, Apache Kafka's file is filled up with zeros: they are no entries.
pub(super) fn offsets(path: &Path, base: Offset) -> io::Result<Entries<OffsetEntry>> {
    read(path, OFFSET_ENTRY_LEN, |bytes| {
        let entry = OffsetEntry {
            offset: base.plus(i64::from(u32_at(bytes, 0))),
            position: u64::from(u32_at(bytes, 4)),
        };
        (bytes != [0; OFFSET_ENTRY_LEN]).then_some(entry)
    })
}

/// Reads `.timeindex`; see [`offsets`].
pub(super) fn times(path: &Path, base: Offset) -> io::Result<Entries<TimeEntry>> {
    read(path, TIME_ENTRY_LEN, |bytes| {
        let entry = TimeEntry {
            timestamp: Timestamp(i64_at(bytes, 0)),
            offset: base.plus(i64::from(u32_at(bytes, 8))),
        };
        (bytes != [0; TIME_ENTRY_LEN]).then_some(entry)
    })
}

/// Reads `.txnindex`.
pub(super) fn aborted(path: &Path) -> io::Result<Entries<AbortedEntry>> {
    read(path, ABORTED_ENTRY_LEN, |bytes| {
        Some(AbortedEntry {
            version: i16::from_be_bytes([bytes[0], bytes[1]]),
            producer_id: i64_at(bytes, 2),
            first_offset: i64_at(bytes, 10),
            last_offset: i64_at(bytes, 18),
            last_stable_offset: i64_at(bytes, 26),
        })
    })
}

/// Reads entries until one is none.
fn read<E>(path: &Path, len: usize, entry: impl Fn(&[u8]) -> Option<E>) -> io::Result<Entries<E>> {
    let bytes = fs::read(path)?;
    let whole = bytes.chunks_exact(len);
    let left_over = whole.remainder().len();
    Ok(Entries { entries: whole.map_while(entry).collect(), left_over })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes are four bytes"))
}

fn i64_at(bytes: &[u8], at: usize) -> i64 {
    i64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight bytes are eight bytes"))
}
