//! Compressed bytes: damaged ones, and such as claim or become more than they may.

use bytes::BytesMut;
use ottla_protocol::records::{Codec, Compression, Decompressor};

use crate::memory::bounded;

const CODECS: [Codec; 5] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

/// How many bytes may come out.
const LIMIT: usize = 1 << 20;

/// One block of LZ4, and what any decompressor needs for itself.
const WORKING_MEMORY: usize = (4 << 20) + (1 << 20);

/// Takes a byte that chooses codec and the size of the reads, and what is to be decompressed; and compresses that
/// too, which must give it back.
pub fn run(input: &[u8]) {
    let Some((&choice, body)) = input.split_first() else { return };
    let codec = CODECS[usize::from(choice) % CODECS.len()];
    let step = 1 << (usize::from(choice) / CODECS.len() % 14);
    let read = bounded("Decompressor", body.len(), 24, WORKING_MEMORY, || read(codec, body, step));
    assert!(read.is_none_or(|read| read.len() <= LIMIT), "{codec} gave more than the limit");
    let mut compressed = BytesMut::new();
    Compression::new(codec).compress(body, &mut compressed);
    assert!(
        self::read(codec, &compressed, step).as_deref() == Some(body),
        "{codec} does not give back its own"
    );
}

fn read(codec: Codec, body: &[u8], step: usize) -> Option<Vec<u8>> {
    let mut decompressor = Decompressor::new(codec, body, LIMIT).ok()?;
    let mut out = Vec::with_capacity(body.len());
    let mut buffer = vec![0; step];
    loop {
        let len = decompressor.read(&mut buffer).ok()?;
        assert!(len <= step, "a read fills the buffer and no more");
        if len == 0 {
            return Some(out);
        }
        out.extend_from_slice(&buffer[..len]);
    }
}

/// By each codec: nothing, a little, much of the same, and much that is not.
pub fn seeds() -> Vec<Vec<u8>> {
    let mixed: Vec<u8> =
        (0..2000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut seeds = Vec::new();
    for (number, codec) in (0u8..).zip(CODECS) {
        for content in [&b""[..], b"a little", &[7; 3000], &mixed] {
            let mut compressed = BytesMut::new();
            Compression::new(codec).compress(content, &mut compressed);
            // Reads of 1,024 bytes.
            seeds.push([&[number + 50], &compressed[..]].concat());
        }
    }
    seeds
}
