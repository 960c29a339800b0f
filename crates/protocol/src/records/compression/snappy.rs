//! Snappy, as a bare block (librdkafka) or in the framing of the Java library `snappy-java` (everybody else).
//!
//! The framing is a header of 16 bytes and blocks, each behind its length. Streams may follow each other: where a
//! length is expected, another header may stand.

use std::error::Error;

use bytes::{BufMut, BytesMut};

use super::decompressor::Block;
use super::{CompressionError, append_with};
use crate::records::Codec;

const MAGIC: [u8; 8] = [0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0];
/// The magic, the version of the writer, and the oldest version that can read it.
const HEADER_LEN: usize = 16;
const VERSION: i32 = 1;
/// How many bytes Java puts into a block.
const BLOCK_LEN: usize = 32 * 1024;
/// Three bytes copy at most 64.
const RATIO_MAX: usize = 22;

pub(super) fn compress(records: &[u8], out: &mut BytesMut) {
    out.put_slice(&MAGIC);
    out.put_i32(VERSION);
    out.put_i32(VERSION);
    let mut encoder = snap::raw::Encoder::new();
    for block in records.chunks(BLOCK_LEN) {
        let at = out.len();
        out.put_i32(0);
        append_with(out, snap::raw::max_compress_len(block.len()), |room| {
            encoder.compress(block, room).expect("there is room for the worst case")
        });
        let len = (out.len() - at - 4) as i32;
        out[at..at + 4].copy_from_slice(&len.to_be_bytes());
    }
}

pub(super) struct SnappyReader<'a> {
    rest: &'a [u8],
    is_framed: bool,
    limit: usize,
    block: Block,
}

impl<'a> SnappyReader<'a> {
    pub(super) fn new(body: &'a [u8], limit: usize) -> Self {
        Self { rest: body, is_framed: body.starts_with(&MAGIC), limit, block: Block::default() }
    }

    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, CompressionError> {
        loop {
            let len = self.block.read(out);
            if len > 0 || self.rest.is_empty() {
                return Ok(len);
            }
            let block = if self.is_framed { self.next_block()? } else { std::mem::take(&mut self.rest) };
            self.decompress(block)?;
        }
    }

    fn next_block(&mut self) -> Result<&'a [u8], CompressionError> {
        while self.rest.starts_with(&MAGIC) {
            let (header, rest) = self.rest.split_at_checked(HEADER_LEN).ok_or_else(truncated)?;
            let readable_from = i32::from_be_bytes(header[12..].try_into().expect("four bytes are left"));
            if readable_from < VERSION {
                return Err(damaged(format!("its framing has version {readable_from}")));
            }
            self.rest = rest;
        }
        let Some((len, rest)) = self.rest.split_first_chunk() else {
            // A header may be the last thing in a stream.
            return if self.rest.is_empty() { Ok(&[]) } else { Err(truncated()) };
        };
        let len = i32::from_be_bytes(*len);
        let len = usize::try_from(len).map_err(|_| damaged(format!("a block of {len} bytes")))?;
        let (block, rest) = rest.split_at_checked(len).ok_or_else(truncated)?;
        self.rest = rest;
        Ok(block)
    }

    fn decompress(&mut self, block: &[u8]) -> Result<(), CompressionError> {
        let bytes = &mut self.block.bytes;
        self.block.start = 0;
        bytes.clear();
        if block.is_empty() {
            return Ok(());
        }
        let len = snap::raw::decompress_len(block).map_err(damaged)?;
        if len > block.len() * RATIO_MAX {
            return Err(damaged(format!("{} bytes claim to hold {len}", block.len())));
        }
        if len > self.limit {
            return Err(CompressionError::TooLarge { limit: self.limit });
        }
        bytes.resize(len, 0);
        snap::raw::Decoder::new().decompress(block, bytes).map_err(damaged)?;
        Ok(())
    }
}

fn truncated() -> CompressionError {
    damaged("the bytes end inside a block")
}

fn damaged(problem: impl Into<Box<dyn Error + Send + Sync>>) -> CompressionError {
    CompressionError::damaged(Codec::Snappy, problem)
}
