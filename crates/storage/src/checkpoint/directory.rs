//! The offsets that a log directory keeps for all of its partitions, while it is in use.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ottla_types::{Offset, TopicPartition};

use super::{HIGH_WATERMARK_CHECKPOINT, LOG_START_CHECKPOINT, OffsetCheckpoint, RECOVERY_POINT_CHECKPOINT};
use crate::StorageError;
use crate::disk::Disk;

/// The three checkpoints of one log directory. Its partitions note what changes; whoever owns the directory has it
/// written from time to time, and a partition itself where the order matters.
#[derive(Debug)]
pub struct DirectoryCheckpoints {
    /// Up to where each partition's files are synced.
    pub recovery_points: KeptOffsets,
    /// Where each partition starts, if its first segment starts earlier.
    pub log_starts: KeptOffsets,
    /// Up to where each partition is replicated. It moves with every batch, so the partitions do not note it
    /// themselves: whoever has the file written asks them.
    pub high_watermarks: KeptOffsets,
    /// How much was flushed since the recovery points were last written for that reason, in bytes.
    flushed_bytes: AtomicU64,
}

impl DirectoryCheckpoints {
    /// Reads what the directory says.
    pub fn read(disk: &Arc<dyn Disk>, directory: &Path) -> Result<Arc<Self>, StorageError> {
        let read = |name| KeptOffsets::read(Arc::clone(disk), directory.join(name));
        Ok(Arc::new(Self {
            recovery_points: read(RECOVERY_POINT_CHECKPOINT)?,
            log_starts: read(LOG_START_CHECKPOINT)?,
            high_watermarks: read(HIGH_WATERMARK_CHECKPOINT)?,
            flushed_bytes: AtomicU64::new(0),
        }))
    }

    /// Writes those that have changed. Waits for the device.
    pub fn write(&self) -> Result<(), StorageError> {
        // A log start is worthless without the files that it starts in, never the other way round.
        self.recovery_points.write()?;
        self.log_starts.write()?;
        self.high_watermarks.write()
    }

    /// So much more was flushed, for which a start should know the recovery points. If that is `enough` in all, the
    /// count begins anew and whoever asked has them written.
    pub(crate) fn note_flushed(&self, bytes: u64, enough: u64) -> bool {
        let is_enough = self.flushed_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes >= enough;
        if is_enough {
            self.flushed_bytes.store(0, Ordering::Relaxed);
        }
        is_enough
    }

    /// Forgets a partition that is not in this directory any more.
    pub fn forget(&self, partition: &TopicPartition) {
        for kept in [&self.recovery_points, &self.log_starts, &self.high_watermarks] {
            kept.set(partition, None);
        }
    }

    /// Sees to it that the files say nothing of a partition, before another one takes its name. What they say of the
    /// one of before would be believed of it after a crash. Waits for the device if they say anything.
    pub fn erase(&self, partition: &TopicPartition) -> Result<(), StorageError> {
        self.recovery_points.erase(partition)?;
        self.log_starts.erase(partition)?;
        self.high_watermarks.erase(partition)
    }
}

/// One checkpoint: the offsets in memory, and the file that follows them.
#[derive(Debug)]
pub struct KeptOffsets {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    kept: Mutex<Kept>,
    /// What the file holds; `None` after it could not be written, because it may have been replaced all the same.
    /// Locked while it is written, so that an older state never replaces a newer one.
    written: Mutex<Option<OffsetCheckpoint>>,
}

#[derive(Debug)]
struct Kept {
    offsets: BTreeMap<TopicPartition, Offset>,
    is_dirty: bool,
}

impl KeptOffsets {
    fn read(disk: Arc<dyn Disk>, path: PathBuf) -> Result<Self, StorageError> {
        let written = OffsetCheckpoint::read(&*disk, &path)?;
        let kept = Mutex::new(Kept { offsets: written.offsets.clone(), is_dirty: false });
        Ok(Self { disk, path, kept, written: Mutex::new(Some(written)) })
    }

    /// The offset of a partition.
    pub fn get(&self, partition: &TopicPartition) -> Option<Offset> {
        self.lock().offsets.get(partition).copied()
    }

    /// Notes another offset, or none.
    pub fn set(&self, partition: &TopicPartition, offset: Option<Offset>) {
        let mut kept = self.lock();
        let before = match offset {
            Some(offset) => kept.offsets.insert(partition.clone(), offset),
            None => kept.offsets.remove(partition),
        };
        kept.is_dirty |= before != offset;
    }

    /// Whether the file differs from what was noted.
    pub fn is_dirty(&self) -> bool {
        self.lock().is_dirty
    }

    /// Brings the file up to date. Waits for the device.
    pub fn write(&self) -> Result<(), StorageError> {
        let mut written = self.written();
        let noted = {
            let mut kept = self.lock();
            if !std::mem::take(&mut kept.is_dirty) {
                return Ok(());
            }
            OffsetCheckpoint { offsets: kept.offsets.clone() }
        };
        *written = None;
        noted.write(&*self.disk, &self.path).inspect_err(|_| self.lock().is_dirty = true)?;
        *written = Some(noted);
        Ok(())
    }

    /// Sees to it that the file does not say more than `limit` of a partition. Waits for the device if it does.
    pub fn lower(&self, partition: &TopicPartition, limit: Offset) -> Result<(), StorageError> {
        let says_more = self.may_say(partition, |offset| offset > limit);
        if self.get(partition).is_some_and(|offset| offset > limit) {
            self.set(partition, Some(limit));
        }
        if says_more { self.write() } else { Ok(()) }
    }

    /// Sees to it that the file says nothing of a partition.
    fn erase(&self, partition: &TopicPartition) -> Result<(), StorageError> {
        self.set(partition, None);
        if self.may_say(partition, |_| true) { self.write() } else { Ok(()) }
    }

    /// Whether the file says something of a partition that is so, as far as is known.
    fn may_say(&self, partition: &TopicPartition, is_so: impl FnOnce(Offset) -> bool) -> bool {
        let written = self.written();
        written.as_ref().is_none_or(|written| written.offsets.get(partition).copied().is_some_and(is_so))
    }

    fn written(&self) -> MutexGuard<'_, Option<OffsetCheckpoint>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;

    #[test]
    fn the_file_follows_when_it_is_told_to_and_when_it_must() {
        let folder = tempfile::tempdir().unwrap();
        let partition = TopicPartition::new("t", 0);
        let on_disk = || {
            let again = DirectoryCheckpoints::read(&RealDisk::shared(), folder.path()).unwrap();
            again.recovery_points.get(&partition)
        };
        let checkpoints = DirectoryCheckpoints::read(&RealDisk::shared(), folder.path()).unwrap();
        checkpoints.recovery_points.set(&partition, Some(Offset(100)));
        assert_eq!(on_disk(), None);
        checkpoints.write().unwrap();
        assert_eq!(on_disk(), Some(Offset(100)));
        checkpoints.recovery_points.set(&partition, Some(Offset(120)));
        checkpoints.recovery_points.lower(&partition, Offset(110)).unwrap();
        assert_eq!((on_disk(), checkpoints.recovery_points.is_dirty()), (Some(Offset(100)), true));
        checkpoints.recovery_points.lower(&partition, Offset(50)).unwrap();
        assert_eq!((on_disk(), checkpoints.recovery_points.is_dirty()), (Some(Offset(50)), false));
        checkpoints.erase(&partition).unwrap();
        assert_eq!((on_disk(), checkpoints.recovery_points.is_dirty()), (None, false));
    }
}
