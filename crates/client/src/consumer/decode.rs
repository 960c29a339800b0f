//! Batches into records, without those that are not for the program.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;
use ottla_protocol::messages::fetch::AbortedTransaction;
use ottla_protocol::records::{BatchError, BatchView, Batches, ControlRecordType, Records, decompress_bytes};
use ottla_types::{Offset, ProducerId, TopicPartition};

use super::options::ConsumerOptions;
use super::positions::Chunk;
use super::record::ConsumerRecord;
use crate::producer::Header;
use crate::{Error, Isolation, Result};

/// Reads the batches of one partition from `offset` on.
///
/// Control records are for brokers. Records of aborted transactions are passed over where only committed ones are
/// wanted: the broker names each aborted transaction with its first offset, and the marker that ends it is there.
pub(super) fn decode(
    partition: &TopicPartition,
    bytes: &Bytes,
    offset: Offset,
    aborted: &[AbortedTransaction],
    options: &ConsumerOptions,
) -> Result<Chunk> {
    let damaged = |source| Error::Batch { partition: partition.clone(), source };
    let mut aborted = Aborted::new(aborted, options.isolation);
    let mut chunk = Chunk { records: VecDeque::new(), bytes: 0, next_offset: offset };
    let mut batches = Batches::new(bytes);
    let mut found_any = false;
    for view in &mut batches {
        let view = view.map_err(damaged)?;
        let header = view.header();
        found_any = true;
        if options.check_crcs {
            view.check_crc().map_err(damaged)?;
        }
        let is_hidden = aborted.hides(&view);
        if header.last_offset() >= offset {
            if header.attributes.is_control() {
                aborted.end(&view);
            } else if !is_hidden {
                decode_batch(partition, bytes, &view, offset, options, &mut chunk)?;
            }
            chunk.next_offset = header.next_offset();
        }
    }
    if !found_any && !batches.rest().is_empty() {
        // Brokers return the first batch whole, however large it is. This one would be asked for again forever.
        return Err(damaged(BatchError::Truncated { needed: usize::MAX, left: batches.rest().len() }));
    }
    Ok(chunk)
}

fn decode_batch(
    partition: &TopicPartition,
    bytes: &Bytes,
    view: &BatchView<'_>,
    from: Offset,
    options: &ConsumerOptions,
    chunk: &mut Chunk,
) -> Result<()> {
    let damaged = |source| Error::Batch { partition: partition.clone(), source };
    let header = view.header();
    let codec = header.attributes.codec().map_err(damaged)?;
    let body = decompress_bytes(codec, &bytes.slice_ref(view.body()), options.batch_bytes_max)
        .map_err(|error| Error::Decompress { partition: partition.clone(), reason: error.to_string() })?;
    chunk.bytes += body.len();
    for record in Records::new(header, &body) {
        let record = record.map_err(damaged)?;
        if record.offset < from {
            continue;
        }
        let part = |slice: &[u8]| body.slice_ref(slice);
        let headers = record
            .headers
            .map(|header| Header { key: part(header.key), value: header.value.map(part) })
            .collect();
        chunk.bytes += size_of::<ConsumerRecord>();
        chunk.records.push_back(ConsumerRecord {
            partition: partition.clone(),
            offset: record.offset,
            leader_epoch: header.leader_epoch,
            timestamp: record.timestamp,
            timestamp_type: header.attributes.timestamp_type(),
            key: record.key.map(part),
            value: record.value.map(part),
            headers,
        });
    }
    Ok(())
}

/// Which producers' transactions are aborted at the place that is being read.
struct Aborted {
    /// Those that begin further on, the nearest last.
    ahead: Vec<(Offset, ProducerId)>,
    here: BTreeSet<ProducerId>,
    is_wanted: bool,
}

impl Aborted {
    fn new(aborted: &[AbortedTransaction], isolation: Isolation) -> Self {
        let mut ahead: Vec<_> =
            aborted.iter().map(|one| (Offset(one.first_offset), ProducerId(one.producer_id))).collect();
        ahead.sort_by(|a, b| b.cmp(a));
        Self { ahead, here: BTreeSet::new(), is_wanted: isolation == Isolation::ReadCommitted }
    }

    /// Whether a batch belongs to an aborted transaction.
    fn hides(&mut self, view: &BatchView<'_>) -> bool {
        let header = view.header();
        while self.ahead.last().is_some_and(|&(first, _)| first <= header.last_offset()) {
            self.here.extend(self.ahead.pop().map(|(_, producer)| producer));
        }
        self.is_wanted && header.attributes.is_transactional() && self.here.contains(&header.producer_id)
    }

