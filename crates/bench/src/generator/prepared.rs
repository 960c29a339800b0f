//! Requests that are encoded once and sent many times.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use ottla_protocol::messages::ProduceRequest;
use ottla_protocol::messages::produce::{PartitionProduceData, TopicProduceData};
use ottla_protocol::records::{BatchBuilder, BatchOptions, NewRecord};
use ottla_types::Timestamp;

use super::Topic;
use super::connection::{encode, response};
use crate::error::{Error, Result, accepted};

/// What Apache Kafka 4.3's own clients send.
const PRODUCE_VERSION: i16 = 13;

const TIMEOUT_MS: i32 = 30_000;

/// Where the correlation id lies in a frame: behind length, key and version.
const CORRELATION_ID_AT: usize = 8;

/// A Produce request with one batch for one partition.
pub(crate) struct PreparedProduce {
    frame: Vec<u8>,
}

impl PreparedProduce {
    pub(crate) fn new(topic: &Topic, partition: i32, batch: &Bytes, acks: i16) -> Result<Self> {
        let data = PartitionProduceData {
            index: partition,
            records: Some(batch.clone()),
            ..PartitionProduceData::default()
        };
        let topic = TopicProduceData {
            topic_id: topic.id,
            partition_data: vec![data],
            ..TopicProduceData::default()
        };
        let request = ProduceRequest {
            acks,
            timeout_ms: TIMEOUT_MS,
            topic_data: vec![topic],
            ..ProduceRequest::default()
        };
        Ok(Self { frame: encode(&request, PRODUCE_VERSION, 0)?.into() })
    }

    /// The frame, under the given correlation id.
    pub(crate) fn numbered(&mut self, correlation_id: i32) -> &[u8] {
        let id = &mut self.frame[CORRELATION_ID_AT..CORRELATION_ID_AT + 4];
        id.copy_from_slice(&correlation_id.to_be_bytes());
        &self.frame
    }
}

/// Reads the response to a prepared request, which must be a success; returns its correlation id.
pub(crate) fn acknowledged(mut frame: Bytes) -> Result<i32> {
    let (correlation_id, response) = response::<ProduceRequest>(&mut frame, PRODUCE_VERSION)?;
    let mut partitions = response.responses.iter().flat_map(|topic| &topic.partition_responses);
    let (Some(only), None) = (partitions.next(), partitions.next()) else {
        return Err(Error::Found("a response to Produce answers for other partitions than asked".into()));
    };
    accepted("Produce", only.error_code)?;
    Ok(correlation_id)
}

/// A batch of records of `record_len` bytes each, as large as fits into `batch_len`, but of one record at least.
/// Values differ from one another and do not compress.
pub(crate) fn batch(batch_len: usize, record_len: usize) -> Result<Bytes> {
    let mut builder = BatchBuilder::new(BatchOptions::default());
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut value = vec![0; record_len];
    let timestamp = now();
    loop {
        value.fill_with(|| noise.next());
        let record = NewRecord { timestamp, value: Some(&value), ..NewRecord::default() };
        if builder.record_count() > 0 && builder.size_with(&record) > batch_len {
            return Ok(builder.finish()?);
        }
        builder.append(&record)?;
    }
}

/// The broker compares with its own clock.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(since.as_millis() as i64)
}

/// Bytes that look random (xorshift64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as u8
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use ottla_protocol::records::{BatchView, Records};
    use ottla_protocol::{Message as _, frame};
    use ottla_types::Uuid;

    use super::*;

    #[test]
    fn a_batch_is_as_large_as_asked_and_whole() {
        for (batch_len, record_len, count) in [(65_536, 1024, 63), (16_384, 100, 148), (100, 1024, 1)] {
            let bytes = batch(batch_len, record_len).unwrap();
            let view = BatchView::parse(&bytes).unwrap();
            view.check_crc().unwrap();
            let records = Records::new(view.header(), view.body()).map(|record| record.unwrap());
            assert!(bytes.len() <= batch_len || count == 1);
            let lengths = records.map(|record| record.value.unwrap().len()).collect::<Vec<_>>();
            assert_eq!(lengths, vec![record_len; count]);
        }
    }

    #[test]
    fn a_prepared_request_is_the_request_under_its_number() {
        let topic = Topic { name: "t".into(), id: Uuid([7; 16]), partitions: 8 };
        let batch = batch(2000, 100).unwrap();
        let mut prepared = PreparedProduce::new(&topic, 5, &batch, -1).unwrap();
        for correlation_id in [0, 1, i32::MAX] {
            let mut sent = BytesMut::from(prepared.numbered(correlation_id));
            let mut frame = frame::take(&mut sent, usize::MAX).unwrap().unwrap();
            assert!(sent.is_empty());
            let header = frame::request_header(&mut frame).unwrap();
            assert_eq!(
                (header.correlation_id, header.request_api_version),
                (correlation_id, PRODUCE_VERSION)
            );
            let request = ProduceRequest::decode_all(frame, PRODUCE_VERSION).unwrap();
            let data = &request.topic_data[0].partition_data[0];
            assert_eq!((request.acks, data.index, data.records.as_ref()), (-1, 5, Some(&batch)));
        }
    }
}
