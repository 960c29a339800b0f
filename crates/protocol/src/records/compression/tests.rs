//! Every codec against itself, against the other ways to write its format, and against bytes that are not its.

use std::io::Write;

use super::*;

/// Bytes that compress neither to nothing nor not at all.
fn content(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 24
    };
    (0..len).map(|place| if place % 7 < 4 { (place / 50) as u8 } else { next() as u8 & 0x3f }).collect()
}

fn compressed(codec: Codec, content: &[u8]) -> BytesMut {
    let mut out = BytesMut::new();
    Compression::new(codec).compress(content, &mut out);
    out
}

#[test]
fn every_codec_and_level_gives_back_what_it_took() {
    for codec in Codec::ALL {
        let levels = Compression::levels(codec);
        for level in [*levels.start(), Compression::new(codec).level(), *levels.end()] {
            for len in [1, 100, 32_768, 65_536, 65_537, 300_000] {
                let content = content(len);
                let mut out = BytesMut::new();
                Compression::with_level(codec, level).unwrap().compress(&content, &mut out);
                assert_eq!(decompress(codec, &out, len), Ok(content), "{codec} level {level}, {len} bytes");
            }
        }
        assert!(Compression::with_level(codec, levels.end() + 1).is_err());
    }
}

#[test]
fn output_stops_at_the_limit() {
    let zeros = vec![0; 5_000_000];
    for codec in Codec::ALL {
        let out = compressed(codec, &zeros);
        assert_eq!(decompress(codec, &out, zeros.len()).as_ref(), Ok(&zeros));
        let limit = zeros.len() - 1;
        assert_eq!(decompress(codec, &out, limit), Err(CompressionError::TooLarge { limit }), "{codec}");
        let mut decompressor = Decompressor::new(codec, &out, 100_000).unwrap();
        let (mut read, mut buffer) = (0, [0; 1000]);
        let error = loop {
            match decompressor.read(&mut buffer) {
                Ok(more) => read += more,
                Err(error) => break error,
            }
        };
        assert_eq!(error, CompressionError::TooLarge { limit: 100_000 }, "{codec}");
        assert!(read > 100_000 - buffer.len() && read <= 100_000, "{codec}: {read}");
    }
}

#[test]
fn a_stream_that_ends_early_is_an_error() {
    let content = content(200_000);
    for codec in [Codec::Gzip, Codec::Lz4, Codec::Zstd] {
        let out = compressed(codec, &content);
        for end in (0..out.len()).rev().take(20).chain((0..out.len()).step_by(997)) {
            let result = decompress(codec, &out[..end], content.len());
            assert!(matches!(result, Err(CompressionError::Damaged { .. })), "{codec} until {end}");
        }
    }
    // A framing of snappy has no end of its own: it may stop between two blocks.
    let out = compressed(Codec::Snappy, &content);
    assert!(decompress(Codec::Snappy, &out[..out.len() - 1], content.len()).is_err());
}

#[test]
fn snappy_comes_bare_and_framed_and_in_pieces() {
    let content = content(100_000);
    let bare = snap::raw::Encoder::new().compress_vec(&content).unwrap();
    assert_eq!(decompress(Codec::Snappy, &bare, content.len()).as_ref(), Ok(&content));
    let framed = compressed(Codec::Snappy, &content);
    assert_eq!(&framed[..20], b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01\0\0\x70\x5c".as_slice());
    let twice = [&framed[..], &framed].concat();
    let expected = [&content[..], &content].concat();
    assert_eq!(decompress(Codec::Snappy, &twice, expected.len()), Ok(expected));
}

#[test]
fn gzip_members_and_zstd_frames_follow_each_other() {
    let content = content(50_000);
    let expected = [&content[..], &content].concat();
    for codec in [Codec::Gzip, Codec::Zstd] {
        let out = compressed(codec, &content);
        let twice = [&out[..], &out].concat();
        assert_eq!(decompress(codec, &twice, expected.len()).as_ref(), Ok(&expected), "{codec}");
        let and_more = [&out[..], b"more"].concat();
        let result = decompress(codec, &and_more, expected.len());
        assert_eq!(result.is_ok(), codec == Codec::Gzip, "Java ignores what follows gzip, not zstd");
    }
}

#[test]
fn an_lz4_frame_begins_as_kafka_begins_it() {
    let frame = compressed(Codec::Lz4, &content(100));
    assert_eq!(frame[..7], [0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
}

#[test]
fn lz4_frames_with_every_option_are_read_or_refused_as_kafka_does() {
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    let content = content(600_000);
    for options in 0..16 {
        let is_set = |bit: u32| options & 1 << bit != 0;
        let info = FrameInfo::new()
            .block_size(if is_set(0) { BlockSize::Max256KB } else { BlockSize::Max64KB })
            .block_mode(BlockMode::Independent)
            .block_checksums(is_set(1))
            .content_checksum(is_set(2))
            .content_size(is_set(3).then_some(content.len() as u64));
        let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(&content).unwrap();
        let frame = encoder.finish().unwrap();
        assert_eq!(decompress(Codec::Lz4, &frame, content.len()).as_ref(), Ok(&content), "options {options}");
        let mut changed = frame.clone();
        // The first byte of the first block's content.
        changed[if is_set(3) { 19 } else { 11 }] ^= 1;
        let is_noticed = decompress(Codec::Lz4, &changed, content.len()).as_ref() != Ok(&content);
        assert!(is_noticed);
        if is_set(1) || is_set(2) {
            assert!(decompress(Codec::Lz4, &changed, content.len()).is_err(), "options {options}");
        }
    }
    let linked = FrameInfo::new().block_mode(BlockMode::Linked);
    let mut encoder = FrameEncoder::with_frame_info(linked, Vec::new());
    encoder.write_all(&content).unwrap();
    let error = decompress(Codec::Lz4, &encoder.finish().unwrap(), content.len()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "lz4 cannot decompress the records: blocks that depend on each other are not supported"
    );
}

#[test]
fn a_block_that_claims_too_much_is_not_believed() {
    // A snappy block whose length field says 4 GiB less one.
    let result = decompress(Codec::Snappy, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0], usize::MAX);
    assert!(matches!(result, Err(CompressionError::Damaged { .. })), "{result:?}");
}
