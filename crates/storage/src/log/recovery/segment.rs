//! One segment after a crash: where it ends, and indexes that agree with it.

use std::io::IoSlice;
use std::sync::Arc;

use ottla_types::{LeaderEpoch, Offset};

use super::super::index::{Access, OffsetEntry, TimeEntry};
use super::super::leader_epoch::EpochCache;
use super::super::scan::{BatchScan, HeaderScan, ScanError};
use super::super::segment::Segment;
use super::active::largest_timestamp;
use crate::StorageError;
use crate::checkpoint::read_range;
use crate::disk::File;

/// Looks at segments.
#[derive(Debug)]
pub(super) struct Examiner {
    /// How many bytes lie between two entries of an index, at least.
    pub(super) interval: u64,
    /// Whether the files were left by a clean stop, so that the indexes end where the log does.
    pub(super) is_clean: bool,
    /// The leader epoch of the batch before the one that is looked at: it never goes back.
    pub(super) last_epoch: LeaderEpoch,
}

/// What was found.
#[derive(Clone, Debug)]
pub(super) struct Examined {
    /// The offset after the last whole batch.
    pub(super) end: Offset,
    /// From where on the indexes were written anew.
    pub(super) rebuilt_from: Offset,
    pub(super) bytes_checked: u64,
    pub(super) bytes_truncated: u64,
    /// What was wrong at the end.
    pub(super) damage: Option<String>,
    /// Whether batches had to be looked at, so that files may have changed, or not be synced.
    pub(super) was_changed: bool,
}

/// A batch boundary, and what precedes it.
#[derive(Clone, Copy, Debug)]
struct Boundary {
    position: u64,
    offset: Offset,
    indexed_position: u64,
}

impl Examiner {
    /// Trusts what lies below `trusted_to` and compares the rest with its checksums. `None` if what should be trusted
    /// contradicts itself: nothing was changed then.
    pub(super) fn examine(
        &mut self,
        segment: &Arc<Segment>,
        trusted_to: Offset,
        epochs: &mut EpochCache,
    ) -> Result<Option<Examined>, StorageError> {
        self.follow(segment, epochs);
        match self.trusted_end(segment, trusted_to)? {
            Some(trusted) if trusted.position == segment.len() && trusted_to >= trusted.offset => {
                // All of it was synced. The indexes may still have zeros, or entries that a crash spared, behind.
                self.cut_indexes(segment, trusted)?;
                Ok(Some(Examined {
                    end: trusted.offset,
                    rebuilt_from: Offset(i64::MAX),
                    bytes_checked: 0,
                    bytes_truncated: 0,
                    damage: None,
                    was_changed: false,
                }))
            }
            Some(trusted) => {
                self.cut_indexes(segment, trusted)?;
                self.check_from(segment, trusted, epochs).map(Some)
            }
            None => Ok(None),
        }
    }

    /// Trusts nothing and writes the indexes anew.
    pub(super) fn rebuild(
        &mut self,
        segment: &Arc<Segment>,
        epochs: &mut EpochCache,
    ) -> Result<Examined, StorageError> {
        self.follow(segment, epochs);
        segment.offsets.truncate(0)?;
        segment.times.truncate(0)?;
        self.check_from(segment, Boundary { position: 0, offset: segment.base, indexed_position: 0 }, epochs)
    }

    /// Comes from segments that nobody looked at: the checkpoint knows the epoch in which the last of them ends.
    fn follow(&mut self, segment: &Segment, epochs: &EpochCache) {
        let before = epochs.epoch_of(segment.base.plus(-1)).unwrap_or(LeaderEpoch::NONE);
        self.last_epoch = self.last_epoch.max(before);
    }

    /// The first batch boundary at or after `trusted_to`, or the end. `None` if the index says what the log does
    /// not, or the log ends in the middle of a batch before that.
    fn trusted_end(
        &mut self,
        segment: &Segment,
        trusted_to: Offset,
    ) -> Result<Option<Boundary>, StorageError> {
        let len = segment.len();
        let relative = trusted_to.0.saturating_sub(segment.base.0);
        // A live index of Apache Kafka ends in zeros, which no entry has: the first batch gets none.
        let is_trusted = |entry: &OffsetEntry| {
            entry.position > 0 && u64::from(entry.position) < len && i64::from(entry.relative) < relative
        };
        let (_, last) = segment.offsets.up_to(Access::Waiting, is_trusted)?;
        let start = last.map_or(0, |last| u64::from(last.position));
        let mut scan = HeaderScan::new(segment.log_file()?, start, len, Access::Waiting);
        let mut boundary = Boundary { position: start, offset: segment.base, indexed_position: start };
        let mut is_first = true;
        loop {
            if boundary.offset >= trusted_to {
                return Ok(Some(boundary));
            }
            let place = match scan.next() {
                Ok(Some(place)) => place,
                Ok(None) => return Ok(Some(boundary)),
                Err(ScanError::Storage(error)) => return Err(error),
                Err(_) => return Ok(None),
            };
            let last_offset = place.header.last_offset();
            let agrees = match last.filter(|_| is_first) {
                Some(entry) => last_offset == segment.base.plus(i64::from(entry.relative)),
                None => place.header.base_offset >= boundary.offset,
            };
            if !agrees {
                return Ok(None);
            }
            is_first = false;
            if place.header.base_offset >= trusted_to {
                return Ok(Some(boundary));
            }
            self.last_epoch = self.last_epoch.max(place.header.leader_epoch);
            boundary.position = place.end();
            boundary.offset = place.header.next_offset();
        }
    }

