//! What can go wrong while foreign programs run.

use std::path::PathBuf;

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

/// Each is for a person at a terminal, so each says what to look at.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program could not be started.
    #[error("cannot run `{command}`: {source}")]
    Start {
        /// The command line.
        command: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program ended badly, or not in time.
    #[error("`{command}` {outcome}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended, with what it said.
        outcome: String,
    },
    /// A program or download that this machine does not have: not a failure, except under `CI=true`.
    #[error("{what}; {remedy}")]
    Unavailable {
        /// What is missing.
        what: String,
        /// What brings it.
        remedy: String,
    },
    /// A node did not start, stop or answer as it should.
    #[error("the node {what} (its log: {log})", log = log.display())]
    Node {
        /// What it did.
        what: String,
        /// Where it says why.
        log: PathBuf,
    },
    /// A check found something else than it should.
    #[error("{0}")]
    Found(String),
    /// A name on the command line that no program has.
    #[error("there is no program `{name}`; there are {known}")]
    NoSuchProgram {
        /// The name given.
        name: String,
        /// The names that exist.
        known: String,
    },
}

impl Error {
    /// Makes an I/O error say which file it is about.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// A check's finding.
    pub(crate) fn found(text: impl Into<String>) -> Self {
        Self::Found(text.into())
    }
}

/// Fails with the text that `says` makes, unless `holds`.
pub(crate) fn ensure(holds: bool, says: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::Found(says())) }
}
