//! The checkpoints in the root of a log directory.

use super::LogDir;
use crate::StorageError;

impl LogDir {
    /// Writes down up to where each partition is synced, up to where it is replicated, and from where it is readable.
    pub fn write_checkpoints(&self) -> Result<(), StorageError> {
        for (name, log) in self.all() {
            // What is not durable yet may not be there after a crash, and a watermark above the log is worth nothing.
            let high_watermark = log.high_watermark().min(log.durable_end());
            self.shared.checkpoints.high_watermarks.set(&name, Some(high_watermark));
        }
        self.shared.checkpoints.write()
    }
}
