//! From a timestamp to an offset, for ListOffsets.

use bytes::Bytes;
use ottla_protocol::records::{HEADER_LEN, Records, decompress_bytes};
use ottla_types::{LeaderEpoch, Offset, Timestamp};

use super::PartitionLog;
use super::index::Access;
use super::scan::Place;
use super::segment::Segment;
use crate::StorageError;
use crate::checkpoint::read_range;

/// A record that a look-up found, or a place in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundOffset {
    /// Its offset.
    pub offset: Offset,
    /// Its timestamp; [`Timestamp::NONE`] for a mere place.
    pub timestamp: Timestamp,
    /// The epoch of the leader that wrote it, where that is known.
    pub leader_epoch: Option<LeaderEpoch>,
}

impl PartitionLog {
    /// Where the log starts.
    pub fn earliest(&self) -> FoundOffset {
        let offset = self.log_start_offset();
        FoundOffset { offset, timestamp: Timestamp::NONE, leader_epoch: self.epoch_of(offset) }
    }

    /// Where the log ends. Whoever answers a consumer puts the offset up to which it may read in its place.
    pub fn latest(&self) -> FoundOffset {
        let offset = self.log_end_offset();
        FoundOffset { offset, timestamp: Timestamp::NONE, leader_epoch: self.latest_epoch() }
    }

    /// The first record whose timestamp is at least `target`. Timestamps need not rise, so an earlier segment
    /// without such a record is passed over as a whole. May wait for the device.
    pub fn offset_for_timestamp(&self, target: Timestamp) -> Result<Option<FoundOffset>, StorageError> {
        self.settle()?;
        let start = self.log_start_offset();
        for segment in &**self.segments.load() {
            if segment.largest_timestamp(Access::Waiting)? < target {
                continue;
            }
            // The record with the segment's largest timestamp may be one that was given up.
            let found = self.find_in(segment, start, |place| place.header.max_timestamp >= target, target)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The first record that has the largest timestamp of all (KIP-734). May wait for the device.
    pub fn offset_of_max_timestamp(&self) -> Result<Option<FoundOffset>, StorageError> {
        self.settle()?;
        let mut largest = None;
        for segment in self.segments.load().iter() {
            let Some(max) = segment.max_timestamp(Access::Waiting)? else { continue };
            if largest.as_ref().is_none_or(|(_, timestamp)| max.timestamp > *timestamp) {
                largest = Some((segment.clone(), max.timestamp));
            }
        }
        let Some((segment, target)) = largest else { return Ok(None) };
        self.find_in(&segment, Offset::ZERO, |place| place.header.max_timestamp == target, target)
    }

    /// The first record at or after `from` with at least the timestamp `target`, in the first batch that may have it.
    fn find_in(
        &self,
        segment: &Segment,
        from: Offset,
        may_have_it: impl Fn(&Place) -> bool,
        target: Timestamp,
    ) -> Result<Option<FoundOffset>, StorageError> {
        let below = |entry: &super::index::TimeEntry| entry.timestamp < target.0;
        let (_, entry) = segment.times.up_to(Access::Waiting, below)?;
        let known = entry.map_or(segment.base, |entry| segment.base.plus(i64::from(entry.relative)));
        let position = segment.position_before(known.max(from), Access::Waiting)?;
        let mut scan = segment.scan_headers(position, Access::Waiting)?;
        while let Some(place) = segment.next_of(&mut scan)? {
            if place.header.last_offset() < from || !may_have_it(&place) {
                continue;
            }
            if let Some(found) = first_record(segment, &place, from, target)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// How much one batch may take when it is decompressed for a look-up: what was let in is no larger.
const DECOMPRESSED_BYTES_MAX: usize = 1 << 30;

fn first_record(
    segment: &Segment,
    place: &Place,
    from: Offset,
    target: Timestamp,
) -> Result<Option<FoundOffset>, StorageError> {
    let header = &place.header;
    let leader_epoch = Some(header.leader_epoch).filter(|epoch| *epoch != LeaderEpoch::NONE);
    let batch = read_range(&segment.log_file()?, place.position, header.size())?;
    let corrupt = |problem: String| StorageError::corrupt(&segment.log_path(), problem);
    if batch.len() < header.size() {
        return Err(corrupt("the file was cut under a reader".to_owned()));
    }
    let body = Bytes::from(batch).slice(HEADER_LEN..);
    let codec = header.attributes.codec().map_err(|error| corrupt(error.to_string()))?;
    let body =
        decompress_bytes(codec, &body, DECOMPRESSED_BYTES_MAX).map_err(|error| corrupt(error.to_string()))?;
    for record in Records::new(header, &body) {
        let record = record.map_err(|error| corrupt(error.to_string()))?;
        if record.offset >= from && record.timestamp >= target {
            let (offset, timestamp) = (record.offset, record.timestamp);
            return Ok(Some(FoundOffset { offset, timestamp, leader_epoch }));
        }
    }
    Ok(None)
}
