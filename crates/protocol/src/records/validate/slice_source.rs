//! Records that lie in memory: the path that most produced batches take.

use super::walk::{Fields, RecordSource, fields};
use crate::records::RecordFault;
use crate::records::cursor::Cursor;

/// Records that lie in memory.
pub(super) struct SliceSource<'a>(Cursor<'a>);

impl<'a> SliceSource<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(Cursor::new(bytes))
    }

    #[inline(never)]
    fn any_record(&mut self) -> Result<Fields, RecordFault> {
        let len = self.0.varint()?;
        let len = usize::try_from(len).map_err(|_| RecordFault::Length(len))?;
        fields(&mut Cursor::new(self.0.take(len)?))
    }
}

impl RecordSource for SliceSource<'_> {
    #[inline(always)]
    fn record(&mut self) -> Result<Fields, RecordFault> {
        if let Some((fields, len)) = usual_record(self.0.rest) {
            self.0.rest = &self.0.rest[len..];
            return Ok(fields);
        }
        self.any_record()
    }

    fn left_over(&mut self) -> Result<usize, RecordFault> {
        Ok(self.0.rest.len())
    }
}

/// Reads the record in front if it is as most are, without headers and with short numbers, and says how long it is.
///
/// This is where a broker spends its time on small records. An `Option` instead of faults keeps all of it in
/// registers; one check at the end stands for those at every field, because places only grow: whatever was read
/// past the record's end makes the two ends differ.
#[inline(always)]
pub(super) fn usual_record(bytes: &[u8]) -> Option<(Fields, usize)> {
    let mut at = 0;
    let len = short_len(bytes, &mut at)?;
    let end = at + len;
    // The attributes of a record: none has a meaning yet.
    at += 1;
    let timestamp_delta = short_number(bytes, &mut at)?;
    let offset_delta = short_number(bytes, &mut at)?;
    let has_key = *bytes.get(at)? != NULL;
    if has_key {
        at += short_len(bytes, &mut at)?;
    } else {
        at += 1;
    }
    if *bytes.get(at)? == NULL {
        at += 1;
    } else {
        at += short_len(bytes, &mut at)?;
    }
    let is_last = *bytes.get(at)? == 0 && at + 1 == end;
    is_last.then_some((Fields { timestamp_delta: i64::from(timestamp_delta), offset_delta, has_key }, end))
}

/// The length -1.
const NULL: u8 = 1;

/// A length of at most 20 bits.
#[inline(always)]
fn short_len(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let raw = short_raw(bytes, at)?;
    (raw & 1 == 0).then_some((raw >> 1) as usize)
}

#[inline(always)]
fn short_number(bytes: &[u8], at: &mut usize) -> Option<i32> {
    let raw = short_raw(bytes, at)?;
    Some((raw >> 1) as i32 ^ -((raw & 1) as i32))
}

/// A number of at most three bytes.
#[inline(always)]
fn short_raw(bytes: &[u8], at: &mut usize) -> Option<u32> {
    let mut next = || {
        let byte = *bytes.get(*at)?;
        *at += 1;
        Some(u32::from(byte))
    };
    let first = next()?;
    if first < 0x80 {
        return Some(first);
    }
    let second = next()?;
    if second < 0x80 {
        return Some(first & 0x7f | second << 7);
    }
    let third = next()?;
    (third < 0x80).then_some(first & 0x7f | (second & 0x7f) << 7 | third << 14)
}
