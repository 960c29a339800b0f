//! An open file of the real disk.

use std::fs::{self, OpenOptions};
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::{Errno, ReadWriteFlags, pread, preadv2, pwrite, pwritev};

use crate::disk::{DiskError, File};

/// How many parts one `pwritev` takes: Linux's `IOV_MAX`.
const PARTS_MAX: usize = 1024;

/// A file with the path that it was opened under, which its errors name.
#[derive(Debug)]
pub(super) struct RealFile {
    file: fs::File,
    path: PathBuf,
    /// Set once the file system has said that it cannot read without waiting.
    always_waits: AtomicBool,
    /// The file once more, for writes past the page cache; `None` inside where the file system has no such thing.
    direct: OnceLock<Option<fs::File>>,
    /// Set once the device has refused such a write.
    refuses_direct: AtomicBool,
}

impl RealFile {
    pub(super) fn new(file: fs::File, path: &Path) -> Self {
        Self {
            file,
            path: path.to_owned(),
            always_waits: AtomicBool::new(false),
            direct: OnceLock::new(),
            refuses_direct: AtomicBool::new(false),
        }
    }

    fn failed(&self, operation: &'static str, error: impl Into<io::Error>) -> io::Error {
        DiskError::wrap(operation, &self.path, error.into())
    }

    /// The file, opened for writes past the page cache.
    fn direct(&self) -> Option<&fs::File> {
        if self.refuses_direct.load(Ordering::Relaxed) {
            return None;
        }
        // By its descriptor: the path may have become another file's since.
        let open = || {
            let path = format!("/proc/self/fd/{}", self.file.as_raw_fd());
            OpenOptions::new().write(true).custom_flags(libc::O_DIRECT).open(path).ok()
        };
        self.direct.get_or_init(open).as_ref()
    }

    /// Writes once: the number of bytes that the kernel took.
    fn write_some(&self, parts: &[IoSlice<'_>], position: u64) -> io::Result<usize> {
        let parts = &parts[..parts.len().min(PARTS_MAX)];
        loop {
            match pwritev(&self.file, parts, position) {
                Ok(0) => return Err(self.failed("write", io::Error::from(io::ErrorKind::WriteZero))),
                Ok(written) => return Ok(written),
                Err(Errno::INTR) => {}
                Err(error) => return Err(self.failed("write", error)),
            }
        }
    }

    /// The rest of a write that the kernel took only `written` bytes of, or that has too many parts for one call.
    fn write_rest(&self, parts: &[IoSlice<'_>], mut position: u64, written: usize) -> io::Result<()> {
        let mut parts = parts.to_vec();
        let mut rest = &mut parts[..];
        IoSlice::advance_slices(&mut rest, written);
        position += written as u64;
        while !rest.is_empty() {
            let written = self.write_some(rest, position)?;
            IoSlice::advance_slices(&mut rest, written);
            position += written as u64;
        }
        Ok(())
    }
}

impl File for RealFile {
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match pread(&self.file, &mut buffer[filled..], position + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(Errno::INTR) => {}
                Err(error) => return Err(self.failed("read", error)),
            }
        }
        Ok(filled)
    }

    fn read_cached_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        if self.always_waits.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        loop {
            let mut parts = [IoSliceMut::new(buffer)];
            match preadv2(&self.file, &mut parts, position, ReadWriteFlags::NOWAIT) {
                Ok(read) => return Ok(read),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Err(io::ErrorKind::WouldBlock.into()),
                // Nobody can tell whether such a file system would wait, so each of its reads goes where
                // waiting does no harm.
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
                    self.always_waits.store(true, Ordering::Relaxed);
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                Err(error) => return Err(self.failed("read", error)),
            }
        }
    }

    fn write_all_at(&self, parts: &[IoSlice<'_>], position: u64) -> io::Result<()> {
        let total: usize = parts.iter().map(|part| part.len()).sum();
        if total == 0 {
            return Ok(());
        }
        // Parts without a byte in front could be all that a call of `PARTS_MAX` parts sees, and a write of
        // nothing reads as a failure.
        let empty_in_front = parts.iter().take_while(|part| part.is_empty()).count();
        let parts = &parts[empty_in_front..];
        let written = self.write_some(parts, position)?;
        if written == total { Ok(()) } else { self.write_rest(parts, position, written) }
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata().map_err(|error| self.failed("examine", error))?.len())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len).map_err(|error| self.failed("set the length of", error))
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        loop {
            match fallocate(&self.file, FallocateFlags::empty(), 0, len) {
                Ok(()) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(Errno::OPNOTSUPP | Errno::NOSYS) if self.len()? < len => return self.set_len(len),
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => return Ok(()),
                Err(error) => return Err(self.failed("take room for", error)),
            }
        }
    }

    fn reserve(&self, len: u64) -> io::Result<bool> {
        loop {
            match fallocate(&self.file, FallocateFlags::KEEP_SIZE, 0, len) {
                Ok(()) => return Ok(true),
                Err(Errno::INTR) => {}
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => return Ok(false),
                Err(error) => return Err(self.failed("take room for", error)),
            }
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        // `File::sync_data` of the standard library tries again after EINTR, as a failed sync must never be;
        // but an interrupted one has not reported (and thereby cleared) a failure of the device.
        self.file.sync_data().map_err(|error| self.failed("sync", error))
    }

    fn write_pages_at(&self, pages: &[u8], position: u64) -> io::Result<()> {
        let written = match self.direct() {
            Some(direct) => loop {
                match pwrite(direct, pages, position) {
                    Ok(written) => break written,
                    Err(Errno::INTR) => {}
                    // The device wants larger pages.
                    Err(Errno::INVAL) => {
                        self.refuses_direct.store(true, Ordering::Relaxed);
                        break 0;
                    }
                    Err(error) => return Err(self.failed("write", error)),
                }
            },
            None => 0,
        };
        // What is left, if anything, may no longer begin on a page.
        self.write_all_at(&[IoSlice::new(&pages[written..])], position + written as u64)
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.file.as_fd())
    }
}
