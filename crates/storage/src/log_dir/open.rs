//! Opening a log directory: the lock, whose it is, and the recovery of its partitions.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};

use ottla_types::{Offset, Timestamp, TopicPartition, Uuid};

use super::deletion::Doomed;
use super::durability::WriteAhead;
use super::replay::{ConfigOf, Told};
use super::reserve::Reserve;
use super::{Hosted, LogDir, METADATA_FOLDER, Shared, State};
use crate::checkpoint::{CleanShutdown, DirectoryCheckpoints, MetaProperties, PartitionMetadata};
use crate::disk::{Disk, LockGuard, PagePool};
use crate::log::{
    Commit, FileKind, FileName, FolderName, FolderStage, LogConfig, PageCache, PartitionLog, RecoveryReport,
    StartPoint, TailBudget,
};
use crate::wal::{self, PartitionId, Wal, WalOptions};
use crate::{FolderSync, StorageError};

/// The lock file, as Apache Kafka calls it: the two exclude each other.
const LOCK_FILE: &str = ".lock";

/// A log directory that this process has for itself.
#[derive(Debug)]
pub struct LockedDir {
    disk: Arc<dyn Disk>,
    root: PathBuf,
    lock: Box<dyn LockGuard>,
    meta: Option<MetaProperties>,
}

/// How a directory is opened.
#[derive(Clone, Copy, Debug)]
pub struct LogDirOptions {
    /// `ottla.durable`: whether what is acknowledged has reached the disk.
    pub is_durable: bool,
    /// How many bytes of the latest batches may stay in memory for readers.
    pub tail_bytes: usize,
    /// `num.recovery.threads.per.data.dir`.
    pub recovery_threads: usize,
    /// The write-ahead log, where there is one.
    pub wal: WalOptions,
    /// `ottla.disk.reserve.bytes`: room that is kept for the directory's own needs.
    pub reserve_bytes: u64,
}

/// What opening took.
#[derive(Clone, Debug, Default)]
pub struct LogDirReport {
    /// Whether the directory was left by a clean stop.
    pub was_clean: bool,
    /// How many partitions were opened.
    pub partitions: usize,
    /// Folders that were renamed `-stray`, because no topic has them.
    pub stray: Vec<String>,
    /// What was done for each partition that needed more than a look.
    pub recovered: Vec<(TopicPartition, RecoveryReport)>,
    /// How many records the write-ahead log told.
    pub replayed_records: u64,
    /// In how many partitions some of them were missing.
    pub replayed_partitions: usize,
    /// Offsets that are neither in a partition's files nor in the write-ahead log, which has some after them. Whatever is
    /// taken from files is in that log first, so the files have been damaged, and those that come after are lost too.
    pub missing: Vec<(TopicPartition, Range<Offset>)>,
}

/// A live folder of a partition.
struct Found {
    name: TopicPartition,
    id: PartitionId,
    config: LogConfig,
    start: StartPoint,
}

/// A folder that belongs to no topic, as far as it and the metadata log know. It has lost its name.
struct Stray {
    name: TopicPartition,
    /// `None` if it does not say whose it is.
    topic_id: Option<Uuid>,
    folder: String,
}

/// What lies in a directory.
#[derive(Default)]
struct Listing {
    found: Vec<Found>,
    strays: Vec<Stray>,
    doomed: Vec<Doomed>,
}

