//! What can go wrong with the metadata log.

use std::io;
use std::path::PathBuf;

use ottla_metadata::ApplyError;
use ottla_storage::StorageError;
use ottla_types::{BrokerId, Offset, Uuid};

/// Why the quorum cannot start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum QuorumError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// One of the small files beside the log could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A file of the metadata log does not hold what it should.
    #[error("{}: {what}; restore the file from a copy, or start the node on an empty directory", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A record does not fit what came before it.
    #[error("the metadata log is not consistent before offset {before}: {source}")]
    Inconsistent {
        /// The offset after the record's batch.
        before: Offset,
        /// What does not fit.
        source: ApplyError,
    },
    /// The log has a hole between what is left of it and the newest snapshot.
    #[error("{}: the log begins at offset {log_start}, but the newest snapshot ends at {snapshot_end}; \
             the records between them are missing: restore the newer .checkpoint file", folder.display())]
    Hole {
        /// The folder.
        folder: PathBuf,
        /// Where the log begins.
        log_start: Offset,
        /// Where the snapshot ends.
        snapshot_end: Offset,
    },
    /// The directory was made for a voter that is not this node.
    #[error(
        "node {node} with directory {directory} is not a voter of this metadata log, whose voters are {voters}; \
             check node.id, and the directory.id in meta.properties"
    )]
    NotAVoter {
        /// This node.
        node: BrokerId,
        /// The directory's id.
        directory: Uuid,
        /// The voters, as the log names them.
        voters: String,
    },
    /// More than one voter.
    #[error(
        "the metadata log has the voters {0}; Ottla runs quorums of one voter so far: remove the others with Apache \
             Kafka's kafka-metadata-quorum first"
    )]
    ManyVoters(String),
    /// The consensus stopped.
    #[error("the metadata quorum has stopped: {0}")]
    Stopped(String),
}

/// Why records were not committed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProposeError {
    /// The log does not end where the proposer believed: whatever it decided, it decided on something old.
    #[error("the records were made for offset {expected}, but the metadata log ended at {actual}")]
    Moved {
        /// Where the proposer thought the records would go.
        expected: Offset,
        /// Where they would have gone.
        actual: Offset,
    },
    /// Another node leads, or nobody does.
    #[error("this node is not the active controller")]
    NotLeader,
    /// The quorum does not run any more. What became of the records is not known.
    #[error("the metadata quorum has stopped: {0}")]
    Stopped(String),
}

pub(crate) fn io_error(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> QuorumError {
    let path = path.into();
    move |source| QuorumError::Io { path, source }
}

pub(crate) fn damaged(path: impl Into<PathBuf>, what: impl Into<Problem>) -> QuorumError {
    QuorumError::Damaged { path: path.into(), what: what.into().0 }
}

/// What is wrong with a file, in words.
pub(crate) struct Problem(String);

impl<T: std::fmt::Display> From<T> for Problem {
    fn from(what: T) -> Self {
        Self(what.to_string())
    }
}
