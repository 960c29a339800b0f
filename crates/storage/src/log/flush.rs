//! Making a log's own files durable, and what the write-ahead log asks of them.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use ottla_types::{Offset, Timestamp};

use super::PartitionLog;
use super::leader_epoch::EpochCache;
use super::recovery::Creation;
use super::write_out::Turn;
use super::writer::{Names, Writer};
use crate::StorageError;
use crate::checkpoint::{EpochStart, LeaderEpochs};
use crate::disk::File;
use crate::wal::{PartitionFiles, PartitionId};

/// Everything that has to be synced so that nothing below `end` needs recovery.
#[derive(Debug)]
struct FlushPlan {
    end: Offset,
    stamp: u64,
    /// How much of the log it covers that was not flushed before.
    bytes: u64,
    /// The records.
    logs: Vec<Arc<dyn File>>,
    /// What can be made of them again, at a cost.
    others: Vec<Arc<dyn File>>,
    epochs: Option<Vec<EpochStart>>,
    names: Names,
}

/// How much a recovery may have to read of one log, about. A flush costs a handful of syncs, so that at this distance
/// they are nothing beside the records themselves.
const UNFLUSHED_BYTES_MAX: u64 = 16 << 20;

/// From how many pieces on it is worth while to flush a log although nobody asks for it.
const MUCH_PIECES: u64 = 16;

/// After how many pieces of all logs together their recovery points are written down.
const NOTED_PIECES: u64 = 64;

impl PartitionLog {
    /// Syncs everything that was written: records, indexes, what is known of producers, leader epochs. Recovery
    /// would start at the end that the log had when this began, which is returned. Waits for the device.
    pub fn flush(&self) -> Result<Offset, StorageError> {
        let _flushing = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_online()?;
        let plan = {
            let _syncing = self.syncing();
            let plan = self.plan_flush()?;
            self.sync_files(&plan.logs, &plan.names)?;
            plan
        };
        // Whoever waits for records to be durable does not wait for these.
        self.sync_files(&plan.others, &Names::default())?;
        if let Some(epochs) = &plan.epochs {
            let written = LeaderEpochs::write(&*self.disk, &self.folder, epochs);
            written.inspect_err(|_| self.update_epochs(EpochCache::mark_dirty))?;
        }
        let stamp = self.stamp();
        // What is about to be cut off is not durable, even if it is on disk.
        if *stamp == plan.stamp && !self.awaits_cut() {
            self.recovery_point.fetch_max(plan.end.0, Ordering::AcqRel);
            self.unflushed_bytes.fetch_sub(plan.bytes, Ordering::Relaxed);
            self.checkpoints.recovery_points.set(&self.partition, Some(plan.end));
            self.durable.advance(plan.end);
        }
        drop(stamp);
        let much = NOTED_PIECES * self.pages.piece_bytes() as u64;
        if much > 0 && self.checkpoints.note_flushed(plan.bytes, much) {
            // A start after a crash reads what it does not know to be flushed.
            self.checkpoints.recovery_points.write()?;
        }
        let mut writer = self.writer();
        let bases = self.segments.load().iter().map(|segment| segment.base).collect();
        writer.snapshots.keep_only(&bases)?;
        Ok(plan.end)
    }

    fn plan_flush(&self) -> Result<FlushPlan, StorageError> {
        let turn = self.turn();
        self.write_bulk(&turn)?;
        let mut writer = self.writer();
        let mut others = Vec::new();
        for segment in &writer.unsynced_indexes {
            others.push(segment.offsets.write_out()?);
            others.push(segment.times.write_out()?);
            others.extend(segment.txns.file()?);
        }
        let writer = &mut *writer;
        writer.is_folder_dirty |= writer.snapshots.take(&writer.producers)?;
        others.extend(writer.snapshots.unsynced_files()?);
        let logs = self.take_unsynced(&turn, writer)?;
        // Nothing fails from here on, so nothing that is dirty is forgotten.
        writer.unsynced_indexes.clear();
        writer.snapshots.mark_synced();
        let names = writer.take_names();
        let mut epochs = None;
        if self.epochs.load().is_dirty() {
            self.update_epochs(|cache| {
                cache.mark_clean();
                epochs = Some(cache.entries().to_vec());
            });
        }
        let bytes = self.unflushed_bytes.load(Ordering::Relaxed);
        Ok(FlushPlan { end: writer.end, stamp: *self.stamp(), bytes, logs, others, epochs, names })
    }

    /// Writes what is in memory only; the files whose records have to be synced then, which whoever takes them does. What
    /// room files have that take no more is given back. If it fails, nothing is forgotten.
    fn take_unsynced(
        &self,
        turn: &Turn<'_>,
        writer: &mut Writer,
    ) -> Result<Vec<Arc<dyn File>>, StorageError> {
        self.write_rest(turn, writer)?;
        let files = writer.unsynced.iter().map(|segment| segment.log_file()).collect::<Result<_, _>>()?;
        let sealed = writer.unsynced.iter().filter(|segment| !Arc::ptr_eq(segment, &writer.active));
        sealed.for_each(|segment| segment.give_back_spare());
        writer.unsynced.clear();
        Ok(files)
    }

