//! The checkpoints in the root of a log directory.

use ottla_types::Offset;

use super::LogDir;
use crate::StorageError;
use crate::checkpoint::{
    HIGH_WATERMARK_CHECKPOINT, LOG_START_CHECKPOINT, OffsetCheckpoint, RECOVERY_POINT_CHECKPOINT,
};
use crate::log::PartitionLog;

impl LogDir {
    /// Writes down up to where each partition is synced, up to where it is replicated, and from where it is readable.
    pub fn write_checkpoints(&self) -> Result<(), StorageError> {
        let logs = self.all();
        let write = |file: &str, offset: fn(&PartitionLog) -> Option<Offset>| {
            let offsets = logs.iter().filter_map(|(name, log)| Some((name.clone(), offset(log)?))).collect();
            OffsetCheckpoint { offsets }.write(&*self.disk, &self.root.join(file))
        };
        write(RECOVERY_POINT_CHECKPOINT, |log| Some(log.recovery_point()))?;
        // What is not durable yet may not be there after a crash, and a watermark above the log is worth nothing.
        write(HIGH_WATERMARK_CHECKPOINT, |log| Some(log.high_watermark().min(log.durable_end())))?;
        write(LOG_START_CHECKPOINT, |log| {
            let start = log.log_start_offset();
            (start > Offset::ZERO).then_some(start)
        })
    }
}
