//! Batches as they lie in a buffer.

use super::crc::crc32c;
use super::header::{at, check_part};
use super::{BatchError, BatchHeader, HEADER_LEN};

/// One batch, over the bytes that hold it.
#[derive(Clone, Copy, Debug)]
pub struct BatchView<'a> {
    header: BatchHeader,
    bytes: &'a [u8],
}

impl<'a> BatchView<'a> {
    /// Views `bytes` as exactly one batch. The checksum is not looked at.
    ///
    /// # Errors
    /// All that [`BatchHeader::parse`] finds, and bytes that are too few or too many.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BatchError> {
        let view = Self::parse_front(bytes)?;
        match bytes.len() - view.bytes.len() {
            0 => Ok(view),
            more => Err(BatchError::LeftOver(more)),
        }
    }

    /// Views the batch that `bytes` begin with.
    ///
    /// # Errors
    /// All that [`BatchHeader::parse`] finds, and too few bytes.
    pub fn parse_front(bytes: &'a [u8]) -> Result<Self, BatchError> {
        let Some(head) = bytes.first_chunk::<HEADER_LEN>() else {
            return Err(check_part(bytes));
        };
        let header = BatchHeader::parse(head)?;
        match bytes.get(..header.size()) {
            Some(bytes) => Ok(Self { header, bytes }),
            None => Err(BatchError::Truncated { needed: header.size(), left: bytes.len() }),
        }
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// The whole batch.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What follows the header: the records, compressed if the header says so.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        &self.bytes[HEADER_LEN..]
    }

    /// Compares the content with the checksum in the header: one pass over the bytes.
    ///
    /// # Errors
    /// [`BatchError::Crc`].
    pub fn check_crc(&self) -> Result<(), BatchError> {
        let computed = crc32c(&self.bytes[at::ATTRIBUTES..]);
        if computed == self.header.crc {
            return Ok(());
        }
        Err(BatchError::Crc { stored: self.header.crc, computed })
    }
}

/// The batches of a buffer, one after the other, without a look at their checksums.
///
/// A buffer may end inside a batch, as responses to Fetch and torn files do. The iterator then ends as well, and
/// [`Batches::rest`] holds the part. What cannot be a batch is an error, and the last item.
#[derive(Clone, Debug)]
pub struct Batches<'a> {
    rest: &'a [u8],
    is_broken: bool,
}

impl<'a> Batches<'a> {
    /// The batches of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, is_broken: false }
    }

    /// What has not been returned as a batch. When the iterator has ended: nothing, or the part of a batch that
    /// the buffer ends with, or what was no batch.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Batches<'a> {
    type Item = Result<BatchView<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_broken {
            return None;
        }
        let view = BatchView::parse_front(self.rest);
        match &view {
            Ok(view) => self.rest = &self.rest[view.bytes.len()..],
            Err(BatchError::Truncated { .. }) => return None,
            Err(_) => self.is_broken = true,
        }
        Some(view)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use ottla_types::{Offset, Timestamp};

    use super::*;
    use crate::records::{BatchBuilder, BatchOptions, NewRecord};

    fn batch(base_offset: i64, value: &[u8]) -> Bytes {
        let options = BatchOptions { base_offset: Offset(base_offset), ..BatchOptions::default() };
        let mut builder = BatchBuilder::new(options);
        let record = NewRecord { timestamp: Timestamp(7), value: Some(value), ..NewRecord::default() };
        builder.append(&record).unwrap();
        builder.finish().unwrap()
    }

    #[test]
    fn batches_end_cleanly_or_inside_one() {
        let (first, second) = (batch(0, b"one"), batch(1, b"three"));
        let buffer = [&first[..], &second].concat();
        for end in 0..=buffer.len() {
            let mut batches = Batches::new(&buffer[..end]);
            let found = batches.by_ref().map(|view| view.unwrap().bytes().len()).collect::<Vec<_>>();
            let whole = if end == buffer.len() { 2 } else { usize::from(end >= first.len()) };
            assert_eq!(found, &[first.len(), second.len()][..whole], "ending at {end}");
            assert_eq!(batches.rest().len(), end - found.iter().sum::<usize>());
        }
    }

    #[test]
    fn what_cannot_be_a_batch_is_an_error_and_the_end() {
        let check = |at: usize, bytes: &[u8], expected: &BatchError| {
            let mut buffer = [&batch(0, b"one")[..], &batch(1, b"two")].concat();
            let second = buffer.len() / 2;
            buffer[second + at..second + at + bytes.len()].copy_from_slice(bytes);
            for end in [second + 40, buffer.len()] {
                let mut batches = Batches::new(&buffer[..end]);
                batches.next().unwrap().unwrap();
                assert_eq!(&batches.next().unwrap().unwrap_err(), expected);
                assert!(batches.next().is_none());
                assert_eq!(batches.rest().len(), end - second);
            }
        };
        check(at::MAGIC, &[1], &BatchError::OldMagic(1));
        check(at::MAGIC, &[0], &BatchError::OldMagic(0));
        check(at::MAGIC, &[3], &BatchError::Magic(3));
        check(at::MAGIC, &[0xff], &BatchError::Magic(-1));
        check(at::LENGTH, &[0, 0, 0, 48], &BatchError::Length(48));
        check(at::LENGTH, &[0xff; 4], &BatchError::Length(-1));
    }

    #[test]
    fn a_changed_bit_does_not_pass_the_checksum() {
        let bytes = batch(5, b"content");
        BatchView::parse(&bytes).unwrap().check_crc().unwrap();
        for bit in at::CRC * 8..bytes.len() * 8 {
            let mut changed = bytes.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            let error = BatchView::parse(&changed).unwrap().check_crc().unwrap_err();
            assert!(matches!(error, BatchError::Crc { .. }), "bit {bit}");
        }
    }
}
