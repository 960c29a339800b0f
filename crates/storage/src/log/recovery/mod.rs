//! Opening a log: after a clean stop on trust, after a crash by looking at what may be damaged, and at nothing else.
//!
//! Below the recovery point everything was synced, so there only the end of its index is read. Above it every batch
//! is compared with its checksum; the first that is not whole ends the log. The same is done with folders that
//! Apache Kafka wrote, whose live indexes are filled up with zeros.

mod active;
mod folder;
mod producers;
mod segment;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, OnceLock};

use arc_swap::ArcSwap;
use ottla_types::{LeaderEpoch, Offset, Timestamp, TopicPartition};

pub(super) use self::active::ActiveState;
use self::folder::Folder;
pub(super) use self::producers::replay_producers;
use self::segment::{Examined, Examiner};
use super::leader_epoch::EpochCache;
use super::producer_state::{Expiry, ProducerStates};
use super::retention::Removal;
use super::segment::Segment;
use super::snapshots::Snapshots;
use super::tail::{Tail, TailBudget};
use super::writer::Writer;
use super::{Commit, FolderName, LogConfig, PartitionLog};
use crate::checkpoint::{DirectoryCheckpoints, LeaderEpochs, PartitionMetadata};
use crate::disk::{Disk, File, PagePool};
use crate::wal::PartitionId;
use crate::{FolderSync, StorageError, Watermark};

/// What a log is opened with.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// The disk.
    pub disk: Arc<dyn Disk>,
    /// The partition's folder; it is created if it is not there.
    pub folder: PathBuf,
    /// Which partition it is.
    pub id: PartitionId,
    /// How what is written becomes durable.
    pub commit: Arc<dyn Commit>,
    /// What the partition's log directory keeps for all of its partitions.
    pub checkpoints: Arc<DirectoryCheckpoints>,
    /// The settings.
    pub config: LogConfig,
    /// How much memory the latest batches may take.
    pub tail: Arc<TailBudget>,
    /// Where whole pages are put together that are written past the page cache.
    pub pages: Arc<PagePool>,
    /// Spreads what would otherwise happen to all logs at once.
    pub seed: u64,
    /// The log directory: the folder of a new log is an entry of it.
    pub root: Arc<FolderSync>,
}

/// What the checkpoints of the log directory say about a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartPoint {
    /// Whether the directory was left by a clean stop.
    pub is_clean: bool,
    /// Whether the log was ever flushed, as far as that was noted: then its creation is durable.
    pub was_flushed: bool,
    /// Everything below was synced.
    pub recovery_point: Offset,
    /// Where the log starts, unless its first segment starts later.
    pub log_start: Offset,
    /// Whether it starts there exactly: files that begin later have lost their beginning. Otherwise such files say
    /// themselves where the log starts, as Apache Kafka has it.
    pub is_start_exact: bool,
    /// Up to where it was replicated.
    pub high_watermark: Offset,
}

impl StartPoint {
    /// What the checkpoints say of a partition.
    pub fn of(checkpoints: &DirectoryCheckpoints, partition: &TopicPartition, is_clean: bool) -> Self {
        let recovery_point = checkpoints.recovery_points.get(partition);
        Self {
            is_clean,
            was_flushed: recovery_point.is_some(),
            recovery_point: recovery_point.unwrap_or_default(),
            log_start: checkpoints.log_starts.get(partition).unwrap_or_default(),
            is_start_exact: false,
            high_watermark: checkpoints.high_watermarks.get(partition).unwrap_or_default(),
        }
    }
}

/// What opening a log took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// Where the log starts.
    pub log_start: Offset,
    /// Where it ends.
    pub log_end: Offset,
    /// How many segments it has.
    pub segments: usize,
    /// How many of them were looked at beyond the end of their index.
    pub segments_examined: usize,
    /// How many bytes of batches were compared with their checksums.
    pub bytes_checked: u64,
    /// How many bytes were cut off, because they were not whole batches.
    pub bytes_truncated: u64,
    /// What was wrong where the log was cut.
    pub damage: Option<String>,
    /// Segments below the start or after the cut, whose files were renamed `.deleted`.
    pub segments_dropped: usize,
    /// Files of interrupted deletions, compactions and splits that were removed or put in their place.
    pub leftovers: usize,
}

