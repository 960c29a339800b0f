//! One pass over a batch's records that looks at every field and keeps none.

use ottla_types::Timestamp;

use crate::records::cursor::Cursor;
use crate::records::{BatchError, BatchHeader, CompressionError, RecordFault, TimestampType};

/// Where the records of a batch come from: a slice, or a stream that is never in memory as a whole.
pub(super) trait RecordSource {
    /// Reads the next record.
    fn record(&mut self) -> Result<Fields, RecordFault>;
    /// How many bytes follow the last record, if that can be said: at least 1 if any.
    fn left_over(&mut self) -> Result<usize, RecordFault>;
    /// Why there were no more bytes, where it was not their end.
    fn failure(&mut self) -> Option<CompressionError> {
        None
    }
}

/// What is kept of a record.
pub(super) struct Fields {
    pub(super) timestamp_delta: i64,
    pub(super) offset_delta: i32,
    pub(super) has_key: bool,
}

/// The bytes of one record. No field reaches past them.
pub(super) trait FieldSource {
    fn byte(&mut self) -> Result<u8, RecordFault>;
    fn varint(&mut self) -> Result<i32, RecordFault>;
    fn varlong(&mut self) -> Result<i64, RecordFault>;
    fn skip(&mut self, len: usize) -> Result<(), RecordFault>;
    fn left(&self) -> usize;
}

/// What a record says about itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) index: u32,
    pub(super) timestamp: Timestamp,
    pub(super) offset_delta: i32,
    pub(super) has_key: bool,
}

/// Shows every record of the batch to `see`, and fails unless there are exactly as many as the header says.
#[inline]
pub(super) fn walk(
    header: &BatchHeader,
    source: &mut impl RecordSource,
    mut see: impl FnMut(Seen),
) -> Result<(), BatchError> {
    let append_time = match header.attributes.timestamp_type() {
        TimestampType::CreateTime => None,
        TimestampType::LogAppendTime => Some(header.max_timestamp),
    };
    for index in 0..u32::try_from(header.record_count).unwrap_or(0) {
        match source.record() {
            Ok(Fields { timestamp_delta, offset_delta, has_key }) => {
                let own = Timestamp(header.base_timestamp.0.wrapping_add(timestamp_delta));
                see(Seen { index, timestamp: append_time.unwrap_or(own), offset_delta, has_key });
            }
            Err(fault) => return Err(failed(source, index, fault)),
        }
    }
    match source.left_over() {
        Ok(0) => Ok(()),
        Ok(more) => Err(BatchError::LeftOver(more)),
        Err(fault) => Err(failed(source, header.record_count as u32, fault)),
    }
}

#[cold]
fn failed(source: &mut impl RecordSource, index: u32, fault: RecordFault) -> BatchError {
    source.failure().map_or(BatchError::Record { index, fault }, BatchError::Compression)
}

/// Reads all fields of a record.
#[inline(always)]
pub(super) fn fields(source: &mut impl FieldSource) -> Result<Fields, RecordFault> {
    // The attributes of a record: none has a meaning yet.
    source.byte()?;
    let timestamp_delta = source.varlong()?;
    let offset_delta = source.varint()?;
    let has_key = skip_nullable(source)?;
    skip_nullable(source)?;
    skip_headers(source)?;
    if source.left() > 0 {
        return Err(RecordFault::LeftOver(source.left()));
    }
    Ok(Fields { timestamp_delta, offset_delta, has_key })
}

fn skip_headers(source: &mut impl FieldSource) -> Result<(), RecordFault> {
    let count = source.varint()?;
    // A header takes at least two bytes.
    let headers = u32::try_from(count).ok().filter(|&headers| headers as usize <= source.left() / 2);
    for _ in 0..headers.ok_or(RecordFault::HeaderCount(count))? {
        if !skip_nullable(source)? {
            return Err(RecordFault::Length(-1));
        }
        skip_nullable(source)?;
    }
    Ok(())
}

/// Whether there was something.
#[inline(always)]
fn skip_nullable(source: &mut impl FieldSource) -> Result<bool, RecordFault> {
    let len = source.varint()?;
    if len >= 0 {
        source.skip(len as usize)?;
        return Ok(true);
    }
    if len == -1 { Ok(false) } else { Err(RecordFault::Length(len)) }
}

impl FieldSource for Cursor<'_> {
    #[inline(always)]
    fn byte(&mut self) -> Result<u8, RecordFault> {
        self.byte()
    }

    #[inline(always)]
    fn varint(&mut self) -> Result<i32, RecordFault> {
        self.varint()
    }

    #[inline(always)]
    fn varlong(&mut self) -> Result<i64, RecordFault> {
        self.varlong()
    }

    #[inline(always)]
    fn skip(&mut self, len: usize) -> Result<(), RecordFault> {
        self.take(len).map(drop)
    }

    #[inline(always)]
    fn left(&self) -> usize {
        self.rest.len()
    }
}
