//! Bytes that are no batch, or none that anybody means: refused or taken, never a panic, and never more memory than
//! their number allows.

use bytes::{Bytes, BytesMut};
use ottla_protocol::records::validate::TopicCompression;
use ottla_protocol::records::{
    BatchBuilder, BatchOptions, Batches, Codec, Compression, CompressionError, NewRecord, Records, Rules,
    decompress, set_max_timestamp, validate,
};
use ottla_types::{ErrorCode, Timestamp};

use crate::any_batch::{AnyBatch, Random};
use crate::kafka_vectors::vectors;

/// A buffer for the walk, the state of a decompressor, a thousand refused records.
const FIXED: u64 = 160 << 10;

/// What checking `len` bytes may take. A codec that cannot stream decompresses a block at a time: at most 22 times
/// its size (snappy) or 255 times, and 4 MiB (LZ4).
fn memory_max(len: usize) -> u64 {
    FIXED + (255 * len as u64).min(4 << 20).max(22 * len as u64)
}

/// How much decompressed content is looked at.
const LIMIT: usize = 1 << 19;

fn check(bytes: &Bytes, context: &dyn Fn() -> String) {
    let lenient = Rules { decompressed_bytes_max: LIMIT, ..Rules::default() };
    let strict = Rules { is_compacted: true, timestamp_before_max_ms: 1000, ..lenient.clone() };
    // Whatever must be rewritten is in memory as a whole, twice.
    let allowed = memory_max(bytes.len()) + 6 * LIMIT as u64;
    let used = allocation_counter::measure(|| {
        let _ = validate(bytes, &lenient, AnyBatch::NOW);
        let _ = validate(bytes, &strict, AnyBatch::NOW);
    });
    assert!(used.bytes_max <= allowed, "{} bytes for {}: {}", used.bytes_max, bytes.len(), context());

    let used = allocation_counter::measure(|| {
        for view in Batches::new(bytes).flatten() {
            let header = view.header();
            let Ok(codec) = header.attributes.codec() else { continue };
            let Ok(body) = decompress(codec, view.body(), LIMIT) else { continue };
            for record in Records::new(header, &body).flatten() {
                assert!(record.headers.count() <= body.len());
            }
        }
    });
    assert!(used.bytes_max <= allowed, "{} bytes for {}: {}", used.bytes_max, bytes.len(), context());
}

/// Makes the checksum fit, so that what lies behind it is looked at.
fn sealed(mut bytes: Vec<u8>) -> Bytes {
    if bytes.len() >= 61 {
        let timestamp = i64::from_be_bytes(bytes[35..43].try_into().unwrap());
        let kind = if bytes[22] & 8 == 0 {
            ottla_protocol::records::TimestampType::CreateTime
        } else {
            ottla_protocol::records::TimestampType::LogAppendTime
        };
        set_max_timestamp(&mut bytes, kind, Timestamp(timestamp));
    }
    bytes.into()
}

fn batches() -> Vec<(String, Bytes)> {
    // Large values at every level are one and the same to a reader, and slow.
    let kafkas = vectors().into_iter().filter(|vector| !vector.name.contains("level"));
    let kafkas = kafkas.map(|vector| (vector.name, vector.bytes));
    let ours = Codec::ALL.into_iter().flat_map(|codec| {
        (0..10).map(move |seed| (format!("{codec}, seed {seed}"), AnyBatch::produced(seed, codec).bytes))
    });
    kafkas.chain(ours).collect()
}

#[test]
fn a_batch_cut_off_anywhere_is_no_harm() {
    for (name, bytes) in batches() {
        for len in (0..bytes.len()).step_by(1 + bytes.len() / 40) {
            let context = || format!("{name}, the first {len} bytes");
            check(&bytes.slice(..len), &context);
            // The same with a length that fits.
            if len >= 61 {
                let mut cut = bytes[..len].to_vec();
                cut[8..12].copy_from_slice(&(len as i32 - 12).to_be_bytes());
                let cut = sealed(cut);
                check(&cut, &context);
                let result = validate(&cut, &Rules::default(), AnyBatch::NOW);
                let error = result.expect_err(&context());
                assert_ne!(error.error_code(), ErrorCode::CorruptMessage, "{}: {error}", context());
            }
        }
    }
}

#[test]
fn changed_bits_and_bytes_are_no_harm() {
    for (index, (name, bytes)) in batches().into_iter().enumerate() {
        let mut random = Random(index as u64);
        for round in 0..40 {
            let mut changed = bytes.to_vec();
            for _ in 0..=random.below(3) {
                // Headers and the beginnings of streams are where most meaning is.
                let end = if random.one_in(2) { changed.len().min(100) } else { changed.len() };
                let place = random.below(end);
                match random.below(3) {
                    0 => changed[place] ^= 1 << random.below(8),
                    1 => changed[place] = random.next() as u8,
                    _ => {
                        let absurd = [0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f];
                        let len = (1 + random.below(6)).min(changed.len() - place);
                        changed[place..place + len].copy_from_slice(&absurd[..len]);
                    }
                }
            }
            let context = || format!("{name}, round {round}");
            check(&changed.clone().into(), &context);
            check(&sealed(changed), &context);
        }
    }
}

