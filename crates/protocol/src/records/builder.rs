//! Makes batches.

use bytes::{BufMut, Bytes, BytesMut};
use ottla_types::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, Timestamp};

use super::crc::crc32c;
use super::header::{BEFORE_LENGTH, at};
use super::patch;
use super::{
    Attributes, BatchHeader, Codec, Compression, ControlRecordType, EndTxn, HEADER_LEN, Header, Record,
    TimestampType,
};
use crate::varint;

/// Who writes a batch, and which of their batches it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Producer {
    /// The producer.
    pub id: ProducerId,
    /// Which incarnation.
    pub epoch: ProducerEpoch,
    /// The sequence of the batch's first record.
    pub base_sequence: Sequence,
}

impl Producer {
    /// A producer that is not idempotent.
    pub const NONE: Self =
        Self { id: ProducerId::NONE, epoch: ProducerEpoch::NONE, base_sequence: Sequence::NONE };
}

impl Default for Producer {
    fn default() -> Self {
        Self::NONE
    }
}

/// What holds for a whole batch. The default is what a producer without idempotence sends.
#[derive(Clone, Copy, Debug)]
pub struct BatchOptions {
    /// The offset of the first record.
    pub base_offset: Offset,
    /// The epoch of the leader that appends the batch.
    pub leader_epoch: LeaderEpoch,
    /// Who writes it.
    pub producer: Producer,
    /// Whether it belongs to a transaction.
    pub is_transactional: bool,
    /// Whether its records are for brokers; see [`BatchBuilder::append_control`].
    pub is_control: bool,
    /// The time of the append, which is to hold for every record in place of its own.
    pub append_time: Option<Timestamp>,
    /// From when on compaction may drop the tombstones in it.
    pub delete_horizon: Option<Timestamp>,
    /// How the records are compressed when the batch is finished.
    pub compression: Compression,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self {
            base_offset: Offset::ZERO,
            leader_epoch: LeaderEpoch::NONE,
            producer: Producer::NONE,
            is_transactional: false,
            is_control: false,
            append_time: None,
            delete_horizon: None,
            compression: Compression::NONE,
        }
    }
}

/// A record that is to be written.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewRecord<'a> {
    /// When it was made.
    pub timestamp: Timestamp,
    /// What it is about.
    pub key: Option<&'a [u8]>,
    /// What it says.
    pub value: Option<&'a [u8]>,
    /// What goes with it.
    pub headers: &'a [Header<'a>],
}

/// Why a record or a batch cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The batch would take more bytes, or its records span more offsets, than its fields can count.
    #[error("the batch would be larger than 2 GiB, or span more than 2,147,483,647 offsets")]
    TooLarge,
    /// Offsets in a batch rise.
    #[error("offset {0} does not follow the one before it in the batch")]
    Offset(Offset),
    /// Times before 1970 do not exist.
    #[error("a timestamp of {0}")]
    Timestamp(Timestamp),
    /// A batch of a transaction names its producer.
    #[error("a batch of a transaction needs a producer id")]
    NoProducer,
    /// A batch without records needs no builder: see [`empty_batch`].
    #[error("the batch has no records")]
    Empty,
}

/// Collects records into a batch.
#[derive(Debug)]
pub struct BatchBuilder {
    options: BatchOptions,
    /// Room for the header, and the records so far.
    bytes: BytesMut,
    record_count: i32,
    base_timestamp: Option<Timestamp>,
    max_timestamp: Timestamp,
    last_offset: Option<Offset>,
}

impl BatchBuilder {
    /// Begins a batch.
    #[must_use]
    pub fn new(options: BatchOptions) -> Self {
        Self::with_capacity(options, 0)
    }

