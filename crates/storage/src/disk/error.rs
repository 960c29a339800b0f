//! What went wrong with which path: the context that every error of a [`Disk`](super::Disk) carries.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// An error of the operating system together with what was attempted on which path.
///
/// It travels inside an [`io::Error`] of the same [`kind`](io::Error::kind), so that callers who only need to
/// tell a full disk from a broken one never look inside.
#[derive(Debug)]
pub struct DiskError {
    operation: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl DiskError {
    /// Wraps `source` as an [`io::Error`] that says that `operation` (a verb: "write", "sync") failed on `path`.
    #[must_use]
    pub fn wrap(operation: &'static str, path: &Path, source: io::Error) -> io::Error {
        io::Error::new(source.kind(), Self { operation, path: path.to_owned(), source })
    }

    /// The path that the operation was for.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: {}", self.operation, self.path.display(), self.source)
    }
}

impl Error for DiskError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// Whether the error says that no room is left: an ordinary event, after which the directory stays in use.
#[must_use]
pub fn is_out_of_space(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_failed_where_and_keeps_its_kind() {
        let full = io::Error::from_raw_os_error(libc::ENOSPC);
        let error = DiskError::wrap("write", Path::new("/data/t-0/0.log"), full);
        assert!(is_out_of_space(&error));
        assert_eq!(error.to_string(), "cannot write /data/t-0/0.log: No space left on device (os error 28)");
    }
}
