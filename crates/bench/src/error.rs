//! What can go wrong while something is measured.

use std::path::PathBuf;

use ottla_protocol::frame::FrameError;
use ottla_protocol::records::{BatchError, BuildError};
use ottla_protocol::{DecodeError, EncodeError};
use ottla_types::ErrorCode;

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
    /// Installing, starting or stopping something failed.
    #[error(transparent)]
    Interop(#[from] ottla_interop::Error),
    /// A connection to the broker broke.
    #[error("the connection to the broker: {0}")]
    Connection(#[from] std::io::Error),
    /// The broker sent what is no frame.
    #[error("the broker's answer: {0}")]
    Frame(#[from] FrameError),
    /// The broker sent what is no response.
    #[error("the broker's answer: {0}")]
    Decode(#[from] DecodeError),
    /// The broker sent what is no batch.
    #[error("the broker's answer: {0}")]
    Batch(#[from] BatchError),
    /// A request cannot be expressed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A batch cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The broker refused a request.
    #[error("the broker answers {what} with {}", code_name(*code))]
    Refused {
        /// Which request.
        what: &'static str,
        /// Kafka's error code.
        code: i16,
    },
    /// Something is not as it must be for the figures to mean anything.
    #[error("{0}")]
    Found(String),
    /// Two runs would measure each other.
    #[error("another benchmark runs in {path}; wait for it, or stop it", path = path.display())]
    Busy {
        /// The folder that it has locked.
        path: PathBuf,
    },
    /// SIGINT or SIGTERM.
    #[error("interrupted")]
    Interrupted,
    /// A name on the command line that no workload has.
    #[error("there is no workload `{name}`; there are {known}")]
    NoSuchWorkload {
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

    /// Whether it only says that the machine lacks a program.
    pub(crate) fn is_unavailable(&self) -> bool {
        matches!(self, Self::Interop(ottla_interop::Error::Unavailable { .. }))
    }
}

fn code_name(code: i16) -> String {
    ErrorCode::from_code(code).map_or_else(|| format!("the error {code}"), |code| code.name().to_owned())
}

/// Fails if the broker's code is an error.
pub(crate) fn accepted(what: &'static str, code: i16) -> Result<()> {
    if code == ErrorCode::None.code() { Ok(()) } else { Err(Error::Refused { what, code }) }
}