impl LockedDir {
    /// Takes a directory, creating it if it is not there. [`std::io::ErrorKind::WouldBlock`] if another process has
    /// it.
    pub fn lock(disk: Arc<dyn Disk>, root: &Path) -> Result<Self, StorageError> {
        disk.create_dir_all(root)?;
        let lock = disk.lock(&root.join(LOCK_FILE))?;
        let meta = MetaProperties::read(&*disk, root)?;
        Ok(Self { disk, root: root.to_owned(), lock, meta })
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whose directory it is; `None` if it was never formatted.
    #[must_use]
    pub fn meta(&self) -> Option<&MetaProperties> {
        self.meta.as_ref()
    }

    /// Says whose directory it is from now on.
    pub fn format(&mut self, meta: MetaProperties) -> Result<(), StorageError> {
        meta.write(&*self.disk, &self.root)?;
        self.meta = Some(meta);
        Ok(())
    }

    /// The epoch that the broker had when it last stopped cleanly; `None` if it did not.
    pub fn clean_epoch(&self) -> Result<Option<i64>, StorageError> {
        Ok(CleanShutdown::read(&*self.disk, &self.root)?.and_then(|clean| clean.broker_epoch))
    }

    /// Recovers every partition that `config_of` has settings for; what it has none for belongs to no topic and is
    /// set aside. `unique` gives names to what is set aside.
    pub fn open(
        self,
        options: LogDirOptions,
        now: Timestamp,
        config_of: impl Fn(&TopicPartition, Uuid) -> Option<LogConfig>,
        unique: impl Fn() -> u128,
    ) -> Result<(LogDir, LogDirReport), StorageError> {
        let directory_id = self.meta.as_ref().and_then(|meta| meta.directory_id);
        let write_ahead = options.is_durable.then(Arc::<WriteAhead>::default);
        let commit: Arc<dyn Commit> = match &write_ahead {
            Some(write_ahead) => Arc::clone(write_ahead) as Arc<dyn Commit>,
            None => Arc::new(PageCache),
        };
        let was_clean = CleanShutdown::read(&*self.disk, &self.root)?.is_some();
        let mut report = LogDirReport { was_clean, ..LogDirReport::default() };
        let reserve = Reserve::open(&*self.disk, &self.root, options.reserve_bytes)?;
        let checkpoints = DirectoryCheckpoints::read(&self.disk, &self.root)?;
        // Of what begins above the recovery point not even the first file need be durable: the write-ahead log has what
        // it lacks.
        let has_write_ahead = wal::is_present(&*self.disk, &self.root)?;
        let start_of = |name: &TopicPartition| {
            let start = StartPoint::of(&checkpoints, name, was_clean);
            let is_start_exact = has_write_ahead && !was_clean && start.recovery_point <= start.log_start;
            StartPoint { is_start_exact, ..start }
        };
        if !was_clean {
            // What the checkpoints say is acted upon, so no loss of power may take back one that was just renamed.
            self.disk.sync_dir(&self.root)?;
        }
        let Listing { found, strays, doomed } = self.find_partitions(now, &start_of, &config_of, &unique)?;
        // From here on the directory changes.
        CleanShutdown::remove(&*self.disk, &self.root)?;
        let shared = Shared {
            root_sync: FolderSync::new(Arc::clone(&self.disk), &self.root),
            disk: self.disk,
            root: self.root,
            checkpoints,
            commit,
            tail: TailBudget::new(options.tail_bytes),
            pages: PagePool::new(options.wal.write_out_bytes),
        };
        let dir = LogDir {
            shared,
            directory_id: directory_id.unwrap_or_default(),
            write_ahead,
            reserve,
            state: Mutex::new(State { doomed, ..State::default() }),
            _lock: self.lock,
        };
        dir.recover(found, options.recovery_threads, now, &mut report)?;
        let told = dir.begin_write_ahead(options.wal, &config_of, now, &mut report)?;
        report.stray = dir.judge_strays(strays, &told, now)?;
        Ok((dir, report))
    }

    /// Lists the partitions. What belongs to no topic loses its name.
    fn find_partitions(
        &self,
        now: Timestamp,
        start_of: &dyn Fn(&TopicPartition) -> StartPoint,
        config_of: ConfigOf<'_>,
        unique: &dyn Fn() -> u128,
    ) -> Result<Listing, StorageError> {
        let mut listing = Listing::default();
        for entry in self.disk.list(&self.root)? {
            let Some(FolderName { partition: name, stage }) = FolderName::parse(&entry.name) else {
                continue;
            };
            if !entry.is_dir || entry.name == METADATA_FOLDER {
                continue;
            }
            let folder = self.root.join(&entry.name);
            match stage {
                FolderStage::Live => {}
                FolderStage::Delete => {
                    listing.doomed.push(Doomed { partition: name, folder, due: now });
                    continue;
                }
                FolderStage::Future | FolderStage::Stray => continue,
            }
            let topic_id = match PartitionMetadata::read(&*self.disk, &folder) {
                // A crash cut its creation short.
                Err(StorageError::Corrupt { .. }) => None,
                metadata => metadata?.map(|metadata| metadata.topic_id),
            };
            let known = topic_id.and_then(|topic_id| Some((topic_id, config_of(&name, topic_id)?)));
            let Some((topic_id, config)) = known else {
                let stray = FolderName::format(&name, FolderStage::Stray, unique());
                self.disk.rename(&folder, &self.root.join(&stray))?;
                listing.strays.push(Stray { name, topic_id, folder: stray });
                continue;
            };
            let id = PartitionId { topic_id, partition: name.partition };
            listing.found.push(Found { id, config, start: start_of(&name), name });
        }
        // A clean stop leaves nothing that a crash could bring back; what was renamed just now stays so.
        if !listing.strays.is_empty() {
            self.disk.sync_dir(&self.root)?;
        }
        Ok(listing)
    }
}

type Opened = Result<(Found, Arc<PartitionLog>, RecoveryReport), StorageError>;

impl LogDir {
    /// Opens partitions on as many lanes as may be busy with it; the first trouble ends it.
    fn recover(
        &self,
        found: Vec<Found>,
        threads: usize,
        now: Timestamp,
        report: &mut LogDirReport,
    ) -> Result<(), StorageError> {
        let count = found.len();
        let queue = Arc::new(Mutex::new(found));
        let (sender, opened) = mpsc::channel::<Opened>();
        for number in 0..threads.clamp(1, count.max(1)) {
            let lane = self.shared.disk.lane(&format!("log-recovery-{number}"))?;
            let (queue, sender) = (Arc::clone(&queue), sender.clone());
            let opener = Opener { shared: self.shared.clone(), is_durable: self.write_ahead.is_some(), now };
            lane.submit(Box::new(move || {
                while let Some(found) = take(&queue) {
                    // Whoever asked has seen an error and gone when nobody listens.
                    if sender.send(opener.open(found)).is_err() {
                        return;
                    }
                }
            }));
        }
        drop(sender);
        for outcome in opened {
            let (found, log, recovery) = outcome?;
            report.partitions += 1;
            if recovery.segments_examined > 0 || recovery.bytes_truncated > 0 {
                report.recovered.push((found.name.clone(), recovery));
            }
            self.state().logs.insert(found.id, Hosted { name: found.name, log });
        }
        assert_eq!(report.partitions, count, "every partition that was found was opened");
        Ok(())
    }