impl PartitionLog {
    /// Opens a log, or creates it. May wait for the device, but not to create one: that becomes durable with the first
    /// sync.
    ///
    /// What was recovered is in the page cache, and not durable before [`PartitionLog::flush`] or
    /// [`PartitionLog::trust_page_cache`].
    pub fn open(
        options: LogOptions,
        start: StartPoint,
        now: Timestamp,
    ) -> Result<(Arc<Self>, RecoveryReport), StorageError> {
        let mut report = RecoveryReport::default();
        let (partition, creation) = prepare(&options, start)?;
        let mut folder = Folder::sweep(&options, &mut report)?;
        let mut epochs = EpochCache::new(&LeaderEpochs::read(&*options.disk, &options.folder)?);
        let mut opening =
            Opening { options: &options, partition: &partition, start, now, report: &mut report };
        let mut segments = folder.segments(&options);
        opening.give_up_before_start(&mut segments, &mut folder)?;
        let examined = opening.examine(&mut segments, &mut epochs, &mut folder)?;
        let end = opening.end_of(&mut segments, &mut epochs, &mut folder, examined.end)?;
        let log_start = start.log_start.max(segments[0].base);
        epochs.truncate_from_end(end);
        epochs.truncate_from_start(log_start);
        let taken = std::mem::take(&mut folder.snapshots);
        let mut snapshots = Snapshots::new(Arc::clone(&options.disk), &options.folder, taken);
        let producers = opening.producers(&segments, &mut snapshots, end, examined.rebuilt_from)?;
        let start = opening.start;
        let is_whole = start.is_clean && report.segments_examined == 0;
        let recovery_point = if is_whole { end } else { start.recovery_point.min(end) };
        report.log_start = log_start;
        report.log_end = end;
        report.segments = segments.len();
        // The process that died may have taken room that it had no use for.
        examined.unsynced.iter().for_each(|segment| segment.note_spare());
        let active = Arc::clone(segments.last().expect("there is always a segment"));
        let mut writer = Writer {
            active: Arc::clone(&active),
            position: 0,
            room: 0,
            indexed_position: 0,
            first_timestamp: None,
            created: now,
            end,
            producers,
            snapshots,
            leading: None,
            expiry_due: now,
            appended: None,
            // What came before a crash may not be durable either, and indexes may have been created.
            is_folder_dirty: creation.is_some()
                || folder.is_dirty
                || !start.is_clean
                || !examined.unsynced.is_empty(),
            unsynced: examined.unsynced.clone(),
            unsynced_indexes: examined.unsynced,
            removals: Vec::new(),
            creation,
        };
        let due = now.plus_ms(options.config.file_delete_delay_ms);
        writer.removals.extend(folder.dropped.into_iter().map(|segment| Removal::due_at(segment, due)));
        ActiveState::of(&active, now)?.put_into(&mut writer);
        let unflushed_bytes = if is_whole { 0 } else { report.bytes_checked };
        let published =
            Published { partition, segments, epochs, log_start, recovery_point, unflushed_bytes, start };
        Ok((Self::assemble(options, writer, published, now), report))
    }

    fn assemble(options: LogOptions, writer: Writer, published: Published, now: Timestamp) -> Arc<Self> {
        let end = writer.end;
        let high_watermark = published.start.high_watermark.min(end).max(published.log_start);
        let log = Self {
            disk: options.disk,
            folder: options.folder,
            id: options.id,
            partition: published.partition,
            checkpoints: options.checkpoints,
            commit: options.commit,
            root: options.root,
            removed_by: AtomicU64::new(0),
            seed: options.seed,
            config: ArcSwap::from_pointee(options.config),
            queue: Mutex::default(),
            segments: ArcSwap::from_pointee(published.segments),
            epochs: ArcSwap::from_pointee(published.epochs),
            tail: Mutex::new(Tail::new(options.tail)),
            pages: options.pages,
            start: AtomicI64::new(published.log_start.0),
            end: AtomicI64::new(end.0),
            high_watermark: AtomicI64::new(high_watermark.0),
            first_unstable: AtomicI64::new(Offset::NONE.0),
            awaits_high_watermark: AtomicBool::new(false),
            recovery_point: AtomicI64::new(published.recovery_point.0),
            durable: Watermark::new(published.recovery_point),
            durable_start: Watermark::new(published.log_start),
            pending_cut: Mutex::default(),
            unflushed_bytes: AtomicU64::new(published.unflushed_bytes),
            unflushed_since: AtomicI64::new(now.0),
            stamp: Mutex::new(0),
            flushing: Mutex::new(()),
            syncing: Mutex::new(()),
            writing_out: Mutex::new(()),
            offline: OnceLock::new(),
            is_closed: AtomicBool::new(false),
            writer: Mutex::new(writer),
        };
        let mut writer = log.writer();
        writer.producers.forget_ended_below(high_watermark);
        log.note_start();
        log.publish_unstable(&writer);
        drop(writer);
        Arc::new(log)
    }
}

struct Published {
    partition: TopicPartition,
    segments: Vec<Arc<Segment>>,
    epochs: EpochCache,
    log_start: Offset,
    recovery_point: Offset,
    unflushed_bytes: u64,
    start: StartPoint,
}

