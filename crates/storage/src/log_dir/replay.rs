//! Puts back into the partitions what the write-ahead log has and a crash took from their files.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use ottla_types::Timestamp;

use super::{LogDir, LogDirReport};
use crate::StorageError;
use crate::log::{LogReplay, Replayed};
use crate::wal::{self, PartitionId, Replay};

impl LogDir {
    /// Reads the write-ahead log and makes everything that it tells durable in place. Partitions that are gone are
    /// passed over.
    pub(super) fn replay(&self, now: Timestamp, report: &mut LogDirReport) -> Result<Replay, StorageError> {
        let mut changed = BTreeSet::new();
        let mut replays: BTreeMap<PartitionId, LogReplay> = BTreeMap::new();
        let mut trouble = None;
        let replayed = wal::replay(&*self.disk, &self.root, |id, change| {
            let Some(log) = self.find(id) else { return Ok(()) };
            let replay = replays.entry(id).or_insert_with(|| LogReplay::new(log));
            match replay.apply(change, now) {
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
        for (id, missing) in replays.into_iter().filter_map(|(id, replay)| Some((id, replay.finish()?))) {
            report.missing.extend(self.state().logs.get(&id).map(|hosted| (hosted.name.clone(), missing)));
        }
        self.flush_each(&changed)?;
        report.replayed_records = replay.records;
        report.replayed_partitions = changed.len();
        Ok(replay)
    }

    fn flush_each(&self, ids: &BTreeSet<PartitionId>) -> Result<(), StorageError> {
        ids.iter().filter_map(|id| self.find(*id)).try_for_each(|log| log.flush().map(drop))
    }
}
