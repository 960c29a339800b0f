//! How what was written becomes durable: the log's side of the seam to the write-ahead log.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::disk::Lane;
use crate::wal::{Change, Entry};

/// Makes changes durable and tells the partition.
pub trait Commit: Send + Sync + fmt::Debug {
    /// Takes a batch that is in the partition's files or, where this keeps batches, in its memory; or a change that will
    /// be done to the files when it is durable. Batches are handed in under the lock of the partition's writer, so that
    /// the changes of one partition arrive in their order: it must not wait for anything.
    fn enqueue(&self, entry: Entry);

    /// Whether it keeps the batches that are handed in until the partition has synced its files: then these may be
    /// written later.
    fn keeps_batches(&self) -> bool {
        false
    }

    /// A partition's files are in an unknown state, perhaps because a sync failed. Nothing that shares a device with
    /// them is acknowledged from here on, where the implementation can see to that.
    fn failed(&self, _error: &Arc<io::Error>) {}
}

/// Calls everything durable at once, as Apache Kafka does: what the page cache has, survives the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageCache;

impl Commit for PageCache {
    fn enqueue(&self, entry: Entry) {
        announce(&entry);
    }
}

/// Syncs the partition's own files on a lane, once for all changes that gathered meanwhile. What a process with few
/// logs needs: the metadata log, tools and tests.
#[derive(Debug)]
pub struct SyncInPlace {
    lane: Arc<dyn Lane>,
    queue: Arc<Mutex<VecDeque<Entry>>>,
}

impl SyncInPlace {
    /// Syncs on `lane`.
    #[must_use]
    pub fn new(lane: Arc<dyn Lane>) -> Self {
        Self { lane, queue: Arc::default() }
    }
}

impl Commit for SyncInPlace {
    fn enqueue(&self, entry: Entry) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push_back(entry);
        if queue.len() == 1 {
            let queue = Arc::clone(&self.queue);
            self.lane.submit(Box::new(move || sync_all(&queue)));
        }
    }
}

/// Syncs all that waits. The queue is emptied first: what comes later was perhaps written too late for this sync
/// and has a job of its own.
fn sync_all(queue: &Mutex<VecDeque<Entry>>) {
    let entries = std::mem::take(&mut *queue.lock().unwrap_or_else(PoisonError::into_inner));
    let mut synced: Vec<*const ()> = Vec::new();
    for entry in &entries {
        let files = Arc::as_ptr(&entry.files).cast::<()>();
        if !synced.contains(&files) {
            synced.push(files);
            if let Err(error) = entry.files.sync() {
                let error = Arc::new(error);
                entries.iter().for_each(|entry| entry.files.failed(&error));
                return;
            }
        }
        announce(entry);
    }
}

/// Tells the partition that a change is durable.
pub(crate) fn announce(entry: &Entry) {
    match &entry.change {
        Change::Batch(batch) => entry.files.durable_to(entry.stamp, batch.next_offset),
        Change::Truncate { to, .. } => entry.files.durable_to(entry.stamp, *to),
        Change::LogStart(start) => entry.files.log_start_durable(*start),
        Change::Created { .. } | Change::Deleted => {}
    }
}
