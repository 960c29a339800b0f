//! `.kafka_cleanshutdown`: says that everything in a log directory was closed in order.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{read_text, write_atomically};
use crate::StorageError;
use crate::disk::Disk;

/// The mark of a clean stop. It is written last and removed first: a directory that has it needs no recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanShutdown {
    /// The epoch of the broker that stopped (KIP-966); `None` if the file was left by one that had no such thing.
    pub broker_epoch: Option<i64>,
}

impl CleanShutdown {
    /// The file's place in a log directory.
    #[must_use]
    pub fn path(directory: &Path) -> PathBuf {
        directory.join(".kafka_cleanshutdown")
    }

    /// Reads the mark, if it is there. Its presence counts; content that makes no sense is no content.
    pub fn read(disk: &dyn Disk, directory: &Path) -> Result<Option<Self>, StorageError> {
        let text = match read_text(disk, &Self::path(directory)) {
            Ok(None) => return Ok(None),
            Ok(Some(text)) => text,
            Err(StorageError::Corrupt { .. }) => String::new(),
            Err(error) => return Err(error),
        };
        Ok(Some(Self { broker_epoch: number_after(&text, "\"brokerEpoch\"") }))
    }

    /// Leaves the mark.
    pub fn write(&self, disk: &dyn Disk, directory: &Path) -> Result<(), StorageError> {
        let text = format!("{{\"version\":0,\"brokerEpoch\":{}}}", self.broker_epoch.unwrap_or(-1));
        write_atomically(disk, &Self::path(directory), text.as_bytes())
    }

    /// Takes the mark away, durably, before anything in the directory changes.
    pub fn remove(disk: &dyn Disk, directory: &Path) -> Result<(), StorageError> {
        match disk.remove_file(&Self::path(directory)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            other => other?,
        }
        Ok(disk.sync_dir(directory)?)
    }
}

fn number_after(text: &str, key: &str) -> Option<i64> {
    let rest = text.split_once(key)?.1.trim_start().strip_prefix(':')?.trim_start();
    let end = rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}
