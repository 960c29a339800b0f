//! Which partitions have records in the write-ahead log that their own files do not hold durably yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::{PartitionFiles, PartitionId};

/// For each such partition, since which generation. A segment whose generation is older than all of these is
/// not needed any more.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    live: BTreeMap<PartitionId, Live>,
}

#[derive(Debug)]
struct Live {
    files: Arc<dyn PartitionFiles>,
    /// The oldest generation that may hold a record which is not durable in place.
    first: u64,
    /// Counts the records, so that a sync knows whether any came while it ran.
    records: u64,
    /// How many of them tell what is done to the files only after they are durable: until then no sync covers them.
    owed: usize,
    unwritten_bytes: usize,
}

/// What a record weighs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weight {
    pub(super) bytes: usize,
    /// From so many bytes on, they are written to the partition's files.
    pub(super) write_out_bytes: usize,
    /// Whether what it tells is done only after it is durable.
    pub(super) is_owed: bool,
}

/// A sync of a partition's files that has begun.
#[derive(Debug)]
pub(super) struct SyncUnderWay {
    partition: PartitionId,
    /// What was in the log when it began, it will cover: it writes out first what was handed in.
    records: u64,
    generation: u64,
}

impl Coverage {
    /// A record of this partition goes into this generation. True if it is time to write what it has to its
    /// files.
    pub(super) fn add(
        &mut self,
        files: &Arc<dyn PartitionFiles>,
        generation: u64,
        Weight { bytes, write_out_bytes, is_owed }: Weight,
    ) -> bool {
        let live = self.live.entry(files.partition()).or_insert_with(|| Live {
            files: Arc::clone(files),
            first: generation,
            records: 0,
            owed: 0,
            unwritten_bytes: 0,
        });
        // A partition that was removed and created again comes with new files, whose sync covers the folder
        // entry of the old ones' removal as well.
        live.files = Arc::clone(files);
        live.records += 1;
        live.owed += usize::from(is_owed);
        live.unwritten_bytes += bytes;
        let is_due = live.unwritten_bytes >= write_out_bytes;
        if is_due {
            live.unwritten_bytes = 0;
        }
        is_due
    }

    /// What was owed by a record of the partition is done in its files.
    pub(super) fn settle(&mut self, partition: PartitionId) {
        if let Some(live) = self.live.get_mut(&partition) {
            live.owed = live.owed.saturating_sub(1);
        }
    }

    /// The oldest generation that is still needed.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.live.values().map(|live| live.first).min()
    }

    /// The partitions that keep generations up to `through` alive.
    pub(super) fn due(&self, through: u64) -> Vec<Arc<dyn PartitionFiles>> {
        let due = self.live.values().filter(|live| live.first <= through);
        due.map(|live| Arc::clone(&live.files)).collect()
    }

    /// A sync of the partition is about to begin while `generation` is being written. `None` if nothing of it
    /// is in the log, or if something has yet to be done that the sync would miss.
    pub(super) fn begin_sync(&self, partition: PartitionId, generation: u64) -> Option<SyncUnderWay> {
        let live = self.live.get(&partition).filter(|live| live.owed == 0)?;
        Some(SyncUnderWay { partition, records: live.records, generation })
    }

    /// The sync has succeeded.
    pub(super) fn end_sync(&mut self, sync: &SyncUnderWay) {
        let Some(live) = self.live.get_mut(&sync.partition) else { return };
        if live.records == sync.records {
            self.live.remove(&sync.partition);
        } else {
            // What came meanwhile is in the generation that was being written then, or in a later one.
            live.first = live.first.max(sync.generation);
        }
    }

    /// All partitions with something in the log.
    pub(super) fn files(&self) -> Vec<Arc<dyn PartitionFiles>> {
        self.live.values().map(|live| Arc::clone(&live.files)).collect()
    }
}