    /// Begins a batch whose records are expected to take `records_bytes` before compression.
    #[must_use]
    pub fn with_capacity(options: BatchOptions, records_bytes: usize) -> Self {
        let mut bytes = BytesMut::with_capacity(HEADER_LEN + records_bytes);
        bytes.put_bytes(0, HEADER_LEN);
        Self {
            options,
            bytes,
            record_count: 0,
            base_timestamp: options.delete_horizon,
            max_timestamp: Timestamp::NONE,
            last_offset: None,
        }
    }

    /// Adds a record at the next offset, which is returned.
    ///
    /// # Errors
    /// See [`BuildError`]. The batch stays as it was.
    pub fn append(&mut self, record: &NewRecord<'_>) -> Result<Offset, BuildError> {
        let offset = self.next_offset();
        self.append_at(offset, record)?;
        Ok(offset)
    }

    /// Adds a record at an offset that may leave a gap after the one before.
    ///
    /// # Errors
    /// See [`BuildError`]. The batch stays as it was.
    pub fn append_at(&mut self, offset: Offset, record: &NewRecord<'_>) -> Result<(), BuildError> {
        let headers = &Fields::new(record.headers);
        self.put(offset, record.timestamp, [record.key, record.value], headers)
    }

    /// Adds a record of another batch at the given offset, with the bytes of its headers as they are.
    ///
    /// # Errors
    /// See [`BuildError`]. The batch stays as it was.
    pub fn append_copy(&mut self, offset: Offset, record: &Record<'_>) -> Result<(), BuildError> {
        let headers =
            &Fields { count: record.headers.len(), content: FieldsContent::Encoded(record.headers.bytes()) };
        self.put(offset, record.timestamp, [record.key, record.value], headers)
    }

    /// Adds a control record to a control batch.
    ///
    /// # Errors
    /// See [`BuildError`]. The batch stays as it was.
    pub fn append_control(
        &mut self,
        timestamp: Timestamp,
        record_type: ControlRecordType,
        value: &[u8],
    ) -> Result<Offset, BuildError> {
        assert!(self.options.is_control, "control records only go into control batches");
        let key = record_type.key();
        self.append(&NewRecord { timestamp, key: Some(&key), value: Some(value), headers: &[] })
    }

    /// Adds the marker that ends a transaction, to a control batch of the transaction's producer.
    ///
    /// # Errors
    /// See [`BuildError`]. The batch stays as it was.
    pub fn append_end_txn(&mut self, timestamp: Timestamp, marker: EndTxn) -> Result<Offset, BuildError> {
        assert!(self.options.is_transactional, "an end marker belongs to a transaction");
        self.append_control(timestamp, marker.record_type(), &marker.value())
    }

    /// Names the producer and its sequence after records were added: clients know them when they send.
    pub const fn set_producer(&mut self, producer: Producer) {
        self.options.producer = producer;
    }

    /// How many records there are.
    #[must_use]
    pub const fn record_count(&self) -> i32 {
        self.record_count
    }

    /// How many bytes the batch takes so far, before compression.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes the batch would take with one record more, before compression.
    #[must_use]
    pub fn size_with(&self, record: &NewRecord<'_>) -> usize {
        let headers = Fields::new(record.headers);
        let delta = timestamp_delta(self.base_timestamp.unwrap_or(record.timestamp), record.timestamp);
        let offset_delta = self.next_offset().0.wrapping_sub(self.options.base_offset.0);
        let body = body_len(delta, offset_delta as i32, [record.key, record.value], &headers);
        self.bytes.len() + varint::len_u64((body as u64) << 1) + body
    }

