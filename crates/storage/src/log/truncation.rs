//! Cutting a log, because another leader wrote something else from there on.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};
use std::task::{Context, Poll};

use ottla_types::{LeaderEpoch, Offset, Timestamp};

use super::PartitionLog;
use super::index::Access;
use super::leader_epoch::EpochCache;
use super::names::FileStage;
use super::producer_state::{Expiry, ProducerStates};
use super::recovery::{ActiveState, replay_producers};
use super::segment::Segment;
use super::slot::{Answer, Slot};
use super::writer::Writer;
use crate::StorageError;
use crate::wal::Change;

/// A truncation under way. It happens whether or not this is polled; the answer says whether there was anything to
/// cut, and comes when the files are cut. The log takes nothing until then.
#[derive(Debug)]
#[must_use = "the log takes nothing until this is over"]
pub struct Truncation(Answer<Result<bool, StorageError>>);

impl Future for Truncation {
    type Output = Result<bool, StorageError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

/// What is done to the files once the write-ahead log has it. Were it done before, a power loss could leave files that
/// end below a batch in that log, with nothing to tell this from damage.
#[derive(Debug)]
pub(super) struct PendingCut {
    cut: Cut,
    to: Offset,
    now: Timestamp,
    slot: Arc<Slot<Result<bool, StorageError>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// What lies before the offset stays.
    End,
    /// Nothing stays: the log begins anew there.
    Everything,
}

impl PartitionLog {
    /// Cuts off everything from `to` on, because a leader of `leader_epoch` says so. Whoever waits for it to become
    /// durable is told at once; no leader's appends are let in any more.
    ///
    /// # Panics
    /// If another truncation is under way.
    pub fn truncate_to(
        self: &Arc<Self>,
        to: Offset,
        leader_epoch: LeaderEpoch,
        now: Timestamp,
    ) -> Truncation {
        let mut writer = self.writer();
        if let Err(error) = self.check_online() {
            return Truncation(Answer::ready(Err(error)));
        }
        if to >= writer.end {
            // An epoch that began here without a record may contradict the leader's.
            let end = writer.end;
            self.update_epochs(|epochs| epochs.truncate_from_end(end));
            return Truncation(Answer::ready(Ok(false)));
        }
        let cut = self.cut_for(to);
        let truncation = self.announce(&mut writer, cut, to, now);
        drop(writer);
        self.enqueue(Change::Truncate { leader_epoch, to });
        truncation
    }

    /// Gives up everything and goes on at `offset`, as a follower does who is too far behind.
    ///
    /// # Panics
    /// If another truncation is under way.
    pub fn truncate_fully_and_start_at(
        self: &Arc<Self>,
        offset: Offset,
        leader_epoch: LeaderEpoch,
        now: Timestamp,
    ) -> Truncation {
        let mut writer = self.writer();
        if let Err(error) = self.check_online() {
            return Truncation(Answer::ready(Err(error)));
        }
        let truncation = self.announce(&mut writer, Cut::Everything, offset, now);
        drop(writer);
        self.enqueue(Change::Truncate { leader_epoch, to: offset });
        self.enqueue(Change::LogStart(offset));
        truncation
    }

    fn cut_for(&self, to: Offset) -> Cut {
        if to < self.segments.load()[0].base { Cut::Everything } else { Cut::End }
    }

    /// From here on nothing is appended, and nothing at or beyond `to` is waited for or believed to be durable.
    fn announce(&self, writer: &mut Writer, cut: Cut, to: Offset, now: Timestamp) -> Truncation {
        writer.leading = None;
        self.forget_durable_beyond(to);
        let slot = Slot::new();
        let pending = PendingCut { cut, to, now, slot: Arc::clone(&slot) };
        let before = self.pending_cut().replace(pending);
        assert!(before.is_none(), "one truncation of a log is over before the next begins");
        Truncation(Answer::Later(slot))
    }

    fn forget_durable_beyond(&self, to: Offset) {
        let mut stamp = self.stamp();
        *stamp += 1;
        self.durable.retreat(to);
        self.recovery_point.fetch_min(to.0, Ordering::AcqRel);
        self.high_watermark.fetch_min(to.0, Ordering::AcqRel);
    }

    /// Whether a truncation is under way.
    pub(super) fn awaits_cut(&self) -> bool {
        self.pending_cut().is_some()
    }

    /// The truncation that was announced is in the write-ahead log. Not under the writer.
    pub(super) fn carry_out_cut(&self) {
        if self.is_closed() {
            // The partition was deleted meanwhile.
            return self.give_up_cut();
        }
        let turn = self.turn();
        let mut writer = self.writer();
        let outcome = {
            let pending = self.pending_cut();
            let Some(PendingCut { cut, to, now, .. }) = &*pending else { return };
            let (cut, to, now) = (*cut, *to, *now);
            drop(pending);
            // What is cut is looked for in the files.
            let is_ready = self.check_online().and_then(|()| self.write_rest(&turn, &writer));
            is_ready.and_then(|()| self.cut_files_to(&mut writer, cut, to, now))
        };
        if let Err(error) = &outcome {
            // It counts as cut, and is not.
            self.go_offline(&Arc::new(std::io::Error::other(error.clone())));
        }
        let pending = self.pending_cut().take();
        drop(writer);
        if let Some(pending) = pending {
            pending.slot.fill(outcome.map(|()| true));
        }
    }

