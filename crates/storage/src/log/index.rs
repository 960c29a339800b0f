//! A file of entries of one size, sorted: what `.index` and `.timeindex` are.
//!
//! The latest entries stay in memory until a page of them is written at once: an index can be built anew from its
//! log, so nothing is lost when they are not written, and an append costs no system call for it. Older ones are
//! found by reading the file, whose pages the kernel caches; nothing else is kept in memory, however large the
//! index. Files are never preallocated (Apache Kafka takes them so; its own it fills up with zeros while in use).

use std::io::{self, ErrorKind, IoSlice};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::StorageError;
use crate::disk::{Disk, File, Open};

/// May a look-up wait for the device?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Waiting,
    /// No: [`StorageError::WouldBlock`] tells that it would have to.
    Cached,
}

/// Fills `buffer` from `position`, or says how much was there.
pub(super) fn read_up_to(
    file: &dyn File,
    buffer: &mut [u8],
    position: u64,
    access: Access,
) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        let at = position + filled as u64;
        let read = match access {
            Access::Waiting => file.read_at(&mut buffer[filled..], at)?,
            Access::Cached => match file.read_cached_at(&mut buffer[filled..], at) {
                // A later page is missing: what came before it may be all that is needed.
                Err(error) if error.kind() == ErrorKind::WouldBlock && filled > 0 => break,
                other => other?,
            },
        };
        if read == 0 {
            break;
        }
        filled += read;
    }
    Ok(filled)
}

/// One entry: how it looks on disk.
pub(super) trait IndexEntry: Copy + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// Its size in bytes.
    const LEN: usize;
    /// Appends its bytes.
    fn encode(self, to: &mut Vec<u8>);
    /// Reads it from exactly [`IndexEntry::LEN`] bytes.
    fn decode(from: &[u8]) -> Self;
}

/// An entry of `.index`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetEntry {
    /// The *last* offset of a batch, from the segment's base offset.
    pub(super) relative: u32,
    /// Where that batch starts in the log file.
    pub(super) position: u32,
}

/// An entry of `.timeindex`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeEntry {
    /// The largest timestamp so far.
    pub(super) timestamp: i64,
    /// The last offset of the batch that has it, from the segment's base offset.
    pub(super) relative: u32,
}

impl IndexEntry for OffsetEntry {
    const LEN: usize = 8;

    fn encode(self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.relative.to_be_bytes());
        to.extend_from_slice(&self.position.to_be_bytes());
    }

    fn decode(from: &[u8]) -> Self {
        Self { relative: u32_at(from, 0), position: u32_at(from, 4) }
    }
}

impl IndexEntry for TimeEntry {
    const LEN: usize = 12;

    fn encode(self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.timestamp.to_be_bytes());
        to.extend_from_slice(&self.relative.to_be_bytes());
    }

    fn decode(from: &[u8]) -> Self {
        let timestamp = (i64::from(u32_at(from, 0)) << 32) | i64::from(u32_at(from, 4));
        Self { timestamp, relative: u32_at(from, 8) }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes are four bytes"))
}

/// How many bytes of entries are gathered before they are written, and how many a look-up reads at once.
const PAGE_LEN: usize = 4096;

/// A sorted file of entries, its latest ones in memory. One writer; any number of readers.
#[derive(Debug)]
pub(super) struct IndexFile<E> {
    disk: Arc<dyn Disk>,
    state: Mutex<State<E>>,
}

#[derive(Debug)]
struct State<E> {
    path: PathBuf,
    file: Option<Arc<dyn File>>,
    /// How many entries the file holds.
    written: u32,
    /// Those after them.
    pending: Vec<E>,
    /// The last entry that the file holds, where it is known: appends look at it again and again.
    last_written: Option<E>,
}

impl<E: IndexEntry> IndexFile<E> {
    /// An index that is expected at `path` with `written` entries; nothing is touched before it is needed.
    pub(super) fn expect(disk: Arc<dyn Disk>, path: PathBuf, written: u32) -> Self {
        Self { disk, state: Mutex::new(State::new(path, None, written)) }
    }

    /// Creates the index, empty, replacing what is there.
    pub(super) fn create(disk: Arc<dyn Disk>, path: PathBuf) -> Result<Self, StorageError> {
        let file = disk.open(&path, Open::Truncated)?;
        Ok(Self { disk, state: Mutex::new(State::new(path, Some(file), 0)) })
    }

    pub(super) fn len(&self) -> u32 {
        self.lock().len()
    }