/// A log that was created, by this process or the one before, and of which nothing may be durable.
#[derive(Debug)]
pub(super) struct Creation {
    /// Says whose folder it is.
    metadata: Arc<dyn File>,
    /// The change of the folder above that created this one.
    change: u64,
}

impl Creation {
    /// Makes the folder's own entry durable, when everything in it is.
    pub(super) fn sync(&self, root: &FolderSync) -> std::io::Result<()> {
        root.sync_to(self.change)
    }

    /// What in the folder has to be synced before it.
    pub(super) fn file(&self) -> &Arc<dyn File> {
        &self.metadata
    }
}

/// Creates the folder and says whose it is, or compares.
fn prepare(
    options: &LogOptions,
    start: StartPoint,
) -> Result<(TopicPartition, Option<Creation>), StorageError> {
    let disk = &*options.disk;
    let name = options.folder.file_name().and_then(|name| name.to_str()).and_then(FolderName::parse);
    let no_partition =
        || StorageError::corrupt(&options.folder, "this is not the name of a partition's folder");
    let partition = name.ok_or_else(no_partition)?.partition;
    let metadata = match PartitionMetadata::read(disk, &options.folder) {
        // Something has cut its creation short.
        Err(StorageError::Corrupt { .. }) => None,
        metadata => metadata?,
    };
    match metadata {
        Some(metadata) if metadata.topic_id != options.id.topic_id => Err(StorageError::corrupt(
            &PartitionMetadata::path(&options.folder),
            format!("the folder belongs to topic {}, not {}", metadata.topic_id, options.id.topic_id),
        )),
        Some(_) if start.is_clean || start.was_flushed => Ok((partition, None)),
        Some(metadata) => {
            let metadata = metadata.write_again(disk, &options.folder)?;
            Ok((partition, Some(Creation { metadata, change: FolderSync::BEFORE })))
        }
        None => {
            disk.create_dir_all(&options.folder)?;
            let change = options.root.changed();
            let metadata = PartitionMetadata { topic_id: options.id.topic_id };
            let metadata = metadata.write_unsynced(disk, &options.folder)?;
            Ok((partition, Some(Creation { metadata, change })))
        }
    }
}

/// One log on its way to be opened.
struct Opening<'a> {
    options: &'a LogOptions,
    partition: &'a TopicPartition,
    start: StartPoint,
    now: Timestamp,
    report: &'a mut RecoveryReport,
}

/// What the look at the segments found.
struct Outcome {
    /// Where the log ends.
    end: Offset,
    /// From where the index of aborted transactions has to be written anew.
    rebuilt_from: Offset,
    unsynced: Vec<Arc<Segment>>,
}

