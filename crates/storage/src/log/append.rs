//! Appending: what a leader's batches are checked for, and how those that arrive together share one write.

use std::pin::Pin;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use ottla_protocol::records::{BatchError, BatchHeader, BatchView, StoredBatch, TimestampType};
use ottla_types::{LeaderEpoch, Offset, Timestamp};

use super::PartitionLog;
use super::batch::has_sound_offsets;
use super::producer_state::{BatchMeta, Draft, Origin, ProducerRefusal};
use super::slot::{Answer, Slot};
use super::writer::{NextBatch, Ready, Writer};
use crate::StorageError;

/// A batch for a leader to append. Whoever hands it in has checked its content.
#[derive(Clone, Debug)]
pub struct LeaderBatch {
    /// The batch; its base offset and leader epoch are assigned here.
    pub batch: StoredBatch,
    /// How many bytes of memory the batch keeps alive: those of the frame that it is a slice of.
    pub frame_bytes: usize,
    /// The epoch in which the caller believes this broker to lead.
    pub leader_epoch: LeaderEpoch,
    /// Who appends: never [`Origin::Replication`].
    pub origin: Origin,
}

/// Where a batch was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The offset of its first record.
    pub base_offset: Offset,
    /// The offset of its last record. The append is durable when the log is durable up to the one after it.
    pub last_offset: Offset,
    /// The time that all its records carry, if the batch says so.
    pub log_append_time: Option<Timestamp>,
    /// Where the log starts.
    pub log_start_offset: Offset,
    /// Whether the producer had appended this very batch before. Nothing was written then.
    pub is_duplicate: bool,
}

/// Why a batch was not appended.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// This broker does not lead the partition in that epoch: `NOT_LEADER_OR_FOLLOWER`, `FENCED_LEADER_EPOCH`.
    #[error("the append is of leader epoch {epoch}, but the log takes {}", leading_text(*.leading))]
    NotLeader {
        /// The caller's epoch.
        epoch: LeaderEpoch,
        /// The epoch that is let in.
        leading: Option<LeaderEpoch>,
    },
    /// `MESSAGE_TOO_LARGE`.
    #[error("a batch of {bytes} bytes is larger than max.message.bytes, which is {limit}")]
    BatchTooLarge {
        /// The batch's size.
        bytes: usize,
        /// The limit.
        limit: u32,
    },
    /// `RECORD_LIST_TOO_LARGE`.
    #[error("a batch of {bytes} bytes is larger than segment.bytes, which is {limit}")]
    SegmentTooSmall {
        /// The batch's size.
        bytes: usize,
        /// The limit.
        limit: u32,
    },
    /// What is known of the producer speaks against it.
    #[error(transparent)]
    Producer(#[from] ProducerRefusal),
    /// A follower was given batches whose offsets do not follow one another, or not the log.
    #[error("offset {given} does not follow: the log goes on at {expected}")]
    OutOfOrder {
        /// The base offset of a batch.
        given: Offset,
        /// The least that it could have been.
        expected: Offset,
    },
    /// A follower was given bytes that are no batches.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// The device, or the state in which an earlier failure left the log.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn leading_text(leading: Option<LeaderEpoch>) -> String {
    leading.map_or("none".to_owned(), |epoch| format!("epoch {epoch} only"))
}

type Outcome = Result<Appended, AppendError>;

/// An append under way. It happens whether or not this is polled; the answer comes when the batch is written.
#[derive(Debug)]
#[must_use = "only this tells whether the batch was appended"]
pub struct Append(Answer<Outcome>);

impl Future for Append {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        Pin::new(&mut self.0).poll(context)
    }
}

/// Appends that wait for the thread that is writing.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Vec<Waiting>,
    is_writing: bool,
}

#[derive(Debug)]
struct Waiting {
    batch: LeaderBatch,
    slot: Arc<Slot<Outcome>>,
}

