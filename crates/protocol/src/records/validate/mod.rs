//! What a broker checks before it stores a produced batch, and what it changes.
//!
//! The checks, their order and their outcome are those of Apache Kafka 4.3.1's broker for appends by clients. A
//! batch that passes is stored as it came, with base offset and leader epoch patched later. It is changed only where
//! Kafka changes it too: its maximum timestamp (the time of the append, or what the records say), or all of it,
//! when the topic's codec differs.
//!
//! Some things differ from Kafka on purpose:
//! - Bytes that do not decompress, codecs that do not exist, and records that Kafka fails to rewrite are the
//!   producer's mistake (an invalid record, an unsupported compression type), not an unknown server error.
//! - Lengths of records are checked in compressed batches as well, not in uncompressed ones only.
//! - An idempotent batch needs an epoch, and one of a transaction a producer id. Kafka stores the others, unless it has
//!   to rewrite them.
//! - Offsets in an uncompressed batch that do not count 0, 1, 2 are repaired, as Kafka repairs those in a compressed
//!   one.
//! - What decompresses to more than a limit is refused.

mod rejected;
mod rules;
mod slice_source;
mod stream_source;
mod walk;

use bytes::Bytes;
use ottla_types::{Offset, Timestamp};

pub use rejected::{RECORD_ERRORS_MAX, Reason, RecordError, RecordErrorKind, Rejected};
pub use rules::{Rules, TopicCompression};

use self::slice_source::SliceSource;
use self::stream_source::StreamSource;
use self::walk::{RecordSource, Seen, walk};
use super::{
    BatchBuilder, BatchError, BatchHeader, BatchOptions, BatchView, Batches, Codec, Compression,
    Decompressor, Producer, Records, StoredBatch, TimestampType, decompress,
};

/// A batch that may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validated {
    /// The batch, at offset 0 and without a leader epoch.
    pub batch: StoredBatch,
    /// The largest timestamp among its records; the time of the append if that is what counts.
    pub max_timestamp: Timestamp,
    /// The offset of the first record with that timestamp, counted from the batch's first. As in Kafka, it is the
    /// last record if the time of the append counts.
    pub max_timestamp_offset_delta: i32,
    /// Whether the records are other bytes than those that came.
    pub is_rewritten: bool,
}

/// Checks what a producer sent for one partition.
///
/// An uncompressed batch costs one pass for the checksum and one over the records, and no memory. What follows a
/// first batch without being a whole second one is dropped, as Kafka does.
///
/// # Errors
/// [`Rejected`] says what the producer is told.
pub fn validate(records: &Bytes, rules: &Rules, now: Timestamp) -> Result<Validated, Rejected> {
    let view = only_batch(records)?;
    let codec = check_header(&view, rules)?;
    let summary = check_records(&view, codec, rules, now)?;
    let target = match rules.compression {
        TopicCompression::Producer => Compression::new(codec),
        TopicCompression::Fixed(compression) => compression,
    };
    let is_rewritten = target.codec() != codec || !summary.is_in_order;
    let mut batch = if is_rewritten {
        rewrite(&view, codec, target, rules)?
    } else {
        StoredBatch::parse(&records.slice_ref(view.bytes()))?
    };
    let last_offset_delta = batch.header().last_offset_delta;
    let (max_timestamp, max_timestamp_offset_delta) = match rules.timestamp_type {
        TimestampType::CreateTime => (summary.max_timestamp, summary.max_timestamp_index as i32),
        TimestampType::LogAppendTime => (now, last_offset_delta),
    };
    batch.set_max_timestamp(rules.timestamp_type, max_timestamp);
    Ok(Validated { batch, max_timestamp, max_timestamp_offset_delta, is_rewritten })
}

/// The batch in front, if there is no other.
fn only_batch(records: &[u8]) -> Result<BatchView<'_>, Reason> {
    let mut batches = Batches::new(records);
    let view = batches.next().ok_or(Reason::NoBatch)??;
    match batches.next() {
        None => Ok(view),
        Some(Ok(_) | Err(BatchError::OldMagic(_))) => Err(Reason::ManyBatches),
        Some(Err(error)) => Err(error.into()),
    }
}

/// All that can be said before the records are looked at.
fn check_header(view: &BatchView<'_>, rules: &Rules) -> Result<Codec, Reason> {
    let header = view.header();
    let codec = header.attributes.codec();
    if codec == Ok(Codec::Zstd) && rules.produce_version < 7 {
        return Err(Reason::ZstdBeforeVersion7(rules.produce_version));
    }
    if header.base_offset.0 != 0 {
        return Err(Reason::BaseOffset(header.base_offset));
    }
    check_size(header.size(), rules)?;
    view.check_crc()?;
    let codec = codec?;
    let (records, last_offset_delta) = (header.record_count, header.last_offset_delta);
    if records <= 0 || last_offset_delta != records - 1 {
        return Err(Reason::RecordCount { records, last_offset_delta });
    }
    if header.attributes.is_control() {
        return Err(Reason::Control);
    }
    if header.producer_id.is_idempotent() {
        if header.base_sequence.0 < 0 {
            return Err(Reason::Sequence(header.base_sequence));
        }
        if header.producer_epoch.0 < 0 {
            return Err(Reason::ProducerEpoch(header.producer_epoch));
        }
    } else if header.attributes.is_transactional() {
        return Err(Reason::NoProducer);
    }
    Ok(codec)
}

fn check_size(size: usize, rules: &Rules) -> Result<(), Reason> {
    let limit = rules.batch_bytes_max;
    if size > limit { Err(Reason::TooLarge { size, limit }) } else { Ok(()) }
}

/// What one pass over the records leaves.
struct Summary {
    max_timestamp: Timestamp,
    max_timestamp_index: u32,
    is_in_order: bool,
    /// A record may be one to refuse.
    is_suspect: bool,
}

