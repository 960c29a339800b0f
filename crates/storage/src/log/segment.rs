//! One segment: a file of batches, and the indexes that find them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ottla_protocol::records::BatchHeader;
use ottla_types::{Offset, Timestamp};

use super::index::{Access, IndexEntry, IndexFile, OffsetEntry, TimeEntry};
use super::names::{FileKind, FileName, FileStage};
use super::scan::{HeaderScan, Place};
use super::txn_index::TxnIndex;
use crate::StorageError;
use crate::disk::{Disk, File, Open};

/// The largest timestamp of a segment, and the last offset of the first batch that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MaxTimestamp {
    pub(super) timestamp: Timestamp,
    pub(super) offset: Offset,
}

/// A segment. The log's writer appends to the last one; readers look into any of them at any time.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) base: Offset,
    disk: Arc<dyn Disk>,
    log: Mutex<LogFile>,
    /// How many bytes of batches readers may see.
    len: AtomicU64,
    /// How many of them are in the file; the others are in memory.
    written: AtomicU64,
    /// Whether the file may have taken room beyond its end.
    has_spare: AtomicBool,
    pub(super) offsets: IndexFile<OffsetEntry>,
    pub(super) times: IndexFile<TimeEntry>,
    pub(super) txns: TxnIndex,
    /// `None` until somebody asks.
    max_timestamp: Mutex<Option<MaxTimestamp>>,
    /// When the file was last written, in milliseconds: what retention goes by where records have no timestamps.
    modified_ms: AtomicI64,
}

#[derive(Debug)]
struct LogFile {
    path: PathBuf,
    file: Option<Arc<dyn File>>,
}

/// The files of a segment as the folder lists them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Listed {
    pub(super) log_len: u64,
    pub(super) index_len: Option<u64>,
    pub(super) time_index_len: Option<u64>,
    pub(super) modified_ms: i64,
}

