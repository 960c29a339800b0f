//! Giving up old records: retention, DeleteRecords, and the removal of files that nobody needs any more.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ottla_types::{Offset, Timestamp};

use super::PartitionLog;
use super::index::Access;
use super::names::{FileKind, FileName, FileStage};
use super::producer_state::Expiry;
use super::segment::Segment;
use super::writer::Writer;
use crate::StorageError;
use crate::wal::Change;

/// Files on their way out.
#[derive(Debug)]
pub(super) struct Removal {
    /// The segment, whose files carry their last name from `due` on.
    segment: Arc<Segment>,
    /// When they may be removed; `None` as long as the log start that gives them up is not durable.
    due: Option<Timestamp>,
    /// The log start that gives them up.
    given_up_by: Offset,
}

impl Removal {
    /// Of a segment that is given up already, and whose files have their last name.
    pub(super) fn due_at(segment: Arc<Segment>, due: Timestamp) -> Self {
        Self { segment, due: Some(due), given_up_by: Offset::ZERO }
    }
}

/// How often it is looked for producers to forget: Apache Kafka's `producer.id.expiration.check.interval.ms`.
const EXPIRY_CHECK_MS: i64 = 600_000;

/// How long batches stay in memory at most for readers who may still come.
const TAIL_AGE_MS: i64 = 10_000;

/// How long batches may wait to be written to their files, from one tick to another.
const UNWRITTEN_AGE_MS: i64 = 1_000;

impl PartitionLog {
    /// Gives up the segments that retention by size and time, or the log start, no longer keep. Only whole segments
    /// below high watermark and recovery point go. Returns how many went.
    pub fn apply_retention(self: &Arc<Self>, now: Timestamp) -> Result<usize, StorageError> {
        self.check_online()?;
        let mut writer = self.writer();
        let segments = self.segments.load_full();
        let expired = self.expired_count(&segments, now)?;
        if expired == segments.len() && writer.position > 0 {
            // Even the last one is too old: closed, it goes when it is flushed.
            self.roll_segment(&mut writer, now)?;
        }
        let limit = self.high_watermark().min(self.recovery_point());
        let bound = |number: &usize| segments.get(number + 1).map(|next| next.base);
        let going = (0..expired).take_while(|number| bound(number).is_some_and(|next| next <= limit)).count();
        if let Some(start) = going.checked_sub(1).as_ref().and_then(bound) {
            self.advance_start(&mut writer, start);
        }
        Ok(going)
    }

    /// How many segments from the oldest on nothing keeps.
    fn expired_count(&self, segments: &[Arc<Segment>], now: Timestamp) -> Result<usize, StorageError> {
        let config = self.config.load();
        let start = self.log_start_offset();
        let mut count = segments.windows(2).take_while(|pair| pair[1].base <= start).count();
        if !config.cleanup_delete {
            return Ok(count);
        }
        if let Ok(limit) = u64::try_from(config.retention_bytes) {
            let mut excess = segments.iter().map(|segment| segment.len()).sum::<u64>().checked_sub(limit);
            let mut by_size = 0;
            while let Some(left) = excess.and_then(|excess| excess.checked_sub(segments.get(by_size)?.len()))
            {
                by_size += 1;
                excess = Some(left);
            }
            count = count.max(by_size);
        }
        if config.retention_ms >= 0 {
            while let Some(segment) = segments.get(count) {
                let age_ms = now.ms_since(segment.largest_timestamp(Access::Waiting)?);
                if age_ms <= config.retention_ms {
                    break;
                }
                count += 1;
            }
        }
        Ok(count)
    }

    /// Gives up the records before `offset`: DeleteRecords. Returns where the log starts then; that it does is durable
    /// when [`PartitionLog::wait_start_durable`] says so.
    pub fn delete_records_before(self: &Arc<Self>, offset: Offset) -> Result<Offset, StorageError> {
        self.check_online()?;
        let (start, end) = (self.log_start_offset(), self.high_watermark());
        if offset > end || offset < Offset::ZERO {
            return Err(StorageError::OutOfRange { asked: offset, start, end });
        }
        let mut writer = self.writer();
        self.advance_start(&mut writer, offset);
        Ok(self.log_start_offset())
    }

    /// Lets the log start at `start`, and the segments below it go once that is durable.
    pub(super) fn advance_start(self: &Arc<Self>, writer: &mut Writer, start: Offset) {
        if start <= self.log_start_offset() {
            return;
        }
        self.start.store(start.0, Ordering::Release);
        self.update_epochs(|epochs| epochs.truncate_from_start(start));
        writer.producers.forget_ended_below(start);
        self.publish_unstable(writer);
        self.drop_segments_below(writer, start);
        self.note_start();
        self.enqueue(Change::LogStart(start));
    }

    /// Notes where the log starts. Even if its first segment says so as well: a crash may bring back the files of
    /// those before it.
    pub(super) fn note_start(&self) {
        let start = self.log_start_offset();
        self.checkpoints.log_starts.set(&self.partition, (start > Offset::ZERO).then_some(start));
    }

