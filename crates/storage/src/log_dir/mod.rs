//! A log directory: the partitions in it, how they become durable together, and what is done for them from time to
//! time.
//!
//! The life of a directory: [`LockedDir`] holds the lock and knows whose directory it is; when the cluster's metadata
//! says which partitions there are, [`LockedDir::open`] recovers them and makes a [`LogDir`]; [`LogDir::close`] leaves
//! plain Kafka files behind. Everything here waits for the device, so it belongs on a [`Lane`](crate::disk::Lane).
//!
//! Several directories come next: nothing here is global to the process.

mod checkpoints;
mod deletion;
mod durability;
mod open;
mod replay;
mod reserve;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use ottla_types::{Timestamp, TopicPartition, Uuid};

use self::deletion::Doomed;
use self::durability::WriteAhead;
pub use self::open::{LockedDir, LogDirOptions, LogDirReport};
use self::reserve::Reserve;
use crate::checkpoint::{CleanShutdown, DirectoryCheckpoints};
use crate::disk::{Disk, LockGuard, PagePool, Space};
use crate::log::{
    Commit, FolderName, FolderStage, LogConfig, LogOptions, PartitionLog, StartPoint, TailBudget,
};
use crate::wal::{PartitionId, QueueRoom};
use crate::{FolderSync, StorageError};

/// The folder of the metadata log, which is no partition of this module's.
const METADATA_FOLDER: &str = "__cluster_metadata-0";

/// An open log directory.
#[derive(Debug)]
pub struct LogDir {
    shared: Shared,
    directory_id: Uuid,
    /// `None` where acknowledgements come from the page cache.
    write_ahead: Option<Arc<WriteAhead>>,
    reserve: Reserve,
    state: Mutex<State>,
    _lock: Box<dyn LockGuard>,
}

/// What the directory's logs share.
#[derive(Clone, Debug)]
struct Shared {
    disk: Arc<dyn Disk>,
    root: PathBuf,
    root_sync: Arc<FolderSync>,
    checkpoints: Arc<DirectoryCheckpoints>,
    commit: Arc<dyn Commit>,
    tail: Arc<TailBudget>,
    pages: Arc<PagePool>,
}

impl Shared {
    fn options(&self, name: &TopicPartition, id: PartitionId, config: LogConfig) -> LogOptions {
        LogOptions {
            disk: Arc::clone(&self.disk),
            folder: self.root.join(FolderName::format(name, FolderStage::Live, 0)),
            id,
            commit: Arc::clone(&self.commit),
            checkpoints: Arc::clone(&self.checkpoints),
            config,
            tail: Arc::clone(&self.tail),
            pages: Arc::clone(&self.pages),
            seed: seed(id),
            root: Arc::clone(&self.root_sync),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    logs: BTreeMap<PartitionId, Hosted>,
    /// Folders of deleted partitions whose files are still to be removed.
    doomed: Vec<Doomed>,
}

#[derive(Clone, Debug)]
struct Hosted {
    name: TopicPartition,
    log: Arc<PartitionLog>,
}

impl LogDir {
    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.shared.root
    }

    /// The directory's id.
    #[must_use]
    pub fn directory_id(&self) -> Uuid {
        self.directory_id
    }

    /// The room on the file system that holds the directory.
    pub fn space(&self) -> std::io::Result<Space> {
        self.shared.disk.space(&self.shared.root)
    }

    /// The log of a partition, if it is here.
    #[must_use]
    pub fn find(&self, id: PartitionId) -> Option<Arc<PartitionLog>> {
        self.state().logs.get(&id).map(|hosted| Arc::clone(&hosted.log))
    }

    /// Whether the disk is so full that the directory's reserve was given up for its own needs. What clients send is to
    /// be refused until [`LogDir::tick`] has found room for the reserve again.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.reserve.is_spent()
    }

    /// Somebody found no room on the disk: the reserve is given up at once.
    pub fn note_full(&self) -> Result<(), StorageError> {
        self.reserve.spend()
    }

    /// All partitions that are here, as of now.
    #[must_use]
    pub fn all(&self) -> Vec<(TopicPartition, Arc<PartitionLog>)> {
        self.state().logs.values().map(|hosted| (hosted.name.clone(), Arc::clone(&hosted.log))).collect()
    }

