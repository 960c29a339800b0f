//! LZ4 frames, of the kind that Apache Kafka reads: independent blocks, no dictionary, one frame.
//!
//! Frames whose blocks depend on each other are refused because Apache Kafka refuses them: were one stored, no
//! Java consumer could get past it.

use std::error::Error;
use std::hash::Hasher;

use bytes::{Buf, BufMut, BytesMut};
use twox_hash::XxHash32;

use super::decompressor::Block;
use super::{CompressionError, append_with};
use crate::records::Codec;

/// Kafka's default, which stands for the fast compressor.
pub(super) const LEVEL_DEFAULT: i32 = 9;

const MAGIC: u32 = 0x184d_2204;
/// Version 1 of the format, in the two highest bits.
const VERSION: u8 = 0x40;
const VERSION_MASK: u8 = 0xc0;
const INDEPENDENT: u8 = 0x20;
const BLOCK_CHECKSUM: u8 = 0x10;
const CONTENT_SIZE: u8 = 0x08;
const CONTENT_CHECKSUM: u8 = 0x04;
/// The lowest bit announces a dictionary.
const UNUSED: u8 = 0x03;
/// Blocks of at most 64 KiB; 5 to 7 stand for 256 KiB to 4 MiB.
const BLOCK_64_KIB: u8 = 4;
/// In a block's length: the block is not compressed.
const UNCOMPRESSED: u32 = 0x8000_0000;
/// One byte extends a match by at most 255.
const RATIO_MAX: usize = 255;

pub(super) fn compress(records: &[u8], out: &mut BytesMut) {
    let descriptor = [VERSION | INDEPENDENT, BLOCK_64_KIB << 4];
    out.put_u32_le(MAGIC);
    out.put_slice(&descriptor);
    out.put_u8(header_checksum(&descriptor));
    for block in records.chunks(block_len_max(BLOCK_64_KIB)) {
        let at = out.len();
        out.put_u32_le(0);
        append_with(out, lz4_flex::block::get_maximum_output_size(block.len()), |room| {
            lz4_flex::block::compress_into(block, room).expect("there is room for the worst case")
        });
        let mut len = (out.len() - at - 4) as u32;
        if len as usize >= block.len() {
            out.truncate(at + 4);
            out.put_slice(block);
            len = block.len() as u32 | UNCOMPRESSED;
        }
        out[at..at + 4].copy_from_slice(&len.to_le_bytes());
    }
    out.put_u32_le(0);
}

pub(super) struct Lz4Reader<'a> {
    rest: &'a [u8],
    flags: u8,
    block_len_max: usize,
    block: Block,
    /// The checksum of all content so far, if the frame ends with one.
    content: Option<XxHash32>,
    is_done: bool,
}

impl<'a> Lz4Reader<'a> {
    pub(super) fn new(body: &'a [u8]) -> Result<Self, CompressionError> {
        let mut rest = body;
        if rest.try_get_u32_le().map_err(truncated)? != MAGIC {
            return Err(damaged("no frame begins here"));
        }
        let descriptor = rest;
        let flags = rest.try_get_u8().map_err(truncated)?;
        let sizes = rest.try_get_u8().map_err(truncated)?;
        if flags & VERSION_MASK != VERSION || flags & UNUSED != 0 || sizes & 0x8f != 0 {
            return Err(damaged("the frame's descriptor has unknown bits"));
        }
        if flags & INDEPENDENT == 0 {
            return Err(damaged("blocks that depend on each other are not supported"));
        }
        let block_size = sizes >> 4;
        if !(BLOCK_64_KIB..=7).contains(&block_size) {
            return Err(damaged("the frame's block size does not exist"));
        }
        if flags & CONTENT_SIZE != 0 {
            rest.try_get_u64_le().map_err(truncated)?;
        }
        let expected = header_checksum(&descriptor[..descriptor.len() - rest.len()]);
        if rest.try_get_u8().map_err(truncated)? != expected {
            return Err(damaged("the checksum of the frame's descriptor is wrong"));
        }
        Ok(Self {
            rest,
            flags,
            block_len_max: block_len_max(block_size),
            block: Block::default(),
            content: (flags & CONTENT_CHECKSUM != 0).then(|| XxHash32::with_seed(0)),
            is_done: false,
        })
    }

    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, CompressionError> {
        loop {
            let len = self.block.read(out);
            if len > 0 || self.is_done {
                return Ok(len);
            }
            self.next_block()?;
        }
    }

    fn next_block(&mut self) -> Result<(), CompressionError> {
        self.block.bytes.clear();
        self.block.start = 0;
        let word = self.rest.try_get_u32_le().map_err(truncated)?;
        let len = (word & !UNCOMPRESSED) as usize;
        if len == 0 {
            return self.end();
        }
        if len > self.block_len_max {
            return Err(damaged(format!("a block of {len} bytes in a frame of {}", self.block_len_max)));
        }
        let Some((block, rest)) = self.rest.split_at_checked(len) else {
            return Err(truncated("the bytes end inside a block"));
        };
        self.rest = rest;
        if self.flags & BLOCK_CHECKSUM != 0 && self.rest.try_get_u32_le().map_err(truncated)? != hash(block) {
            return Err(damaged("the checksum of a block is wrong"));
        }
        let bytes = &mut self.block.bytes;
        if word & UNCOMPRESSED == 0 {
            bytes.resize(self.block_len_max.min(len * RATIO_MAX), 0);
            let len = lz4_flex::block::decompress_into(block, bytes).map_err(damaged)?;
            bytes.truncate(len);
        } else {
            bytes.extend_from_slice(block);
        }
        if let Some(content) = &mut self.content {
            content.write(bytes);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), CompressionError> {
        self.is_done = true;
        let Some(content) = &self.content else { return Ok(()) };
        if u64::from(self.rest.try_get_u32_le().map_err(truncated)?) != content.finish() {
            return Err(damaged("the checksum of the content is wrong"));
        }
        Ok(())
    }
}

const fn block_len_max(block_size: u8) -> usize {
    1 << (8 + 2 * block_size)
}

fn header_checksum(descriptor: &[u8]) -> u8 {
    (hash(descriptor) >> 8) as u8
}

fn hash(bytes: &[u8]) -> u32 {
    XxHash32::oneshot(0, bytes)
}

fn truncated(problem: impl Into<Box<dyn Error + Send + Sync>>) -> CompressionError {
    damaged(problem)
}

fn damaged(problem: impl Into<Box<dyn Error + Send + Sync>>) -> CompressionError {
    CompressionError::damaged(Codec::Lz4, problem)
}