impl Opening<'_> {
    /// Drops the segments that lie below the log's start as a whole. Their removal had begun, perhaps, and a crash
    /// brought some of them back.
    fn give_up_before_start(
        &mut self,
        segments: &mut Vec<Arc<Segment>>,
        folder: &mut Folder,
    ) -> Result<(), StorageError> {
        let start = self.start.log_start;
        if let Some(first) = segments.first().filter(|first| self.start.is_start_exact && first.base > start)
        {
            let (missing, base) = (start, first.base);
            self.report.damage = Some(format!("the files begin at {base}, but the log at {missing}"));
            return folder.drop_segments(self.options, segments.drain(..), self.report);
        }
        let going = segments.windows(2).take_while(|pair| pair[1].base <= start).count();
        folder.drop_segments(self.options, segments.drain(..going), self.report)
    }

    /// Looks at what may be damaged, segment after segment, and cuts the log at the first damage.
    fn examine(
        &mut self,
        segments: &mut Vec<Arc<Segment>>,
        epochs: &mut EpochCache,
        folder: &mut Folder,
    ) -> Result<Outcome, StorageError> {
        let interval = u64::from(self.options.config.index_interval_bytes);
        let mut examiner =
            Examiner { interval, is_clean: self.start.is_clean, last_epoch: LeaderEpoch::NONE };
        let mut outcome =
            Outcome { end: self.start.log_start, rebuilt_from: Offset(i64::MAX), unsynced: vec![] };
        let mut number = 0;
        while number < segments.len() {
            let segment = Arc::clone(&segments[number]);
            let next_base = segments.get(number + 1).map(|next| next.base);
            let is_last = next_base.is_none();
            // One that ends at the recovery point may have been closed after the sync.
            let is_synced =
                self.start.is_clean || next_base.is_some_and(|next| next < self.start.recovery_point);
            let trusted_to = if is_synced { Offset(i64::MAX) } else { self.start.recovery_point };
            let is_trusted = is_synced && !is_last;
            number += 1;
            let mut found = None;
            if !folder.lacks_index(segment.base) {
                if is_trusted {
                    continue;
                }
                found = examiner.examine(&segment, trusted_to, epochs)?;
            }
            let mut found = match found {
                Some(found) => found,
                None => self.rebuild(&mut examiner, &segment, is_trusted, epochs)?,
            };
            if !found.was_changed && !is_last {
                // Its last entries may have been lost.
                ActiveState::of(&segment, self.now)?;
                segment.seal()?;
            }
            // What a process did before it died, its cuts too, need not be durable although nothing speaks of it.
            if found.was_changed || !self.start.is_clean {
                outcome.unsynced.push(Arc::clone(&segment));
            }
            outcome.end = found.end;
            if !is_trusted && found.damage.is_none() {
                found.damage = next_base.and_then(|next| self.contradiction(found.end, next));
            }
            self.account(&found, &mut outcome);
            if found.damage.is_some() {
                folder.drop_segments(self.options, segments.drain(number..), self.report)?;
            }
        }
        Ok(outcome)
    }

    /// Writes the indexes of a segment anew.
    fn rebuild(
        &mut self,
        examiner: &mut Examiner,
        segment: &Arc<Segment>,
        is_trusted: bool,
        epochs: &mut EpochCache,
    ) -> Result<Examined, StorageError> {
        // A crash while this goes on must not leave half an index that the next start trusts.
        let limit = segment.base.min(self.start.recovery_point);
        self.options.checkpoints.recovery_points.lower(self.partition, limit)?;
        self.start.recovery_point = limit;
        let mut found = examiner.rebuild(segment, epochs)?;
        if is_trusted {
            // The index of aborted transactions is a file of its own, and nothing speaks against it.
            found.rebuilt_from = Offset(i64::MAX);
        }
        Ok(found)
    }

    /// What is wrong between the end of a segment and the base of the next. Above the recovery point files lose
    /// their ends, and come back after they were renamed, independently of one another.
    fn contradiction(&self, end: Offset, next_base: Offset) -> Option<String> {
        let is_gap = next_base > end && !self.options.config.cleanup_compact;
        (is_gap || next_base < end)
            .then(|| format!("a segment ends at offset {end}, and the next starts at {next_base}"))
    }

    fn account(&mut self, found: &Examined, outcome: &mut Outcome) {
        if self.report.damage.is_none() {
            self.report.damage.clone_from(&found.damage);
        }
        if !found.was_changed {
            return;
        }
        self.report.segments_examined += 1;
        self.report.bytes_checked += found.bytes_checked;
        self.report.bytes_truncated += found.bytes_truncated;
        outcome.rebuilt_from = outcome.rebuilt_from.min(found.rebuilt_from);
    }

    /// The end of the log, which has a segment then. Files that end before the log starts hold nothing of it.
    fn end_of(
        &mut self,
        segments: &mut Vec<Arc<Segment>>,
        epochs: &mut EpochCache,
        folder: &mut Folder,
        end: Offset,
    ) -> Result<Offset, StorageError> {
        if !segments.is_empty() && end >= self.start.log_start {
            return Ok(end);
        }
        if !segments.is_empty() {
            folder.drop_segments(self.options, segments.drain(..), self.report)?;
            epochs.clear();
        }
        let (disk, base) = (&self.options.disk, self.start.log_start);
        segments.push(Arc::new(Segment::create(disk, &self.options.folder, base, self.now)?));
        folder.is_dirty = true;
        Ok(base)
    }

    fn producers(
        &self,
        segments: &[Arc<Segment>],
        snapshots: &mut Snapshots,
        end: Offset,
        rebuilt_from: Offset,
    ) -> Result<ProducerStates, StorageError> {
        // Like Apache Kafka: a log that was closed in order and has no snapshot never had a producer to remember.
        if self.start.is_clean && snapshots.is_empty() {
            return Ok(ProducerStates::starting_at(end));
        }
        let expiry = Expiry { now: self.now, after_ms: self.options.config.producer_id_expiration_ms };
        // A snapshot above what was synced may be of records that are not in the log any more.
        let states = snapshots.load(segments[0].base, end.min(rebuilt_from), expiry)?;
        let bases: BTreeSet<Offset> = segments.iter().map(|segment| segment.base).collect();
        snapshots.keep_only(&bases)?;
        for segment in segments {
            if segment.len() > 0 && rebuilt_from != Offset(i64::MAX) {
                segment.txns.truncate(rebuilt_from)?;
            }
        }
        // A log can be cut at the start of a segment, and most likely at that of one of the last two.
        let last_bases = segments.iter().rev().take(2).rev().map(|segment| segment.base);
        let mut states = states;
        for base in last_bases.filter(|base| *base < end) {
            if base > states.end() {
                states = replay_producers(segments, states, base, Some(rebuilt_from))?;
                snapshots.take(&states)?;
            }
        }
        replay_producers(segments, states, end, Some(rebuilt_from))
    }
}
