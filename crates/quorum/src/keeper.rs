//! Takes snapshots when they are due, and removes what they make superfluous.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ottla_metadata::MetadataImage;
use ottla_storage::log::{FileKind, FileName};
use ottla_types::{Offset, Timestamp};
use tokio::sync::watch;

use crate::directory::{self, Listing, SnapshotFile, index_paths, remove, segment_path};
use crate::error::{QuorumError, io_error};
use crate::log::Log;
use crate::quorum::stopped;
use crate::types::Raft;

/// How much of what snapshots have made superfluous is kept for those who are behind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retention {
    pub(crate) bytes: i64,
    pub(crate) ms: i64,
}

pub(crate) struct Keeper {
    pub(crate) raft: Raft,
    pub(crate) log: Log,
    /// The newest image, with the transaction in it that may be open: no snapshot is taken of half of one.
    pub(crate) latest: watch::Receiver<Arc<MetadataImage>>,
    pub(crate) applied_bytes: Arc<AtomicU64>,
    pub(crate) snapshot_bytes: u64,
    pub(crate) snapshot_interval_ms: i64,
    /// Where the newest snapshot ends.
    pub(crate) snapshot_end: Offset,
    pub(crate) retention: Retention,
}

impl Keeper {
    /// Runs until it is told to stop, or the consensus has stopped.
    pub(crate) async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let mut bytes_at_snapshot = 0;
        let mut due = self.next_due();
        loop {
            let bytes = self.applied_bytes.load(Ordering::Relaxed);
            let has_news = {
                let image = self.latest.borrow_and_update();
                image.end_offset() > self.snapshot_end && !image.in_transaction()
            };
            let is_due = bytes - bytes_at_snapshot >= self.snapshot_bytes || self.log.now() >= due;
            if is_due && has_news {
                if let Err(error) = self.snapshot().await {
                    tracing::error!(%error, "no snapshot of the metadata log could be made");
                    return;
                }
                bytes_at_snapshot = bytes;
                due = self.next_due();
            } else if is_due {
                due = self.next_due();
            }
            let wait = Duration::from_millis(due.ms_since(self.log.now()).clamp(1, 60_000).unsigned_abs());
            tokio::select! {
                changed = self.latest.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(wait) => {}
                _ = stopping.wait_for(|&is_stopping| is_stopping) => return,
            }
        }
    }

    fn next_due(&self) -> Timestamp {
        match self.snapshot_interval_ms {
            ..=0 => Timestamp(i64::MAX),
            interval => self.log.now().plus_ms(interval),
        }
    }

    async fn snapshot(&mut self) -> Result<(), QuorumError> {
        let end = self.latest.borrow().end_offset();
        snapshot(&self.raft, &self.log, end).await?;
        self.snapshot_end = end;
        self.clean().await
    }

    /// Removes the oldest snapshots while there are others and they are too old or too much, and then the
    /// segments that end before the oldest one that is left.
    async fn clean(&self) -> Result<(), QuorumError> {
        let (retention, now) = (self.retention, self.log.now());
        let (gone, log_start) = self
            .log
            .on_lane(move |job| {
                let listing = directory::list(job.disk, job.folder)?;
                let (gone, kept) = superfluous(&listing, retention, now);
                for file in gone {
                    remove(job.disk, &job.folder.join(file.id.file_name()))?;
                }
                let log_start = kept.first().map_or(Offset::ZERO, |file| file.id.end_offset);
                let ids: Vec<_> = gone.iter().map(|file| file.id).collect();
                Ok((ids, log_start))
            })
            .await?;
        if gone.is_empty() {
            return Ok(());
        }
        // openraft must not ask any more for entries whose files go.
        let index = self
            .log
            .lock()
            .quorum
            .snapshots
            .iter()
            .find(|(id, _)| id.end_offset == log_start)
            .map(|(_, index)| *index);
        if let Some(index) = index {
            self.raft.trigger().purge_log(index).await.map_err(stopped)?;
            let is_purged = |metrics: &openraft::RaftMetrics<_, _>| {
                metrics.running_state.is_err() || metrics.purged.is_some_and(|purged| purged.index >= index)
            };
            self.raft.metrics().wait_for(is_purged).await.map_err(stopped)?;
        }
        let segments: Vec<Offset> = {
            let mut state = self.log.lock();
            for id in &gone {
                state.quorum.snapshots.remove(id);
            }
            // A segment ends where the next one begins; entries that may still be read keep theirs.
            let needed = state.places.front().map_or(state.active.base, |place| place.segment);
            let bases: Vec<Offset> = state.files.keys().copied().collect();
            let ended = bases.windows(2).filter(|pair| pair[1] <= log_start && pair[1] <= needed);
            let ended: Vec<Offset> = ended.map(|pair| pair[0]).collect();
            state.files.retain(|base, _| !ended.contains(base));
            state.epochs = without_old_epochs(&state.epochs, log_start);
            ended
        };
        self.log
            .on_lane(move |job| {
                for base in segments {
                    let producers = FileName::live(base, FileKind::Snapshot).path(job.folder);
                    let [offsets, times] = index_paths(job.folder, base);
                    for path in [producers, offsets, times, segment_path(job.folder, base)] {
                        remove(job.disk, &path)?;
                    }
                }
                job.disk.sync_dir(job.folder).map_err(io_error(job.folder))
            })
            .await
    }
}