    /// The batch, its checksum included.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn finish(self) -> Result<Bytes, BuildError> {
        let last_offset = self.last_offset.ok_or(BuildError::Empty)?;
        self.finish_until(last_offset)
    }

    /// The batch, spanning the offsets until `last_offset`: compaction removes records, never offsets.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn finish_until(mut self, last_offset: Offset) -> Result<Bytes, BuildError> {
        let (Some(base_timestamp), Some(last_appended)) = (self.base_timestamp, self.last_offset) else {
            return Err(BuildError::Empty);
        };
        if last_offset < last_appended {
            return Err(BuildError::Offset(last_offset));
        }
        let options = &self.options;
        if options.is_transactional && !options.producer.id.is_idempotent() {
            return Err(BuildError::NoProducer);
        }
        let (timestamp_type, max_timestamp) = match options.append_time {
            Some(time) => (TimestampType::LogAppendTime, time),
            None => (TimestampType::CreateTime, self.max_timestamp),
        };
        if options.compression.codec() != Codec::None {
            let mut compressed = BytesMut::with_capacity(self.bytes.len() / 2);
            compressed.put_bytes(0, HEADER_LEN);
            options.compression.compress(&self.bytes[HEADER_LEN..], &mut compressed);
            self.bytes = compressed;
        }
        let attributes = Attributes::default()
            .with_codec(options.compression.codec())
            .with_timestamp_type(timestamp_type)
            .with_transactional(options.is_transactional)
            .with_control(options.is_control)
            .with_delete_horizon(options.delete_horizon.is_some());
        let header = BatchHeader {
            base_offset: options.base_offset,
            length: i32::try_from(self.bytes.len() - BEFORE_LENGTH).map_err(|_| BuildError::TooLarge)?,
            leader_epoch: options.leader_epoch,
            crc: 0,
            attributes,
            last_offset_delta: offset_delta(options.base_offset, last_offset)?,
            base_timestamp,
            max_timestamp,
            producer_id: options.producer.id,
            producer_epoch: options.producer.epoch,
            base_sequence: options.producer.base_sequence,
            record_count: self.record_count,
        };
        self.bytes[..HEADER_LEN].copy_from_slice(&header.to_bytes());
        let crc = crc32c(&self.bytes[at::ATTRIBUTES..]);
        patch::write_crc(&mut self.bytes, crc);
        Ok(self.bytes.freeze())
    }

    fn next_offset(&self) -> Offset {
        // Offsets never get that far; a damaged batch that compaction reads may claim so.
        self.last_offset.map_or(self.options.base_offset, |last| Offset(last.0.saturating_add(1)))
    }

    fn put(
        &mut self,
        offset: Offset,
        timestamp: Timestamp,
        [key, value]: [Option<&[u8]>; 2],
        headers: &Fields<'_>,
    ) -> Result<(), BuildError> {
        if offset < self.next_offset() {
            return Err(BuildError::Offset(offset));
        }
        if timestamp < Timestamp::NONE {
            return Err(BuildError::Timestamp(timestamp));
        }
        let offset_delta = offset_delta(self.options.base_offset, offset)?;
        let base_timestamp = self.base_timestamp.unwrap_or(timestamp);
        let timestamp_delta = timestamp_delta(base_timestamp, timestamp);
        let body = body_len(timestamp_delta, offset_delta, [key, value], headers);
        // The largest number that is still a length, with room for the header and the record's own length.
        if body > i32::MAX as usize || self.bytes.len() + body > i32::MAX as usize - HEADER_LEN {
            return Err(BuildError::TooLarge);
        }
        let out = &mut self.bytes;
        varint::put_i32(out, body as i32);
        out.put_u8(0);
        varint::put_i64(out, timestamp_delta);
        varint::put_i32(out, offset_delta);
        put_nullable(out, key);
        put_nullable(out, value);
        headers.put(out);
        self.base_timestamp = Some(base_timestamp);
        self.max_timestamp = self.max_timestamp.max(timestamp);
        self.last_offset = Some(offset);
        self.record_count += 1;
        Ok(())
    }
}

