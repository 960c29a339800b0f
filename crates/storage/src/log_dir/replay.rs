//! Puts back into the partitions what the write-ahead log has and a crash took from their files.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use ottla_types::{Timestamp, TopicPartition, Uuid};

use super::{LogDir, LogDirReport};
use crate::StorageError;
use crate::log::{LogConfig, LogReplay, Replayed};
use crate::wal::{self, Change, PartitionId, Replay};

/// The settings of a partition; `None` if it belongs to no topic.
pub(super) type ConfigOf<'a> = &'a dyn Fn(&TopicPartition, Uuid) -> Option<LogConfig>;

/// What the write-ahead log has told so far.
struct Retelling<'a> {
    dir: &'a LogDir,
    config_of: ConfigOf<'a>,
    now: Timestamp,
    replays: BTreeMap<PartitionId, LogReplay>,
    changed: BTreeSet<PartitionId>,
    told: Told,
}

/// Which partitions came and went.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Those whose creation was not durable yet, perhaps.
    pub(super) created: BTreeSet<TopicPartition>,
    pub(super) deleted: BTreeSet<PartitionId>,
}

impl Retelling<'_> {
    fn tell(&mut self, id: PartitionId, change: Change) -> Result<(), StorageError> {
        match &change {
            Change::Created { topic } => {
                self.create_again(id, TopicPartition::new(Arc::clone(topic), id.partition))?;
            }
            // The metadata log knows better what is deleted: what it deleted is not open here, and what is open it did
            // not delete.
            Change::Deleted => drop(self.told.deleted.insert(id)),
            Change::Batch(_) | Change::Truncate { .. } | Change::LogStart(_) => {}
        }
        let Some(log) = self.dir.find(id) else { return Ok(()) };
        let replay = self.replays.entry(id).or_insert_with(|| LogReplay::new(log));
        if replay.apply(change, self.now)? == Replayed::Done {
            self.changed.insert(id);
        }
        Ok(())
    }

    /// The folder may be gone, or have been set aside because it does not say whose it is.
    fn create_again(&mut self, id: PartitionId, name: TopicPartition) -> Result<(), StorageError> {
        if self.dir.find(id).is_none()
            && let Some(config) = (self.config_of)(&name, id.topic_id)
        {
            self.dir.create(&name, id.topic_id, config, self.now)?;
            self.changed.insert(id);
        }
        self.told.created.insert(name);
        Ok(())
    }
}

impl LogDir {
    /// Reads the write-ahead log and makes everything that it tells durable in place. Partitions that are gone are
    /// passed over.
    pub(super) fn replay(
        &self,
        config_of: ConfigOf<'_>,
        now: Timestamp,
        report: &mut LogDirReport,
    ) -> Result<(Replay, Told), StorageError> {
        let mut retelling = Retelling {
            dir: self,
            config_of,
            now,
            replays: BTreeMap::new(),
            changed: BTreeSet::new(),
            told: Told::default(),
        };
        let mut trouble = None;
        let (disk, root) = (&*self.shared.disk, &self.shared.root);
        let replayed = wal::replay(disk, root, |id, change| {
            retelling.tell(id, change).map_err(|error| {
                trouble = Some(error);
                io::Error::other("a record cannot be put back")
            })
        });
        if let Some(error) = trouble {
            return Err(error);
        }
        let replay = replayed.map_err(|error| StorageError::corrupt(root, error.to_string()))?;
        let Retelling { replays, changed, told, .. } = retelling;
        for (id, replay) in replays {
            let Some(missing) = replay.finish(now)? else { continue };
            report.missing.extend(self.state().logs.get(&id).map(|hosted| (hosted.name.clone(), missing)));
        }
        self.flush_each(&changed)?;
        report.replayed_records = replay.records;
        report.replayed_partitions = changed.len();
        Ok((replay, told))
    }

    fn flush_each(&self, ids: &BTreeSet<PartitionId>) -> Result<(), StorageError> {
        ids.iter().filter_map(|id| self.find(*id)).try_for_each(|log| log.flush().map(drop))
    }
}
