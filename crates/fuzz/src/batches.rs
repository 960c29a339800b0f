//! Record batches: what producers send, and what a leader sends its followers.

use bytes::Bytes;
use ottla_protocol::records::validate::{self, Rules, TopicCompression};
use ottla_protocol::records::{
    BatchBuilder, BatchError, BatchOptions, BatchView, Batches, Codec, Compression, EndTxn, Header,
    NewRecord, Producer, Records, StoredBatch, TimestampType, decompress,
};
use ottla_types::{Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

use crate::memory::bounded;

/// How far a batch may grow when it is decompressed.
const DECOMPRESSED_MAX: usize = 1 << 18;

/// What a walk over decompressed records and a rewritten batch may hold at once, beside what the input accounts for:
/// compressors have large tables.
const WORKING_MEMORY: usize = 8 << 20;

/// The time of every append.
const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// Where the checksum stands in a batch.
const CRC: std::ops::Range<usize> = 17..21;

/// Takes a byte that chooses the topic's rules, and the batches. Checksums are made right first, unless the byte's
/// highest bit says that they are to be taken as they are: no search would ever hit one.
pub fn run(input: &[u8]) {
    let Some((&choice, batches)) = input.split_first() else { return };
    let mut batches = batches.to_vec();
    if choice & 0x80 == 0 {
        mend_checksums(&mut batches);
    }
    let bytes = Bytes::from(batches);
    let mut found = Batches::new(&bytes);
    for view in found.by_ref().map_while(Result::ok) {
        walk(&view);
    }
    assert!(bytes.ends_with(found.rest()), "what is left over is the end of the buffer");
    validated(&bytes, &rules(choice));
}

/// Writes the right checksum into each batch.
pub(crate) fn mend_checksums(bytes: &mut [u8]) {
    let mut start = 0;
    while let Ok(view) = BatchView::parse_front(&bytes[start..]) {
        let size = view.bytes().len();
        if let Err(BatchError::Crc { computed, .. }) = view.check_crc() {
            bytes[start..][CRC].copy_from_slice(&computed.to_be_bytes());
        }
        start += size;
    }
}

fn walk(view: &BatchView<'_>) {
    let header = view.header();
    assert_eq!(header.to_bytes(), view.bytes()[..61], "a header comes back");
    let Ok(codec) = header.attributes.codec() else { return };
    let records = bounded("decompress", view.bytes().len(), 1, WORKING_MEMORY, || {
        decompress(codec, view.body(), DECOMPRESSED_MAX)
    });
    let Ok(records) = records else { return };
    assert!(records.len() <= DECOMPRESSED_MAX);
    let mut count = 0i64;
    for record in Records::new(header, &records).map_while(Result::ok) {
        count += 1;
        let parts = [record.key, record.value].into_iter().flatten().map(<[u8]>::len).sum::<usize>();
        let headers: usize = record.headers.map(|it| it.key.len() + it.value.map_or(0, <[u8]>::len)).sum();
        assert!(parts + headers <= records.len(), "a record is no larger than its batch");
        let _ = EndTxn::from_record(record.key, record.value);
    }
    assert!(count <= i64::from(header.record_count).max(0), "no more records than were announced");
}

fn rules(choice: u8) -> Rules {
    let codec =
        [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd].get(usize::from(choice & 7));
    Rules {
        compression: codec
            .map_or(TopicCompression::Producer, |codec| TopicCompression::Fixed(Compression::new(*codec))),
        timestamp_type: if choice & 8 == 0 {
            TimestampType::CreateTime
        } else {
            TimestampType::LogAppendTime
        },
        is_compacted: choice & 16 != 0,
        produce_version: if choice & 32 == 0 { 13 } else { 3 },
        decompressed_bytes_max: DECOMPRESSED_MAX,
        ..Rules::default()
    }
}

/// What was found good has an order, a right checksum, and stays good.
fn validated(bytes: &Bytes, rules: &Rules) {
    let first = bounded("validate", bytes.len(), 4, WORKING_MEMORY, || validate::validate(bytes, rules, NOW));
    let first = match first {
        Ok(first) => first,
        Err(rejected) => {
            let _ = (rejected.error_code(), rejected.to_string());
            return;
        }
    };
    let stored = first.batch.to_bytes();
    let view = BatchView::parse(&stored).expect("what was validated is a batch");
    view.check_crc().expect("what was validated has its checksum");
    let header = view.header();
    let codec = header.attributes.codec().expect("what was validated has a codec");
    let records = decompress(codec, view.body(), DECOMPRESSED_MAX).expect("what was validated decompresses");
    let offsets: Vec<i64> = Records::new(header, &records)
        .map(|record| record.expect("what was validated has whole records").offset.0)
        .collect();
    let expected: Vec<i64> = (0..i64::from(header.record_count)).collect();
    assert_eq!(offsets, expected, "what was validated has its records in order");
    let came = BatchView::parse_front(bytes).expect("what was validated is a batch").header().attributes;
    if [rules.timestamp_type, came.timestamp_type()].contains(&TimestampType::LogAppendTime) {
        // Producers may not send what now stands in the header. Where the topic goes by their clock and they say that
        // they do not, records take the header's time on the way in and, as in Apache Kafka, their own ever after.
        return;
    }
    // The codec that the topic chose is not one that the request's version must know.
    let rules = Rules { produce_version: i16::MAX, ..rules.clone() };
    let again = validate::validate(&stored, &rules, NOW).expect("what was validated stays good");
    assert!(!again.is_rewritten, "what was rewritten is written as it should be");
    assert_eq!(StoredBatch::parse(&stored).expect("a batch"), again.batch, "nothing changes the second time");
}

/// A batch or two by each codec, with and without producer, headers and control records.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for codec in [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        for choice in [5, 0, 1, 2, 3, 4, 5 | 8, 5 | 16, 5 | 32] {
            for records in [1, 3] {
                seeds.push([&[choice], &batch(codec, records)[..]].concat());
            }
        }
        seeds.push([&[5], &batch(codec, 2)[..], &batch(codec, 1)].concat());
    }
    let options = BatchOptions { is_control: true, is_transactional: true, producer: PRODUCER, ..options() };
    let mut builder = BatchBuilder::new(options);
    let marker = EndTxn { is_commit: true, coordinator_epoch: 3 };
    builder.append_end_txn(NOW, marker).expect("a marker can be appended");
    seeds.push([&[5], &builder.finish().expect("a marker is a batch")[..]].concat());
    seeds
}

const PRODUCER: Producer =
    Producer { id: ProducerId(7), epoch: ProducerEpoch(1), base_sequence: Sequence(0) };

fn options() -> BatchOptions {
    BatchOptions { base_offset: Offset::ZERO, ..BatchOptions::default() }
}

fn batch(codec: Codec, records: i64) -> Bytes {
    let producer = if records == 1 { Producer::NONE } else { PRODUCER };
    let options = BatchOptions { compression: Compression::new(codec), producer, ..options() };
    let mut builder = BatchBuilder::new(options);
    for number in 0..records {
        let record = NewRecord {
            timestamp: Timestamp(NOW.0 + number),
            key: Some(b"key"),
            value: (number != 1).then_some(b"value value value"),
            headers: &[Header { key: b"h", value: None }],
        };
        builder.append(&record).expect("a small record can be appended");
    }
    builder.finish().expect("records make a batch")
}