fn check_records(
    view: &BatchView<'_>,
    codec: Codec,
    rules: &Rules,
    now: Timestamp,
) -> Result<Summary, Rejected> {
    let check = RecordCheck { header: view.header(), rules, now };
    let summary = match codec {
        Codec::None => check.summarize(&mut SliceSource::new(view.body()))?,
        _ => check.summarize(&mut decompressing(view, codec, rules)?)?,
    };
    if summary.is_suspect {
        match codec {
            Codec::None => check.look_closely(&mut SliceSource::new(view.body()))?,
            _ => check.look_closely(&mut decompressing(view, codec, rules)?)?,
        }
    }
    Ok(summary)
}

fn decompressing<'a>(
    view: &BatchView<'a>,
    codec: Codec,
    rules: &Rules,
) -> Result<StreamSource<'a>, BatchError> {
    Ok(StreamSource::new(Decompressor::new(codec, view.body(), rules.decompressed_bytes_max)?))
}

/// The checks of single records.
struct RecordCheck<'a> {
    header: &'a BatchHeader,
    rules: &'a Rules,
    now: Timestamp,
}

impl RecordCheck<'_> {
    /// The pass that every batch gets. It keeps extremes only; the few batches that are suspect are walked again.
    fn summarize(&self, source: &mut impl RecordSource) -> Result<Summary, BatchError> {
        let (mut min, mut max) = (Timestamp(i64::MAX), Timestamp::NONE);
        let mut max_timestamp_index = 0;
        let mut disorder = 0;
        let mut have_keys = true;
        walk(self.header, source, |seen| {
            if seen.timestamp > max {
                max = seen.timestamp;
                max_timestamp_index = seen.index;
            }
            if seen.timestamp != Timestamp::NONE {
                min = min.min(seen.timestamp);
            }
            disorder |= seen.offset_delta as u32 ^ seen.index;
            have_keys &= seen.has_key;
        })?;
        Ok(Summary {
            max_timestamp: max,
            max_timestamp_index,
            is_in_order: disorder == 0,
            is_suspect: self.is_suspect(min, max) || (self.rules.is_compacted && !have_keys),
        })
    }

    /// Whether timestamps between `min` and `max` may include one to refuse.
    fn is_suspect(&self, min: Timestamp, max: Timestamp) -> bool {
        let Self { header, rules, now } = *self;
        if header.attributes.timestamp_type() == TimestampType::LogAppendTime {
            return true;
        }
        let is_unset = min == Timestamp(i64::MAX) && max == Timestamp::NONE;
        // Before this, ages wrap, and what lies between two good timestamps may be bad.
        let wraps = min.0 < now.0.saturating_sub(i64::MAX);
        rules.timestamp_type == TimestampType::CreateTime
            && !is_unset
            && (wraps || rules.is_out_of_range(min, now) || rules.is_out_of_range(max, now))
    }

    /// Finds out what is wrong with which record, if anything is.
    fn look_closely(&self, source: &mut impl RecordSource) -> Result<(), Rejected> {
        let mut records = Vec::new();
        let (mut count, mut has_timestamp) = (0, false);
        walk(self.header, source, |seen| {
            let Some(kind) = self.error(seen) else { return };
            count += 1;
            has_timestamp |= kind != RecordErrorKind::NoKey;
            if records.len() < RECORD_ERRORS_MAX {
                records.push(RecordError { index: seen.index, kind });
            }
        })?;
        match records.first() {
            None => Ok(()),
            Some(&RecordError { kind: first, .. }) => {
                Err(Rejected { reason: Reason::Records { count, first, has_timestamp }, records })
            }
        }
    }

    fn error(&self, seen: Seen) -> Option<RecordErrorKind> {
        let Self { header, rules, now } = *self;
        if rules.is_compacted && !seen.has_key {
            return Some(RecordErrorKind::NoKey);
        }
        if rules.timestamp_type == TimestampType::CreateTime && seen.timestamp != Timestamp::NONE {
            return rules.is_out_of_range(seen.timestamp, now).then(|| RecordErrorKind::Timestamp {
                timestamp: seen.timestamp,
                earliest: Timestamp(now.0.wrapping_sub(rules.timestamp_before_max_ms)),
                latest: Timestamp(now.0.wrapping_add(rules.timestamp_after_max_ms)),
            });
        }
        let is_stamped = header.attributes.timestamp_type() == TimestampType::LogAppendTime;
        is_stamped.then_some(RecordErrorKind::TimestampType)
    }
}

/// Writes the records anew, with the topic's codec and offsets that count from 0.
fn rewrite(
    view: &BatchView<'_>,
    codec: Codec,
    target: Compression,
    rules: &Rules,
) -> Result<StoredBatch, Rejected> {
    let header = view.header();
    let decompressed;
    let body = match codec {
        Codec::None => view.body(),
        _ => {
            decompressed =
                decompress(codec, view.body(), rules.decompressed_bytes_max).map_err(BatchError::from)?;
            &decompressed[..]
        }
    };
    let options = BatchOptions {
        producer: Producer {
            id: header.producer_id,
            epoch: header.producer_epoch,
            base_sequence: header.base_sequence,
        },
        is_transactional: header.attributes.is_transactional(),
        compression: target,
        ..BatchOptions::default()
    };
    let mut builder = BatchBuilder::with_capacity(options, body.len());
    for (offset, record) in (0..).zip(Records::new(header, body)) {
        builder.append_copy(Offset(offset), &record?)?;
    }
    let bytes = builder.finish()?;
    check_size(bytes.len(), rules)?;
    Ok(StoredBatch::parse(&bytes)?)
}

#[cfg(test)]
mod tests;
