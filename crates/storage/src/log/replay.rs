//! Taking back from the write-ahead log what a crash took from the files.

use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use ottla_types::{LeaderEpoch, Offset, Timestamp};

use super::index::Access;
use super::scan::Place;
use super::{AppendError, PartitionLog};
use crate::StorageError;
use crate::wal::{Batch, Change};

/// What became of a replayed change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It was done again.
    Done,
    /// The files had it, or something newer, already.
    Known,
    /// The partition was removed: whoever opened it removes its folder.
    Deleted,
}

/// Does again in one log what the write-ahead log tells of it.
#[derive(Debug)]
pub struct LogReplay {
    log: Arc<PartitionLog>,
    /// Where the log started when it was opened. What lies below was given up, perhaps after it had been cut off and
    /// written anew, and be it that only the checkpoint says so.
    known_start: Offset,
    /// Batches that do not follow what the files have. What is between was cut off, or given up, as a later record
    /// may tell; until then it is not known what becomes of these.
    beyond: Vec<Batch>,
}

impl LogReplay {
    /// Begins.
    pub fn new(log: Arc<PartitionLog>) -> Self {
        Self { known_start: log.log_start_offset(), log, beyond: Vec::new() }
    }

    /// Does a change again, if the files do not have it. Changes come in the order in which they were made. Nothing of
    /// a newer leader epoch is touched: another broker, or Apache Kafka itself, may have written it since. It is
    /// durable after [`PartitionLog::flush`].
    pub fn apply(&mut self, change: Change, now: Timestamp) -> Result<Replayed, StorageError> {
        match change {
            Change::Batch(batch) => self.apply_batch(batch, now),
            Change::Truncate { leader_epoch, to } => {
                self.beyond.retain(|batch| batch.next_offset <= to);
                self.log.replay_truncation(leader_epoch, to, now)
            }
            Change::LogStart(start) => self.apply_start(start, now),
            Change::Created { .. } => Ok(Replayed::Known),
            Change::Deleted => {
                self.beyond.clear();
                Ok(Replayed::Deleted)
            }
        }
    }

    fn apply_batch(&mut self, batch: Batch, now: Timestamp) -> Result<Replayed, StorageError> {
        if self.log.has_records_after(batch.leader_epoch)? {
            return Ok(Replayed::Known);
        }
        let leaves_gap = batch.base_offset > self.log.log_end_offset();
        if leaves_gap && !self.log.config().cleanup_compact {
            self.beyond.push(batch);
            return Ok(Replayed::Known);
        }
        // If there was something beyond, it was cut off before this was written.
        self.beyond.clear();
        self.log.replay_batch(&batch, now)
    }

    fn apply_start(&mut self, start: Offset, now: Timestamp) -> Result<Replayed, StorageError> {
        if self.beyond.first().is_none_or(|first| first.base_offset > start) {
            return self.log.replay_start(start, now);
        }
        // All that is missing was given up: the log begins anew behind it.
        let beyond = std::mem::take(&mut self.beyond);
        let kept: Vec<Batch> = beyond.into_iter().filter(|batch| batch.next_offset > start).collect();
        let base = kept.first().map_or(start, |first| first.base_offset.min(start));
        self.log.restart_again(base, now)?;
        for batch in kept {
            self.log.replay_batch(&batch, now)?;
        }
        self.log.replay_start(start, now)?;
        Ok(Replayed::Done)
    }

    /// Everything was told. Which offsets, if any, neither the files have nor the write-ahead log had, although it has
    /// some after them: the files have been damaged.
    pub fn finish(mut self, now: Timestamp) -> Result<Option<Range<Offset>>, StorageError> {
        // A truncation that was told again takes back no log start that came after it.
        self.apply_start(self.known_start, now)?;
        Ok(self.beyond.first().map(|first| self.log.log_end_offset()..first.base_offset))
    }
}

impl PartitionLog {
    /// Whether a later leader's records are here; then the log has all that came before them, too.
    fn has_records_after(&self, epoch: LeaderEpoch) -> Result<bool, StorageError> {
        let latest = match self.latest_epoch() {
            // All records were given up, and their epochs with them, but the files tell still.
            None => self.last_epoch_in_files()?,
            latest => latest,
        };
        Ok(latest.is_some_and(|latest| latest > epoch))
    }

    fn last_epoch_in_files(&self) -> Result<Option<LeaderEpoch>, StorageError> {
        self.settle()?;
        let segments = self.segments.load();
        let Some(segment) = segments.iter().rev().find(|segment| segment.len() > 0) else { return Ok(None) };
        let last_indexed = segment.offsets.last(Access::Waiting)?;
        let from = last_indexed.map_or(0, |last| u64::from(last.position));
        let mut scan = segment.scan_headers(from, Access::Waiting)?;
        let mut last = None;
        while let Some(place) = segment.next_of(&mut scan)? {
            last = Some(place.header.leader_epoch);
        }
        Ok(last)
    }

    fn replay_batch(self: &Arc<Self>, batch: &Batch, now: Timestamp) -> Result<Replayed, StorageError> {
        if self.has_records_after(batch.leader_epoch)? || batch.next_offset <= self.log_start_offset() {
            return Ok(Replayed::Known);
        }
        if batch.base_offset < self.log_end_offset() {
            if let Some(place) = self.place_of(batch.base_offset)? {
                let header = &place.header;
                if header.to_bytes() == batch.head || header.leader_epoch > batch.leader_epoch {
                    return Ok(Replayed::Known);
                }
            }
            // What lies there is of a leader whose records were cut off, which the files have lost.
            self.cut_again(batch.base_offset, now)?;
        }
        let records = joined(batch);
        match self.append_as_follower(&records, records.len(), now) {
            Ok(_) => self.write_full().map(|()| Replayed::Done),
            Err(AppendError::Storage(error)) => Err(error),
            Err(other) => {
                Err(StorageError::corrupt(&self.folder, format!("{batch:?} cannot be replayed: {other}")))
            }
        }
    }

    fn replay_truncation(
        self: &Arc<Self>,
        leader_epoch: LeaderEpoch,
        to: Offset,
        now: Timestamp,
    ) -> Result<Replayed, StorageError> {
        if to >= self.log_end_offset() {
            return Ok(Replayed::Known);
        }
        // Only what is older than the leader that asked for it was cut off, be it below the log's start.
        if self.place_of(to)?.is_none_or(|place| place.header.leader_epoch >= leader_epoch) {
            return Ok(Replayed::Known);
        }
        self.cut_again(to, now)?;
        Ok(Replayed::Done)
    }

    fn replay_start(self: &Arc<Self>, start: Offset, now: Timestamp) -> Result<Replayed, StorageError> {
        if start <= self.log_start_offset() {
            return Ok(Replayed::Known);
        }
        if start > self.log_end_offset() {
            self.restart_again(start, now)?;
        } else {
            let mut writer = self.writer();
            self.advance_start(&mut writer, start);
        }
        Ok(Replayed::Done)
    }

    fn place_of(&self, offset: Offset) -> Result<Option<Place>, StorageError> {
        self.settle()?;
        let segments = self.segments.load();
        let first = segments.partition_point(|segment| segment.base <= offset).saturating_sub(1);
        for segment in &segments[first..] {
            if let Some(place) = segment.place_of(offset, Access::Waiting)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }
}

fn joined(batch: &Batch) -> Bytes {
    let mut bytes = BytesMut::with_capacity(batch.len());
    bytes.extend_from_slice(&batch.head);
    bytes.extend_from_slice(&batch.body);
    bytes.freeze()
}
