//! Batches of a megabyte at most that become hundreds of megabytes when they are decompressed.

use std::io::{Read, Write as _};
use std::thread;

use super::Attacker;
use crate::error::{Error, Result};
use crate::wire::{self, Bytes, Connection};

/// Of each codec, this many go off at the same time.
const AT_ONCE: usize = 2;

const GZIP: i16 = 1;
const SNAPPY: i16 = 2;
const LZ4: i16 = 3;
const ZSTD: i16 = 4;

pub(super) fn explode(attacker: &Attacker) -> Result<()> {
    // Sizes such that the batch stays below the default of message.max.bytes.
    let large = if attacker.rounds > 1 { 900_u64 << 20 } else { 400 << 20 };
    let bombs = [(GZIP, large), (SNAPPY, 18 << 20), (LZ4, 200 << 20), (ZSTD, 2 * large)];
    for (codec, size) in bombs {
        let batch = wire::batch(codec, &compress(codec, record(size))?);
        let answers: Vec<Result<i16>> = thread::scope(|scope| {
            let sender = || Connection::open(attacker.port)?.produce("victim", 0, &batch);
            let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(sender)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        // Whether it takes the batch or not, it has to say so.
        for answer in answers {
            answer.map_err(|error| Error::found(format!("codec {codec}: {error}")))?;
        }
    }
    Ok(())
}

/// One record whose value is that many zeros, as a stream.
fn record(size: u64) -> impl Read {
    let value = size.cast_signed();
    let head = Bytes::default().i8(0).varint(0).varint(0).varint(-1).varint(value).0;
    // After the value: no headers.
    let length = i64::try_from(head.len()).unwrap_or(0) + value + 1;
    let start = Bytes::default().varint(length).raw(&head).0;
    std::io::Cursor::new(start).chain(std::io::repeat(0).take(size + 1))
}

fn compress(codec: i16, mut plain: impl Read) -> Result<Vec<u8>> {
    let failed = |error: std::io::Error| Error::found(format!("codec {codec}: {error}"));
    let out = Vec::new();
    match codec {
        GZIP => {
            let mut encoder = flate2::write::GzEncoder::new(out, flate2::Compression::best());
            std::io::copy(&mut plain, &mut encoder).map_err(failed)?;
            encoder.finish().map_err(failed)
        }
        SNAPPY => {
            let mut bytes = Vec::new();
            plain.read_to_end(&mut bytes).map_err(failed)?;
            snap::raw::Encoder::new().compress_vec(&bytes).map_err(|error| failed(error.into()))
        }
        LZ4 => {
            let info = lz4_flex::frame::FrameInfo::new()
                .block_size(lz4_flex::frame::BlockSize::Max64KB)
                .block_mode(lz4_flex::frame::BlockMode::Independent);
            let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, out);
            std::io::copy(&mut plain, &mut encoder).map_err(failed)?;
            encoder.flush().map_err(failed)?;
            encoder.finish().map_err(|error| failed(std::io::Error::other(error)))
        }
        _ => {
            let mut encoder = zstd::stream::write::Encoder::new(out, 1).map_err(failed)?;
            std::io::copy(&mut plain, &mut encoder).map_err(failed)?;
            encoder.finish().map_err(failed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_small_and_holds_one_record_of_the_size_promised() {
        let size = 30 << 20;
        let mut plain = Vec::new();
        record(size).read_to_end(&mut plain).unwrap();
        for codec in [GZIP, LZ4, ZSTD] {
            let packed = compress(codec, record(size)).unwrap();
            assert!(packed.len() < plain.len() / 200, "codec {codec}: {} bytes", packed.len());
        }
        assert!(plain.len() as u64 > size);
    }
}
