//! Records that are decompressed while they are walked.

#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the path of a method stands for one lifetime, the closure for every"
)]

use super::slice_source::usual_record;
use super::walk::{FieldSource, Fields, RecordSource, fields};
use crate::records::cursor::Cursor;
use crate::records::{CompressionError, Decompressor, RecordFault};

/// Records that are decompressed while they are walked.
pub(super) struct StreamSource<'a> {
    decompressor: Decompressor<'a>,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    /// How many bytes of the record have not been read, where it is larger than the buffer.
    left: usize,
    failure: Option<CompressionError>,
}

/// How much is decompressed at a time.
const BUFFER_LEN: usize = 16 * 1024;
/// The longest number in a record.
const NUMBER_LEN_MAX: usize = 10;

impl<'a> StreamSource<'a> {
    pub(super) fn new(decompressor: Decompressor<'a>) -> Self {
        let buffer = vec![0; BUFFER_LEN].into_boxed_slice();
        Self { decompressor, buffer, start: 0, end: 0, left: 0, failure: None }
    }

    /// Makes at least `len` bytes available, or as many as there are: what is available.
    fn fill(&mut self, len: usize) -> Result<&[u8], RecordFault> {
        if self.end - self.start < len {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            while self.end < len {
                match self.decompressor.read(&mut self.buffer[self.end..]) {
                    Ok(0) => break,
                    Ok(more) => self.end += more,
                    Err(error) => {
                        self.failure = Some(error);
                        return Err(RecordFault::Truncated);
                    }
                }
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Reads a number with `read`, of at most `left_max` bytes.
    #[inline(always)]
    fn number<T>(
        &mut self,
        left_max: usize,
        read: impl FnOnce(&mut Cursor<'_>) -> Result<T, RecordFault>,
    ) -> Result<(T, usize), RecordFault> {
        let available = self.fill(NUMBER_LEN_MAX)?;
        let mut cursor = Cursor::new(&available[..available.len().min(left_max)]);
        let before = cursor.rest.len();
        let number = read(&mut cursor)?;
        let len = before - cursor.rest.len();
        self.start += len;
        Ok((number, len))
    }

    #[inline(always)]
    fn field<T>(
        &mut self,
        read: impl FnOnce(&mut Cursor<'_>) -> Result<T, RecordFault>,
    ) -> Result<T, RecordFault> {
        let (number, len) = self.number(self.left, read)?;
        self.left -= len;
        Ok(number)
    }
}

impl RecordSource for StreamSource<'_> {
    fn record(&mut self) -> Result<Fields, RecordFault> {
        if let Some((fields, len)) = usual_record(self.fill(NUMBER_LEN_MAX)?) {
            self.start += len;
            return Ok(fields);
        }
        let (len, _) = self.number(usize::MAX, |cursor| cursor.varint())?;
        let len = usize::try_from(len).map_err(|_| RecordFault::Length(len))?;
        if len > self.buffer.len() {
            self.left = len;
            return fields(self);
        }
        let record = self.fill(len)?.get(..len).ok_or(RecordFault::Truncated)?;
        let fields = fields(&mut Cursor::new(record))?;
        self.start += len;
        Ok(fields)
    }

    fn left_over(&mut self) -> Result<usize, RecordFault> {
        Ok(self.fill(1)?.len())
    }

    fn failure(&mut self) -> Option<CompressionError> {
        self.failure.take()
    }
}

impl FieldSource for StreamSource<'_> {
    fn byte(&mut self) -> Result<u8, RecordFault> {
        self.field(|cursor| cursor.byte())
    }

    fn varint(&mut self) -> Result<i32, RecordFault> {
        self.field(|cursor| cursor.varint())
    }

    fn varlong(&mut self) -> Result<i64, RecordFault> {
        self.field(|cursor| cursor.varlong())
    }

    fn skip(&mut self, len: usize) -> Result<(), RecordFault> {
        self.left = self.left.checked_sub(len).ok_or(RecordFault::Truncated)?;
        let mut len = len;
        while len > 0 {
            let step = self.fill(1)?.len().min(len);
            if step == 0 {
                return Err(RecordFault::Truncated);
            }
            self.start += step;
            len -= step;
        }
        Ok(())
    }

    fn left(&self) -> usize {
        self.left
    }
}
