//! The write-ahead log as its users see it.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::change::{Entry, PartitionFiles};
use super::coverage::Coverage;
use super::options::WalOptions;
use super::queue::{Queue, QueueRoom};
use super::replay::Replay;
use super::ring::Ring;
use crate::disk::{Disk, Lane, Pages};

/// The write-ahead log of one log directory. Clones are the same log.
#[derive(Clone, Debug)]
pub struct Wal {
    shared: Arc<Shared>,
}

/// What a close tells when it is through.
pub type Closed = Box<dyn FnOnce(Result<(), Arc<io::Error>>) + Send>;

pub(super) struct Shared {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) dir: PathBuf,
    pub(super) options: WalOptions,
    pub(super) queue: Arc<Queue>,
    ring: Mutex<Ring>,
    coverage: Mutex<Coverage>,
    /// Where blocks are put together. Only the sync lane takes it.
    pub(super) pages: Mutex<Pages>,
    /// Commits, one after another.
    sync_lane: Arc<dyn Lane>,
    /// Empties segments, writes new ones, and lets partitions write to their files.
    background: Arc<dyn Lane>,
    closed: Mutex<Option<Closed>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "write-ahead log in {}", self.dir.display())
    }
}

impl Wal {
    /// Opens the log for writing, after it was replayed and *everything that it told is durable in place*: from
    /// here on it is forgotten. Waits for the device.
    ///
    /// The commits get a lane of their own. `background` is for work that nobody waits for.
    pub fn open(
        disk: &Arc<dyn Disk>,
        dir: &Path,
        options: WalOptions,
        replay: Replay,
        background: Arc<dyn Lane>,
    ) -> io::Result<Self> {
        let ring = Self::take_over(disk, dir, &options, replay)?;
        let shared = Shared {
            disk: Arc::clone(disk),
            dir: dir.to_owned(),
            options,
            queue: Arc::new(Queue::new(options.queue_bytes_max)),
            ring: Mutex::new(ring),
            coverage: Mutex::default(),
            pages: Mutex::new(Pages::new(options.block_bytes_max())),
            sync_lane: disk.lane("wal-sync")?,
            background,
            closed: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Makes durable that nothing of what earlier runs wrote is needed.
    pub(super) fn take_over(
        disk: &Arc<dyn Disk>,
        dir: &Path,
        options: &WalOptions,
        replay: Replay,
    ) -> io::Result<Ring> {
        let mut ring = Ring::new(Arc::clone(disk), dir, options, replay.next_generation);
        // The process may have died between creating a segment and syncing its name.
        disk.sync_dir(dir)?;
        replay.segments.into_iter().for_each(|segment| ring.adopt(segment));
        ring.begin(replay.dead_below)?;
        Ok(ring)
    }

    /// Hands in something that was done to a partition's files. Never waits: [`PartitionFiles::durable_to`] says
    /// when it is durable. Entries of one partition must be handed in in their order.
    ///
    /// An error says why nothing can be handed in any more; the caller then answers for this entry itself.
    pub fn enqueue(&self, entry: Entry) -> Result<(), Arc<io::Error>> {
        if self.shared.queue.push(entry)? {
            self.shared.schedule_commit();
        }
        Ok(())
    }

    /// The wait until less is queued than the bound, or nothing will be any more; `None` if it is over already. Whoever
    /// does not wait for its entries to be durable waits for this before it hands in more.
    #[must_use]
    pub fn room(&self) -> Option<QueueRoom> {
        self.shared.queue.is_full().then(|| QueueRoom { queue: Arc::clone(&self.shared.queue) })
    }

    /// Why the log directory is offline, if it is.
    #[must_use]
    pub fn offline(&self) -> Option<Arc<io::Error>> {
        self.shared.queue.offline()
    }

    /// Takes the log directory offline, because something else in it failed in a way that leaves its content
    /// unknown. Everyone who waits is told.
    pub fn go_offline(&self, error: &Arc<io::Error>) {
        self.shared.go_offline(Arc::clone(error), &[]);
    }

    /// Lets go of everything: whoever owns the directory does, without a stop, and nothing is committed any more. Without
    /// this the log and the partitions in it would keep each other.
    pub fn abandon(&self) {
        let error = Arc::new(io::Error::other("the log directory was given up"));
        drop(self.shared.queue.go_offline(&error));
        *self.shared.coverage() = Coverage::default();
    }

    /// Writes the segments that the log may still grow by, in the background, so that commits overwrite instead of
    /// append. Call it once the first start is over and nobody waits for the disk.
    pub fn grow(&self) {
        self.shared.schedule_growth();
    }

    /// Commits what is queued, makes everything durable in place and removes the log: what remains is plain Kafka
    /// files. Nothing can be handed in from here on. `closed` is called on a lane.
    pub fn close(&self, closed: Closed) {
        let mut waiting = self.shared.closed.lock().unwrap_or_else(PoisonError::into_inner);
        match self.shared.queue.close() {
            Ok(must_schedule) => {
                *waiting = Some(closed);
                drop(waiting);
                if must_schedule {
                    self.shared.schedule_commit();
                }
            }
            Err(error) => {
                drop(waiting);
                closed(Err(error));
            }
        }
    }
}

impl Shared {
    pub(super) fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn coverage(&self) -> MutexGuard<'_, Coverage> {
        self.coverage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn schedule_commit(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        self.sync_lane.submit(Box::new(move || shared.commit()));
    }

    pub(super) fn in_background(self: &Arc<Self>, work: impl FnOnce(&Arc<Self>) + Send + 'static) {
        let shared = Arc::clone(self);
        self.background.submit(Box::new(move || work(&shared)));
    }

    /// Syncs a partition's own files, after which nothing of it is needed that is in the log now.
    pub(super) fn sync_in_place(&self, files: &dyn PartitionFiles) -> io::Result<()> {
        self.check_online()?;
        let generation = self.ring().active_generation();
        let under_way = self.coverage().begin_sync(files.partition(), generation);
        files.sync()?;
        if let Some(under_way) = under_way {
            self.coverage().end_sync(&under_way);
        }
        Ok(())
    }

    /// After a failure nothing is synced any more: it would succeed, and prove nothing.
    pub(super) fn check_online(&self) -> io::Result<()> {
        match self.queue.offline() {
            Some(error) => Err(io::Error::new(error.kind(), error)),
            None => Ok(()),
        }
    }

    /// A failed sync is never tried again: the kernel may have dropped what it could not write. What was
    /// acknowledged is in the log and is replayed at the next start.
    pub(super) fn go_offline(&self, error: Arc<io::Error>, entries: &[Entry]) {
        let queued = self.queue.go_offline(&error);
        let mut affected: BTreeMap<_, _> =
            self.coverage().files().into_iter().map(|files| (files.partition(), files)).collect();
        for entry in entries.iter().chain(&queued) {
            affected.insert(entry.files.partition(), Arc::clone(&entry.files));
        }
        affected.into_values().for_each(|files| files.failed(&error));
        self.tell_closed(Err(error));
    }

    pub(super) fn tell_closed(&self, outcome: Result<(), Arc<io::Error>>) {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(closed) = closed {
            closed(outcome);
        }
    }
}
