//! The five ways in which a batch's records may be written.
//!
//! [`Compression::compress`] makes what Apache Kafka's own writers make, and [`Decompressor`] reads what Apache Kafka
//! reads: as a stream, in memory that does not depend on what the bytes claim, and never past a limit.
//!
//! | codec | library | memory of a reader beside the caller's buffer |
//! |---|---|---|
//! | gzip | `flate2` over `zlib-rs` | 32 KiB of window |
//! | snappy | `snap`, framing here | one block: at most 22 times its compressed size |
//! | lz4 | `lz4_flex` for blocks, frames here | one block: at most 4 MiB, and 255 times its compressed size |
//! | zstd | `zstd` | the frame's window, at most 128 MiB of address space, of which only what is written is used |

mod decompressor;
mod gzip;
mod lz4;
mod snappy;
mod zstd;

use std::error::Error;
use std::ops::RangeInclusive;

use bytes::{Bytes, BytesMut};

pub use decompressor::{Decompressor, decompress};

use super::Codec;

/// A codec and how hard it tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    codec: Codec,
    level: i32,
}

/// The codec has no such level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{codec} has no compression level {level}")]
pub struct LevelError {
    /// The codec.
    pub codec: Codec,
    /// What was asked for.
    pub level: i32,
}

/// Records that cannot be decompressed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompressionError {
    /// There are more bytes than the caller wants to see.
    #[error("decompressed records take more than {limit} bytes")]
    TooLarge {
        /// What the caller allowed.
        limit: usize,
    },
    /// The bytes are not what the codec writes.
    #[error("{codec} cannot decompress the records: {problem}")]
    Damaged {
        /// The codec.
        codec: Codec,
        /// What its library says.
        problem: String,
    },
}

impl Compression {
    /// The records as they are.
    pub const NONE: Self = Self::new(Codec::None);

    /// A codec at its usual level.
    #[must_use]
    pub const fn new(codec: Codec) -> Self {
        let level = match codec {
            Codec::None | Codec::Snappy => 0,
            Codec::Gzip => gzip::LEVEL_DEFAULT,
            Codec::Lz4 => lz4::LEVEL_DEFAULT,
            Codec::Zstd => zstd::LEVEL_DEFAULT,
        };
        Self { codec, level }
    }

    /// A codec at the level that a topic's `compression.gzip.level`, `compression.lz4.level` or
    /// `compression.zstd.level` asks for. All of LZ4's levels give the same bytes here: Kafka's default level is
    /// the fast compressor too, and the slower ones of the C library have no counterpart in Rust. What they write
    /// is read the same.
    ///
    /// # Errors
    /// The level is not one that Kafka accepts.
    pub fn with_level(codec: Codec, level: i32) -> Result<Self, LevelError> {
        let is_known = level == Self::new(codec).level || Self::levels(codec).contains(&level);
        if is_known { Ok(Self { codec, level }) } else { Err(LevelError { codec, level }) }
    }

    /// The levels that Kafka accepts, beside the default.
    #[must_use]
    pub const fn levels(codec: Codec) -> RangeInclusive<i32> {
        match codec {
            Codec::None | Codec::Snappy => 0..=0,
            Codec::Gzip => 1..=9,
            Codec::Lz4 => 1..=17,
            Codec::Zstd => -131_072..=22,
        }
    }

    /// The codec.
    #[must_use]
    pub const fn codec(self) -> Codec {
        self.codec
    }

    /// The level; 0 where there are none.
    #[must_use]
    pub const fn level(self) -> i32 {
        self.level
    }

    /// Appends `records` to `out` in compressed form.
    pub fn compress(self, records: &[u8], out: &mut BytesMut) {
        match self.codec {
            Codec::None => out.extend_from_slice(records),
            Codec::Gzip => gzip::compress(records, self.level, out),
            Codec::Snappy => snappy::compress(records, out),
            Codec::Lz4 => lz4::compress(records, out),
            Codec::Zstd => zstd::compress(records, self.level, out),
        }
    }
}

impl Default for Compression {
    fn default() -> Self {
        Self::NONE
    }
}

impl CompressionError {
    fn damaged(codec: Codec, problem: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Damaged { codec, problem: problem.into().to_string() }
    }
}

/// A batch's body without compression, in one piece of memory: the same piece if it was not compressed.
///
/// # Errors
/// Those of [`Decompressor::read`].
pub fn decompress_bytes(codec: Codec, body: &Bytes, limit: usize) -> Result<Bytes, CompressionError> {
    match codec {
        Codec::None => Ok(body.clone()),
        _ => decompress(codec, body, limit).map(Bytes::from),
    }
}

/// Appends room for `len` bytes, lets `write` fill a part of it, and gives the rest back.
fn append_with(out: &mut BytesMut, len: usize, write: impl FnOnce(&mut [u8]) -> usize) {
    let start = out.len();
    out.resize(start + len, 0);
    let written = write(&mut out[start..]);
    out.truncate(start + written);
}

#[cfg(test)]
mod tests;
