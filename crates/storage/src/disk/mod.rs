//! The seam between storage and the world: every file is opened, and every thread that waits for a device is
//! started, through [`Disk`].
//!
//! The real disk is plain system calls. The test kit has another that loses unsynced writes, creations,
//! renames and sizes, tears writes and fails on demand. A virtual call beside a system call costs nothing that
//! can be measured, so the seam is a trait object and no type parameter leaves this module.
//!
//! What a `Disk` promises, and no more: data written is durable after [`File::sync_data`] returned `Ok` for
//! a sync that began after the write; an entry of a folder (creation, rename, removal) is durable after
//! [`Disk::sync_dir`] on that folder. After a failed sync nothing is known about what was written before it,
//! and a second sync that succeeds proves nothing.

mod error;
mod pages;
mod real;

use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;

pub use self::error::{DiskError, is_out_of_space};
pub use self::pages::{PagePool, Pages, PooledPages};
pub use self::real::RealDisk;

/// What [`File::write_pages_at`] calls a page, in bytes.
pub const PAGE: usize = 4096;

/// How [`Disk::open`] treats what is or is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// The file must exist; it is opened for reading only.
    ReadOnly,
    /// The file must exist; it is opened for reading and writing.
    Existing,
    /// The file is created if it does not exist, and keeps its content if it does.
    OrCreate,
    /// The file must not exist yet.
    New,
    /// The file is created if it does not exist, and emptied if it does.
    Truncated,
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The entry's name, without the folder. Names that are not UTF-8 are no names of ours and are left out.
    pub name: String,
    /// Whether it is a folder.
    pub is_dir: bool,
    /// Its length in bytes, if it is a file.
    pub len: u64,
    /// When its content last changed, in milliseconds since 1970-01-01 UTC.
    pub modified_ms: i64,
}

/// The room on the file system that holds a path, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// All of it.
    pub total: u64,
    /// What an unprivileged process may still use.
    pub available: u64,
}

/// A file system, real or simulated.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Opens a file.
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn File>>;
    /// Creates a folder and those above it that are missing. Existing ones are fine.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;
    /// Renames a file or folder, replacing a file that has the new name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder with everything in it.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;
    /// What a folder holds, ordered by name.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;
    /// Whether the path names anything.
    fn exists(&self, path: &Path) -> bool;
    /// Makes the folder's entries durable. Waits for the device.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Takes an exclusive lock on the file at `path`, creating it; [`io::ErrorKind::WouldBlock`] if another
    /// process holds it. Dropping the guard releases it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn LockGuard>>;
    /// The room that is left.
    fn space(&self, path: &Path) -> io::Result<Space>;
    /// Starts a lane: work that may wait for the device, kept away from the threads that serve connections.
    fn lane(&self, name: &str) -> io::Result<Arc<dyn Lane>>;
}

/// An open file. Positions are in bytes from its start.
pub trait File: Send + Sync + fmt::Debug {
    /// Reads up to `buffer.len()` bytes; fewer only at the end of the file.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;
    /// Reads like [`File::read_at`], but only what memory holds: [`io::ErrorKind::WouldBlock`] where the
    /// first byte would have to come from the device, fewer bytes where a later one would.
    fn read_cached_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;
    /// Writes all parts, one after another. On an error nothing is known about the range.
    fn write_all_at(&self, parts: &[IoSlice<'_>], position: u64) -> io::Result<()>;
    /// The file's length.
    fn len(&self) -> io::Result<u64>;
    /// Whether the file is empty.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    /// Cuts the file, or extends it with zeros.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Makes the file at least `len` bytes long and takes the room for that, so that writes up to there find
    /// room later. What was not written reads as zeros. A file system that cannot promise this only sets the length.
    fn allocate(&self, len: u64) -> io::Result<()>;
    /// Takes room for the file's first `len` bytes without changing its length, so that writes up to there find room
    /// later. [`File::set_len`] gives back what lies beyond the new length. False where the file system cannot promise
    /// it.
    fn reserve(&self, len: u64) -> io::Result<bool>;
    /// Makes data and length durable. Waits for the device; belongs on a [`Lane`].
    fn sync_data(&self) -> io::Result<()>;
    /// Writes whole pages of [`PAGE`] bytes, from memory that begins on a page, to a position that does: they may go to
    /// the device without passing through memory that belongs to the kernel. What other writes brought into that
    /// memory is kept in step. Waits for the device where they do; belongs on a [`Lane`].
    fn write_pages_at(&self, pages: &[u8], position: u64) -> io::Result<()>;
    /// The descriptor, where there is one, for the system calls that move bytes to a socket.
    fn descriptor(&self) -> Option<BorrowedFd<'_>>;
}

/// One thread's worth of blocking work. Jobs of one lane run one after another, in the order they were handed
/// in; the real disk runs them on a thread, the simulated one when simulated time says so. Dropping the last
/// handle lets queued jobs finish and then ends the thread.
pub trait Lane: Send + Sync + fmt::Debug {
    /// Queues a job. What is queued is bounded by whoever submits.
    fn submit(&self, job: Job);
}

/// Work for a [`Lane`].
pub type Job = Box<dyn FnOnce() + Send>;

/// Holds a lock file until it is dropped.
pub trait LockGuard: Send + Sync + fmt::Debug {}
