//! The one who changes a log: what it keeps in mind, and how batches get into the files.

use std::io::IoSlice;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use ottla_protocol::records::{BatchHeader, StoredBatch};
use ottla_types::{LeaderEpoch, Offset, Timestamp};

use super::PartitionLog;
use super::config::LogConfig;
use super::index::{IndexEntry, OffsetEntry, TimeEntry};
use super::producer_state::{Changes, ProducerStates};
use super::recovery::Creation;
use super::retention::Removal;
use super::segment::Segment;
use super::snapshots::Snapshots;
use super::tail::{Destination, TailBatch};
use crate::StorageError;
use crate::wal::{Batch, Change, Entry, PartitionFiles};

/// What only the writer knows.
#[derive(Debug)]
pub(super) struct Writer {
    /// The last segment.
    pub(super) active: Arc<Segment>,
    /// Where its next batch goes.
    pub(super) position: u64,
    /// Up to where there is room for it in the file, whatever else fills the disk.
    pub(super) room: u64,
    /// Where the batch of its last index entry lies; 0 if there is none.
    pub(super) indexed_position: u64,
    /// The largest timestamp of its first batch, from which its age counts.
    pub(super) first_timestamp: Option<Timestamp>,
    /// When it was created; when it was written last, if the log was opened since.
    pub(super) created: Timestamp,
    /// The offset of the next record.
    pub(super) end: Offset,
    pub(super) producers: ProducerStates,
    pub(super) snapshots: Snapshots,
    /// When producers are looked at next, whether they have been silent for too long.
    pub(super) expiry_due: Timestamp,
    /// Only appends of this epoch's leader are let in.
    pub(super) leading: Option<LeaderEpoch>,
    /// When the last batch came; `None` before the first of this run.
    pub(super) appended: Option<Timestamp>,
    /// Segments whose batches may not be synced.
    pub(super) unsynced: Vec<Arc<Segment>>,
    /// Segments whose indexes may not be synced.
    pub(super) unsynced_indexes: Vec<Arc<Segment>>,
    /// Whether files came or went since the folder was synced.
    pub(super) is_folder_dirty: bool,
    /// Files that are to be removed when their readers are done.
    pub(super) removals: Vec<Removal>,
    /// The log's creation, as long as it is not durable.
    pub(super) creation: Option<Creation>,
}

/// Names that have to be made durable.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Whether files came or went in the log's folder.
    pub(super) is_folder_dirty: bool,
    /// The folder itself, and the file that says whose it is.
    pub(super) creation: Option<Creation>,
}

/// A batch that was checked and has its offset.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) batch: StoredBatch,
    /// The size of the frame that the batch is a slice of.
    pub(super) frame_bytes: usize,
}

impl Writer {
    /// Whether the next batch needs a new segment, after those that are about to be written to this one.
    pub(super) fn must_roll(&self, seed: u64, config: &LogConfig, next: &NextBatch<'_>) -> bool {
        let before: u64 = next.run.iter().map(|ready| ready.batch.size() as u64).sum();
        let position = self.position + before;
        if position == 0 {
            return false;
        }
        let is_full = position + next.header.size() as u64 > u64::from(config.segment_bytes);
        let first_of_run = || next.run.first().map(|ready| ready.batch.header().max_timestamp);
        let first = if self.position == 0 { first_of_run() } else { self.first_timestamp };
        let waited_ms = match first.filter(|timestamp| timestamp.0 >= 0) {
            Some(first) => next.header.max_timestamp.ms_since(first),
            None => next.now.ms_since(self.created),
        };
        is_full
            || waited_ms > self.roll_ms(seed, config)
            || self.is_index_full(config, next.run.len() as u32)
            || self.active.relative(next.header.last_offset()).is_none()
    }

    /// Whether the active segment is so old that it is closed even though nothing comes.
    pub(super) fn is_overdue(&self, seed: u64, config: &LogConfig, now: Timestamp) -> bool {
        // Of records that were old when they came, the age says nothing about the segment's.
        let since = self.first_timestamp.map_or(self.created, |first| first.max(self.created));
        self.position > 0 && now.ms_since(since) > self.roll_ms(seed, config)
    }