impl PartitionLog {
    /// Appends a leader's batch, at the time `now`. If another thread is writing to this log just now, it does
    /// this too, together with everything that arrives meanwhile; otherwise the append is done on return.
    pub fn append_as_leader(self: &Arc<Self>, batch: LeaderBatch, now: Timestamp) -> Append {
        {
            let mut queue = self.queue();
            if queue.is_writing {
                let slot = Slot::new();
                queue.waiting.push(Waiting { batch, slot: Arc::clone(&slot) });
                return Append(Answer::Later(slot));
            }
            queue.is_writing = true;
        }
        let guard = WriterGone { log: self };
        let own = self.append_all(vec![batch], now).pop().expect("there is an outcome for each batch");
        loop {
            let waiting = {
                let mut queue = self.queue();
                if queue.waiting.is_empty() {
                    queue.is_writing = false;
                    break;
                }
                std::mem::take(&mut queue.waiting)
            };
            let (batches, slots): (Vec<_>, Vec<_>) =
                waiting.into_iter().map(|waiting| (waiting.batch, waiting.slot)).unzip();
            for (slot, outcome) in slots.iter().zip(self.append_all(batches, now)) {
                slot.fill(outcome);
            }
        }
        std::mem::forget(guard);
        Append(Answer::ready(own))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Only queuing happens under it.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends batches in their order; one write for as many as go into one segment.
    fn append_all(self: &Arc<Self>, batches: Vec<LeaderBatch>, now: Timestamp) -> Vec<Outcome> {
        let mut writer = self.writer();
        let mut outcomes: Vec<Option<Outcome>> = batches.iter().map(|_| None).collect();
        let mut left = batches.into_iter().enumerate().peekable();
        while left.peek().is_some() {
            let mut run = Run { ready: Vec::new(), end: writer.end };
            let mut draft = writer.producers.draft();
            let mut needs_roll = false;
            while let Some((number, batch)) = left.peek_mut() {
                match self.admit(&writer, &mut draft, &mut run, batch, now) {
                    Some(outcome) => outcomes[*number] = Some(outcome),
                    None => {
                        needs_roll = true;
                        break;
                    }
                }
                left.next();
            }
            let changes = draft.into_changes();
            let mut result = self.write(&mut writer, run.ready, changes, now);
            if needs_roll {
                result = result.and_then(|()| self.roll_segment(&mut writer, now));
            }
            let Err(error) = result else { continue };
            // Whatever was promised beyond the end has not come to be; nor has what needs another segment.
            for outcome in outcomes.iter_mut().flatten() {
                if outcome.as_ref().is_ok_and(|appended| appended.last_offset >= writer.end) {
                    *outcome = Err(error.clone().into());
                }
            }
            if let Some((number, _)) = left.next() {
                outcomes[number] = Some(Err(error.into()));
            }
        }
        outcomes.into_iter().map(|outcome| outcome.expect("every batch was decided on")).collect()
    }

    /// Decides on one batch, as if those before it in the run were written. `None` if it needs another segment;
    /// otherwise the answer to it, if all of the run is written.
    fn admit(
        &self,
        writer: &Writer,
        draft: &mut Draft<'_>,
        run: &mut Run,
        entry: &mut LeaderBatch,
        now: Timestamp,
    ) -> Option<Outcome> {
        if let Err(error) = self.check(writer, entry) {
            return Some(Err(error));
        }
        if entry.origin == Origin::Client
            && let Some(before) = draft.duplicate_of(entry.batch.header())
        {
            return Some(Ok(self.duplicate(&before)));
        }
        entry.batch.set_base_offset(run.end);
        entry.batch.set_leader_epoch(entry.leader_epoch);
        let header = *entry.batch.header();
        let next = NextBatch { header: &header, run: &run.ready, now };
        if writer.must_roll(self.seed, &self.config.load(), &next) {
            return None;
        }
        if let Err(refusal) = draft.add(&header, entry.batch.body(), entry.origin) {
            return Some(Err(refusal.into()));
        }
        run.end = header.next_offset();
        run.ready.push(Ready { batch: entry.batch.clone(), frame_bytes: entry.frame_bytes });
        Some(Ok(Appended {
            base_offset: header.base_offset,
            last_offset: header.last_offset(),
            log_append_time: append_time(&header, header.max_timestamp),
            log_start_offset: self.log_start_offset(),
            is_duplicate: false,
        }))
    }

    fn check(&self, writer: &Writer, entry: &LeaderBatch) -> Result<(), AppendError> {
        self.check_online()?;
        if writer.leading != Some(entry.leader_epoch) {
            return Err(AppendError::NotLeader { epoch: entry.leader_epoch, leading: writer.leading });
        }
        let config = self.config.load();
        let bytes = entry.batch.size();
        if bytes as u64 > u64::from(config.max_message_bytes) {
            return Err(AppendError::BatchTooLarge { bytes, limit: config.max_message_bytes });
        }
        if bytes as u64 > u64::from(config.segment_bytes) {
            return Err(AppendError::SegmentTooSmall { bytes, limit: config.segment_bytes });
        }
        Ok(())
    }

    fn duplicate(&self, before: &BatchMeta) -> Appended {
        Appended {
            base_offset: before.first_offset(),
            last_offset: before.last_offset,
            // Apache Kafka tells the batch's timestamp here, whoever's clock it is.
            log_append_time: Some(before.timestamp),
            log_start_offset: self.log_start_offset(),
            is_duplicate: true,
        }
    }

    /// Appends batches that have their offsets and epochs from a leader: whole ones, one after another, in
    /// `records`, which keep `frame_bytes` of memory alive. Offsets may leave gaps, where compaction was, but
    /// never go back. Checksums are compared. Either all are appended or none, except that a failure of the device
    /// may keep those that went into an earlier segment. Returns the offset after the last.
    ///
    /// # Panics
    /// If a truncation is under way.
    pub fn append_as_follower(
        self: &Arc<Self>,
        records: &Bytes,
        frame_bytes: usize,
        now: Timestamp,
    ) -> Result<Offset, AppendError> {
        let mut writer = self.writer();
        self.check_online()?;
        assert!(!self.awaits_cut(), "a follower goes on when its truncation is over");
        let mut batches = split(records, writer.end)?.into_iter().peekable();
        while batches.peek().is_some() {
            let mut run: Vec<Ready> = Vec::new();
            let mut draft = writer.producers.draft();
            let mut needs_roll = false;
            while let Some(batch) = batches.peek() {
                let next = NextBatch { header: batch.header(), run: &run, now };
                needs_roll = writer.must_roll(self.seed, &self.config.load(), &next);
                if needs_roll {
                    break;
                }
                draft.add(batch.header(), batch.body(), Origin::Replication)?;
                run.extend(batches.next().map(|batch| Ready { batch, frame_bytes }));
            }
            let changes = draft.into_changes();
            self.write(&mut writer, run, changes, now)?;
            if needs_roll {
                self.roll_segment(&mut writer, now)?;
            }
        }
        Ok(writer.end)
    }
}

/// Batches that will be written at once.
#[derive(Debug)]
struct Run {
    ready: Vec<Ready>,
    /// The offset after them.
    end: Offset,
}

fn append_time(header: &BatchHeader, timestamp: Timestamp) -> Option<Timestamp> {
    (header.attributes.timestamp_type() == TimestampType::LogAppendTime).then_some(timestamp)
}

/// The batches in `records`, checked as a follower does.
fn split(records: &Bytes, mut expected: Offset) -> Result<Vec<StoredBatch>, AppendError> {
    let mut batches = Vec::new();
    let mut rest = records.clone();
    while !rest.is_empty() {
        let view = BatchView::parse_front(&rest)?;
        view.check_crc()?;
        let header = *view.header();
        if header.base_offset < expected || !has_sound_offsets(&header) {
            return Err(AppendError::OutOfOrder { given: header.base_offset, expected });
        }
        expected = header.next_offset();
        let batch = rest.split_to(header.size());
        batches.push(StoredBatch::parse(&batch)?);
    }
    Ok(batches)
}

/// Takes the log offline if the thread that writes panics: nobody knows how far it came.
struct WriterGone<'a> {
    log: &'a Arc<PartitionLog>,
}

impl Drop for WriterGone<'_> {
    fn drop(&mut self) {
        self.log.go_offline(&Arc::new(std::io::Error::other("the thread that wrote to the log panicked")));
        let waiting = {
            let mut queue = self.log.queue();
            queue.is_writing = false;
            std::mem::take(&mut queue.waiting)
        };
        for waiting in waiting {
            let error = StorageError::Offline { folder: self.log.folder.clone() };
            waiting.slot.fill(Err(error.into()));
        }
    }
}
