//! The records of a batch, over the bytes that hold them.

use ottla_types::{Offset, Timestamp};

use super::cursor::Cursor;
use super::{BatchError, BatchHeader, RecordFault, TimestampType};

/// One record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its place in the partition.
    pub offset: Offset,
    /// Its own timestamp, or the time of the batch's append.
    pub timestamp: Timestamp,
    /// What it is about.
    pub key: Option<&'a [u8]>,
    /// What it says; `None` is a tombstone where a topic is compacted.
    pub value: Option<&'a [u8]>,
    /// What goes with it.
    pub headers: Headers<'a>,
}

/// One header of a record. Kafka's clients take the key as UTF-8; brokers do not look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Its name, which need not be the only one of its kind.
    pub key: &'a [u8],
    /// What it says.
    pub value: Option<&'a [u8]>,
}

/// The headers of a record, in order and with duplicates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'a> {
    left: usize,
    bytes: &'a [u8],
}

impl<'a> Headers<'a> {
    /// The bytes of the headers that are left, as a record holds them after their number.
    pub(super) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        self.left = self.left.checked_sub(1)?;
        let mut cursor = Cursor::new(self.bytes);
        let header = read_header(&mut cursor).expect("headers were checked when their record was read");
        self.bytes = cursor.rest;
        Some(header)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Headers<'_> {}

/// The records of one batch, checked as they are read. An error is the last item.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    cursor: Cursor<'a>,
    base_offset: Offset,
    base_timestamp: Timestamp,
    append_time: Option<Timestamp>,
    count: i32,
    index: u32,
    is_done: bool,
}

impl<'a> Records<'a> {
    /// The records in `bytes`, which are the batch's body after decompression.
    #[must_use]
    pub fn new(header: &BatchHeader, bytes: &'a [u8]) -> Self {
        let is_append_time = header.attributes.timestamp_type() == TimestampType::LogAppendTime;
        Self {
            cursor: Cursor::new(bytes),
            base_offset: header.base_offset,
            base_timestamp: header.base_timestamp,
            append_time: is_append_time.then_some(header.max_timestamp),
            count: header.record_count,
            index: 0,
            is_done: false,
        }
    }

    fn read(&mut self) -> Result<Record<'a>, RecordFault> {
        let len = self.cursor.varint()?;
        let len = usize::try_from(len).map_err(|_| RecordFault::Length(len))?;
        let mut fields = Cursor::new(self.cursor.take(len)?);
        // The attributes of a record: none has a meaning yet.
        fields.byte()?;
        let timestamp_delta = fields.varlong()?;
        let offset_delta = fields.varint()?;
        let key = fields.nullable_bytes()?;
        let value = fields.nullable_bytes()?;
        let headers = read_headers(&mut fields)?;
        if !fields.rest.is_empty() {
            return Err(RecordFault::LeftOver(fields.rest.len()));
        }
        let timestamp =
            self.append_time.unwrap_or(Timestamp(self.base_timestamp.0.wrapping_add(timestamp_delta)));
        let offset = Offset(self.base_offset.0.wrapping_add(i64::from(offset_delta)));
        Ok(Record { offset, timestamp, key, value, headers })
    }

    fn end(&self) -> Option<BatchError> {
        if self.count < 0 {
            return Some(BatchError::RecordCount(self.count));
        }
        (!self.cursor.rest.is_empty()).then_some(BatchError::LeftOver(self.cursor.rest.len()))
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        if i64::from(self.index) >= i64::from(self.count) {
            self.is_done = true;
            return self.end().map(Err);
        }
        let record = self.read().map_err(|fault| BatchError::Record { index: self.index, fault });
        self.index += 1;
        self.is_done = record.is_err();
        Some(record)
    }
}

/// Reads the number of headers and checks each of them.
fn read_headers<'a>(fields: &mut Cursor<'a>) -> Result<Headers<'a>, RecordFault> {
    let count = fields.varint()?;
    // A header takes at least two bytes, so a count that passes is walked in no more steps than there are bytes.
    let left = usize::try_from(count).ok().filter(|&left| left <= fields.rest.len() / 2);
    let left = left.ok_or(RecordFault::HeaderCount(count))?;
    let bytes = fields.rest;
    for _ in 0..left {
        read_header(fields)?;
    }
    Ok(Headers { left, bytes: &bytes[..bytes.len() - fields.rest.len()] })
}

fn read_header<'a>(fields: &mut Cursor<'a>) -> Result<Header<'a>, RecordFault> {
    let key = fields.nullable_bytes()?.ok_or(RecordFault::Length(-1))?;
    Ok(Header { key, value: fields.nullable_bytes()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{BatchBuilder, BatchOptions, BatchView, NewRecord};

    fn check(change: impl Fn(&mut BatchHeader, &mut Vec<u8>), expected: &BatchError) {
        let mut builder = BatchBuilder::new(BatchOptions::default());
        let headers = [Header { key: b"h", value: None }];
        for _ in 0..2 {
            let record =
                NewRecord { key: Some(b"k"), value: Some(b"v"), headers: &headers, ..NewRecord::default() };
            builder.append(&record).unwrap();
        }
        let batch = builder.finish().unwrap();
        let view = BatchView::parse(&batch).unwrap();
        let (mut header, mut body) = (*view.header(), view.body().to_vec());
        change(&mut header, &mut body);
        let last = Records::new(&header, &body).last().unwrap();
        assert_eq!(&last.unwrap_err(), expected);
    }

    // A record: length 11, attributes, timestamp, offset, key length and key, value length and value, number of
    // headers, key length and key, value length.
    #[test]
    fn a_record_that_is_none_is_an_error() {
        let fault = |index, fault| BatchError::Record { index, fault };
        check(|_, body| body[0] = 0x7f, &fault(0, RecordFault::Length(-64)));
        check(|_, body| body[0] = 24, &fault(0, RecordFault::LeftOver(1)));
        check(|_, body| body[0] = 20, &fault(0, RecordFault::Truncated));
        check(|_, body| body[12] = 80, &fault(1, RecordFault::Truncated));
        check(|_, body| body[4] = 3, &fault(0, RecordFault::Length(-2)));
        check(|_, body| body[8] = 1, &fault(0, RecordFault::HeaderCount(-1)));
        check(|_, body| body[8] = 60, &fault(0, RecordFault::HeaderCount(30)));
        check(|_, body| body[9] = 1, &fault(0, RecordFault::Length(-1)));
        check(|_, body| body[..12].fill(0xff), &fault(0, RecordFault::Varint));
        check(|_, body| body.truncate(20), &fault(1, RecordFault::Truncated));
        check(|header, _| header.record_count = 3, &fault(2, RecordFault::Truncated));
        check(|header, _| header.record_count = 1, &BatchError::LeftOver(12));
        check(|header, _| header.record_count = -1, &BatchError::RecordCount(-1));
    }
}
