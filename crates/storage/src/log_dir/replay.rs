//! Puts back into the partitions what the write-ahead log has and a crash took from their files.

use std::collections::BTreeSet;
use std::io;

use ottla_types::Timestamp;

use super::LogDir;
use crate::StorageError;
use crate::log::Replayed;
use crate::wal::{self, PartitionId, Replay};

impl LogDir {
    /// Reads the write-ahead log and makes everything that it tells durable in place; how many partitions that
    /// changed. Partitions that are gone are passed over.
    pub(super) fn replay(&self, now: Timestamp) -> Result<(Replay, usize), StorageError> {
        let mut changed = BTreeSet::new();
        let mut trouble = None;
        let replayed = wal::replay(&*self.disk, &self.root, |id, change| {
            let Some(log) = self.find(id) else { return Ok(()) };
            match log.replay(&change, now) {
                // The metadata log knows better what is deleted: what it deleted is not open here, and what is open
                // it did not delete.
                Ok(replayed) => {
                    changed.extend((replayed == Replayed::Done).then_some(id));
                    Ok(())
                }
                Err(error) => {
                    trouble = Some(error);
                    Err(io::Error::other("a record cannot be put back"))
                }
            }
        });
        if let Some(error) = trouble {
            return Err(error);
        }
        let replay = replayed.map_err(|error| StorageError::corrupt(&self.root, error.to_string()))?;
        self.flush_each(&changed)?;
        Ok((replay, changed.len()))
    }

    fn flush_each(&self, ids: &BTreeSet<PartitionId>) -> Result<(), StorageError> {
        ids.iter().filter_map(|id| self.find(*id)).try_for_each(|log| log.flush().map(drop))
    }
}
