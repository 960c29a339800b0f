//! The disk of the machine: plain system calls, and a thread for each lane.

mod file;
mod lane;
mod lock;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use self::file::RealFile;
use self::lane::ThreadLane;
use super::{Disk, DiskError, Entry, File, Lane, LockGuard, Open, Space};

/// The file systems of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl RealDisk {
    /// The disk as the rest of the crate wants it.
    #[must_use]
    pub fn shared() -> Arc<dyn Disk> {
        Arc::new(Self)
    }
}

impl Disk for RealDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn File>> {
        let mut options = OpenOptions::new();
        options.read(true).write(how != Open::ReadOnly);
        match how {
            Open::ReadOnly | Open::Existing => {}
            Open::OrCreate => drop(options.create(true)),
            Open::New => drop(options.create_new(true)),
            Open::Truncated => drop(options.create(true).truncate(true)),
        }
        let file = options.open(path).map_err(in_context("open", path))?;
        Ok(Arc::new(RealFile::new(file, path)))
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path).map_err(in_context("create the folder", path))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to).map_err(in_context("rename", from))
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path).map_err(in_context("remove", path))
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path).map_err(in_context("remove the folder", path))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path).map_err(in_context("list", path))? {
            let entry = entry.map_err(in_context("list", path))?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                // It was removed since the folder was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(DiskError::wrap("examine", &entry.path(), error)),
            };
            let modified_ms = metadata.modified().map_or(0, millis_since_epoch);
            let len = if metadata.is_file() { metadata.len() } else { 0 };
            entries.push(Entry { name, is_dir: metadata.is_dir(), len, modified_ms });
        }
        entries.sort_unstable();
        Ok(entries)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        fs::File::open(path)
            .and_then(|folder| rustix::fs::fsync(&folder).map_err(io::Error::from))
            .map_err(in_context("sync the folder", path))
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn LockGuard>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let file = file.map_err(in_context("open the lock file", path))?;
        let guard = lock::exclusive(file).map_err(in_context("lock", path))?;
        Ok(Box::new(guard))
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        let found = rustix::fs::statvfs(path).map_err(|error| in_context("examine", path)(error.into()))?;
        Ok(Space {
            total: found.f_blocks.saturating_mul(found.f_frsize),
            available: found.f_bavail.saturating_mul(found.f_frsize),
        })
    }

    fn lane(&self, name: &str) -> io::Result<Arc<dyn Lane>> {
        Ok(Arc::new(ThreadLane::start(name)?))
    }
}

fn in_context(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| DiskError::wrap(operation, path, error)
}

/// Files from before 1970 count as of 1970: all that is asked of the time is whether it is old enough.
fn millis_since_epoch(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