    /// Puts back what the write-ahead log of the run before has, and begins a new one if there is to be one.
    fn begin_write_ahead(
        &self,
        options: WalOptions,
        config_of: ConfigOf<'_>,
        now: Timestamp,
        report: &mut LogDirReport,
    ) -> Result<Told, StorageError> {
        let (replay, told) = self.replay(config_of, now, report)?;
        if report.replayed_partitions > 0 {
            self.write_checkpoints()?;
        }
        let Shared { disk, root, .. } = &self.shared;
        match &self.write_ahead {
            Some(ahead) => {
                let background = disk.lane("log-background")?;
                ahead.begin(Wal::open(disk, root, options, replay, background)?);
            }
            None => wal::remove(disk, root, replay)?,
        }
        Ok(told)
    }

    /// The folders of no topic that stay, for somebody to look at. Of what was deleted, and of a creation that a crash
    /// cut short, nothing is worth keeping.
    fn judge_strays(
        &self,
        strays: Vec<Stray>,
        told: &Told,
        now: Timestamp,
    ) -> Result<Vec<String>, StorageError> {
        let mut kept = Vec::new();
        for Stray { name, topic_id, folder: stray } in strays {
            let folder = self.shared.root.join(&stray);
            let is_explained = match topic_id {
                Some(topic_id) => told.deleted.contains(&PartitionId { topic_id, partition: name.partition }),
                None => told.created.contains(&name) || !self.holds_records(&folder)?,
            };
            if is_explained {
                self.state().doomed.push(Doomed { partition: name, folder, due: now });
            } else {
                kept.push(stray);
            }
        }
        Ok(kept)
    }

    fn holds_records(&self, folder: &Path) -> Result<bool, StorageError> {
        let files = self.shared.disk.list(folder)?;
        let is_log = |name: &str| FileName::parse(name).is_some_and(|name| name.kind == FileKind::Log);
        Ok(files.iter().any(|file| file.len > 0 && is_log(&file.name)))
    }
}

/// What a recovery lane needs.
struct Opener {
    shared: Shared,
    is_durable: bool,
    now: Timestamp,
}

impl Opener {
    fn open(&self, found: Found) -> Opened {
        let options = self.shared.options(&found.name, found.id, found.config.clone());
        let (log, report) = PartitionLog::open(options, found.start, self.now)?;
        // What recovery found is in the page cache; nobody may see it as committed before it is on disk.
        match self.is_durable {
            true => log.flush().map(drop)?,
            false => log.trust_page_cache(),
        }
        Ok((found, log, report))
    }
}

fn take(queue: &Mutex<Vec<Found>>) -> Option<Found> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

impl fmt::Display for LogDirReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.partitions == 0 && self.missing.is_empty() && self.stray.is_empty() {
            return f.write_str("no partitions");
        }
        let how = if self.was_clean { "a clean stop" } else { "a crash" };
        write!(f, "{} partitions after {how}", self.partitions)?;
        let checked: u64 = self.recovered.iter().map(|(_, report)| report.bytes_checked).sum();
        let cut: u64 = self.recovered.iter().map(|(_, report)| report.bytes_truncated).sum();
        write!(f, ", {} recovered ({checked} bytes checked, {cut} cut off)", self.recovered.len())?;
        if self.replayed_records > 0 {
            let (records, partitions) = (self.replayed_records, self.replayed_partitions);
            write!(f, ", {records} records of the write-ahead log read and {partitions} partitions mended")?;
        }
        for (partition, missing) in &self.missing {
            write!(f, ", offsets {} to {} of {partition} are missing", missing.start, missing.end)?;
        }
        match self.stray.len() {
            0 => Ok(()),
            count => write!(f, ", {count} of no topic set aside"),
        }
    }
}
