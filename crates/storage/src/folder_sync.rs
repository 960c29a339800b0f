//! One folder whose entries many change and one sync makes durable for all of them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::disk::Disk;

/// Counts the changes of a folder's entries, so that whoever needs one of them durable knows whether a sync has
/// covered it.
#[derive(Debug)]
pub struct FolderSync {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    changes: AtomicU64,
    /// Up to which change the folder is synced.
    synced: Mutex<u64>,
}

impl FolderSync {
    /// The number of all changes that were made before this process: who knows whether they are durable.
    pub(crate) const BEFORE: u64 = 1;

    /// For a folder.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, folder: &Path) -> Arc<Self> {
        let changes = AtomicU64::new(Self::BEFORE);
        Arc::new(Self { disk, folder: folder.to_owned(), changes, synced: Mutex::new(0) })
    }

    /// An entry has been created, renamed or removed. The number of that change.
    pub(crate) fn changed(&self) -> u64 {
        self.changes.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Makes durable everything up to a change. Waits for the device, unless somebody did so since.
    pub(crate) fn sync_to(&self, change: u64) -> io::Result<()> {
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced >= change {
            return Ok(());
        }
        let covered = self.changes.load(Ordering::Acquire);
        self.disk.sync_dir(&self.folder)?;
        *synced = covered;
        Ok(())
    }
}
