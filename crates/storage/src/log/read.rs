//! Reading: from an offset to the bytes that a reader gets.

use std::sync::Arc;

use bytes::Bytes;
use ottla_types::Offset;

use super::PartitionLog;
use super::index::Access;
use super::segment::Segment;
use crate::StorageError;
use crate::disk::File;

/// How much a reader wants.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// Where the reader has to stop: the high watermark, the last stable offset, or the log's end.
    pub upper: Offset,
    /// How many bytes at most.
    pub max_bytes: usize,
    /// Whether the first batch is returned even if it is larger than that.
    pub at_least_one: bool,
    /// Whether the reader may be made to wait for the device.
    pub access: Access,
}

/// Bytes of a log: whole batches, except that the last one of a file's piece may be cut off by `max_bytes`.
#[derive(Clone, Debug)]
pub enum Piece {
    /// They are in memory.
    Memory(Bytes),
    /// They are in a file, for whoever sends them to read.
    File {
        /// The file.
        file: Arc<dyn File>,
        /// Where they start.
        position: u64,
        /// How many there are.
        len: usize,
    },
}

/// What a read found.
#[derive(Clone, Debug)]
pub struct ReadResult {
    /// Where the log starts.
    pub log_start: Offset,
    /// Where it ends.
    pub log_end: Offset,
    /// The bytes, in the order in which they are to be sent. The first batch may start before the offset that was
    /// asked for.
    pub pieces: Vec<Piece>,
    /// How many bytes they are together.
    pub bytes: usize,
}

impl PartitionLog {
    /// Reads from `from`. It never crosses from one segment into the next: the reader comes again.
    ///
    /// Errors: [`StorageError::OutOfRange`], [`StorageError::WouldBlock`], and what the device says.
    pub fn read(&self, from: Offset, limits: &ReadLimits) -> Result<ReadResult, StorageError> {
        // The end is looked at before the segments: they are then at least as new.
        let log_end = self.log_end_offset();
        let segments = self.segments.load();
        let log_start = self.log_start_offset();
        if from < log_start || from > log_end {
            return Err(StorageError::OutOfRange { asked: from, start: log_start, end: log_end });
        }
        let mut result = ReadResult { log_start, log_end, pieces: Vec::new(), bytes: 0 };
        let upper = limits.upper.min(log_end);
        if from >= upper {
            return Ok(result);
        }
        if self.read_tail(from, upper, limits, &mut result) {
            return Ok(result);
        }
        let first = segments.partition_point(|segment| segment.base <= from).saturating_sub(1);
        for (number, segment) in segments.iter().enumerate().skip(first) {
            let next_base = segments.get(number + 1).map(|next| next.base);
            if segment.base >= upper || read_segment(segment, next_base, from, upper, limits, &mut result)? {
                return Ok(result);
            }
        }
        // The files end in a gap, as compaction leaves it, and what comes after it is in none of them yet.
        if let Some(first) = self.tail().first_after(from) {
            self.read_tail(first, upper, limits, &mut result);
        }
        Ok(result)
    }

    fn read_tail(&self, from: Offset, upper: Offset, limits: &ReadLimits, result: &mut ReadResult) -> bool {
        let found = self.tail().read(from, upper, limits.max_bytes, limits.at_least_one);
        let Some(batches) = found else { return false };
        for batch in batches {
            result.bytes += batch.len();
            result.pieces.push(Piece::Memory(batch.head));
            result.pieces.push(Piece::Memory(batch.body));
        }
        true
    }

    /// The transactions that were aborted between two offsets, for a reader of committed records who got the
    /// records between them.
    pub fn aborted_transactions(
        &self,
        from: Offset,
        upper: Offset,
    ) -> Result<Vec<super::AbortedTxn>, StorageError> {
        let segments = self.segments.load();
        let first = segments.partition_point(|segment| segment.base <= from).saturating_sub(1);
        let mut found = Vec::new();
        for segment in &segments[first..] {
            for txn in segment.txns.entries()? {
                if txn.last_offset >= from && txn.first_offset < upper {
                    found.push(txn);
                }
                // What follows began after the reader's last record.
                if txn.last_stable_offset >= upper {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }
}

/// Reads from one segment; false if it has nothing at or after `from`, as can be where compaction was.
fn read_segment(
    segment: &Segment,
    next_base: Option<Offset>,
    from: Offset,
    upper: Offset,
    limits: &ReadLimits,
    result: &mut ReadResult,
) -> Result<bool, StorageError> {
    let Some(first) = segment.place_of(from, limits.access)? else { return Ok(false) };
    if first.header.base_offset >= upper {
        return Ok(true);
    }
    // Looked at before the search for `upper`: an append that comes in between must not slip under it.
    let len = segment.written();
    let is_wholly_below = next_base.is_some_and(|next| next <= upper);
    let end = match is_wholly_below {
        true => len,
        false => segment.place_of(upper, limits.access)?.map_or(len, |place| place.position.min(len)),
    };
    let available = usize::try_from(end.saturating_sub(first.position)).unwrap_or(usize::MAX);
    let first_len = first.header.size();
    let wanted = match limits.at_least_one {
        true => limits.max_bytes.max(first_len),
        // A part of a batch is of no use to anybody.
        false if limits.max_bytes < first_len => 0,
        false => limits.max_bytes,
    };
    let len = available.min(wanted);
    if len > 0 {
        result.bytes += len;
        result.pieces.push(Piece::File { file: segment.log_file()?, position: first.position, len });
    }
    Ok(true)
}