    /// Hides the segments that end at or below `start` from readers. Their files stay for now.
    fn drop_segments_below(&self, writer: &mut Writer, start: Offset) {
        let segments = self.segments.load_full();
        let going = segments.windows(2).take_while(|pair| pair[1].base <= start).count();
        if going == 0 {
            return;
        }
        self.segments.store(Arc::new(segments[going..].to_vec()));
        for segment in &segments[..going] {
            self.schedule_removal(writer, segment, start, None);
        }
    }

    pub(super) fn schedule_removal(
        &self,
        writer: &mut Writer,
        segment: &Arc<Segment>,
        given_up_by: Offset,
        due: Option<Timestamp>,
    ) {
        // As long as a crash may bring it back into the log, it has to be as whole as the rest.
        if due.is_some() {
            self.forget_unsynced(writer, segment);
        }
        writer.removals.push(Removal { segment: Arc::clone(segment), due, given_up_by });
    }

    /// What has to be done from time to time: rolls a segment whose time has come although nothing is written,
    /// renames files whose records are given up and removes them after `file.delete.delay.ms`, lets go of memory.
    pub fn tick(self: &Arc<Self>, now: Timestamp) -> Result<(), StorageError> {
        self.tail().drop_before(now.plus_ms(-TAIL_AGE_MS));
        if self.is_offline() || self.is_closed() {
            return Ok(());
        }
        self.settle_before(now.plus_ms(-UNWRITTEN_AGE_MS))?;
        self.release_files();
        let config = self.config.load();
        let gone = {
            let mut writer = self.writer();
            if now >= writer.expiry_due {
                writer.producers.remove_expired(Expiry { now, after_ms: config.producer_id_expiration_ms });
                writer.expiry_due = now.plus_ms(EXPIRY_CHECK_MS);
            }
            if writer.is_overdue(self.seed, &config, now) {
                self.roll_segment(&mut writer, now)?;
            }
            self.mark_removals(&mut writer, now.plus_ms(config.file_delete_delay_ms))?;
            let is_due = |removal: &mut Removal| removal.due.is_some_and(|due| due <= now);
            writer.removals.extract_if(.., is_due).collect::<Vec<_>>()
        };
        // To remove a large file takes the file system its time: not under the writer.
        for removal in gone {
            for path in self.paths_of(&removal.segment, FileStage::Deleted) {
                match self.disk.remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Closes the files that only readers had opened. One that is not synced stays open: the kernel tells of a failed
    /// write to those who have the file open.
    fn release_files(&self) {
        let recovery_point = self.recovery_point();
        for pair in self.segments.load().windows(2) {
            if pair[1].base <= recovery_point {
                pair[0].release();
            }
        }
    }

    /// Gives files their last name when the log start that gives them up is durable.
    fn mark_removals(&self, writer: &mut Writer, due: Timestamp) -> Result<(), StorageError> {
        let durable_start = self.durable_start.offset();
        let goes = |removal: &Removal| removal.due.is_none() && removal.given_up_by <= durable_start;
        if !writer.removals.iter().any(goes) {
            return Ok(());
        }
        // The write-ahead log has it, but a start reads the files first, and would take those that are missing for
        // damage and cut off what comes after them.
        self.checkpoints.log_starts.write()?;
        let mut base = None;
        let mut removals = std::mem::take(&mut writer.removals);
        let mut outcome = Ok(());
        for removal in &mut removals {
            if goes(removal) && outcome.is_ok() {
                outcome = removal.segment.rename(&self.folder, FileStage::Live, FileStage::Deleted);
                removal.due = outcome.is_ok().then_some(due);
                self.forget_unsynced(writer, &removal.segment);
                writer.is_folder_dirty = true;
                base = base.max(Some(removal.segment.base));
            }
        }
        writer.removals = removals;
        outcome?;
        // A snapshot below the log start is of no use to anybody.
        let Some(base) = base else { return Ok(()) };
        writer.snapshots.remove_where(|offset| offset <= base)
    }

    fn forget_unsynced(&self, writer: &mut Writer, segment: &Arc<Segment>) {
        self.tail().forget_unwritten(|other| Arc::ptr_eq(other, segment));
        writer.forget_unsynced(segment);
    }

    fn paths_of(&self, segment: &Segment, stage: FileStage) -> Vec<PathBuf> {
        let path = |kind| FileName::live(segment.base, kind).at(stage).path(&self.folder);
        FileKind::OF_SEGMENT.into_iter().map(path).collect()
    }

    /// Gives up the whole log: the partition is deleted here. Its owner renames the folder, says so, and removes it
    /// later.
    pub(crate) fn retire(&self) {
        let mut writer = self.writer();
        self.is_closed.store(true, Ordering::Release);
        writer.leading = None;
        writer.unsynced.clear();
        writer.unsynced_indexes.clear();
        writer.removals.clear();
        writer.take_names();
        self.tail().clear();
        self.checkpoints.forget(&self.partition);
    }

    /// The folder does not have its name any more, since this change of the folder above.
    pub(crate) fn note_removal(self: &Arc<Self>, change: u64) {
        self.removed_by.store(change, Ordering::Release);
        self.enqueue(Change::Deleted);
    }

    /// Tells the write-ahead log of a partition that has just been created, before anything is appended.
    pub(crate) fn note_creation(self: &Arc<Self>) {
        self.enqueue(Change::Created { topic: Arc::clone(&self.partition.topic) });
    }
}
