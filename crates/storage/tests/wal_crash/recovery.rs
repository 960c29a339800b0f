//! Recovery of a directory: what the partitions' own files hold, and on top of it what the write-ahead log tells.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ottla_storage::disk::Disk;
use ottla_storage::wal::{Batch, Change, PartitionFiles, PartitionId, Wal, WalOptions, replay};

use crate::life::Planted;
use crate::partition::Partition;
use crate::truth::Truth;

pub(crate) struct Recovered {
    pub(crate) wal: Wal,
    pub(crate) partitions: BTreeMap<PartitionId, (Arc<Partition>, Vec<Batch>)>,
}

pub(crate) fn recover(
    disk: &Arc<dyn Disk>,
    root: &Path,
    options: WalOptions,
    planted: Planted,
    truths: &BTreeMap<PartitionId, Arc<Mutex<Truth>>>,
) -> Result<Recovered, String> {
    let said = |error: io::Error| error.to_string();
    let mut partitions = BTreeMap::new();
    for (id, truth) in truths {
        let (partition, batches) = Partition::open(disk, root, *id, planted, truth).map_err(said)?;
        partitions.insert(*id, Rewritten { partition, batches, gap: None });
    }
    let replayed = replay(&**disk, root, |id, change| {
        let partition = partitions.get_mut(&id).expect("the log tells of no other partitions");
        partition.apply(change)
    });
    let replayed = replayed.map_err(|error| error.to_string())?;
    for rewritten in partitions.values() {
        if let Some(gap) = &rewritten.gap {
            return Err(format!("acknowledged records are missing before {gap:?}"));
        }
        rewritten.partition.sync().map_err(said)?;
    }
    disk.sync_dir(root).map_err(said)?;
    let background = disk.lane("background").map_err(said)?;
    let wal = Wal::open(disk, root, options, replayed, background).map_err(said)?;
    let finished =
        |(id, rewritten): (PartitionId, Rewritten)| (id, (Arc::new(rewritten.partition), rewritten.batches));
    Ok(Recovered { wal, partitions: partitions.into_iter().map(finished).collect() })
}

struct Rewritten {
    partition: Partition,
    batches: Vec<Batch>,
    /// A record that does not follow the log's end. A later truncation or leader may explain it.
    gap: Option<Batch>,
}

impl Rewritten {
    fn end(&self) -> i64 {
        self.batches.last().map_or(0, |batch| batch.next_offset.0)
    }

    fn apply(&mut self, change: Change) -> io::Result<()> {
        match change {
            Change::Batch(batch) => self.append(batch),
            Change::Truncate { leader_epoch, to } => {
                self.gap = self.gap.take().filter(|gap| gap.base_offset < to);
                let first_cut = self.batches.iter().find(|batch| batch.base_offset >= to);
                if first_cut.is_some_and(|batch| batch.leader_epoch < leader_epoch) {
                    self.cut(to.0)?;
                }
                Ok(())
            }
            Change::Created { .. } | Change::LogStart(_) | Change::Deleted => Ok(()),
        }
    }

    fn append(&mut self, batch: Batch) -> io::Result<()> {
        let last_epoch = self.batches.last().map(|last| last.leader_epoch);
        if last_epoch.is_some_and(|last| last > batch.leader_epoch) {
            // A later leader has written here.
            return Ok(());
        }
        let there = self.batches.iter().find(|there| there.base_offset == batch.base_offset);
        if there.is_some_and(|there| there.leader_epoch == batch.leader_epoch) {
            return Ok(());
        }
        if batch.base_offset.0 < self.end() {
            self.cut(batch.base_offset.0)?;
        }
        if batch.base_offset.0 > self.end() {
            self.gap = Some(batch);
            return Ok(());
        }
        self.gap = None;
        self.partition.append(&batch)?;
        self.batches.push(batch);
        Ok(())
    }

    fn cut(&mut self, to: i64) -> io::Result<()> {
        self.batches.retain(|batch| batch.base_offset.0 < to);
        self.partition.truncate(&self.batches)
    }
}