/// Keeps of the epochs before `log_start` only the one that `log_start` lies in.
fn without_old_epochs(
    epochs: &std::collections::BTreeMap<ottla_types::LeaderEpoch, Offset>,
    log_start: Offset,
) -> std::collections::BTreeMap<ottla_types::LeaderEpoch, Offset> {
    let last_before = epochs.iter().rfind(|(_, start)| **start <= log_start).map(|(epoch, _)| *epoch);
    let is_needed = |epoch: &ottla_types::LeaderEpoch| last_before.is_none_or(|before| *epoch >= before);
    epochs.iter().filter(|(epoch, _)| is_needed(epoch)).map(|(epoch, start)| (*epoch, *start)).collect()
}

/// The snapshots that may go, oldest first, and those that stay. One always stays.
fn superfluous(
    listing: &Listing,
    retention: Retention,
    now: Timestamp,
) -> (&[SnapshotFile], &[SnapshotFile]) {
    let segments: u64 = listing.segments.iter().map(|file| file.len).sum();
    let mut total = listing.snapshots.iter().map(|file| file.len).sum::<u64>() + segments;
    let mut gone = 0;
    while gone + 1 < listing.snapshots.len() {
        let oldest = listing.snapshots[gone];
        let is_old = retention.ms >= 0 && now.0 - oldest.modified_ms > retention.ms;
        let is_too_much = u64::try_from(retention.bytes).is_ok_and(|limit| total > limit);
        if !is_old && !is_too_much {
            break;
        }
        total -= oldest.len;
        gone += 1;
    }
    listing.snapshots.split_at(gone)
}

/// Takes a snapshot of what is committed, at least up to `end`, and waits until it is there.
pub(crate) async fn snapshot(raft: &Raft, log: &Log, end: Offset) -> Result<(), QuorumError> {
    let covers = |snapshot: Option<crate::types::RaftLogIdOf>| {
        snapshot.is_some_and(|log_id| {
            let state = log.lock();
            state.quorum.snapshots.iter().any(|(id, index)| *index == log_id.index && id.end_offset >= end)
        })
    };
    raft.trigger().snapshot().await.map_err(stopped)?;
    let mut metrics = raft.metrics();
    let metrics = metrics
        .wait_for(|metrics| metrics.running_state.is_err() || covers(metrics.snapshot))
        .await
        .map_err(stopped)?;
    metrics.running_state.clone().map_err(stopped)
}
