//! Deleting a partition: its folder is renamed at once, and its files are removed later.

use std::path::PathBuf;
use std::sync::Arc;

use ottla_types::{Timestamp, TopicPartition};

use super::{Hosted, LogDir, Shared};
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
    /// Deletes partitions, those that are here. No start will find one of them again whose deletion the metadata log
    /// has; the files go after `file.delete.delay.ms`. `unique` tells their folders apart from others that wait for
    /// their removal. That waits for no device: a folder that a crash brings back belongs to no topic.
    pub fn delete(
        &self,
        ids: &[PartitionId],
        unique: impl Fn() -> u128,
        now: Timestamp,
    ) -> Vec<(TopicPartition, StorageError)> {
        let mut troubles = Vec::new();
        for id in ids {
            let Some(hosted) = self.state().logs.remove(id) else { continue };
            let due = now.plus_ms(hosted.log.config().file_delete_delay_ms);
            if let Err(error) = self.set_aside(&hosted, unique(), due) {
                troubles.push((hosted.name, error));
            }
        }
        troubles
    }

    /// Takes the name from a partition's folder.
    pub(super) fn set_aside(
        &self,
        hosted: &Hosted,
        unique: u128,
        due: Timestamp,
    ) -> Result<(), StorageError> {
        let Shared { disk, root, root_sync, .. } = &self.shared;
        hosted.log.retire();
        let folder = root.join(FolderName::format(&hosted.name, FolderStage::Delete, unique));
        disk.rename(hosted.log.folder(), &folder)?;
        hosted.log.note_removal(root_sync.changed());
        self.state().doomed.push(Doomed { partition: hosted.name.clone(), folder, due });
        Ok(())
    }

    pub(super) fn remove_doomed(&self, now: Timestamp, troubles: &mut Vec<(TopicPartition, StorageError)>) {
        let due: Vec<Doomed> = self.state().doomed.extract_if(.., |doomed| doomed.due <= now).collect();
        for doomed in due {
            if let Err(error) = self.shared.disk.remove_dir_all(&doomed.folder) {
                troubles.push((doomed.partition, StorageError::Disk(Arc::new(error))));
            }
        }
    }
}