    /// Leaves in the indexes what was synced.
    fn cut_indexes(&self, segment: &Segment, boundary: Boundary) -> Result<(), StorageError> {
        let end = boundary.offset.since(segment.base);
        let is_below = |entry: &OffsetEntry| {
            entry.position > 0
                && u64::from(entry.position) <= boundary.indexed_position
                && i64::from(entry.relative) < end
        };
        let (offsets, last) = segment.offsets.up_to(Access::Waiting, is_below)?;
        segment.offsets.truncate(offsets)?;
        // A time comes with an offset and looks back from there; what lies behind the last was added when the segment
        // was closed, or with an offset that was not synced.
        let limit = if self.is_clean { end } else { last.map_or(0, |last| i64::from(last.relative) + 1) };
        // The first entry of time 0 looks like the zeros that fill up a file; it is not missed.
        let is_before = |entry: &TimeEntry| {
            (entry.timestamp, entry.relative) != (0, 0) && i64::from(entry.relative) < limit
        };
        let (mut times, mut time) = segment.times.up_to(Access::Waiting, is_before)?;
        while let Some(entry) = time.filter(|_| !self.is_clean)
            && !is_confirmed(segment, &entry)?
        {
            times -= 1;
            let previous = times.checked_sub(1).map(|number| segment.times.entry(number, Access::Waiting));
            time = previous.transpose()?;
        }
        segment.times.truncate(times)
    }

    /// Compares every batch from the boundary on with its checksum, cuts the file where one is not whole, and
    /// completes the indexes.
    fn check_from(
        &mut self,
        segment: &Arc<Segment>,
        mut boundary: Boundary,
        epochs: &mut EpochCache,
    ) -> Result<Examined, StorageError> {
        let (start, len) = (boundary, segment.len());
        let unindexed = start.indexed_position..start.position;
        segment.set_max_timestamp(largest_timestamp(segment, unindexed)?);
        let file = segment.log_file()?;
        let mut scan = BatchScan::new(Arc::clone(&file), boundary.position, len);
        let damage = loop {
            let place = match scan.next() {
                Ok(Some((place, _))) => place,
                Ok(None) => break None,
                Err(ScanError::Storage(error)) => return Err(error),
                Err(damage) => break Some(damage.to_string()),
            };
            let header = &place.header;
            if header.base_offset < boundary.offset || segment.relative(header.last_offset()).is_none() {
                break Some(format!("offset {} cannot follow {}", header.base_offset, boundary.offset));
            }
            if header.leader_epoch > LeaderEpoch::NONE && header.leader_epoch < self.last_epoch {
                // A truncation that was not durable left it behind what a later leader wrote.
                break Some(format!(
                    "leader epoch {} cannot follow {}",
                    header.leader_epoch, self.last_epoch
                ));
            }
            self.last_epoch = self.last_epoch.max(header.leader_epoch);
            let is_indexed = place.position - boundary.indexed_position > self.interval;
            segment.note(header, place.position, is_indexed);
            if is_indexed {
                boundary.indexed_position = place.position;
            }
            let is_new_epoch = epochs.latest().is_none_or(|latest| header.leader_epoch > latest.epoch);
            if header.leader_epoch > LeaderEpoch::NONE && is_new_epoch {
                epochs.assign(header.leader_epoch, header.base_offset);
            }
            boundary.position = place.end();
            boundary.offset = header.next_offset();
        };
        if boundary.position < len {
            segment.cut_to(boundary.position)?;
        }
        rewrite(&file, start.position, boundary.position)?;
        segment.seal()?;
        Ok(Examined {
            end: boundary.offset,
            rebuilt_from: start.offset,
            bytes_checked: boundary.position - start.position,
            bytes_truncated: len - boundary.position,
            damage,
            was_changed: true,
        })
    }
}

/// Whether the log has the batch that an entry tells of. One whose writing was cut short looks as if it lay further
/// ahead, and fails that.
fn is_confirmed(segment: &Segment, entry: &TimeEntry) -> Result<bool, StorageError> {
    let offset = segment.base.plus(i64::from(entry.relative));
    match segment.place_of(offset, Access::Waiting) {
        Ok(place) => Ok(place.is_some_and(|place| place.header.max_timestamp.0 == entry.timestamp)),
        Err(StorageError::Corrupt { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes again what a part of a file holds. If a sync of it failed before the process died, the page cache has what the
/// device never got and counts it as written: only what is written anew is reached by the next sync.
fn rewrite(file: &Arc<dyn File>, mut from: u64, to: u64) -> Result<(), StorageError> {
    const PIECE: u64 = 1 << 20;
    while from < to {
        let piece = read_range(file, from, PIECE.min(to - from) as usize)?;
        file.write_all_at(&[IoSlice::new(&piece)], from)?;
        from += piece.len() as u64;
    }
    Ok(())
}