    pub(super) fn last(&self, access: Access) -> Result<Option<E>, StorageError> {
        match self.len() {
            0 => Ok(None),
            len => self.entry(len - 1, access).map(Some),
        }
    }

    /// The `number`th entry.
    pub(super) fn entry(&self, number: u32, access: Access) -> Result<E, StorageError> {
        let (file, written) = {
            let mut state = self.lock();
            if let Some(pending) = number.checked_sub(state.written) {
                let found = state.pending.get(pending as usize).copied();
                return found
                    .ok_or_else(|| StorageError::corrupt(&state.path, "the index was cut meanwhile"));
            }
            if let Some(last) = state.last_written.filter(|_| number + 1 == state.written) {
                return Ok(last);
            }
            (state.open(&*self.disk)?, state.written)
        };
        Ok(read_entries::<E>(&*file, number, 1, written, access)?[0])
    }

    /// How many entries lie before the first for which `is_before` is false, and the last of them. It must be
    /// true up to there and false from there on.
    pub(super) fn up_to(
        &self,
        access: Access,
        is_before: impl Fn(&E) -> bool,
    ) -> Result<(u32, Option<E>), StorageError> {
        let (file, written) = {
            let mut state = self.lock();
            if state.written == 0 || state.pending.first().is_some_and(&is_before) {
                let count = state.pending.partition_point(&is_before);
                let last = count.checked_sub(1).map(|last| state.pending[last]);
                return Ok((state.written + count as u32, last));
            }
            (state.open(&*self.disk)?, state.written)
        };
        // First the page, by the first entry of each, then the place in it.
        let page_entries = (PAGE_LEN / E::LEN) as u32;
        let (mut low, mut high) = (0, written.div_ceil(page_entries));
        while low < high {
            let middle = low.midpoint(high);
            let first = read_entries::<E>(&*file, middle * page_entries, 1, written, access)?[0];
            if is_before(&first) { low = middle + 1 } else { high = middle }
        }
        if low == 0 {
            return Ok((0, None));
        }
        let start = (low - 1) * page_entries;
        let page = read_entries::<E>(&*file, start, page_entries.min(written - start), written, access)?;
        let count = page.partition_point(is_before);
        Ok((start + count as u32, count.checked_sub(1).map(|last| page[last])))
    }

    /// Adds an entry at the end, writing a page of them when one is full. Should that fail, they stay in memory
    /// until the next try; [`IndexFile::write_out`] tells the error to whoever needs them on disk.
    pub(super) fn push(&self, entry: E) {
        let mut state = self.lock();
        state.pending.push(entry);
        if (state.pending.len() * E::LEN).is_multiple_of(PAGE_LEN / E::LEN * E::LEN) {
            let _ = state.write_pending(&*self.disk);
        }
    }

    /// Writes what is only in memory, and returns the file to sync. The file exists afterwards.
    pub(super) fn write_out(&self) -> Result<Arc<dyn File>, StorageError> {
        let mut state = self.lock();
        state.write_pending(&*self.disk)?;
        Ok(state.open_or_create(&*self.disk)?)
    }

    /// Keeps the first `len` entries.
    pub(super) fn truncate(&self, len: u32) -> Result<(), StorageError> {
        let mut state = self.lock();
        if len >= state.written {
            let keep = (len - state.written) as usize;
            state.pending.truncate(keep);
            return Ok(());
        }
        state.pending.clear();
        let file = state.open_or_create(&*self.disk)?;
        state.last_written = None;
        file.set_len(u64::from(len) * E::LEN as u64)?;
        state.written = len;
        Ok(())
    }

    /// Closes the file; the next look-up opens it again.
    pub(super) fn release(&self) {
        self.lock().file = None;
    }

