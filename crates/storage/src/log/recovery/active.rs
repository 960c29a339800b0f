//! What the writer has to know of the segment that it goes on with.

use std::ops::Range;
use std::sync::Arc;

use ottla_types::Timestamp;

use super::super::index::Access;
use super::super::scan::HeaderScan;
use super::super::segment::{MaxTimestamp, Segment};
use super::super::writer::Writer;
use crate::StorageError;

/// The writer's view of its segment, read from the files.
#[derive(Clone, Copy, Debug)]
pub(in crate::log) struct ActiveState {
    position: u64,
    indexed_position: u64,
    first_timestamp: Option<Timestamp>,
    created: Timestamp,
}

impl ActiveState {
    pub(in crate::log) fn empty(now: Timestamp) -> Self {
        Self { position: 0, indexed_position: 0, first_timestamp: None, created: now }
    }

    /// Reads the head of the segment and what follows its last index entry, whose largest timestamp no index has.
    pub(in crate::log) fn of(segment: &Arc<Segment>, now: Timestamp) -> Result<Self, StorageError> {
        if segment.len() == 0 {
            segment.set_max_timestamp(None);
            return Ok(Self::empty(now));
        }
        let last = segment.offsets.last(Access::Waiting)?;
        let indexed_position = last.map_or(0, |last| u64::from(last.position));
        let first = segment.next_of(&mut segment.scan_headers(0, Access::Waiting)?)?;
        segment.set_max_timestamp(largest_timestamp(segment, indexed_position..segment.written())?);
        Ok(Self {
            position: segment.len(),
            indexed_position,
            first_timestamp: first.map(|place| place.header.max_timestamp),
            created: segment.modified().min(now),
        })
    }

    pub(in crate::log) fn put_into(self, writer: &mut Writer) {
        writer.position = self.position;
        writer.room = 0;
        writer.indexed_position = self.indexed_position;
        writer.first_timestamp = self.first_timestamp;
        writer.created = self.created;
    }
}

/// The largest timestamp that the index has or that a batch in this part of the file has.
pub(super) fn largest_timestamp(
    segment: &Segment,
    part: Range<u64>,
) -> Result<Option<MaxTimestamp>, StorageError> {
    let last = segment.times.last(Access::Waiting)?;
    let mut largest = last.map(|last| MaxTimestamp {
        timestamp: Timestamp(last.timestamp),
        offset: segment.base.plus(i64::from(last.relative)),
    });
    let mut scan = HeaderScan::new(segment.log_file()?, part.start, part.end, Access::Waiting);
    while let Some(place) = segment.next_of(&mut scan)? {
        let timestamp = place.header.max_timestamp;
        if timestamp.0 > largest.map_or(-1, |largest| largest.timestamp.0) {
            largest = Some(MaxTimestamp { timestamp, offset: place.header.last_offset() });
        }
    }
    Ok(largest)
}
