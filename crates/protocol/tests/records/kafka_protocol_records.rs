//! Our batches read by the crate `kafka-protocol`, and the other way round.
//!
//! Two of its habits are left out: it keeps one header of each name, and wants names in UTF-8.

use bytes::{Bytes, BytesMut};
use kafka_protocol::records as theirs;
use ottla_protocol::records::{BatchView, Codec, Records};

use crate::any_batch::AnyBatch;

#[test]
fn they_read_what_we_write_and_we_what_they_write() {
    for seed in 0..200 {
        let AnyBatch { mut records, bytes, options } = AnyBatch::produced(seed, Codec::None);
        let mut read = theirs::RecordBatchDecoder::decode(&mut bytes.clone()).unwrap().records;
        assert_eq!(read.len(), records.len(), "seed {seed}");
        for (offset, (record, theirs)) in records.iter_mut().zip(&read).enumerate() {
            record.headers.clear();
            assert_eq!(theirs.offset, offset as i64);
            assert_eq!(theirs.timestamp, record.timestamp.0, "seed {seed}");
            assert_eq!(theirs.key.as_deref(), record.key.as_deref(), "seed {seed}");
            assert_eq!(theirs.value.as_deref(), record.value.as_deref(), "seed {seed}");
            assert_eq!(theirs.producer_id, options.producer.id.0);
            assert_eq!(theirs.transactional, options.is_transactional);
        }

        for record in &mut read {
            record.headers = record.headers.drain(..).take(1).collect();
        }
        let mut out = BytesMut::new();
        let encoding = theirs::RecordEncodeOptions { version: 2, compression: theirs::Compression::None };
        theirs::RecordBatchEncoder::encode(&mut out, &read, &encoding).unwrap();
        // They may begin a new batch at any record; all of them together are ours.
        let mut found = Vec::new();
        for view in ottla_protocol::records::Batches::new(&out) {
            let view: BatchView<'_> = view.unwrap();
            view.check_crc().unwrap();
            for record in Records::new(view.header(), view.body()) {
                let record = record.unwrap();
                let key = record.key.map(Bytes::copy_from_slice);
                let value = record.value.map(Bytes::copy_from_slice);
                found.push((record.offset.0, record.timestamp.0, key, value, record.headers.count()));
            }
        }
        let expected = read
            .into_iter()
            .map(|record| (record.offset, record.timestamp, record.key, record.value, record.headers.len()));
        assert_eq!(found, expected.collect::<Vec<_>>(), "seed {seed}");
    }
}