#[test]
fn noise_is_no_harm() {
    let mut random = Random(11);
    for round in 0..5_000 {
        let len = random.below(400);
        let mut noise = random.bytes(len);
        if noise.len() >= 61 && random.one_in(2) {
            // Noise behind a header that invites to look at it.
            let len = noise.len();
            noise[..8].fill(0);
            noise[8..12].copy_from_slice(&(len as i32 - 12).to_be_bytes());
            noise[16] = 2;
            noise[21..23].copy_from_slice(&[0, random.below(5) as u8]);
            let count = [1, 2, 50, i32::MAX][random.below(4)];
            noise[23..27].copy_from_slice(&(count - 1).to_be_bytes());
            noise[43..57].fill(0xff);
            noise[57..61].copy_from_slice(&count.to_be_bytes());
        }
        check(&noise.clone().into(), &|| format!("round {round}"));
        check(&sealed(noise), &|| format!("round {round}"));
    }
}

/// A batch of one record with a value of zeros.
fn bomb(codec: Codec, value_len: usize) -> Bytes {
    let value = vec![0; value_len];
    let options = BatchOptions { compression: Compression::new(codec), ..BatchOptions::default() };
    let mut builder = BatchBuilder::with_capacity(options, value_len + 100);
    let record = NewRecord { timestamp: AnyBatch::NOW, value: Some(&value), ..NewRecord::default() };
    builder.append(&record).unwrap();
    builder.finish().unwrap()
}

#[test]
fn a_bomb_takes_no_more_memory_than_its_block() {
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let bytes = bomb(codec, 64 << 20);
        for limit in [LIMIT, usize::MAX] {
            let rules =
                Rules { decompressed_bytes_max: limit, batch_bytes_max: usize::MAX, ..Rules::default() };
            let mut result = None;
            let used = allocation_counter::measure(|| {
                result = Some(
                    validate(&bytes, &rules, AnyBatch::NOW)
                        .map(|_| ())
                        .map_err(|rejected| rejected.error_code()),
                );
            });
            let expected = if limit == LIMIT { Err(ErrorCode::MessageTooLarge) } else { Ok(()) };
            assert_eq!(result, Some(expected), "{codec}");
            assert!(used.bytes_max <= 256 << 10, "{codec} took {} bytes", used.bytes_max);
        }
        // Rewriting needs the records in memory, but not more of them than allowed.
        let compression = TopicCompression::Fixed(Compression::NONE);
        let rules = Rules {
            decompressed_bytes_max: LIMIT,
            compression,
            batch_bytes_max: usize::MAX,
            ..Rules::default()
        };
        let used = allocation_counter::measure(|| {
            validate(&bytes, &rules, AnyBatch::NOW).unwrap_err();
        });
        assert!(used.bytes_max <= 6 * LIMIT as u64, "{codec} took {} bytes", used.bytes_max);
    }
}

#[test]
fn sizes_that_a_stream_claims_are_not_believed() {
    // A snappy block of 4 GiB, bare and framed; an LZ4 block of 4 MiB; a zstd frame of 2^62 bytes with a window of
    // 128 MiB; one with a window of 1 TiB.
    let framed =
        [&b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01\0\0\0\x08"[..], &[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0]]
            .concat();
    let frames: [(Codec, &[u8]); 5] = [
        (Codec::Snappy, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0]),
        (Codec::Snappy, &framed),
        (Codec::Lz4, &[0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73, 5, 0, 0, 0, 0x1f, 0, 1, 0, 0xff]),
        (Codec::Zstd, &[0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x88, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0]),
        (Codec::Zstd, &[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf0, 0, 0, 0]),
    ];
    for (codec, frame) in frames {
        let mut result = Ok(Vec::new());
        let used = allocation_counter::measure(|| result = decompress(codec, frame, usize::MAX));
        assert!(matches!(result, Err(CompressionError::Damaged { .. })), "{codec} {frame:?}: {result:?}");
        assert!(used.bytes_max <= 256 << 10, "{codec} {frame:?} took {} bytes", used.bytes_max);
    }
}

#[test]
fn a_great_many_bad_records_are_named_in_part() {
    let record = NewRecord { timestamp: Timestamp(0), ..NewRecord::default() };
    let options = BatchOptions { compression: Compression::new(Codec::Zstd), ..BatchOptions::default() };
    let mut builder = BatchBuilder::new(options);
    for _ in 0..1_000_000 {
        builder.append(&record).unwrap();
    }
    let bytes = builder.finish().unwrap();
    let rules = Rules { timestamp_before_max_ms: 1, batch_bytes_max: usize::MAX, ..Rules::default() };
    let mut rejected = None;
    let used = allocation_counter::measure(|| {
        rejected = validate(&bytes, &rules, AnyBatch::NOW).err();
    });
    let rejected = rejected.unwrap();
    assert_eq!((rejected.error_code(), rejected.records.len()), (ErrorCode::InvalidTimestamp, 1_000));
    assert!(used.bytes_max <= FIXED, "{} bytes", used.bytes_max);
}

#[test]
fn an_uncompressed_batch_takes_no_memory() {
    let record =
        NewRecord { timestamp: AnyBatch::NOW, key: Some(b"key"), value: Some(&[7; 100]), headers: &[] };
    let mut builder = BatchBuilder::new(BatchOptions::default());
    while builder.size_with(&record) < 64 << 10 {
        builder.append(&record).unwrap();
    }
    let mut frame = BytesMut::from(&b"the frame around it"[..]);
    let at = frame.len();
    frame.extend_from_slice(&builder.finish().unwrap());
    let bytes = frame.freeze().slice(at..);
    let rules = Rules::default();
    // The slice's first sharing makes a counter for it; a request's frame is shared long before.
    let shared = bytes.clone();
    let used = allocation_counter::measure(|| {
        validate(&bytes, &rules, AnyBatch::NOW).unwrap();
    });
    drop(shared);
    assert_eq!(used.count_total, 0);
}
