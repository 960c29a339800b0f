//! Batches that Apache Kafka 4.3.1 wrote: see `testdata/README.md`.

use std::io::Read;

use bytes::Bytes;
use flate2::read::GzDecoder;
use ottla_protocol::records::{
    BatchBuilder, BatchHeader, BatchOptions, BatchView, Codec, Compression, ControlRecordType, EndTxn,
    Producer, Records, Rules, TimestampType, decompress, empty_batch, validate,
};
use ottla_types::Timestamp;

use crate::text::describe;

pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
    /// What Kafka reads in it.
    lines: String,
}

pub(crate) fn vectors() -> Vec<Vector> {
    let mut text = String::new();
    let file = include_bytes!("../../testdata/batches.tsv.gz");
    GzDecoder::new(&file[..]).read_to_string(&mut text).unwrap();
    let mut vectors = Vec::<Vector>::new();
    for line in text.lines() {
        if let Some(batch) = line.strip_prefix("batch\t") {
            let (name, hex) = batch.split_once('\t').unwrap();
            vectors.push(Vector { name: name.to_owned(), bytes: bytes_of(hex), lines: String::new() });
        } else {
            let lines = &mut vectors.last_mut().unwrap().lines;
            lines.push_str(line);
            lines.push('\n');
        }
    }
    assert_eq!(vectors.len(), 61);
    vectors
}

pub(crate) fn bytes_of(hex: &str) -> Bytes {
    let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn options(header: &BatchHeader, codec: Codec) -> BatchOptions {
    let attributes = header.attributes;
    BatchOptions {
        base_offset: header.base_offset,
        leader_epoch: header.leader_epoch,
        producer: Producer {
            id: header.producer_id,
            epoch: header.producer_epoch,
            base_sequence: header.base_sequence,
        },
        is_transactional: attributes.is_transactional(),
        is_control: attributes.is_control(),
        append_time: (attributes.timestamp_type() == TimestampType::LogAppendTime)
            .then_some(header.max_timestamp),
        delete_horizon: header.delete_horizon(),
        compression: Compression::new(codec),
    }
}

/// The batch, taken apart and built again.
fn rebuild(bytes: &Bytes, to: Codec) -> Bytes {
    let view = BatchView::parse(bytes).unwrap();
    let mut header = *view.header();
    let options = options(&header, to);
    let body = decompress(header.attributes.codec().unwrap(), view.body(), 1 << 30).unwrap();
    // The records' own timestamps, also where the time of the append hides them.
    header.attributes = header.attributes.with_timestamp_type(TimestampType::CreateTime);
    let mut builder = BatchBuilder::new(options);
    for record in Records::new(&header, &body) {
        let record = record.unwrap();
        builder.append_copy(record.offset, &record).unwrap();
    }
    builder.finish_until(header.last_offset()).unwrap()
}

#[test]
fn we_read_in_a_batch_what_kafka_reads() {
    for Vector { name, bytes, lines } in vectors() {
        assert!(describe(&bytes).unwrap() == lines, "{name}: {lines}");
    }
}

#[test]
fn we_write_the_same_bytes_where_nothing_is_compressed() {
    let vectors = vectors();
    for Vector { name, bytes, .. } in &vectors {
        let header = *BatchView::parse(bytes).unwrap().header();
        let codec = header.attributes.codec().unwrap();
        if header.record_count == 0 {
            assert_eq!(empty_batch(&header)[..], bytes[..]);
            continue;
        }
        // What Kafka compressed is what Kafka wrote under the same name without compression.
        let plain = match codec {
            Codec::None => bytes,
            _ => {
                let (_, what) = name.split_once(", ").unwrap();
                let what = if what.starts_with("level") { "large values" } else { what };
                &vectors.iter().find(|vector| vector.name == format!("none, {what}")).unwrap().bytes
            }
        };
        assert_eq!(rebuild(bytes, Codec::None), plain, "{name}");
    }
}

#[test]
fn records_survive_our_own_compression() {
    let content = |lines: &str| {
        lines.lines().filter(|line| line.starts_with("record")).map(str::to_owned).collect::<Vec<_>>()
    };
    for Vector { name, bytes, lines } in vectors() {
        if name == "empty" {
            continue;
        }
        for codec in Codec::ALL {
            let again = describe(&rebuild(&bytes, codec)).unwrap();
            assert!(content(&again) == content(&lines), "{name} to {codec}");
        }
    }
}

#[test]
fn control_records_are_known() {
    for (name, expected) in [
        ("COMMIT", ControlRecordType::Commit),
        ("ABORT", ControlRecordType::Abort),
        ("LEADER_CHANGE", ControlRecordType::LeaderChange),
        ("SNAPSHOT_HEADER", ControlRecordType::SnapshotHeader),
        ("SNAPSHOT_FOOTER", ControlRecordType::SnapshotFooter),
        ("KRAFT_VERSION", ControlRecordType::KraftVersion),
        ("KRAFT_VOTERS", ControlRecordType::KraftVoters),
    ] {
        let vectors = vectors();
        let vector = vectors.iter().find(|vector| vector.name == format!("none, {name}")).unwrap();
        let view = BatchView::parse(&vector.bytes).unwrap();
        assert!(view.header().attributes.is_control());
        let record = Records::new(view.header(), view.body()).next().unwrap().unwrap();
        assert_eq!(ControlRecordType::from_key(record.key), Ok(expected));
        assert_eq!(record.key, Some(&expected.key()[..]));

        let marker = EndTxn::from_record(record.key, record.value).unwrap();
        let mut builder = BatchBuilder::new(options(view.header(), Codec::None));
        match marker {
            Some(marker) => {
                assert_eq!((marker.is_commit, marker.coordinator_epoch), (name == "COMMIT", 12));
                builder.append_end_txn(record.timestamp, marker).unwrap()
            }
            None => builder.append_control(record.timestamp, expected, record.value.unwrap()).unwrap(),
        };
        assert_eq!(builder.finish().unwrap(), vector.bytes, "{name}");
    }
}

#[test]
fn what_kafka_writes_passes_our_checks() {
    for Vector { name, bytes, .. } in vectors() {
        let header = *BatchView::parse(&bytes).unwrap().header();
        let result = validate(&bytes, &Rules::default(), Timestamp(1_700_000_000_000));
        let is_produced =
            !header.attributes.is_control() && header.record_count > 0 && !name.ends_with("gaps");
        match result {
            // Kafka takes these too, if the one timestamp is in range, and makes them ordinary ones.
            Ok(validated) if name.ends_with("time of append") => {
                let expected = header.attributes.with_timestamp_type(TimestampType::CreateTime);
                assert_eq!(validated.batch.header().attributes, expected);
            }
            Ok(validated) => assert!(is_produced && validated.batch.to_bytes() == bytes, "{name}"),
            Err(rejected) => assert!(!is_produced, "{name}: {rejected}"),
        }
    }
}
