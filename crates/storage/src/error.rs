//! The one error of this crate.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ottla_types::Offset;

use crate::disk::is_out_of_space;

/// Why storage could not do what was asked. Cheap to clone: one failed write is told to everyone who waits for it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StorageError {
    /// The operating system said no; the message names the operation and the path.
    #[error("{0}")]
    Disk(#[source] Arc<io::Error>),
    /// A file does not hold what its name promises.
    #[error("{}: {problem}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what was expected.
        problem: String,
    },
    /// An earlier failure left files in an unknown state; the log takes no more writes until it is opened anew.
    #[error("the log in {} takes no writes after an earlier failure", folder.display())]
    Offline {
        /// The partition's folder.
        folder: PathBuf,
    },
    /// The caller asked for an offset that the log does not reach, or no longer has.
    #[error("offset {asked} is outside {start}..{end}")]
    OutOfRange {
        /// What was asked for.
        asked: Offset,
        /// The first offset that would have been right.
        start: Offset,
        /// The last one that would have been right.
        end: Offset,
    },
    /// The answer is not in memory, and the caller said that it does not want to wait for the device.
    #[error("the answer has to come from the device")]
    WouldBlock,
}

impl StorageError {
    /// Says what is wrong with the content of `path`.
    pub fn corrupt(path: &Path, problem: impl Into<String>) -> Self {
        Self::Corrupt { path: path.to_owned(), problem: problem.into() }
    }

    /// Whether no room is left on the device: an ordinary event, after which the directory stays in use.
    #[must_use]
    pub fn is_out_of_space(&self) -> bool {
        matches!(self, Self::Disk(error) if is_out_of_space(error))
    }

    /// Whether the file or folder does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Disk(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// The error for those who know only those of the operating system.
    pub(crate) fn into_io(self) -> io::Error {
        match self {
            Self::Disk(error) => io::Error::new(error.kind(), error),
            other => io::Error::other(other),
        }
    }
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::WouldBlock { Self::WouldBlock } else { Self::Disk(Arc::new(error)) }
    }
}