    /// Nothing becomes of a truncation that was announced.
    pub(super) fn give_up_cut(&self) {
        if let Some(pending) = self.pending_cut().take() {
            pending.slot.fill(Err(StorageError::Offline { folder: self.folder.clone() }));
        }
    }

    /// Cuts what the write-ahead log told of at a start.
    pub(super) fn cut_again(&self, to: Offset, now: Timestamp) -> Result<(), StorageError> {
        self.check_online()?;
        self.forget_durable_beyond(to);
        self.cut_files_to(&mut self.writer(), self.cut_for(to), to, now)
    }

    /// Begins anew at an offset that the write-ahead log told of at a start.
    pub(super) fn restart_again(&self, offset: Offset, now: Timestamp) -> Result<(), StorageError> {
        self.check_online()?;
        self.forget_durable_beyond(offset);
        self.cut_files_to(&mut self.writer(), Cut::Everything, offset, now)
    }

    fn cut_files_to(
        &self,
        writer: &mut Writer,
        cut: Cut,
        to: Offset,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.retreat(writer, to)?;
        match cut {
            Cut::End => self.cut(writer, to, now)?,
            Cut::Everything => self.restart_at(writer, to, now)?,
        }
        // What comes next may end where a snapshot lay that was removed. If a loss of power brought that back, it would
        // be taken for what is known of producers then.
        Ok(self.disk.sync_dir(&self.folder)?)
    }

    fn pending_cut(&self) -> MutexGuard<'_, Option<PendingCut>> {
        self.pending_cut.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on nothing at or beyond `to` is published.
    fn retreat(&self, writer: &mut Writer, to: Offset) -> Result<(), StorageError> {
        // First of all: what comes to lie at these offsets was never synced, whatever the checkpoint says of what
        // lay there before.
        self.checkpoints.recovery_points.lower(&self.partition, to)?;
        // What is known of producers will be read from the records that are left. Those given up must not come back
        // with a crash: what is known then would not cover them.
        self.checkpoints.log_starts.write()?;
        self.end.store(to.0, Ordering::Release);
        self.tail().clear();
        writer.end = to;
        writer.is_folder_dirty = true;
        Ok(())
    }

    fn cut(&self, writer: &mut Writer, to: Offset, now: Timestamp) -> Result<(), StorageError> {
        let segments = self.segments.load_full();
        let keep = segments.partition_point(|segment| segment.base <= to);
        let (kept, gone) = segments.split_at(keep);
        let active = Arc::clone(kept.last().expect("the first segment starts at or before the offset"));
        self.segments.store(Arc::new(kept.to_vec()));
        self.cut_files(writer, &active, gone, to, now)
    }

    fn cut_files(
        &self,
        writer: &mut Writer,
        active: &Arc<Segment>,
        gone: &[Arc<Segment>],
        to: Offset,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let due = now.plus_ms(self.config.load().file_delete_delay_ms);
        // The latest first: a crash in between leaves no gap.
        for segment in gone.iter().rev() {
            segment.rename(&self.folder, FileStage::Live, FileStage::Deleted)?;
            self.schedule_removal(writer, segment, to, Some(due));
        }
        if let Some(place) = active.place_of(to, Access::Waiting)? {
            active.set_len(place.position, now);
            active.cut_to(place.position)?;
        }
        active.truncate_indexes(to)?;
        writer.active = Arc::clone(active);
        writer.mark_unsynced();
        ActiveState::of(active, now)?.put_into(writer);
        self.update_epochs(|epochs| epochs.truncate_from_end(to));
        self.start.fetch_min(to.0, Ordering::AcqRel);
        self.durable_start.retreat(to);
        let expiry = Expiry { now, after_ms: self.config.load().producer_id_expiration_ms };
        self.note_start();
        let first = self.segments.load()[0].base;
        let states = writer.snapshots.load(first, to, expiry)?;
        writer.producers = replay_producers(&self.segments.load(), states, to, None)?;
        self.publish_unstable(writer);
        Ok(())
    }

    fn restart_at(&self, writer: &mut Writer, offset: Offset, now: Timestamp) -> Result<(), StorageError> {
        let due = now.plus_ms(self.config.load().file_delete_delay_ms);
        let gone = self.segments.load_full();
        let mut replace = || {
            for segment in gone.iter().rev() {
                segment.rename(&self.folder, FileStage::Live, FileStage::Deleted)?;
                self.schedule_removal(writer, segment, offset, Some(due));
            }
            writer.active = Arc::new(Segment::create(&self.disk, &self.folder, offset, now)?);
            writer.mark_unsynced();
            ActiveState::empty(now).put_into(writer);
            writer.snapshots.remove_where(|_| true)
        };
        replace()?;
        self.segments.store(Arc::new(vec![Arc::clone(&writer.active)]));
        self.update_epochs(EpochCache::clear);
        self.start.store(offset.0, Ordering::Release);
        self.durable_start.retreat(offset);
        writer.producers = ProducerStates::starting_at(offset);
        self.publish_unstable(writer);
        self.note_start();
        self.checkpoints.log_starts.write()
    }
}
