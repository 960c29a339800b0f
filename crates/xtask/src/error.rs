//! What can go wrong in a task.

use std::path::PathBuf;

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Each is for a person at a terminal, so each says what to look at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("cannot run `{command}`: {source}")]
    Start { command: String, source: std::io::Error },
    #[error("`{command}` failed: {outcome}")]
    Failed { command: String, outcome: String },
    #[error("{0}")]
    Found(String),
}

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
