//! Puts back into the partitions what the write-ahead log has and a crash took from their files.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use ottla_types::Timestamp;

use super::LogDir;
use crate::StorageError;
use crate::log::{AppendError, PartitionLog};
use crate::wal::{self, Batch, Change, PartitionId, Replay};

impl LogDir {
    /// Reads the write-ahead log and makes everything that it tells durable in place; how many partitions that
    /// changed. Partitions that are gone are passed over.
    pub(super) fn replay(&self, now: Timestamp) -> Result<(Replay, usize), StorageError> {
        let mut changed = BTreeSet::new();
        let mut trouble = None;
        let replayed = wal::replay(&*self.disk, &self.root, |id, change| {
            let Some(log) = self.find(id) else { return Ok(()) };
            match put_back(&log, &change, now) {
                Ok(is_changed) => {
                    changed.extend(is_changed.then_some(id));
                    Ok(())
                }
                Err(error) => {
                    trouble = Some(error);
                    Err(io::Error::other("a record cannot be put back"))
                }
            }
        });
        if let Some(error) = trouble {
            return Err(error);
        }
        let replay = replayed.map_err(|error| StorageError::corrupt(&self.root, error.to_string()))?;
        self.flush_each(&changed)?;
        Ok((replay, changed.len()))
    }

    fn flush_each(&self, ids: &BTreeSet<PartitionId>) -> Result<(), StorageError> {
        ids.iter().filter_map(|id| self.find(*id)).try_for_each(|log| log.flush().map(drop))
    }
}

/// Puts one record back; whether there was anything to do.
fn put_back(log: &Arc<PartitionLog>, change: &Change, now: Timestamp) -> Result<bool, StorageError> {
    match change {
        Change::Batch(batch) => put_batch_back(log, batch, now),
        Change::LogStart(start) => {
            let start = (*start).min(log.log_end_offset());
            let is_ahead = start > log.log_start_offset();
            if is_ahead {
                // Nobody reads yet, and everything that is here will be flushed before anybody does.
                log.set_high_watermark(log.log_end_offset());
                log.delete_records_before(start)?;
            }
            Ok(is_ahead)
        }
        Change::Truncate { leader_epoch, to } => {
            let is_overtaken = log.latest_epoch().is_some_and(|latest| latest > *leader_epoch);
            if is_overtaken || *to >= log.log_end_offset() {
                return Ok(false);
            }
            log.truncate_to(*to, *leader_epoch, now)
        }
        // The metadata log knows better: what it deleted is not open here, and what is open it did not delete.
        Change::Deleted => Ok(false),
    }
}

fn put_batch_back(log: &Arc<PartitionLog>, batch: &Batch, now: Timestamp) -> Result<bool, StorageError> {
    let end = log.log_end_offset();
    let is_there = batch.next_offset <= end;
    // Apache Kafka may have led this partition since, and then its word holds.
    let is_overtaken = log.latest_epoch().is_some_and(|latest| latest > batch.leader_epoch);
    if is_there || is_overtaken || batch.next_offset <= log.log_start_offset() {
        return Ok(false);
    }
    if batch.base_offset != end {
        let problem = format!(
            "the write-ahead log goes on at offset {}, but the partition's files end at {end}: records between are lost",
            batch.base_offset
        );
        return Err(StorageError::corrupt(log.folder(), problem));
    }
    let mut bytes = BytesMut::with_capacity(batch.len());
    bytes.extend_from_slice(&batch.head);
    bytes.extend_from_slice(&batch.body);
    let bytes: Bytes = bytes.freeze();
    let len = bytes.len();
    match log.append_as_follower(&bytes, len, now) {
        Ok(_) => Ok(true),
        Err(AppendError::Storage(error)) => Err(error),
        Err(error) => Err(StorageError::corrupt(log.folder(), error.to_string())),
    }
}