    /// Follows a rename of the file.
    pub(super) fn moved_to(&self, path: PathBuf) {
        self.lock().path = path;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<E>> {
        // No code that holds it can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E: IndexEntry> State<E> {
    fn new(path: PathBuf, file: Option<Arc<dyn File>>, written: u32) -> Self {
        Self { path, file, written, pending: Vec::new(), last_written: None }
    }

    fn len(&self) -> u32 {
        self.written + self.pending.len() as u32
    }

    fn open(&mut self, disk: &dyn Disk) -> io::Result<Arc<dyn File>> {
        if let Some(file) = &self.file {
            return Ok(Arc::clone(file));
        }
        let file = disk.open(&self.path, Open::Existing)?;
        Ok(Arc::clone(self.file.insert(file)))
    }

    fn open_or_create(&mut self, disk: &dyn Disk) -> io::Result<Arc<dyn File>> {
        if let Some(file) = &self.file {
            return Ok(Arc::clone(file));
        }
        let file = disk.open(&self.path, Open::OrCreate)?;
        Ok(Arc::clone(self.file.insert(file)))
    }

    fn write_pending(&mut self, disk: &dyn Disk) -> Result<(), StorageError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(self.pending.len() * E::LEN);
        for entry in &self.pending {
            entry.encode(&mut bytes);
        }
        let file = self.open_or_create(disk)?;
        file.write_all_at(&[IoSlice::new(&bytes)], u64::from(self.written) * E::LEN as u64)?;
        self.written += self.pending.len() as u32;
        self.last_written = self.pending.last().copied();
        self.pending.clear();
        Ok(())
    }
}

fn read_entries<E: IndexEntry>(
    file: &dyn File,
    start: u32,
    count: u32,
    written: u32,
    access: Access,
) -> Result<Vec<E>, StorageError> {
    assert!(start + count <= written, "only entries that were written are read");
    let mut bytes = vec![0; count as usize * E::LEN];
    let read = read_up_to(file, &mut bytes, u64::from(start) * E::LEN as u64, access)?;
    if read < bytes.len() {
        // Of a cached read, the rest is on the device; of the other kind, the file was cut under a reader.
        return Err(match access {
            Access::Cached => StorageError::WouldBlock,
            Access::Waiting => io::Error::from(ErrorKind::UnexpectedEof).into(),
        });
    }
    Ok(bytes.chunks_exact(E::LEN).map(E::decode).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;

    fn filled(folder: &std::path::Path, entries: u32) -> IndexFile<OffsetEntry> {
        let index = IndexFile::create(RealDisk::shared(), folder.join("i")).unwrap();
        for number in 0..entries {
            index.push(OffsetEntry { relative: number * 3, position: number * 100 });
        }
        index
    }

    #[test]
    fn an_entry_is_found_in_memory_and_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        for entries in [0, 1, 2, 511, 512, 513, 1024, 5000] {
            let index = filled(folder.path(), entries);
            assert_eq!(index.len(), entries);
            for relative in (0..=entries * 3 + 3).step_by(7) {
                let (count, last) = index.up_to(Access::Waiting, |e| e.relative <= relative).unwrap();
                let expected = if entries == 0 { 0 } else { entries.min(relative / 3 + 1) };
                assert_eq!(count, expected, "{relative} of {entries}");
                assert_eq!(last.map(|entry| entry.relative), count.checked_sub(1).map(|last| last * 3));
            }
        }
    }

    #[test]
    fn a_cut_index_goes_on_where_it_was_cut() {
        let folder = tempfile::tempdir().unwrap();
        for cut in [0, 1, 511, 512, 600, 1300] {
            let index = filled(folder.path(), 1300);
            index.truncate(cut).unwrap();
            assert_eq!(index.len(), cut);
            let next = OffsetEntry { relative: cut * 3, position: 7 };
            index.push(next);
            assert_eq!(index.last(Access::Waiting).unwrap(), Some(next));
            assert_eq!(index.write_out().unwrap().len().unwrap(), u64::from(cut + 1) * 8);
            let again =
                IndexFile::<OffsetEntry>::expect(RealDisk::shared(), folder.path().join("i"), cut + 1);
            assert_eq!(again.last(Access::Waiting).unwrap(), Some(next));
        }
    }

    #[test]
    fn entries_have_kafkas_bytes() {
        let mut bytes = Vec::new();
        OffsetEntry { relative: 7, position: 0x1cc }.encode(&mut bytes);
        TimeEntry { timestamp: 0x01a2_10c4_acd2, relative: 7 }.encode(&mut bytes);
        assert_eq!(bytes, [0, 0, 0, 7, 0, 0, 1, 0xcc, 0, 0, 1, 0xa2, 0x10, 0xc4, 0xac, 0xd2, 0, 0, 0, 7]);
        assert_eq!(TimeEntry::decode(&bytes[8..]), TimeEntry { timestamp: 0x01a2_10c4_acd2, relative: 7 });
        let before = TimeEntry { timestamp: -5, relative: 0 };
        let mut bytes = Vec::new();
        before.encode(&mut bytes);
        assert_eq!(TimeEntry::decode(&bytes), before);
    }
}
