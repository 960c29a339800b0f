//! `leader-epoch-checkpoint`: where each leader's first record lies, in a partition's folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ottla_types::{LeaderEpoch, Offset};

use super::{lines, read_text, write_atomically};
use crate::StorageError;
use crate::disk::Disk;

/// One leader's term in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochStart {
    /// The term.
    pub epoch: LeaderEpoch,
    /// The first offset that was, or would be, written in it.
    pub start: Offset,
}

/// The file that keeps a partition's [`EpochStart`]s.
#[derive(Clone, Debug)]
pub struct LeaderEpochs;

impl LeaderEpochs {
    /// The file's place in a partition's folder.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("leader-epoch-checkpoint")
    }

    /// Reads the file; one that does not exist is empty.
    pub fn read(disk: &dyn Disk, folder: &Path) -> Result<Vec<EpochStart>, StorageError> {
        let path = Self::path(folder);
        let text = read_text(disk, &path)?.unwrap_or_default();
        lines::parse(&path, &text, |words| {
            let &[epoch, start] = words else { return None };
            Some(EpochStart { epoch: LeaderEpoch(epoch.parse().ok()?), start: Offset(start.parse().ok()?) })
        })
    }

    /// Replaces the file.
    pub fn write(disk: &dyn Disk, folder: &Path, epochs: &[EpochStart]) -> Result<(), StorageError> {
        let text = lines::format(epochs, |text, each| {
            let _ = write!(text, "{} {}", each.epoch, each.start);
        });
        write_atomically(disk, &Self::path(folder), text.as_bytes())
    }
}
