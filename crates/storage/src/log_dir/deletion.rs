//! Deleting a partition: its folder is renamed at once, and its files are removed later.

use std::path::PathBuf;
use std::sync::Arc;

use ottla_types::{Timestamp, TopicPartition};

use super::LogDir;
use crate::StorageError;
use crate::log::{FolderName, FolderStage};
use crate::wal::PartitionId;

/// A folder whose files are to be removed.
#[derive(Debug)]
pub(super) struct Doomed {
    pub(super) partition: TopicPartition,
    pub(super) folder: PathBuf,
    /// Readers that began before the deletion may go on until then.
    pub(super) due: Timestamp,
}

impl LogDir {
    /// Deletes a partition, if it is here. When this returns, no start will find it again; the files go after
    /// `file.delete.delay.ms`. `unique` tells its folder apart from others that wait for their removal.
    pub fn delete(&self, id: PartitionId, unique: u128, now: Timestamp) -> Result<(), StorageError> {
        let Some(hosted) = self.state().logs.remove(&id) else { return Ok(()) };
        let delay_ms = hosted.log.config().file_delete_delay_ms;
        hosted.log.retire();
        let doomed = self.root.join(FolderName::format(&hosted.name, FolderStage::Delete, unique));
        self.disk.rename(hosted.log.folder(), &doomed)?;
        self.disk.sync_dir(&self.root)?;
        let doomed = Doomed { partition: hosted.name, folder: doomed, due: now.plus_ms(delay_ms) };
        self.state().doomed.push(doomed);
        Ok(())
    }

    pub(super) fn remove_doomed(&self, now: Timestamp, troubles: &mut Vec<(TopicPartition, StorageError)>) {
        let due: Vec<Doomed> = self.state().doomed.extract_if(.., |doomed| doomed.due <= now).collect();
        for doomed in due {
            if let Err(error) = self.disk.remove_dir_all(&doomed.folder) {
                troubles.push((doomed.partition, StorageError::Disk(Arc::new(error))));
            }
        }
    }
}