    /// A control batch: a marker that aborts ends what was hidden.
    fn end(&mut self, view: &BatchView<'_>) {
        let key = Records::new(view.header(), view.body()).next().and_then(Result::ok);
        let kind = key.and_then(|record| ControlRecordType::from_key(record.key).ok());
        if kind == Some(ControlRecordType::Abort) {
            self.here.remove(&view.header().producer_id);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use ottla_protocol::records::{
        BatchBuilder, BatchOptions, Codec, Compression, EndTxn, NewRecord, Producer,
    };
    use ottla_types::{ProducerEpoch, Sequence, Timestamp};

    use super::*;

    fn batch(base: i64, values: &[&str], producer: Option<i64>, codec: Codec) -> Bytes {
        let named = |id| Producer { id: ProducerId(id), epoch: ProducerEpoch(0), base_sequence: Sequence(0) };
        let mut builder = BatchBuilder::new(BatchOptions {
            base_offset: Offset(base),
            producer: producer.map_or(Producer::NONE, named),
            is_transactional: producer.is_some(),
            compression: Compression::new(codec),
            ..BatchOptions::default()
        });
        for value in values {
            builder.append(&NewRecord { value: Some(value.as_bytes()), ..NewRecord::default() }).unwrap();
        }
        builder.finish().unwrap()
    }

    fn marker(base: i64, producer: i64, is_commit: bool) -> Bytes {
        let mut builder = BatchBuilder::new(BatchOptions {
            base_offset: Offset(base),
            producer: Producer { id: ProducerId(producer), epoch: ProducerEpoch(0), ..Producer::NONE },
            is_transactional: true,
            is_control: true,
            ..BatchOptions::default()
        });
        builder.append_end_txn(Timestamp(1), EndTxn { is_commit, coordinator_epoch: 0 }).unwrap();
        builder.finish().unwrap()
    }

    fn read(bytes: &[Bytes], from: i64, aborted: &[(i64, i64)], isolation: Isolation) -> (String, i64) {
        let mut all = BytesMut::new();
        bytes.iter().for_each(|part| all.extend_from_slice(part));
        let options = ConsumerOptions { isolation, ..ConsumerOptions::default() };
        let one = |&(producer_id, first_offset): &(i64, i64)| AbortedTransaction {
            producer_id,
            first_offset,
            ..AbortedTransaction::default()
        };
        let aborted: Vec<_> = aborted.iter().map(one).collect();
        let partition = TopicPartition::new("t", 0);
        let chunk = decode(&partition, &all.freeze(), Offset(from), &aborted, &options).unwrap();
        let text = |record: ConsumerRecord| String::from_utf8(record.value.unwrap().to_vec()).unwrap();
        (chunk.records.into_iter().map(text).collect(), chunk.next_offset.0)
    }

    #[test]
    fn records_before_the_offset_are_passed_over() {
        for codec in Codec::ALL {
            let batches = [batch(0, &["a", "b", "c"], None, codec), batch(3, &["d"], None, codec)];
            assert_eq!(read(&batches, 1, &[], Isolation::ReadUncommitted), ("bcd".to_owned(), 4));
            assert_eq!(read(&batches, 3, &[], Isolation::ReadUncommitted), ("d".to_owned(), 4));
            let torn = [batches[0].clone(), batches[1].slice(..65)];
            assert_eq!(read(&torn, 0, &[], Isolation::ReadUncommitted), ("abc".to_owned(), 3));
        }
    }

    #[test]
    fn aborted_transactions_are_hidden_from_those_who_want_committed_records() {
        let none = Codec::None;
        let batches = [
            batch(0, &["a"], Some(1), none),
            batch(1, &["b"], Some(2), none),
            batch(2, &["c"], None, none),
            marker(3, 1, false),
            batch(4, &["d"], Some(1), none),
            marker(5, 2, true),
            marker(6, 1, true),
        ];
        assert_eq!(read(&batches, 0, &[(1, 0)], Isolation::ReadCommitted), ("bcd".to_owned(), 7));
        assert_eq!(read(&batches, 0, &[(1, 0)], Isolation::ReadUncommitted), ("abcd".to_owned(), 7));
        // A fetch may begin inside the transaction.
        assert_eq!(read(&batches[1..], 1, &[(1, 0)], Isolation::ReadCommitted), ("bcd".to_owned(), 7));
        assert_eq!(read(&batches[3..4], 3, &[(1, 0)], Isolation::ReadCommitted), (String::new(), 4));
    }

    #[test]
    fn damage_is_an_error_and_not_a_silence() {
        let bytes = batch(0, &["a"], None, Codec::None);
        let partition = TopicPartition::new("t", 0);
        let options = ConsumerOptions::default();
        let mut flipped = bytes.to_vec();
        *flipped.last_mut().unwrap() ^= 1;
        for bad in [Bytes::from(flipped), bytes.slice(..20)] {
            let error = decode(&partition, &bad, Offset(0), &[], &options).unwrap_err();
            assert!(matches!(error, Error::Batch { .. }), "{error}");
        }
    }
}