/// A batch whose records compaction has all removed: what remains says which offsets and sequences are taken.
#[must_use]
pub fn empty_batch(of: &BatchHeader) -> [u8; HEADER_LEN] {
    let attributes = of.attributes.known().with_codec(Codec::None).with_delete_horizon(false);
    let header = BatchHeader {
        length: (HEADER_LEN - BEFORE_LENGTH) as i32,
        attributes,
        base_timestamp: Timestamp::NONE,
        record_count: 0,
        ..*of
    };
    let mut bytes = header.to_bytes();
    let crc = crc32c(&bytes[at::ATTRIBUTES..]);
    patch::write_crc(&mut bytes, crc);
    bytes
}

/// The headers of a record on their way into a batch.
struct Fields<'a> {
    count: usize,
    content: FieldsContent<'a>,
}

enum FieldsContent<'a> {
    List(&'a [Header<'a>]),
    Encoded(&'a [u8]),
}

impl<'a> Fields<'a> {
    const fn new(headers: &'a [Header<'a>]) -> Self {
        Self { count: headers.len(), content: FieldsContent::List(headers) }
    }

    fn len(&self) -> usize {
        let content = match self.content {
            FieldsContent::Encoded(bytes) => bytes.len(),
            FieldsContent::List(headers) => {
                headers.iter().map(|header| nullable_len(Some(header.key)) + nullable_len(header.value)).sum()
            }
        };
        signed_len(self.count) + content
    }

    fn put(&self, out: &mut BytesMut) {
        varint::put_i32(out, self.count as i32);
        match self.content {
            FieldsContent::Encoded(bytes) => out.put_slice(bytes),
            FieldsContent::List(headers) => {
                for header in headers {
                    put_nullable(out, Some(header.key));
                    put_nullable(out, header.value);
                }
            }
        }
    }
}

/// Readers add it with the same wrap.
const fn timestamp_delta(base: Timestamp, timestamp: Timestamp) -> i64 {
    timestamp.0.wrapping_sub(base.0)
}

fn offset_delta(base: Offset, offset: Offset) -> Result<i32, BuildError> {
    let delta = offset.0.checked_sub(base.0).and_then(|delta| i32::try_from(delta).ok());
    delta.ok_or(BuildError::TooLarge)
}

/// How many bytes a record takes after its own length.
fn body_len(
    timestamp_delta: i64,
    offset_delta: i32,
    content: [Option<&[u8]>; 2],
    headers: &Fields<'_>,
) -> usize {
    let content = content.iter().map(|bytes| nullable_len(*bytes)).sum::<usize>();
    1 + varint::len_i64(timestamp_delta) + varint::len_i32(offset_delta) + content + headers.len()
}

/// How many bytes a count or length that is not negative takes.
const fn signed_len(count: usize) -> usize {
    varint::len_u64((count as u64) << 1)
}

fn nullable_len(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| signed_len(bytes.len()) + bytes.len())
}

