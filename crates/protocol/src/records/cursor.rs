//! Reads the fields of records from the front of a slice.

use super::RecordFault;

/// The bytes that are still to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    #[inline(always)]
    pub(super) fn byte(&mut self) -> Result<u8, RecordFault> {
        let (&byte, rest) = self.rest.split_first().ok_or(RecordFault::Truncated)?;
        self.rest = rest;
        Ok(byte)
    }

    /// The next `len` bytes.
    #[inline(always)]
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], RecordFault> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(RecordFault::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// A signed number of at most 32 bits. Nearly all of them take one or two bytes.
    #[inline(always)]
    pub(super) fn varint(&mut self) -> Result<i32, RecordFault> {
        let raw = match *self.rest {
            [a, ref rest @ ..] if a < 0x80 => {
                self.rest = rest;
                u32::from(a)
            }
            [a, b, ref rest @ ..] if b < 0x80 => {
                self.rest = rest;
                u32::from(a & 0x7f) | u32::from(b) << 7
            }
            _ => u32::try_from(self.long(5)?).map_err(|_| RecordFault::Varint)?,
        };
        Ok((raw >> 1) as i32 ^ -((raw & 1) as i32))
    }

    /// A signed number of at most 64 bits.
    #[inline(always)]
    pub(super) fn varlong(&mut self) -> Result<i64, RecordFault> {
        let raw = match *self.rest {
            [a, ref rest @ ..] if a < 0x80 => {
                self.rest = rest;
                u64::from(a)
            }
            [a, b, ref rest @ ..] if b < 0x80 => {
                self.rest = rest;
                u64::from(a & 0x7f) | u64::from(b) << 7
            }
            _ => self.long(10)?,
        };
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    /// The bytes behind their length; `None` for the length -1.
    #[inline(always)]
    pub(super) fn nullable_bytes(&mut self) -> Result<Option<&'a [u8]>, RecordFault> {
        match self.varint()? {
            -1 => Ok(None),
            len => self.take(usize::try_from(len).map_err(|_| RecordFault::Length(len))?).map(Some),
        }
    }

    #[inline(always)]
    fn long(&mut self, len_max: usize) -> Result<u64, RecordFault> {
        let (value, rest) = read_long(self.rest, len_max)?;
        self.rest = rest;
        Ok(value)
    }
}

/// Takes and gives a slice and stays out of line, so that cursors live in registers where it is not called.
#[inline(never)]
fn read_long(bytes: &[u8], len_max: usize) -> Result<(u64, &[u8]), RecordFault> {
    let mut value = 0u64;
    for place in 0..len_max {
        let byte = *bytes.get(place).ok_or(RecordFault::Truncated)?;
        let bits = u64::from(byte & 0x7f);
        let shift = 7 * place as u32;
        if bits << shift >> shift != bits {
            return Err(RecordFault::Varint);
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Ok((value, &bytes[place + 1..]));
        }
    }
    Err(RecordFault::Varint)
}
