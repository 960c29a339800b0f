//! What the builder writes, the iterator reads, whatever it is.

use ottla_protocol::records::{
    BatchBuilder, BatchView, Codec, Records, Rules, TimestampType, Validated, decompress, validate,
};
use ottla_types::Timestamp;

use crate::any_batch::{AnyBatch, OwnedRecord};

const SEEDS: u64 = 150;

fn read(bytes: &[u8]) -> Vec<OwnedRecord> {
    let view = BatchView::parse(bytes).unwrap();
    view.check_crc().unwrap();
    let codec = view.header().attributes.codec().unwrap();
    let body = decompress(codec, view.body(), 1 << 30).unwrap();
    let records = Records::new(view.header(), &body).map(|record| {
        let record = record.unwrap();
        OwnedRecord {
            timestamp: record.timestamp,
            key: record.key.map(Into::into),
            value: record.value.map(Into::into),
            headers: record.headers.map(|header| (header.key.into(), header.value.map(Into::into))).collect(),
        }
    });
    records.collect()
}

#[test]
fn every_batch_comes_back_as_it_was_built() {
    for codec in Codec::ALL {
        for seed in 0..SEEDS {
            let AnyBatch { options, mut records, bytes } = AnyBatch::stored(seed, codec);
            if let Some(time) = options.append_time {
                records.iter_mut().for_each(|record| record.timestamp = time);
            }
            assert_eq!(read(&bytes), records, "{codec}, seed {seed}");
            let header = *BatchView::parse(&bytes).unwrap().header();
            assert_eq!(header.base_offset, options.base_offset);
            assert_eq!(header.leader_epoch, options.leader_epoch);
            assert_eq!(header.producer_id, options.producer.id);
            assert_eq!(header.delete_horizon(), options.delete_horizon);
            let max = records.iter().map(|record| record.timestamp).max();
            assert_eq!(Some(header.max_timestamp), max, "{codec}, seed {seed}");
        }
    }
}

#[test]
fn a_copied_batch_has_the_same_bytes() {
    for seed in 0..SEEDS {
        let AnyBatch { options, bytes, .. } = AnyBatch::stored(seed, Codec::None);
        let view = BatchView::parse(&bytes).unwrap();
        let mut header = *view.header();
        // The records' own timestamps, also where the time of the append hides them.
        header.attributes = header.attributes.with_timestamp_type(TimestampType::CreateTime);
        let mut builder = BatchBuilder::new(options);
        for record in Records::new(&header, view.body()) {
            let record = record.unwrap();
            builder.append_copy(record.offset, &record).unwrap();
        }
        assert_eq!(builder.finish().unwrap(), bytes, "seed {seed}");
    }
}

#[test]
fn every_batch_of_a_producer_is_valid() {
    for codec in Codec::ALL {
        for seed in 0..SEEDS {
            let AnyBatch { records, bytes, .. } = AnyBatch::produced(seed, codec);
            let Validated { batch, max_timestamp, max_timestamp_offset_delta, is_rewritten } =
                validate(&bytes, &Rules::default(), AnyBatch::NOW)
                    .unwrap_or_else(|rejected| panic!("{codec}, seed {seed}: {rejected}"));
            assert_eq!(batch.to_bytes(), bytes, "{codec}, seed {seed}");
            assert!(!is_rewritten);
            let max = records.iter().map(|record| record.timestamp).max().unwrap_or(Timestamp::NONE);
            let first = records.iter().position(|record| record.timestamp == max).unwrap();
            assert_eq!((max_timestamp, max_timestamp_offset_delta as usize), (max, first));
        }
    }
}