    fn roll_ms(&self, seed: u64, config: &LogConfig) -> i64 {
        config.segment_ms - config.jitter_ms(seed, self.active.base)
    }

    /// Whether the indexes may have no room after `more` batches.
    fn is_index_full(&self, config: &LogConfig, more: u32) -> bool {
        let max = config.segment_index_bytes;
        // The time index keeps room for the entry that closes it.
        self.active.offsets.len() + more >= max / OffsetEntry::LEN as u32
            || self.active.times.len() + more + 1 >= max / TimeEntry::LEN as u32
    }

    /// The names that are not durable; whoever takes them syncs them.
    pub(super) fn take_names(&mut self) -> Names {
        Names { is_folder_dirty: std::mem::take(&mut self.is_folder_dirty), creation: self.creation.take() }
    }

    /// Nothing of this segment needs to be synced any more: it is not part of the log.
    pub(super) fn forget_unsynced(&mut self, segment: &Arc<Segment>) {
        self.unsynced.retain(|other| !Arc::ptr_eq(other, segment));
        self.unsynced_indexes.retain(|other| !Arc::ptr_eq(other, segment));
    }

    /// Where the next batch goes.
    fn destination(&self) -> Destination {
        Destination { segment: Arc::clone(&self.active), position: self.position }
    }

    pub(super) fn mark_unsynced(&mut self) {
        for list in [&mut self.unsynced, &mut self.unsynced_indexes] {
            if !list.last().is_some_and(|last| Arc::ptr_eq(last, &self.active)) {
                list.push(Arc::clone(&self.active));
            }
        }
    }
}

/// What decides whether a batch still goes into the active segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct NextBatch<'a> {
    pub(super) header: &'a BatchHeader,
    /// Those that go before it.
    pub(super) run: &'a [Ready],
    pub(super) now: Timestamp,
}

impl PartitionLog {
    /// Puts batches that follow one another into the active segment, publishes them and hands them to be made durable.
    /// Its file gets them at once, unless they can be had from elsewhere until it does. If that fails, nothing of them
    /// remains.
    pub(super) fn write(
        self: &Arc<Self>,
        writer: &mut Writer,
        run: Vec<Ready>,
        changes: Changes,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let Some(last) = run.last() else { return Ok(()) };
        let end = last.batch.header().next_offset();
        let bytes: u64 = run.iter().map(|ready| ready.batch.size() as u64).sum();
        // It counts as unsynced from before the write: a sync that begins in between must not miss it.
        writer.mark_unsynced();
        let is_late = self.may_wait(writer, now) && self.take_room(writer, bytes)?;
        writer.appended = Some(now);
        let destination = is_late.then(|| writer.destination());
        if !is_late {
            self.write_now(writer, &run)?;
        }
        let config = self.config.load();
        for ready in &run {
            self.note(writer, ready, &config);
        }
        for aborted in writer.producers.apply(changes, end) {
            // It may be the first, for which the file comes to be.
            writer.is_folder_dirty = true;
            // The records are in the log: if the index of aborted transactions cannot say so, readers of committed
            // records would be misled, and only recovery puts that right.
            if let Err(StorageError::Disk(error)) = writer.active.txns.push(aborted) {
                self.go_offline(&error);
            }
        }
        if writer.end <= self.recovery_point() {
            self.unflushed_since.store(now.0, Ordering::Relaxed);
        }
        self.unflushed_bytes.fetch_add(bytes, Ordering::Relaxed);
        writer.end = end;
        self.publish_unstable(writer);
        self.publish(writer, run, destination, now);
        Ok(())
    }