impl Segment {
    /// Creates an empty segment, replacing what may lie there from a segment that never was in use.
    pub(super) fn create(
        disk: &Arc<dyn Disk>,
        folder: &Path,
        base: Offset,
        now: Timestamp,
    ) -> Result<Self, StorageError> {
        let path = |kind| FileName::live(base, kind).path(folder);
        match disk.remove_file(&path(FileKind::TxnIndex)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        // The log comes last: indexes without one are swept away, a log without them is repaired.
        let offsets = IndexFile::create(Arc::clone(disk), path(FileKind::OffsetIndex))?;
        let times = IndexFile::create(Arc::clone(disk), path(FileKind::TimeIndex))?;
        let file = disk.open(&path(FileKind::Log), Open::Truncated)?;
        Ok(Self {
            base,
            disk: Arc::clone(disk),
            log: Mutex::new(LogFile { path: path(FileKind::Log), file: Some(file) }),
            len: AtomicU64::new(0),
            written: AtomicU64::new(0),
            has_spare: AtomicBool::new(false),
            offsets,
            times,
            txns: TxnIndex::expect(Arc::clone(disk), path(FileKind::TxnIndex)),
            max_timestamp: Mutex::new(None),
            modified_ms: AtomicI64::new(now.0),
        })
    }

    /// A segment that the folder lists. Nothing is opened before it is needed.
    pub(super) fn expect(disk: &Arc<dyn Disk>, folder: &Path, base: Offset, listed: Listed) -> Self {
        let path = |kind| FileName::live(base, kind).path(folder);
        let entries = |len: Option<u64>, entry_len: usize| {
            u32::try_from(len.unwrap_or(0) / entry_len as u64).unwrap_or(u32::MAX)
        };
        let offset_entries = entries(listed.index_len, OffsetEntry::LEN);
        let time_entries = entries(listed.time_index_len, TimeEntry::LEN);
        Self {
            base,
            disk: Arc::clone(disk),
            log: Mutex::new(LogFile { path: path(FileKind::Log), file: None }),
            len: AtomicU64::new(listed.log_len),
            written: AtomicU64::new(listed.log_len),
            has_spare: AtomicBool::new(false),
            offsets: IndexFile::expect(Arc::clone(disk), path(FileKind::OffsetIndex), offset_entries),
            times: IndexFile::expect(Arc::clone(disk), path(FileKind::TimeIndex), time_entries),
            txns: TxnIndex::expect(Arc::clone(disk), path(FileKind::TxnIndex)),
            max_timestamp: Mutex::new(None),
            modified_ms: AtomicI64::new(listed.modified_ms),
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.len.load(Ordering::Acquire)
    }

    /// Lets readers see the batches up to `len`.
    pub(super) fn set_len(&self, len: u64, now: Timestamp) {
        self.len.store(len, Ordering::Release);
        self.modified_ms.store(now.0, Ordering::Relaxed);
    }

    /// How many bytes of batches are in the file.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// The file holds the batches up to `written`.
    pub(super) fn set_written(&self, written: u64) {
        self.written.store(written, Ordering::Release);
    }

    /// Cuts the file, all of which is written, and what readers may see.
    pub(super) fn cut_to(&self, len: u64) -> Result<(), StorageError> {
        self.len.store(len, Ordering::Release);
        self.written.store(len, Ordering::Release);
        Ok(self.log_file()?.set_len(len)?)
    }

    /// The file may have taken room beyond its end.
    pub(super) fn note_spare(&self) {
        self.has_spare.store(true, Ordering::Release);
    }

    /// Gives back the room beyond the end of a file that takes no more, if it has any.
    pub(super) fn give_back_spare(&self) {
        if self.has_spare.swap(false, Ordering::AcqRel) && self.written() == self.len() {
            // If it fails, the room stays the file's, which is a pity and no more.
            let _ = self.log_file().map(|file| file.set_len(self.len()));
        }
    }

    /// When the file was last written.
    pub(super) fn modified(&self) -> Timestamp {
        Timestamp(self.modified_ms.load(Ordering::Relaxed))
    }

    pub(super) fn log_path(&self) -> PathBuf {
        self.lock().path.clone()
    }

    pub(super) fn log_file(&self) -> Result<Arc<dyn File>, StorageError> {
        let mut log = self.lock();
        if let Some(file) = &log.file {
            return Ok(Arc::clone(file));
        }
        let file = self.disk.open(&log.path, Open::Existing)?;
        Ok(Arc::clone(log.file.insert(file)))
    }

    /// The offset from the base, where an index can hold it.
    pub(super) fn relative(&self, offset: Offset) -> Option<u32> {
        u32::try_from(offset.since(self.base)).ok().filter(|&relative| relative <= i32::MAX as u32)
    }

    /// Where a search for `offset` begins: a batch that starts at or before it, or, without one, the start.
    pub(super) fn position_before(&self, offset: Offset, access: Access) -> Result<u64, StorageError> {
        let relative = offset.since(self.base);
        let (_, entry) = self.offsets.up_to(access, |entry| i64::from(entry.relative) <= relative)?;
        Ok(entry.map_or(0, |entry| u64::from(entry.position)))
    }

    /// The first batch in the file that reaches to `offset` or beyond; `None` if all end before it.
    pub(super) fn place_of(&self, offset: Offset, access: Access) -> Result<Option<Place>, StorageError> {
        let mut scan = self.scan_headers(self.position_before(offset, access)?, access)?;
        while let Some(place) = self.next_of(&mut scan)? {
            if place.header.last_offset() >= offset {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Walks over the batches that are in the file.
    pub(super) fn scan_headers(&self, position: u64, access: Access) -> Result<HeaderScan, StorageError> {
        Ok(HeaderScan::new(self.log_file()?, position, self.written(), access))
    }

    pub(super) fn next_of(&self, scan: &mut HeaderScan) -> Result<Option<Place>, StorageError> {
        scan.next().map_err(|error| error.in_file(&self.log_path()))
    }

    /// The largest timestamp. That of a sealed segment is the last entry of its time index.
    pub(super) fn max_timestamp(&self, access: Access) -> Result<Option<MaxTimestamp>, StorageError> {
        let mut known = lock(&self.max_timestamp);
        if known.is_none() {
            let last = self.times.last(access)?;
            *known = last.map(|last| MaxTimestamp {
                timestamp: Timestamp(last.timestamp),
                offset: self.base.plus(i64::from(last.relative)),
            });
        }
        Ok(*known)
    }

    pub(super) fn set_max_timestamp(&self, max: Option<MaxTimestamp>) {
        *lock(&self.max_timestamp) = max;
    }

    /// What retention by time and look-ups by time go by: the largest timestamp or, where records have none, when
    /// the file was written.
    pub(super) fn largest_timestamp(&self, access: Access) -> Result<Timestamp, StorageError> {
        let max = self.max_timestamp(access)?.map(|max| max.timestamp);
        Ok(max.filter(|timestamp| timestamp.0 >= 0).unwrap_or_else(|| self.modified()))
    }

    /// Accounts for a batch that was written at `position`: the largest timestamp and, if `is_indexed`, the indexes.
    pub(super) fn note(&self, batch: &BatchHeader, position: u64, is_indexed: bool) {
        let mut max = lock(&self.max_timestamp);
        if max.is_none_or(|max| batch.max_timestamp > max.timestamp) && batch.max_timestamp.0 > -1 {
            *max = Some(MaxTimestamp { timestamp: batch.max_timestamp, offset: batch.last_offset() });
        }
        let max = *max;
        if !is_indexed {
            return;
        }
        let relative =
            self.relative(batch.last_offset()).expect("a segment is rolled before offsets overflow");
        let position = u32::try_from(position).expect("a segment's size fits into 31 bits");
        self.offsets.push(OffsetEntry { relative, position });
        self.note_time(max);
    }

    fn note_time(&self, max: Option<MaxTimestamp>) {
        let Some(max) = max else { return };
        let Some(relative) = self.relative(max.offset) else { return };
        // The last entry is in memory or in the page just written; should the device fail, the index is behind,
        // which recovery repairs.
        let last = self.times.last(Access::Waiting).ok().flatten();
        if last.is_none_or(|last| last.timestamp < max.timestamp.0) {
            self.times.push(TimeEntry { timestamp: max.timestamp.0, relative });
        }
    }

    /// Completes the indexes of a segment that takes no more batches, and writes them out.
    pub(super) fn seal(&self) -> Result<(), StorageError> {
        let max = self.max_timestamp(Access::Waiting)?;
        self.note_time(max);
        self.offsets.write_out()?;
        self.times.write_out()?;
        Ok(())
    }

    /// Cuts the indexes so that they say nothing about `offset` and beyond.
    pub(super) fn truncate_indexes(&self, offset: Offset) -> Result<(), StorageError> {
        let relative = offset.since(self.base);
        let (offsets, _) =
            self.offsets.up_to(Access::Waiting, |entry| i64::from(entry.relative) < relative)?;
        let (times, _) = self.times.up_to(Access::Waiting, |entry| i64::from(entry.relative) < relative)?;
        self.offsets.truncate(offsets)?;
        self.times.truncate(times)?;
        self.txns.truncate(offset)
    }

    /// Renames the segment's files from one stage to another. Readers that have one open keep it.
    pub(super) fn rename(&self, folder: &Path, from: FileStage, to: FileStage) -> Result<(), StorageError> {
        for kind in FileKind::OF_SEGMENT {
            let name = FileName::live(self.base, kind);
            let target = name.at(to).path(folder);
            match self.disk.rename(&name.at(from).path(folder), &target) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
            match kind {
                FileKind::Log => self.lock().path = target,
                FileKind::OffsetIndex => self.offsets.moved_to(target),
                FileKind::TimeIndex => self.times.moved_to(target),
                FileKind::TxnIndex => self.txns.moved_to(target),
                FileKind::Snapshot => {}
            }
        }
        Ok(())
    }

    /// Closes the files; whoever needs one again opens it again.
    pub(super) fn release(&self) {
        self.lock().file = None;
        self.offsets.release();
        self.times.release();
        self.txns.release();
    }

    fn lock(&self) -> MutexGuard<'_, LogFile> {
        lock(&self.log)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code under these locks can panic half-way through a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
