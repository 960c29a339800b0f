//! The `.snapshot` files in a partition's folder: which there are, and which may go.

use std::collections::BTreeSet;
use std::io::{ErrorKind, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ottla_types::Offset;

use super::names::{FileKind, FileName};
use super::producer_state::{Expiry, ProducerStates};
use crate::StorageError;
use crate::checkpoint::read_whole;
use crate::disk::{Disk, File, Open};

/// The snapshots of one partition. There is one at the base of each segment, so that a log can be cut there, and
/// one at the point up to which everything is synced.
#[derive(Debug)]
pub(super) struct Snapshots {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    offsets: BTreeSet<Offset>,
    /// Those that may not be durable yet.
    unsynced: BTreeSet<Offset>,
}

impl Snapshots {
    pub(super) fn new(disk: Arc<dyn Disk>, folder: &Path, offsets: BTreeSet<Offset>) -> Self {
        Self { disk, folder: folder.to_owned(), offsets, unsynced: BTreeSet::new() }
    }

    fn path(&self, offset: Offset) -> PathBuf {
        FileName::live(offset, FileKind::Snapshot).path(&self.folder)
    }

    /// Writes what is known now, unless a snapshot says it already; whether there is a new file in the folder then.
    /// It is not synced yet.
    pub(super) fn take(&mut self, states: &ProducerStates) -> Result<bool, StorageError> {
        let offset = states.end();
        if offset == Offset::ZERO || self.offsets.contains(&offset) {
            return Ok(false);
        }
        let file = self.disk.open(&self.path(offset), Open::Truncated)?;
        // One that a crash tears does not match its checksum and counts for nothing.
        file.write_all_at(&[IoSlice::new(&states.to_snapshot())], 0)?;
        self.offsets.insert(offset);
        self.unsynced.insert(offset);
        Ok(true)
    }

    /// The files to sync.
    pub(super) fn unsynced_files(&self) -> Result<Vec<Arc<dyn File>>, StorageError> {
        let open = |offset: &Offset| Ok(self.disk.open(&self.path(*offset), Open::Existing)?);
        self.unsynced.iter().map(open).collect()
    }

    /// Whoever asked for the files syncs them.
    pub(super) fn mark_synced(&mut self) {
        self.unsynced.clear();
    }

    /// The newest state from `start` to `end`: that of a snapshot or, without one, that nothing is known at `start`,
    /// where the first segment begins. Snapshots beyond `end`, and those that make no sense, are removed.
    pub(super) fn load(
        &mut self,
        start: Offset,
        end: Offset,
        expiry: Expiry,
    ) -> Result<ProducerStates, StorageError> {
        self.remove_where(|offset| offset > end)?;
        while let Some(&offset) = self.offsets.last() {
            if offset < start {
                break;
            }
            let path = self.path(offset);
            let content = read_whole(&*self.disk, &path)?.unwrap_or_default();
            match ProducerStates::from_snapshot(&path, &content, offset, expiry) {
                Ok(states) => return Ok(states),
                Err(StorageError::Corrupt { .. }) => self.remove_where(|other| other == offset)?,
                Err(error) => return Err(error),
            }
        }
        Ok(ProducerStates::starting_at(start))
    }

    /// Whether there is any.
    pub(super) fn is_empty(&self) -> bool {
        self.offsets.is_empty()
    }

    /// Removes all but those at the base of a segment and the newest.
    pub(super) fn keep_only(&mut self, bases: &BTreeSet<Offset>) -> Result<(), StorageError> {
        let newest = self.offsets.last().copied();
        self.remove_where(|offset| !bases.contains(&offset) && Some(offset) != newest)
    }

    pub(super) fn remove_where(&mut self, goes: impl Fn(Offset) -> bool) -> Result<(), StorageError> {
        let going: Vec<Offset> = self.offsets.iter().copied().filter(|&offset| goes(offset)).collect();
        for offset in going {
            match self.disk.remove_file(&self.path(offset)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
            self.offsets.remove(&offset);
            self.unsynced.remove(&offset);
        }
        Ok(())
    }
}