fn put_nullable(out: &mut BytesMut, bytes: Option<&[u8]>) {
    match bytes {
        None => varint::put_i32(out, -1),
        Some(bytes) => {
            varint::put_i32(out, bytes.len() as i32);
            out.put_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{BatchView, Records};

    #[test]
    fn records_come_back_as_they_were_added() {
        let headers = [
            Header { key: b"trace", value: Some(b"1") },
            Header { key: b"trace", value: None },
            Header { key: b"", value: Some(b"") },
        ];
        let long = vec![b'x'; 70_000];
        let records = [
            NewRecord { timestamp: Timestamp(1_000), key: Some(b"k"), value: Some(b"v"), headers: &[] },
            NewRecord { timestamp: Timestamp(-1), key: None, value: Some(&long), headers: &headers },
            NewRecord { timestamp: Timestamp(i64::MAX), key: Some(b""), value: None, headers: &headers[..1] },
        ];
        let producer =
            Producer { id: ProducerId(9), epoch: ProducerEpoch(2), base_sequence: Sequence(i32::MAX) };
        let mut builder = BatchBuilder::new(BatchOptions {
            base_offset: Offset(100),
            leader_epoch: LeaderEpoch(3),
            producer,
            is_transactional: true,
            ..BatchOptions::default()
        });
        for record in &records {
            let size = builder.size_with(record);
            builder.append(record).unwrap();
            assert_eq!(builder.size(), size);
        }
        let bytes = builder.finish().unwrap();
        let view = BatchView::parse(&bytes).unwrap();
        view.check_crc().unwrap();
        let header = view.header();
        assert_eq!(header.to_bytes(), bytes[..HEADER_LEN]);
        assert_eq!((header.last_offset(), header.next_offset()), (Offset(102), Offset(103)));
        assert_eq!(header.last_sequence(), Sequence(1));
        assert_eq!(header.max_timestamp, Timestamp(i64::MAX));
        assert!(header.attributes.is_transactional() && !header.attributes.is_control());
        let read = Records::new(header, view.body()).map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(read.len(), 3);
        for (index, (read, written)) in read.iter().zip(&records).enumerate() {
            assert_eq!(read.offset, Offset(100 + index as i64));
            assert_eq!(
                (read.timestamp, read.key, read.value),
                (written.timestamp, written.key, written.value)
            );
            assert_eq!(read.headers.collect::<Vec<_>>(), written.headers);
        }
    }

    #[test]
    fn compaction_keeps_the_span_of_a_batch() {
        let options = BatchOptions { base_offset: Offset(10), ..BatchOptions::default() };
        let mut builder = BatchBuilder::new(options);
        builder.append_at(Offset(13), &NewRecord::default()).unwrap();
        let repeated = builder.append_at(Offset(13), &NewRecord::default());
        assert_eq!(repeated, Err(BuildError::Offset(Offset(13))));
        let bytes = builder.finish_until(Offset(19)).unwrap();
        let header = *BatchView::parse(&bytes).unwrap().header();
        assert_eq!((header.base_offset, header.last_offset()), (Offset(10), Offset(19)));
        assert_eq!(header.record_count, 1);

        let empty = empty_batch(&header);
        let view = BatchView::parse(&empty).unwrap();
        view.check_crc().unwrap();
        assert_eq!((view.header().base_offset, view.header().last_offset()), (Offset(10), Offset(19)));
        assert_eq!(Records::new(view.header(), view.body()).count(), 0);
    }

    #[test]
    fn an_end_marker_names_its_outcome_and_coordinator() {
        let options = BatchOptions {
            producer: Producer { id: ProducerId(5), epoch: ProducerEpoch(1), base_sequence: Sequence::NONE },
            is_transactional: true,
            is_control: true,
            ..BatchOptions::default()
        };
        for marker in [true, false].map(|is_commit| EndTxn { is_commit, coordinator_epoch: 27 }) {
            let mut builder = BatchBuilder::new(options);
            builder.append_end_txn(Timestamp(8), marker).unwrap();
            let bytes = builder.finish().unwrap();
            let view = BatchView::parse(&bytes).unwrap();
            let record = Records::new(view.header(), view.body()).next().unwrap().unwrap();
            assert_eq!(EndTxn::from_record(record.key, record.value), Ok(Some(marker)));
        }
    }

    #[test]
    fn a_batch_that_nobody_could_read_is_not_built() {
        let mut builder = BatchBuilder::new(BatchOptions::default());
        let early = NewRecord { timestamp: Timestamp(-2), ..NewRecord::default() };
        assert_eq!(builder.append(&early), Err(BuildError::Timestamp(Timestamp(-2))));
        let far = Offset(i64::from(i32::MAX) + 1);
        assert_eq!(builder.append_at(far, &NewRecord::default()), Err(BuildError::TooLarge));
        assert_eq!(builder.finish(), Err(BuildError::Empty));
        let options = BatchOptions { is_transactional: true, ..BatchOptions::default() };
        let mut builder = BatchBuilder::new(options);
        builder.append(&NewRecord::default()).unwrap();
        assert_eq!(builder.finish(), Err(BuildError::NoProducer));
    }
}
