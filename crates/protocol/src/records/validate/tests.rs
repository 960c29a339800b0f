//! One batch, changed in one way, and what becomes of it.

use ottla_types::{ErrorCode, ProducerEpoch, ProducerId, Sequence};

use super::*;
use crate::records::{NewRecord, set_max_timestamp};

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn build(options: BatchOptions, records: &[NewRecord<'_>]) -> Bytes {
    let mut builder = BatchBuilder::new(options);
    for record in records {
        builder.append(record).unwrap();
    }
    builder.finish().unwrap()
}

fn record(ms_ago: i64) -> NewRecord<'static> {
    NewRecord { timestamp: NOW.plus_ms(-ms_ago), key: Some(b"k"), value: Some(b"v"), headers: &[] }
}

fn three(options: BatchOptions) -> Bytes {
    build(options, &[record(30), record(10), record(20)])
}

fn with_codec(codec: Codec) -> BatchOptions {
    BatchOptions { compression: Compression::new(codec), ..BatchOptions::default() }
}

fn idempotent(id: i64, epoch: i16, sequence: i32) -> BatchOptions {
    let (id, epoch, base_sequence) = (ProducerId(id), ProducerEpoch(epoch), Sequence(sequence));
    BatchOptions { producer: Producer { id, epoch, base_sequence }, ..BatchOptions::default() }
}