    fn write_now(&self, writer: &mut Writer, run: &[Ready]) -> Result<(), StorageError> {
        let file = writer.active.log_file()?;
        let parts: Vec<IoSlice<'_>> =
            run.iter().flat_map(|ready| ready.batch.slices().map(IoSlice::new)).collect();
        let Err(error) = file.write_all_at(&parts, writer.position) else { return Ok(()) };
        // What was written of it lies beyond the published end; the next write would cover it. A crash before that must
        // not find a batch that nobody was told about. What room was taken ahead goes with it.
        writer.room = 0;
        if let Err(worse) = file.set_len(writer.position) {
            self.go_offline(&Arc::new(worse));
        }
        Err(error.into())
    }

    fn note(&self, writer: &mut Writer, ready: &Ready, config: &LogConfig) {
        let header = ready.batch.header();
        let position = writer.position;
        let is_indexed = position - writer.indexed_position > u64::from(config.index_interval_bytes);
        writer.active.note(header, position, is_indexed);
        if is_indexed {
            writer.indexed_position = position;
        }
        if position == 0 {
            writer.first_timestamp = Some(header.max_timestamp);
        }
        writer.position += ready.batch.size() as u64;
        if self.epochs.load().latest().is_none_or(|latest| latest.epoch != header.leader_epoch) {
            self.update_epochs(|epochs| epochs.assign(header.leader_epoch, header.base_offset));
        }
    }

    fn publish(
        self: &Arc<Self>,
        writer: &Writer,
        run: Vec<Ready>,
        mut destination: Option<Destination>,
        now: Timestamp,
    ) {
        if destination.is_none() {
            writer.active.set_written(writer.position);
        }
        {
            let mut tail = self.tail();
            for ready in &run {
                let header = ready.batch.header();
                let own = destination.clone();
                if let Some(next) = &mut destination {
                    next.position += ready.batch.size() as u64;
                }
                tail.push(TailBatch {
                    base: header.base_offset,
                    next: header.next_offset(),
                    head: Bytes::copy_from_slice(ready.batch.slices()[0]),
                    body: ready.batch.body().clone(),
                    frame_bytes: ready.frame_bytes,
                    appended: now,
                    destination: own,
                });
            }
        }
        writer.active.set_len(writer.position, now);
        self.end.store(writer.end.0, Ordering::Release);
        for ready in run {
            let header = ready.batch.header();
            let head = ready.batch.slices()[0].try_into().expect("a batch has a whole header");
            self.enqueue(Change::Batch(Batch {
                leader_epoch: header.leader_epoch,
                base_offset: header.base_offset,
                next_offset: header.next_offset(),
                head,
                body: ready.batch.body().clone(),
            }));
        }
    }

    /// Hands a change to be made durable. Only under the writer, so that changes arrive in order.
    pub(super) fn enqueue(self: &Arc<Self>, change: Change) {
        let files: Arc<dyn PartitionFiles> = Arc::<Self>::clone(self);
        // Not within the call: the lock would be held through it.
        let stamp = *self.stamp();
        self.commit.enqueue(Entry { files, stamp, change });
    }

    /// Closes the active segment and starts another, whose first record will be the next.
    pub(super) fn roll_segment(&self, writer: &mut Writer, now: Timestamp) -> Result<(), StorageError> {
        let next = Segment::create(&self.disk, &self.folder, writer.end, now)?;
        let sealed = std::mem::replace(&mut writer.active, Arc::new(next));
        // From here on the new segment is in use: what fails now is tried again when the indexes are needed on disk.
        writer.position = 0;
        writer.room = 0;
        writer.indexed_position = 0;
        writer.first_timestamp = None;
        writer.created = now;
        writer.is_folder_dirty = true;
        // Its indexes get their last entries now, even if all of its batches are synced.
        if !writer.unsynced_indexes.iter().any(|other| Arc::ptr_eq(other, &sealed)) {
            writer.unsynced_indexes.push(Arc::clone(&sealed));
        }
        writer.mark_unsynced();
        let mut segments = Vec::clone(&self.segments.load());
        segments.push(Arc::clone(&writer.active));
        self.segments.store(Arc::new(segments));
        let _ = sealed.seal();
        // A log can be cut at the start of a segment, so what is known of the producers there is kept.
        let _ = writer.snapshots.take(&writer.producers);
        Ok(())
    }
}
