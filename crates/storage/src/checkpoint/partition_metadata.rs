//! `partition.metadata`: which topic a partition's folder belongs to, whatever its name says.

use std::io::IoSlice;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ottla_types::Uuid;

use super::{read_text, write_atomically};
use crate::StorageError;
use crate::disk::{Disk, File, Open};

/// The content of a folder's `partition.metadata`. A folder without one is renamed `-stray` by Apache Kafka, so
/// it is durable before anything else in the folder is taken to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionMetadata {
    /// The topic's id.
    pub topic_id: Uuid,
}

impl PartitionMetadata {
    /// The file's place in a partition's folder.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("partition.metadata")
    }

    /// Reads the file, if there is one.
    pub fn read(disk: &dyn Disk, folder: &Path) -> Result<Option<Self>, StorageError> {
        let path = Self::path(folder);
        let Some(text) = read_text(disk, &path)? else { return Ok(None) };
        Self::parse(&text).map(Some).map_err(|problem| StorageError::corrupt(&path, problem))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        match lines.next().and_then(|line| line.strip_prefix("version:")).map(str::trim) {
            Some("0") => {}
            Some(version) => return Err(format!("version {version:?} is unknown, 0 is expected")),
            None => return Err("the first line is not `version: 0`".to_owned()),
        }
        let id = lines.next().and_then(|line| line.strip_prefix("topic_id:")).map(str::trim);
        let id = id.ok_or("the second line is not `topic_id: ` and an id")?;
        let topic_id: Uuid = id.parse().map_err(|error| format!("topic_id {id:?}: {error}"))?;
        if topic_id.is_zero() {
            return Err("the topic's id is the one that means none".to_owned());
        }
        Ok(Self { topic_id })
    }

    /// Replaces the file.
    pub fn write(&self, disk: &dyn Disk, folder: &Path) -> Result<(), StorageError> {
        write_atomically(disk, &Self::path(folder), self.to_text().as_bytes())
    }

    /// Writes the file into a new folder. It is durable after a sync of what is returned and of the folder; until then
    /// a crash leaves anything of it.
    pub(crate) fn write_unsynced(
        &self,
        disk: &dyn Disk,
        folder: &Path,
    ) -> Result<Arc<dyn File>, StorageError> {
        let file = disk.open(&Self::path(folder), Open::Truncated)?;
        file.write_all_at(&[IoSlice::new(self.to_text().as_bytes())], 0)?;
        Ok(file)
    }

    /// Writes the file as it is there already. A process that died may have written it without a sync, or with one that
    /// failed; it is durable after a sync of what is returned and of the folder.
    pub(crate) fn write_again(&self, disk: &dyn Disk, folder: &Path) -> Result<Arc<dyn File>, StorageError> {
        let file = disk.open(&Self::path(folder), Open::Existing)?;
        file.write_all_at(&[IoSlice::new(self.to_text().as_bytes())], 0)?;
        Ok(file)
    }

    fn to_text(self) -> String {
        format!("version: 0\ntopic_id: {}", self.topic_id)
    }
}
