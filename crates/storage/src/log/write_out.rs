//! Writing to the files what so far is in memory only.
//!
//! A batch that the write-ahead log makes durable is not needed in its own file at once: readers find it in memory
//! until it is there (`tail`). So it is written together with those that follow it, in whole pages and past the page cache,
//! which costs a fraction of the processor's time. Whoever needs the files to be whole says so: a sync, a look-up that
//! walks over them, a truncation.

use std::io::{self, IoSlice};
use std::sync::{Arc, MutexGuard, PoisonError};

use bytes::Bytes;
use ottla_types::Timestamp;

use super::PartitionLog;
use super::segment::Segment;
use super::writer::Writer;
use crate::StorageError;
use crate::disk::{PAGE, is_out_of_space};

/// From what part of a full piece on it is worth while to write past the page cache: a call of the device's takes as long
/// as copying some ten pages.
const WORTH_PAGES: usize = 8;

/// A log to which nothing has come for so long is quiet: what comes now is written at once, which costs little, and whoever
/// looks at the files sees it.
const QUIET_MS: i64 = 100;

/// How much room a file takes ahead of what is written to it, at least and at most.
const AHEAD_BYTES: (u64, u64) = (64 << 10, 16 << 20);

/// Bytes that follow one another in one file and are not there yet.
#[derive(Debug)]
pub(super) struct Unwritten {
    pub(super) segment: Arc<Segment>,
    /// Where they go.
    pub(super) position: u64,
    pub(super) parts: Vec<Bytes>,
    pub(super) len: usize,
    /// Whether what comes after them belongs to another segment.
    pub(super) ends_segment: bool,
}

/// The right to write to the files what is in memory: one thread at a time has it. Taken before the writer.
pub(super) struct Turn<'a>(#[expect(dead_code, reason = "it is held, not used")] MutexGuard<'a, ()>);

impl PartitionLog {
    pub(super) fn turn(&self) -> Turn<'_> {
        // A failure under it takes the log offline.
        Turn(self.writing_out.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether what comes now may be written later.
    pub(super) fn may_wait(&self, writer: &Writer, now: Timestamp) -> bool {
        if !self.commit.keeps_batches() {
            return false;
        }
        let is_quiet = writer.appended.is_none_or(|before| now.ms_since(before) >= QUIET_MS);
        // The file gets nothing before what came before it.
        !is_quiet || self.tail().unwritten_bytes() > 0
    }

    /// Takes room in the active segment's file for so many bytes more. False where the file system promises none, so
    /// that they have to be written at once: what was accepted must not find the disk full later.
    pub(super) fn take_room(&self, writer: &mut Writer, bytes: u64) -> Result<bool, StorageError> {
        let needed = writer.position + bytes;
        if needed <= writer.room {
            return Ok(true);
        }
        let file = writer.active.log_file()?;
        let ahead = (needed / 2).clamp(AHEAD_BYTES.0, AHEAD_BYTES.1);
        let longest = u64::from(self.config.load().segment_bytes).max(needed);
        let wished = (needed + ahead).min(longest).next_multiple_of(PAGE as u64);
        writer.active.note_spare();
        let needed = needed.next_multiple_of(PAGE as u64);
        let (room, is_promised) = match file.reserve(wished) {
            Err(error) if is_out_of_space(&error) => (needed, file.reserve(needed)?),
            outcome => (wished, outcome?),
        };
        if is_promised {
            writer.room = room;
        } else if self.tail().unwritten_bytes() > 0 {
            // It was promised before, and what was accepted then must not be overtaken.
            return Err(io::Error::from(io::ErrorKind::Unsupported).into());
        }
        Ok(is_promised)
    }

    /// Writes the pages that are full; of a segment that is closed, everything. Waits for the device.
    pub(super) fn write_pages(&self, turn: &Turn<'_>) -> Result<(), StorageError> {
        self.written_or_offline(self.try_write_pages(turn))
    }

    /// Writes everything that is in memory only. Appends wait for it, so the bulk is better written before.
    pub(super) fn write_rest(&self, turn: &Turn<'_>, writer: &Writer) -> Result<(), StorageError> {
        self.written_or_offline(self.try_write_rest(turn, writer))
    }

    /// Writes everything that is in memory only, so that the files hold all that was published before the call.
    pub(super) fn settle(&self) -> Result<(), StorageError> {
        if self.tail().unwritten_bytes() == 0 {
            return Ok(());
        }
        let turn = self.turn();
        self.write_bulk(&turn)?;
        self.write_rest(&turn, &self.writer())
    }

    /// Writes the bulk of what is in memory only, if there is so much of it.
    pub(super) fn write_bulk(&self, turn: &Turn<'_>) -> Result<(), StorageError> {
        let bytes = self.tail().unwritten_bytes();
        if bytes > self.pages.piece_bytes() / WORTH_PAGES { self.write_pages(turn) } else { Ok(()) }
    }

    /// Writes what is in memory only, if a whole piece has gathered.
    pub(super) fn write_full(&self) -> Result<(), StorageError> {
        let bytes = self.tail().unwritten_bytes();
        if bytes >= self.pages.piece_bytes() { self.write_pages(&self.turn()) } else { Ok(()) }
    }

    /// Writes what has been in memory only since before `time`.
    pub(super) fn settle_before(&self, time: Timestamp) -> Result<(), StorageError> {
        let oldest = self.tail().oldest_unwritten();
        if oldest.is_some_and(|oldest| oldest < time) { self.settle() } else { Ok(()) }
    }

    fn try_write_pages(&self, _: &Turn<'_>) -> Result<(), StorageError> {
        let mut pages = self.pages.take();
        loop {
            let Some(next) = self.tail().unwritten(self.pages.piece_bytes()) else { return Ok(()) };
            let file = next.segment.log_file()?;
            pages.clear();
            let skipped = (next.position % PAGE as u64) as usize;
            let first = next.position - skipped as u64;
            // The page was begun by a write that had to have everything in the file.
            if file.read_at(pages.extend_with(skipped), first)? < skipped {
                let what = format!("the file ends before position {}", next.position);
                return Err(StorageError::corrupt(&next.segment.log_path(), what));
            }
            next.parts.iter().for_each(|part| pages.extend(part));
            let whole = pages.whole().len();
            let mut end = first + whole as u64;
            if whole > 0 {
                file.write_pages_at(pages.whole(), first)?;
            }
            if next.ends_segment {
                file.write_all_at(&[IoSlice::new(&pages.bytes()[whole..])], end)?;
                end = first + pages.len() as u64;
            } else if whole == 0 {
                return Ok(());
            }
            self.tail().note_written(&next.segment, end);
        }
    }

    fn try_write_rest(&self, _: &Turn<'_>, _: &Writer) -> Result<(), StorageError> {
        loop {
            let Some(next) = self.tail().unwritten(usize::MAX) else { return Ok(()) };
            let parts: Vec<IoSlice<'_>> = next.parts.iter().map(|part| IoSlice::new(part)).collect();
            next.segment.log_file()?.write_all_at(&parts, next.position)?;
            self.tail().note_written(&next.segment, next.position + next.len as u64);
        }
    }

    /// What was accepted cannot be written: nothing is known about the file, and the write-ahead log has it.
    fn written_or_offline(&self, outcome: Result<(), StorageError>) -> Result<(), StorageError> {
        outcome.inspect_err(|error| self.go_offline(&Arc::new(io::Error::other(error.clone()))))
    }
}