    /// The log of a partition, created if it is not here. That waits for no device: whatever of it a crash takes is
    /// created again at the next start, out of the write-ahead log if anything was appended that was acknowledged, or
    /// else by whoever knows that there should be such a partition.
    pub fn create(
        &self,
        name: &TopicPartition,
        topic_id: Uuid,
        config: LogConfig,
        now: Timestamp,
    ) -> Result<Arc<PartitionLog>, StorageError> {
        let id = PartitionId { topic_id, partition: name.partition };
        if let Some(log) = self.find(id) {
            return Ok(log);
        }
        // What is known of an earlier topic of this name says nothing of this one.
        self.shared.checkpoints.erase(name)?;
        let options = self.shared.options(name, id, config);
        let (log, _) = PartitionLog::open(options, StartPoint::default(), now)?;
        log.note_creation();
        let hosted = Hosted { name: name.clone(), log: Arc::clone(&log) };
        self.state().logs.insert(id, hosted);
        Ok(log)
    }

    /// The wait until less waits to become durable than may; `None` if that is so already. Whoever hands in batches and
    /// does not wait for them waits for this.
    #[must_use]
    pub fn room(&self) -> Option<QueueRoom> {
        self.write_ahead.as_ref()?.wal()?.room()
    }

    /// What has to be done from time to time: rolls, retention, flushes that settings ask for, and the removal of what
    /// was deleted. One partition's trouble does not keep the others from their turn; all troubles are returned.
    pub fn tick(&self, now: Timestamp) -> Vec<(TopicPartition, StorageError)> {
        let mut troubles = Vec::new();
        // What goes wrong here shows where room is needed, and is tried again.
        let _ = self.reserve.balance(&*self.shared.disk, &self.shared.root);
        for (name, log) in self.all() {
            let outcome = log.tick(now).and_then(|()| match log.wants_flush(now) {
                true => log.flush().map(drop),
                false => Ok(()),
            });
            if let Err(error) = outcome {
                troubles.push((name, error));
            }
        }
        self.remove_doomed(now, &mut troubles);
        troubles
    }

    /// Gives up what retention no longer keeps.
    pub fn apply_retention(&self, now: Timestamp) -> Vec<(TopicPartition, StorageError)> {
        let outcomes = self.all().into_iter().map(|(name, log)| (name, log.apply_retention(now)));
        outcomes.filter_map(|(name, outcome)| Some((name, outcome.err()?))).collect()
    }

    /// Syncs every partition, so that a start would recover nothing of what there is now, and says so in the
    /// checkpoints.
    pub fn flush_all(&self) -> Result<(), StorageError> {
        for (_, log) in self.all() {
            log.flush()?;
        }
        self.write_checkpoints()
    }

    /// Leaves the directory as Apache Kafka leaves it at a clean stop: every partition synced and closed, the
    /// checkpoints written, and last the mark that says so.
    pub fn close(&self, broker_epoch: i64) -> Result<(), StorageError> {
        self.end_write_ahead()?;
        for (_, log) in self.all() {
            log.close()?;
        }
        self.write_checkpoints()?;
        CleanShutdown { broker_epoch: Some(broker_epoch) }.write(&*self.shared.disk, &self.shared.root)
    }

    /// Says that the start is over and nobody waits for the disk: the reserve is taken, and the write-ahead log writes
    /// its spare segments now.
    pub fn started(&self) {
        let _ = self.reserve.balance(&*self.shared.disk, &self.shared.root);
        if let Some(wal) = self.write_ahead.as_ref().and_then(|ahead| ahead.wal()) {
            wal.grow();
        }
    }

    /// Commits what is queued, makes everything durable in place and removes the write-ahead log.
    fn end_write_ahead(&self) -> Result<(), StorageError> {
        let Some(wal) = self.write_ahead.as_ref().and_then(|ahead| ahead.wal()) else { return Ok(()) };
        let (sender, closed) = mpsc::channel();
        wal.close(Box::new(move |outcome| {
            // Whoever waits does so until this comes.
            let _ = sender.send(outcome);
        }));
        closed.recv().expect("the write-ahead log tells how its end went").map_err(StorageError::Disk)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LogDir {
    fn drop(&mut self) {
        if let Some(wal) = self.write_ahead.as_ref().and_then(|ahead| ahead.wal()) {
            wal.abandon();
        }
    }
}

/// Spreads what would otherwise happen to all partitions at once; the same for a partition at every start.
fn seed(id: PartitionId) -> u64 {
    let half = u64::from_be_bytes(*id.topic_id.0.first_chunk().expect("an id has 16 bytes"));
    half ^ (id.partition.0 as u64)
}
