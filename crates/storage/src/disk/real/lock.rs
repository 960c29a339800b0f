//! The lock that keeps a second broker out of a log directory.

use std::fs;
use std::io;
use std::os::fd::AsRawFd;

use crate::disk::LockGuard;

/// Holds the lock; closing the file releases it.
#[derive(Debug)]
pub(super) struct FileLock {
    _file: fs::File,
}

impl LockGuard for FileLock {}

/// Locks the whole file, without waiting.
///
/// It is a lock of the open file description. `flock` would not do: the JVM takes a POSIX record lock, which
/// `flock` does not see, and an Apache Kafka broker must not start beside us. A POSIX lock of our own would not
/// do either: it does not exclude a second opening within the process, and closing any other descriptor of
/// the file would release it. This kind conflicts with both.
#[expect(unsafe_code, reason = "rustix has no lock of the open file description")]
pub(super) fn exclusive(file: fs::File) -> io::Result<FileLock> {
    let mut region = whole_file();
    // SAFETY: the descriptor is open, and `region` is a valid `flock` that outlives the call.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw mut region) } == 0 {
        return Ok(FileLock { _file: file });
    }
    let error = io::Error::last_os_error();
    if !matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EACCES)) {
        return Err(error);
    }
    let mut region = whole_file();
    // SAFETY: as above; the kernel writes the holder of the lock into `region`.
    let asked = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut region) } == 0;
    // The kernel names only the holder of a POSIX lock; one of the kind we take has no process of its own.
    let holder = match region.l_pid {
        pid if asked && pid > 0 => format!("it is locked by process {pid}"),
        _ => "it is locked by another process".to_owned(),
    };
    Err(io::Error::new(io::ErrorKind::WouldBlock, holder))
}

fn whole_file() -> libc::flock {
    let (write, from_start) = (libc::F_WRLCK as libc::c_short, libc::SEEK_SET as libc::c_short);
    libc::flock { l_type: write, l_whence: from_start, l_start: 0, l_len: 0, l_pid: 0 }
}
