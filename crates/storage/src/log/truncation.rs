//! Cutting a log, because another leader wrote something else from there on.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use ottla_types::{LeaderEpoch, Offset, Timestamp};

use super::PartitionLog;
use super::index::Access;
use super::names::FileStage;
use super::producer_state::Expiry;
use super::recovery::{ActiveState, replay_producers};
use super::segment::Segment;
use super::writer::Writer;
use crate::StorageError;
use crate::wal::Change;

impl PartitionLog {
    /// Cuts off everything from `to` on, because a leader of `leader_epoch` says so. Whoever waits for it to become
    /// durable is told. Returns whether there was anything to cut.
    pub fn truncate_to(
        self: &Arc<Self>,
        to: Offset,
        leader_epoch: LeaderEpoch,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        self.check_online()?;
        let mut writer = self.writer();
        if to >= writer.end {
            // An epoch that began here without a record may contradict the leader's.
            let end = writer.end;
            self.update_epochs(|epochs| epochs.truncate_from_end(end));
            return Ok(false);
        }
        if to < self.segments.load()[0].base {
            self.restart_at(&mut writer, to, now)?;
        } else {
            self.cut(&mut writer, to, now)?;
        }
        self.enqueue(Change::Truncate { leader_epoch, to });
        Ok(true)
    }

    /// Gives up everything and goes on at `offset`, as a follower does who is too far behind.
    pub fn truncate_fully_and_start_at(
        self: &Arc<Self>,
        offset: Offset,
        leader_epoch: LeaderEpoch,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.check_online()?;
        let mut writer = self.writer();
        self.restart_at(&mut writer, offset, now)?;
        self.enqueue(Change::Truncate { leader_epoch, to: offset });
        self.enqueue(Change::LogStart(offset));
        Ok(())
    }

    /// From here on nothing at or beyond `to` is published, waited for, or believed to be durable.
    fn retreat(&self, writer: &mut Writer, to: Offset) -> Result<(), StorageError> {
        // First of all: what comes to lie at these offsets was never synced, whatever the checkpoint says of what
        // lay there before.
        self.checkpoints.recovery_points.lower(&self.partition, to)?;
        // What is known of producers will be read from the records that are left. Those given up must not come back
        // with a crash: what is known then would not cover them.
        self.checkpoints.log_starts.write()?;
        {
            let mut stamp = self.stamp();
            *stamp += 1;
            self.durable.retreat(to);
            self.recovery_point.fetch_min(to.0, Ordering::AcqRel);
        }
        self.end.store(to.0, Ordering::Release);
        self.high_watermark.fetch_min(to.0, Ordering::AcqRel);
        self.tail().clear();
        writer.end = to;
        writer.is_folder_dirty = true;
        Ok(())
    }

    fn cut(&self, writer: &mut Writer, to: Offset, now: Timestamp) -> Result<(), StorageError> {
        self.retreat(writer, to)?;
        let segments = self.segments.load_full();
        let keep = segments.partition_point(|segment| segment.base <= to);
        let (kept, gone) = segments.split_at(keep);
        let active = Arc::clone(kept.last().expect("the first segment starts at or before the offset"));
        self.segments.store(Arc::new(kept.to_vec()));
        let result = self.cut_files(writer, &active, gone, to, now);
        // Half-cut files contradict what was published.
        result.inspect_err(|error| self.go_offline(&Arc::new(std::io::Error::other(error.clone()))))
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
            active.log_file()?.set_len(place.position)?;
        }
        active.truncate_indexes(to)?;
        writer.active = Arc::clone(active);
        writer.mark_unsynced();
        ActiveState::of(active, now)?.put_into(writer);
        self.update_epochs(|epochs| epochs.truncate_from_end(to));
        self.start.fetch_min(to.0, Ordering::AcqRel);
        let expiry = Expiry { now, after_ms: self.config.load().producer_id_expiration_ms };
        self.note_start();
        let first = self.segments.load()[0].base;
        let states = writer.snapshots.load(first, to, expiry)?;
        writer.producers = replay_producers(&self.segments.load(), states, to, None)?;
        self.publish_unstable(writer);
        Ok(())
    }

    fn restart_at(&self, writer: &mut Writer, offset: Offset, now: Timestamp) -> Result<(), StorageError> {
        self.retreat(writer, offset)?;
        let due = now.plus_ms(self.config.load().file_delete_delay_ms);
        let gone = self.segments.load_full();
        let replace = || {
            for segment in gone.iter().rev() {
                segment.rename(&self.folder, FileStage::Live, FileStage::Deleted)?;
                self.schedule_removal(writer, segment, offset, Some(due));
            }
            writer.active = Arc::new(Segment::create(&self.disk, &self.folder, offset, now)?);
            writer.mark_unsynced();
            ActiveState::empty(now).put_into(writer);
            writer.snapshots.remove_where(|_| true)
        };
        let mut replace = replace;
        let result = replace();
        result.inspect_err(|error| self.go_offline(&Arc::new(std::io::Error::other(error.clone()))))?;
        self.segments.store(Arc::new(vec![Arc::clone(&writer.active)]));
        self.update_epochs(super::leader_epoch::EpochCache::clear);
        self.start.store(offset.0, Ordering::Release);
        writer.producers = super::producer_state::ProducerStates::starting_at(offset);
        self.publish_unstable(writer);
        self.note_start();
        self.checkpoints.log_starts.write()
    }
}