/// The batch with other bytes at a place of its header, and a checksum that covers them.
fn patched(batch: &[u8], at: usize, field: &[u8]) -> Bytes {
    let mut bytes = batch.to_vec();
    bytes[at..at + field.len()].copy_from_slice(field);
    let crc = crc_fast::crc32_iscsi(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    bytes.into()
}

fn check_rejected(batch: &Bytes, rules: &Rules, code: ErrorCode, message: &str) {
    let rejected = validate(batch, rules, NOW).unwrap_err();
    assert_eq!((rejected.error_code(), &*rejected.to_string()), (code, message));
}

#[test]
fn a_good_batch_is_stored_as_it_came() {
    for codec in Codec::ALL {
        let batch = three(with_codec(codec));
        let validated = validate(&batch, &Rules::default(), NOW).unwrap();
        assert_eq!(validated.batch.to_bytes(), batch, "{codec}");
        assert_eq!(validated.max_timestamp, NOW.plus_ms(-10));
        assert_eq!(validated.max_timestamp_offset_delta, 1);
        assert!(!validated.is_rewritten);
        assert_eq!(validated.batch.body().as_ptr(), batch[61..].as_ptr(), "the records are not copied");
    }
}

#[test]
fn what_is_not_one_batch_is_refused() {
    let batch = three(BatchOptions::default());
    let rules = &Rules::default();
    let none = "a produce request carries one whole record batch for each partition; this one has none";
    check_rejected(&Bytes::new(), rules, ErrorCode::InvalidRecord, none);
    check_rejected(&batch.slice(..batch.len() - 1), rules, ErrorCode::InvalidRecord, none);
    let twice = Bytes::from([&batch[..], &batch].concat());
    let many = "a produce request carries one record batch for each partition; this one has more";
    check_rejected(&twice, rules, ErrorCode::InvalidRecord, many);
    assert_eq!(validate(&twice.slice(..batch.len() + 70), rules, NOW).unwrap().batch.to_bytes(), batch);
    let old = "record format 1 is no longer supported; send record batches of format 2";
    check_rejected(&patched(&batch, 16, &[1]), rules, ErrorCode::InvalidRecord, old);
    let unknown = "there is no record format 9";
    check_rejected(&patched(&batch, 16, &[9]), rules, ErrorCode::CorruptMessage, unknown);
}

#[test]
fn a_header_that_does_not_fit_is_refused() {
    let batch = three(BatchOptions::default());
    let rules = &Rules::default();
    let mut changed = batch.to_vec();
    *changed.last_mut().unwrap() ^= 1;
    let rejected = validate(&changed.into(), rules, NOW).unwrap_err();
    assert_eq!(rejected.error_code(), ErrorCode::CorruptMessage);

    let code = ErrorCode::InvalidRecord;
    let offset = "the base offset of a produced batch is 0, not 7";
    check_rejected(&patched(&batch, 0, &7u64.to_be_bytes()), rules, code, offset);
    let count = "a batch with 3 records and a last offset delta of 3";
    check_rejected(&patched(&batch, 23, &[0, 0, 0, 3]), rules, code, count);
    let count = "a batch with 0 records and a last offset delta of -1";
    check_rejected(&patched(&patched(&batch, 23, &[0xff; 4]), 57, &[0; 4]), rules, code, count);
    check_rejected(&patched(&batch, 22, &[0x20]), rules, code, "producers cannot write control records");
    check_rejected(
        &patched(&batch, 22, &[0x10]),
        rules,
        code,
        "a batch of a transaction without a producer id",
    );
    let codec = "there is no compression codec 5";
    check_rejected(&patched(&batch, 22, &[5]), rules, ErrorCode::UnsupportedCompressionType, codec);
    let sequence = "a batch of an idempotent producer with sequence -1";
    check_rejected(&three(idempotent(1, 0, -1)), rules, code, sequence);
    let epoch = "a batch of an idempotent producer with epoch -1";
    check_rejected(&three(idempotent(1, -1, 0)), rules, code, epoch);
    validate(&three(idempotent(1, 0, 0)), rules, NOW).unwrap();

    let before_zstd = &Rules { produce_version: 6, ..Rules::default() };
    let zstd = "zstd came with version 7 of Produce; this request has version 6";
    check_rejected(&three(with_codec(Codec::Zstd)), before_zstd, ErrorCode::UnsupportedCompressionType, zstd);
    let small = &Rules { batch_bytes_max: batch.len() - 1, ..Rules::default() };
    let large = "the batch takes 88 bytes, and max.message.bytes is 87; send smaller batches or raise it";
    check_rejected(&batch, small, ErrorCode::MessageTooLarge, large);
}

#[test]
fn records_that_do_not_fit_the_header_are_refused() {
    for codec in Codec::ALL {
        let batch = three(with_codec(codec));
        for (records, message) in [
            (2, "9 bytes follow the end"),
            (4, "record 3 of the batch: the bytes end before the record does"),
        ] {
            let other_delta = patched(&batch, 23, &i32::to_be_bytes(records - 1));
            let other_count = patched(&other_delta, 57, &i32::to_be_bytes(records));
            let rejected = validate(&other_count, &Rules::default(), NOW).unwrap_err();
            assert_eq!(rejected.error_code(), ErrorCode::InvalidRecord, "{codec}");
            assert_eq!(rejected.to_string(), message, "{codec}");
        }
    }
}

#[test]
fn a_record_too_old_or_too_new_is_named() {
    let rules = &Rules { timestamp_before_max_ms: 1_000, timestamp_after_max_ms: 2_000, ..Rules::default() };
    for codec in Codec::ALL {
        let unset = NewRecord { timestamp: Timestamp::NONE, ..record(0) };
        let records = [record(0), record(1_001), record(-2_000), record(-2_001), unset, record(1_000)];
        let rejected = validate(&build(with_codec(codec), &records), rules, NOW).unwrap_err();
        assert_eq!(rejected.error_code(), ErrorCode::InvalidTimestamp);
        assert_eq!(
            rejected.to_string(),
            "2 of the batch's records were refused; the first: timestamp 1699999998999 is not between \
             1699999999000 and 1700000002000"
        );
        let indexes = rejected.records.iter().map(|error| error.index).collect::<Vec<_>>();
        assert_eq!(indexes, [1, 3], "{codec}");
    }
}

#[test]
fn a_compacted_topic_wants_keys() {
    let rules = &Rules { is_compacted: true, ..Rules::default() };
    validate(&three(BatchOptions::default()), rules, NOW).unwrap();
    let keyless = NewRecord { key: None, ..record(0) };
    let mut many = vec![keyless; RECORD_ERRORS_MAX + 5];
    many[0] = record(0);
    for codec in Codec::ALL {
        let rejected = validate(&build(with_codec(codec), &many), rules, NOW).unwrap_err();
        assert_eq!(rejected.error_code(), ErrorCode::InvalidRecord, "{codec}");
        assert_eq!(rejected.records.len(), RECORD_ERRORS_MAX);
        assert_eq!(rejected.records[0], RecordError { index: 1, kind: RecordErrorKind::NoKey });
        assert_eq!(
            rejected.to_string(),
            "1004 of the batch's records were refused; the first: the topic is compacted, so its records need a \
             key"
        );
    }
}

#[test]
fn the_time_of_the_append_replaces_the_producers() {
    let rules = &Rules { timestamp_type: TimestampType::LogAppendTime, ..Rules::default() };
    for codec in Codec::ALL {
        let batch = three(with_codec(codec));
        let validated = validate(&batch, rules, NOW).unwrap();
        let mut expected = batch.to_vec();
        set_max_timestamp(&mut expected, TimestampType::LogAppendTime, NOW);
        assert_eq!(validated.batch.to_bytes(), expected, "{codec}");
        assert_eq!((validated.max_timestamp, validated.max_timestamp_offset_delta), (NOW, 2));
        assert!(!validated.is_rewritten);
        // A producer must not stamp its batches itself.
        let rejected = validate(&expected.into(), rules, NOW).unwrap_err();
        assert_eq!(rejected.error_code(), ErrorCode::InvalidTimestamp);
        assert_eq!(rejected.records.len(), 3);
    }
}

#[test]
fn a_wrong_maximum_timestamp_is_put_right() {
    let batch = three(BatchOptions::default());
    let validated = validate(&patched(&batch, 35, &[0; 8]), &Rules::default(), NOW).unwrap();
    assert_eq!(validated.batch.to_bytes(), batch);
}

#[test]
fn a_topic_with_a_codec_of_its_own_stores_batches_that_way() {
    let producer = BatchOptions { is_transactional: true, ..idempotent(4, 2, 9) };
    for from in Codec::ALL {
        let batch = three(BatchOptions { compression: Compression::new(from), ..producer });
        for to in Codec::ALL {
            let compression = TopicCompression::Fixed(Compression::new(to));
            let rules = &Rules { compression, ..Rules::default() };
            let validated = validate(&batch, rules, NOW).unwrap();
            assert_eq!(validated.is_rewritten, from != to);
            let expected = three(BatchOptions { compression: Compression::new(to), ..producer });
            assert_eq!(validated.batch.to_bytes(), expected, "{from} to {to}");
        }
    }
    let rules = &Rules {
        compression: TopicCompression::Fixed(Compression::NONE),
        batch_bytes_max: 1_000,
        ..Rules::default()
    };
    let zeros = NewRecord { value: Some(&[0; 2_000]), ..record(0) };
    let rejected = validate(&build(with_codec(Codec::Zstd), &[zeros]), rules, NOW).unwrap_err();
    assert_eq!(rejected.error_code(), ErrorCode::MessageTooLarge);
}

#[test]
fn offsets_that_do_not_count_are_put_right() {
    for codec in Codec::ALL {
        let mut builder = BatchBuilder::new(with_codec(codec));
        for offset in [0, 3, 5] {
            builder.append_at(Offset(offset), &record(offset)).unwrap();
        }
        let gaps = builder.finish().unwrap();
        let validated = validate(&patched(&gaps, 23, &[0, 0, 0, 2]), &Rules::default(), NOW).unwrap();
        let expected = build(with_codec(codec), &[record(0), record(3), record(5)]);
        assert_eq!(validated.batch.to_bytes(), expected, "{codec}");
        assert!(validated.is_rewritten);
    }
}

#[test]
fn a_bomb_is_refused_at_the_limit() {
    let zeros = vec![0; 1 << 20];
    let big = NewRecord { value: Some(&zeros), ..record(0) };
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let batch = build(with_codec(codec), &[big; 8]);
        let rules = Rules { decompressed_bytes_max: 7 << 20, ..Rules::default() };
        let rejected = validate(&batch, &rules, NOW).unwrap_err();
        assert_eq!(rejected.error_code(), ErrorCode::MessageTooLarge, "{codec}");
        validate(&batch, &Rules::default(), NOW).unwrap();
    }
}
