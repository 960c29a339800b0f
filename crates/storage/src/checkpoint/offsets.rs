//! An offset per partition of a log directory: recovery points, high watermarks, log starts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use ottla_types::{Offset, TopicPartition};

use super::{lines, read_text, write_atomically};
use crate::StorageError;
use crate::disk::Disk;

/// Up to where each partition's files are synced.
pub const RECOVERY_POINT_CHECKPOINT: &str = "recovery-point-offset-checkpoint";
/// Up to where each partition is replicated.
pub const HIGH_WATERMARK_CHECKPOINT: &str = "replication-offset-checkpoint";
/// From where each partition is readable, where that is not the start of its first segment.
pub const LOG_START_CHECKPOINT: &str = "log-start-offset-checkpoint";
/// Up to where each compacted partition is clean.
pub const CLEANER_CHECKPOINT: &str = "cleaner-offset-checkpoint";

/// The content of one of the offset checkpoints in the root of a log directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetCheckpoint {
    /// The offset of each partition that has one.
    pub offsets: BTreeMap<TopicPartition, Offset>,
}

impl OffsetCheckpoint {
    /// Reads the file; one that does not exist is empty.
    pub fn read(disk: &dyn Disk, path: &Path) -> Result<Self, StorageError> {
        let text = read_text(disk, path)?.unwrap_or_default();
        let entries = lines::parse(path, &text, |words| {
            let &[topic, partition, offset] = words else { return None };
            let partition: i32 = partition.parse().ok()?;
            Some((TopicPartition::new(topic, partition), Offset(offset.parse().ok()?)))
        })?;
        Ok(Self { offsets: entries.into_iter().collect() })
    }

    /// Replaces the file.
    pub fn write(&self, disk: &dyn Disk, path: &Path) -> Result<(), StorageError> {
        let entries: Vec<_> = self.offsets.iter().collect();
        let text = lines::format(&entries, |text, (partition, offset)| {
            let _ = write!(text, "{} {} {offset}", partition.topic, partition.partition);
        });
        write_atomically(disk, path, text.as_bytes())
    }
}