    /// A failed sync is never tried again: the kernel may have dropped what it could not write.
    fn sync_files(&self, files: &[Arc<dyn File>], names: &Names) -> Result<(), StorageError> {
        let sync = || {
            let metadata = names.creation.as_ref().map(Creation::file);
            files.iter().chain(metadata).try_for_each(|file| file.sync_data())?;
            if names.is_folder_dirty {
                self.disk.sync_dir(&self.folder)?;
            }
            names.creation.as_ref().map_or(Ok(()), |creation| creation.sync(&self.root))
        };
        sync().map_err(|error| {
            let error = Arc::new(error);
            self.go_offline(&error);
            StorageError::Disk(error)
        })
    }

    /// Takes for durable what only the page cache has: Apache Kafka's idea of it, for a start without a write-ahead
    /// log.
    pub fn trust_page_cache(&self) {
        let writer = self.writer();
        self.durable.advance(writer.end);
    }

    /// How many bytes were written since the last [`PartitionLog::flush`]: what a recovery would have to read.
    pub fn unflushed_bytes(&self) -> u64 {
        self.unflushed_bytes.load(Ordering::Relaxed)
    }

    /// Whether it is time for a [`PartitionLog::flush`]: because `flush.messages` or `flush.ms` ask for it, because a
    /// recovery would have to read too much, or because a segment was closed.
    pub fn wants_flush(&self, now: Timestamp) -> bool {
        let recovery_point = self.recovery_point();
        let unflushed = self.log_end_offset().since(recovery_point);
        if unflushed <= 0 || self.is_offline() || self.is_closed() {
            return false;
        }
        let config = self.config.load();
        let since = Timestamp(self.unflushed_since.load(Ordering::Relaxed));
        let has_closed_segment = self.segments.load().last().is_some_and(|last| last.base > recovery_point);
        unflushed >= config.flush_messages
            || now.ms_since(since) >= config.flush_ms
            || self.unflushed_bytes() >= UNFLUSHED_BYTES_MAX
            || has_closed_segment
    }

    /// Leaves the files as Apache Kafka leaves them at a clean stop. The log takes no appends afterwards. Waits for
    /// the device.
    pub fn close(&self) -> Result<(), StorageError> {
        {
            let mut writer = self.writer();
            writer.leading = None;
            writer.active.seal()?;
            writer.mark_unsynced();
        }
        self.flush()?;
        self.is_closed.store(true, Ordering::Release);
        for segment in &**self.segments.load() {
            segment.give_back_spare();
            segment.release();
        }
        Ok(())
    }

    pub(super) fn syncing(&self) -> MutexGuard<'_, ()> {
        self.syncing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stamp(&self) -> MutexGuard<'_, u64> {
        self.stamp.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartitionFiles for PartitionLog {
    fn partition(&self) -> PartitionId {
        self.id
    }

    fn sync(&self) -> io::Result<()> {
        let _syncing = self.syncing();
        // The kernel tells of a failure once; a sync that succeeds after it proves nothing.
        if let Some(error) = self.offline.get() {
            return Err(io::Error::new(error.kind(), Arc::clone(error)));
        }
        let turn = self.turn();
        self.write_bulk(&turn).map_err(StorageError::into_io)?;
        let (files, names) = {
            let mut writer = self.writer();
            if self.is_closed() {
                return self.root.sync_to(self.removed_by.load(Ordering::Acquire));
            }
            let files = self.take_unsynced(&turn, &mut writer).map_err(StorageError::into_io)?;
            (files, writer.take_names())
        };
        drop(turn);
        self.sync_files(&files, &names).map_err(StorageError::into_io)?;
        // Where the log starts, the files themselves do not say.
        self.checkpoints.log_starts.write().map_err(StorageError::into_io)
    }

    fn flush_much(&self) {
        if self.unflushed_bytes() >= MUCH_PIECES * self.pages.piece_bytes() as u64 {
            // What it fails at, if it matters, a sync fails at too.
            let _ = self.flush();
        }
    }

    fn write_out(&self) {
        // A failure takes the log offline, which the sync that follows reports.
        let _ = self.write_pages(&self.turn());
    }

    fn durable_to(&self, stamp: u64, next_offset: Offset) {
        // Held, so that no truncation comes between the comparison and the advance.
        let current = self.stamp();
        if *current != stamp {
            return;
        }
        self.durable.advance(next_offset);
        drop(current);
        // While a log waits to be cut nothing is appended to it, so the first that is told of this stamp is that.
        if self.awaits_cut() {
            self.carry_out_cut();
        }
    }

    fn log_start_durable(&self, log_start: Offset) {
        self.durable_start.advance(log_start);
    }

    fn failed(&self, error: &Arc<io::Error>) {
        self.go_offline(error);
    }
}
