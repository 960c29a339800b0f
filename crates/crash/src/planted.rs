//! Errors that are made on purpose, to see that the checks find them.
//!
//! They are planted in the disk: seen from there, a program that acknowledges too early and a disk that syncs too late
//! are the same. Storage itself knows nothing of them.

use std::path::Path;

use ottla_testkit::FaultyDisk;
use ottla_testkit::faulty_disk::{Action, Operation};

use crate::world::ROOT;

/// An error that a storage engine could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// What is written to the write-ahead log is acknowledged, and synced afterwards.
    AcknowledgesBeforeSync,
    /// A batch is shown to readers and handed in, and written to its segment afterwards.
    PublishesBeforeWrite,
    /// The root folder is never synced.
    ForgetsRootFolder,
    /// The folders of the partitions are never synced.
    ForgetsPartitionFolder,
}

impl Planted {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::AcknowledgesBeforeSync,
        Self::PublishesBeforeWrite,
        Self::ForgetsRootFolder,
        Self::ForgetsPartitionFolder,
    ];

    /// What it is called on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AcknowledgesBeforeSync => "acknowledge-before-sync",
            Self::PublishesBeforeWrite => "publish-before-write",
            Self::ForgetsRootFolder => "forget-root-folder",
            Self::ForgetsPartitionFolder => "forget-partition-folder",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|planted| planted.name() == name)
    }

    pub(crate) fn plant(self, disk: &FaultyDisk) {
        match self {
            Self::AcknowledgesBeforeSync => {
                disk.delay_when(|operation| {
                    operation.action == Action::SyncData && is_write_ahead(operation)
                });
            }
            Self::PublishesBeforeWrite => {
                disk.delay_when(|operation| operation.action == Action::Write && is_segment(operation));
            }
            Self::ForgetsRootFolder => disk.lie_when(|operation| operation.path == Path::new(ROOT)),
            Self::ForgetsPartitionFolder => disk.lie_when(|operation| {
                operation.action == Action::SyncDir && operation.path != Path::new(ROOT)
            }),
        }
    }
}

fn is_write_ahead(operation: &Operation) -> bool {
    operation.path.to_string_lossy().contains("ottla-wal")
}

fn is_segment(operation: &Operation) -> bool {
    operation.path.extension().is_some_and(|extension| extension == "log") && !is_write_ahead(operation)
}
