//! One partition's log on disk, in Apache Kafka's formats: segments of record batches, their indexes, producers'
//! states and leader epochs.
//!
//! Read first: [`PartitionLog`], then `append` and `writer` for the way in, `read` for the way out, `recovery` for
//! what a start does.
//!
//! Invariants:
//! - One thread at a time changes a log: whoever holds its writer. Readers never wait for it: they see the segments
//!   and the end that were published last.
//! - What is published has been written, or is in memory and handed to the write-ahead log; what was written and could not
//!   be published is cut off again.
//! - Offsets rise from batch to batch. A batch is stored as it came, base offset and leader epoch apart.
//! - Everything below the recovery point is synced: records, indexes, producers' states, epochs, folder entries.
//!   Only what lies above is looked at after a crash.

mod append;
mod batch;
mod commit;
mod config;
mod flush;
mod index;
mod leader_epoch;
mod names;
mod offset_lookup;
mod producer_state;
mod read;
mod recovery;
mod replay;
mod retention;
mod scan;
mod segment;
mod slot;
mod snapshots;
mod tail;
mod truncation;
mod txn_index;
mod write_out;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use ottla_types::{LeaderEpoch, Offset, TopicPartition};

use self::append::Queue;
pub use self::append::{Append, AppendError, Appended, LeaderBatch};
pub(crate) use self::commit::announce;
pub use self::commit::{Commit, PageCache, SyncInPlace};
pub use self::config::LogConfig;
pub use self::index::Access;
use self::leader_epoch::EpochCache;
pub use self::leader_epoch::EpochEnd;
pub use self::names::{FileKind, FileName, FileStage, FolderName, FolderStage};
pub use self::offset_lookup::FoundOffset;
pub use self::producer_state::{KnownProducer, Origin, ProducerRefusal};
pub use self::read::{Piece, ReadLimits, ReadResult};
pub use self::recovery::{LogOptions, RecoveryReport, StartPoint};
pub use self::replay::{LogReplay, Replayed};
use self::segment::Segment;
use self::tail::Tail;
pub use self::tail::TailBudget;
use self::truncation::PendingCut;
pub use self::truncation::Truncation;
pub use self::txn_index::AbortedTxn;
use self::writer::Writer;
use crate::checkpoint::DirectoryCheckpoints;
use crate::disk::{Disk, PagePool};
use crate::wal::PartitionId;
use crate::{FolderSync, Reached, StorageError, Watermark};

/// The log of one partition. Shared by whoever appends, reads and keeps house.
pub struct PartitionLog {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    id: PartitionId,
    partition: TopicPartition,
    checkpoints: Arc<DirectoryCheckpoints>,
    commit: Arc<dyn Commit>,
    root: Arc<FolderSync>,
    /// The change of the folder above that removed this one, if it was deleted; otherwise 0.
    removed_by: AtomicU64,
    /// Decides by how much early each segment is rolled.
    seed: u64,
    config: ArcSwap<LogConfig>,
    /// Appends that arrived while another thread was writing.
    queue: Mutex<Queue>,
    writer: Mutex<Writer>,
    /// In the order of their offsets; never empty, and appends go to the last. Replaced by the writer as a whole.
    segments: ArcSwap<Vec<Arc<Segment>>>,
    epochs: ArcSwap<EpochCache>,
    tail: Mutex<Tail>,
    start: AtomicI64,
    end: AtomicI64,
    high_watermark: AtomicI64,
    /// [`Offset::NONE`] if no transaction is open or not yet replicated.
    first_unstable: AtomicI64,
    awaits_high_watermark: AtomicBool,
    recovery_point: AtomicI64,
    durable: Arc<Watermark>,
    /// Counts truncations; see [`crate::wal::Entry::stamp`].
    stamp: Mutex<u64>,
    /// A truncation that is not done in the files yet.
    pending_cut: Mutex<Option<PendingCut>>,
    /// Held through a flush.
    flushing: Mutex<()>,
    /// Held while the records are synced.
    syncing: Mutex<()>,
    /// Held while what is in memory only is written to the files.
    writing_out: Mutex<()>,
    pages: Arc<PagePool>,
    /// Up to where the log start is durable: files below may go.
    durable_start: Arc<Watermark>,
    unflushed_bytes: AtomicU64,
    /// When the first of the records was written that are not flushed.
    unflushed_since: AtomicI64,
    /// What left the files in an unknown state, if anything did.
    offline: OnceLock<Arc<std::io::Error>>,
    /// Whether it was closed or given up: there is nothing left to sync.
    is_closed: AtomicBool,
}

impl PartitionLog {
    /// Which partition this is.
    pub fn id(&self) -> PartitionId {
        self.id
    }

    /// Whose log this is, by name.
    pub fn partition(&self) -> &TopicPartition {
        &self.partition
    }

    /// The folder that holds the files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The first offset that readers may ask for.
    pub fn log_start_offset(&self) -> Offset {
        Offset(self.start.load(Ordering::Acquire))
    }

    /// The offset that the next record will have.
    pub fn log_end_offset(&self) -> Offset {
        Offset(self.end.load(Ordering::Acquire))
    }

    /// Up to where the log was replicated, as far as it was told.
    pub fn high_watermark(&self) -> Offset {
        Offset(self.high_watermark.load(Ordering::Acquire))
    }

