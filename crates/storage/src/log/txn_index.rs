//! `.txnindex`: the transactions that were aborted, for readers who want committed records only (KIP-98).
//!
//! The file exists only where there was one. It is small, so it is read as a whole.

use std::io::{self, ErrorKind, IoSlice};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ottla_types::{Offset, ProducerId};

use crate::StorageError;
use crate::checkpoint::read_range;
use crate::disk::{Disk, File, Open};

/// A transaction that was aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTxn {
    /// Whose it was.
    pub producer_id: ProducerId,
    /// Its first record in this partition.
    pub first_offset: Offset,
    /// The marker that ended it.
    pub last_offset: Offset,
    /// The last stable offset after that: a reader who is below it has seen all it needs of this index.
    pub last_stable_offset: Offset,
}

const VERSION: i16 = 0;
const ENTRY_LEN: usize = 34;

impl AbortedTxn {
    fn encode(&self) -> [u8; ENTRY_LEN] {
        let mut bytes = [0; ENTRY_LEN];
        bytes[..2].copy_from_slice(&VERSION.to_be_bytes());
        bytes[2..10].copy_from_slice(&self.producer_id.0.to_be_bytes());
        bytes[10..18].copy_from_slice(&self.first_offset.0.to_be_bytes());
        bytes[18..26].copy_from_slice(&self.last_offset.0.to_be_bytes());
        bytes[26..].copy_from_slice(&self.last_stable_offset.0.to_be_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let i64_at = |at: usize| {
            i64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight bytes are eight bytes"))
        };
        (bytes[..2] == VERSION.to_be_bytes()).then(|| Self {
            producer_id: ProducerId(i64_at(2)),
            first_offset: Offset(i64_at(10)),
            last_offset: Offset(i64_at(18)),
            last_stable_offset: Offset(i64_at(26)),
        })
    }
}

/// The index of one segment. One writer; any number of readers.
#[derive(Debug)]
pub(super) struct TxnIndex {
    disk: Arc<dyn Disk>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    path: PathBuf,
    file: Option<Arc<dyn File>>,
}

impl TxnIndex {
    /// The index at `path`, whether or not there is a file yet.
    pub(super) fn expect(disk: Arc<dyn Disk>, path: PathBuf) -> Self {
        Self { disk, state: Mutex::new(State { path, file: None }) }
    }

    /// All entries, in the order of the markers.
    pub(super) fn entries(&self) -> Result<Vec<AbortedTxn>, StorageError> {
        let mut state = self.lock();
        let Some(file) = state.open(&*self.disk)? else { return Ok(Vec::new()) };
        let bytes = read_range(&file, 0, usize::try_from(file.len()?).unwrap_or(usize::MAX))?;
        let entries = bytes.chunks_exact(ENTRY_LEN).map(|entry| {
            let unknown = || StorageError::corrupt(&state.path, "an entry's version is not 0");
            AbortedTxn::decode(entry).ok_or_else(unknown)
        });
        entries.collect()
    }

    /// Adds an entry, creating the file for the first.
    pub(super) fn push(&self, entry: AbortedTxn) -> Result<(), StorageError> {
        let mut state = self.lock();
        let file = match state.open(&*self.disk)? {
            Some(file) => file,
            None => {
                let file = self.disk.open(&state.path, Open::OrCreate)?;
                Arc::clone(state.file.insert(file))
            }
        };
        // An earlier write may have been cut short.
        let end = file.len()? / ENTRY_LEN as u64 * ENTRY_LEN as u64;
        Ok(file.write_all_at(&[IoSlice::new(&entry.encode())], end)?)
    }

    /// Removes the entries of markers at or above `offset`.
    pub(super) fn truncate(&self, offset: Offset) -> Result<(), StorageError> {
        let keep = match self.entries() {
            Ok(entries) => entries.iter().take_while(|entry| entry.last_offset < offset).count(),
            Err(StorageError::Corrupt { .. }) => 0,
            Err(error) => return Err(error),
        };
        let mut state = self.lock();
        if let Some(file) = state.open(&*self.disk)? {
            file.set_len((keep * ENTRY_LEN) as u64)?;
        }
        Ok(())
    }

    /// The file to sync, if there is one.
    pub(super) fn file(&self) -> Result<Option<Arc<dyn File>>, StorageError> {
        Ok(self.lock().open(&*self.disk)?)
    }

    pub(super) fn release(&self) {
        self.lock().file = None;
    }

    pub(super) fn moved_to(&self, path: PathBuf) {
        self.lock().path = path;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn open(&mut self, disk: &dyn Disk) -> io::Result<Option<Arc<dyn File>>> {
        if self.file.is_none() {
            match disk.open(&self.path, Open::Existing) {
                Ok(file) => self.file = Some(file),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(self.file.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;

    #[test]
    fn entries_survive_and_are_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let index = TxnIndex::expect(RealDisk::shared(), path.clone());
        assert_eq!(index.entries().unwrap(), []);
        index.truncate(Offset(3)).unwrap();
        assert!(!path.exists());
        let entry = |at: i64| AbortedTxn {
            producer_id: ProducerId(3),
            first_offset: Offset(at),
            last_offset: Offset(at + 7),
            last_stable_offset: Offset(at + 8),
        };
        index.push(entry(0)).unwrap();
        index.push(entry(8)).unwrap();
        index.push(entry(19)).unwrap();
        index.release();
        assert_eq!(index.entries().unwrap(), [entry(0), entry(8), entry(19)]);
        index.truncate(Offset(15)).unwrap();
        assert_eq!(index.entries().unwrap(), [entry(0)]);
    }
}
