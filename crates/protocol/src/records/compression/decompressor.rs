//! Decompression as a stream that ends at a limit.

use super::gzip::GzipReader;
use super::lz4::Lz4Reader;
use super::snappy::SnappyReader;
use super::zstd::ZstdReader;
use super::{Codec, CompressionError};

/// How much is decompressed at a time where all of it is wanted.
const STEP: usize = 64 * 1024;

/// The decompressed bytes of a batch's body, from front to end.
pub struct Decompressor<'a> {
    reader: Reader<'a>,
    limit: usize,
    left: usize,
}

enum Reader<'a> {
    None(&'a [u8]),
    Gzip(GzipReader<'a>),
    Snappy(SnappyReader<'a>),
    Lz4(Lz4Reader<'a>),
    Zstd(ZstdReader<'a>),
}

impl<'a> Decompressor<'a> {
    /// Reads `body`, and fails after `limit` bytes of output.
    ///
    /// # Errors
    /// [`CompressionError::Damaged`] where the very beginning is not what the codec writes.
    pub fn new(codec: Codec, body: &'a [u8], limit: usize) -> Result<Self, CompressionError> {
        let reader = match codec {
            Codec::None => Reader::None(body),
            Codec::Gzip => Reader::Gzip(GzipReader::new(body)),
            Codec::Snappy => Reader::Snappy(SnappyReader::new(body, limit)),
            Codec::Lz4 => Reader::Lz4(Lz4Reader::new(body)?),
            Codec::Zstd => Reader::Zstd(ZstdReader::new(body)?),
        };
        Ok(Self { reader, limit, left: limit })
    }

    /// Writes the next bytes to the front of `out`: how many, or 0 at the end. `out` is not empty.
    ///
    /// # Errors
    /// [`CompressionError::Damaged`], and [`CompressionError::TooLarge`] when there is more than the limit.
    pub fn read(&mut self, out: &mut [u8]) -> Result<usize, CompressionError> {
        let len = match &mut self.reader {
            Reader::None(rest) => {
                let (now, later) = rest.split_at(out.len().min(rest.len()));
                out[..now.len()].copy_from_slice(now);
                *rest = later;
                now.len()
            }
            Reader::Gzip(reader) => reader.read(out)?,
            Reader::Snappy(reader) => reader.read(out)?,
            Reader::Lz4(reader) => reader.read(out)?,
            Reader::Zstd(reader) => reader.read(out)?,
        };
        self.left = self.left.checked_sub(len).ok_or(CompressionError::TooLarge { limit: self.limit })?;
        Ok(len)
    }
}

/// All decompressed bytes of a batch's body.
///
/// # Errors
/// Those of [`Decompressor::read`].
pub fn decompress(codec: Codec, body: &[u8], limit: usize) -> Result<Vec<u8>, CompressionError> {
    let mut decompressor = Decompressor::new(codec, body, limit)?;
    let mut out = Vec::new();
    let mut len = 0;
    loop {
        if out.len() - len < STEP / 2 {
            // Doubling keeps the cost of growth in proportion, and what is there is at most half empty.
            out.resize(out.len() + out.len().clamp(STEP, 64 * STEP), 0);
        }
        match decompressor.read(&mut out[len..])? {
            0 => break,
            more => len += more,
        }
    }
    out.truncate(len);
    Ok(out)
}

/// A block that its codec had to decompress whole, and what of it has not been handed out.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) start: usize,
}

impl Block {
    /// Moves bytes to the front of `out`: how many. 0 if the block is used up.
    pub(super) fn read(&mut self, out: &mut [u8]) -> usize {
        let now = &self.bytes[self.start..];
        let len = now.len().min(out.len());
        out[..len].copy_from_slice(&now[..len]);
        self.start += len;
        len
    }
}