    /// Up to where readers of committed records may read: the high watermark or, before it, the first offset of a
    /// transaction that is open or whose end is not replicated.
    pub fn last_stable_offset(&self) -> Offset {
        let high_watermark = self.high_watermark();
        match Offset(self.first_unstable.load(Ordering::Acquire)) {
            Offset::NONE => high_watermark,
            unstable => unstable.min(high_watermark),
        }
    }

    /// Everything below is synced in the partition's own files.
    pub fn recovery_point(&self) -> Offset {
        Offset(self.recovery_point.load(Ordering::Acquire))
    }

    /// Everything below is durable, here or in the write-ahead log.
    pub fn durable_end(&self) -> Offset {
        self.durable.offset()
    }

    /// Resolves when everything below `offset` is durable.
    pub fn wait_durable(&self, offset: Offset) -> Reached {
        self.durable.reached(offset)
    }

    /// Resolves when it is durable that the log starts at `offset` or later.
    pub fn wait_start_durable(&self, offset: Offset) -> Reached {
        self.durable_start.reached(offset)
    }

    /// How many bytes of batches the log holds.
    pub fn size_bytes(&self) -> u64 {
        self.segments.load().iter().map(|segment| segment.len()).sum()
    }

    /// How many segments the log consists of.
    pub fn segment_count(&self) -> usize {
        self.segments.load().len()
    }

    /// The settings in force.
    pub fn config(&self) -> Arc<LogConfig> {
        self.config.load_full()
    }

    /// Puts other settings in force, from the next append on.
    pub fn set_config(&self, config: LogConfig) {
        self.config.store(Arc::new(config));
    }

    /// Tells the log how far it is replicated. Retention and readers of committed records go by it.
    pub fn set_high_watermark(&self, offset: Offset) {
        self.high_watermark.store(offset.0, Ordering::Release);
        // A marker that is replicated now may free readers of committed records.
        if self.awaits_high_watermark.load(Ordering::Acquire) {
            let mut writer = self.writer();
            writer.producers.forget_ended_below(offset);
            self.publish_unstable(&writer);
        }
    }

    /// The latest leader epoch in the log.
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        self.epochs.load().latest().map(|latest| latest.epoch)
    }

    /// The epoch of the leader that wrote the record at `offset`.
    pub fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        self.epochs.load().epoch_of(offset)
    }

    /// Where the records of an epoch end, for OffsetForLeaderEpoch; `None` if the log cannot say.
    pub fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> Option<EpochEnd> {
        self.epochs.load().end_offset_for(epoch, self.log_end_offset())
    }

    /// Lets appends of the leader of this epoch in, and no others.
    ///
    /// # Panics
    /// If a truncation is under way.
    pub fn start_leading(&self, epoch: LeaderEpoch) {
        let mut writer = self.writer();
        assert!(!self.awaits_cut() || self.is_offline(), "a log is led when its truncation is over");
        writer.leading = Some(epoch);
        let end = writer.end;
        self.update_epochs(|epochs| epochs.assign(epoch, end));
    }

    /// Lets no leader's appends in any more.
    pub fn stop_leading(&self) {
        self.writer().leading = None;
    }

    /// How many producers the log remembers.
    pub fn producer_count(&self) -> usize {
        self.writer().producers.len()
    }

    /// The producers that the log remembers, ordered by id.
    pub fn producers(&self) -> Vec<KnownProducer> {
        self.writer().producers.known().collect()
    }

    /// Whether an earlier failure has left the files in an unknown state.
    pub fn is_offline(&self) -> bool {
        self.offline.get().is_some()
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    fn check_online(&self) -> Result<(), StorageError> {
        if self.is_offline() || self.is_closed() {
            Err(StorageError::Offline { folder: self.folder.clone() })
        } else {
            Ok(())
        }
    }

    /// Nothing is known about the files any more.
    fn go_offline(&self, error: &Arc<std::io::Error>) {
        // The first cause is the one to tell.
        let is_news = self.offline.set(Arc::clone(error)).is_ok();
        self.durable.fail(error);
        self.durable_start.fail(error);
        if is_news {
            self.give_up_cut();
            self.commit.failed(error);
        }
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // A panic under it has taken the log offline; see `append`.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the epochs that readers see. Only under the writer.
    fn update_epochs(&self, change: impl FnOnce(&mut EpochCache)) {
        let mut epochs = EpochCache::clone(&self.epochs.load());
        change(&mut epochs);
        self.epochs.store(Arc::new(epochs));
    }

    fn publish_unstable(&self, writer: &Writer) {
        let first = writer.producers.first_unstable_offset();
        // What was given up cannot hold readers back.
        let first = first.map_or(Offset::NONE, |first| first.max(self.log_start_offset()));
        self.first_unstable.store(first.0, Ordering::Release);
        self.awaits_high_watermark.store(writer.producers.awaits_high_watermark(), Ordering::Release);
    }
}

impl std::fmt::Debug for PartitionLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let range = self.log_start_offset()..self.log_end_offset();
        f.debug_struct("PartitionLog").field("folder", &self.folder).field("offsets", &range).finish()
    }
}

#[cfg(test)]
mod tests;
