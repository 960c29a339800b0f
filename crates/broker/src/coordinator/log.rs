//! A coordinator's log: records of a machine as batches of the internal topic.

use std::ops::Range;

use bytes::Bytes;
use ottla_protocol::records::{
    BatchBuilder, BatchError, BatchHeader, BatchOptions, Batches, EndTxn, NewRecord, Records,
    decompress_bytes,
};
use ottla_types::{Offset, Timestamp};

use super::Logged;
use crate::partition::{Partition, PartitionError};

/// How much of the log is in memory at a time while it is loaded.
const LOAD_BYTES: usize = 1 << 20;
/// What a record takes in a batch beside its key and its value, at most.
const RECORD_OVERHEAD: usize = 32;
/// Batches here are this node's own, or an Apache Kafka broker's: none is larger.
const DECOMPRESSED_BYTES_MAX: usize = 1 << 30;

/// Appends the records of several decisions, each of which ends where `ends` says; where the log ends now.
pub(super) async fn append<M: Logged>(
    partition: &Partition,
    now: Timestamp,
    records: &[M::Record],
    ends: &[usize],
) -> Result<Offset, PartitionError> {
    let encoded: Vec<(Bytes, Option<Bytes>)> = records
        .iter()
        .map(|record| M::encode(record).map_err(PartitionError::Build))
        .collect::<Result<_, _>>()?;
    let size = |(key, value): &(Bytes, Option<Bytes>)| {
        RECORD_OVERHEAD + key.len() + value.as_ref().map_or(0, Bytes::len)
    };
    let sizes: Vec<usize> = encoded.iter().map(size).collect();
    let mut end = partition.log_end();
    for batch in batches(&sizes, ends, partition.records_bytes_max()) {
        let mut builder = BatchBuilder::new(BatchOptions::default());
        for (key, value) in &encoded[batch] {
            let record = NewRecord { timestamp: now, key: Some(key), value: value.as_deref(), headers: &[] };
            builder.append(&record).map_err(|error| PartitionError::Build(error.to_string()))?;
        }
        let batch = builder.finish().map_err(|error| PartitionError::Build(error.to_string()))?;
        end = partition.append_own(now, &batch).await?;
    }
    Ok(end)
}

/// Which records go into one batch: as many decisions as there is room for. One that is too large for a batch of its
/// own, which only time brings about, for many groups at once, is cut between its records.
fn batches(sizes: &[usize], ends: &[usize], bytes_max: usize) -> Vec<Range<usize>> {
    let mut batches: Vec<Range<usize>> = Vec::new();
    let mut room = 0;
    let mut put = |records: Range<usize>, bytes: usize| match batches.last_mut() {
        Some(last) if bytes <= room => {
            last.end = records.end;
            room -= bytes;
        }
        _ => {
            batches.push(records);
            room = bytes_max.saturating_sub(bytes);
        }
    };
    let mut start = 0;
    for &end in ends {
        let bytes: usize = sizes[start..end].iter().sum();
        if bytes <= bytes_max {
            if start < end {
                put(start..end, bytes);
            }
        } else {
            (start..end).for_each(|record| put(record..record + 1, sizes[record]));
        }
        start = end;
    }
    batches
}

/// Fills a machine from the log: all of it, and where it ends.
pub(super) async fn load<M: Logged>(
    partition: &Partition,
    mut machine: M,
) -> Result<(M, Offset), PartitionError> {
    let mut from = partition.log_start();
    let end = partition.log_end();
    while from < end {
        let bytes = partition.read_whole(from, LOAD_BYTES).await?;
        let next = apply_batches(&mut machine, &bytes, from, partition)?;
        assert!(next > from, "a read below the log's end brings at least one batch");
        from = next;
    }
    Ok((machine, end))
}

/// Applies whole batches; the offset after the last of them.
fn apply_batches<M: Logged>(
    machine: &mut M,
    bytes: &Bytes,
    from: Offset,
    partition: &Partition,
) -> Result<Offset, PartitionError> {
    let corrupt = |error: BatchError| PartitionError::Corrupt(format!("{}: {error}", partition.name()));
    let mut next = from;
    for batch in Batches::new(bytes) {
        let batch = batch.map_err(corrupt)?;
        next = batch.header().next_offset();
        // A read begins with the batch that holds the offset asked for, whose records may all be older.
        if next > from {
            apply_batch(machine, batch.header(), &bytes.slice_ref(batch.body()), partition)
                .map_err(corrupt)?;
        }
    }
    Ok(next)
}

fn apply_batch<M: Logged>(
    machine: &mut M,
    header: &BatchHeader,
    body: &Bytes,
    partition: &Partition,
) -> Result<(), BatchError> {
    let body = decompress_bytes(header.attributes.codec()?, body, DECOMPRESSED_BYTES_MAX)?;
    let transaction = header.attributes.is_transactional().then_some(header.producer_id);
    for record in Records::new(header, &body) {
        let record = record?;
        if header.attributes.is_control() {
            if let Ok(Some(end)) = EndTxn::from_record(record.key, record.value) {
                machine.apply(&M::transaction_ended(header.producer_id, end.is_commit));
            }
            continue;
        }
        // What has no key is no record of a coordinator's.
        let Some(key) = record.key else { continue };
        let value = record.value.map(|value| body.slice_ref(value));
        match M::decode(transaction, &body.slice_ref(key), value.as_ref()) {
            Ok(record) => machine.apply(&record),
            // Apache Kafka, too, goes on without a record that it cannot read.
            Err(error) => {
                tracing::error!(partition = %partition.name(), offset = %record.offset, error, "unreadable record");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_share_a_batch_as_long_as_there_is_room() {
        let check = |sizes: &[usize], ends: &[usize], expected: &[(usize, usize)]| {
            let found: Vec<_> =
                batches(sizes, ends, 10).into_iter().map(|batch| (batch.start, batch.end)).collect();
            assert_eq!(found, expected, "{sizes:?} {ends:?}");
        };
        check(&[3, 3, 3], &[1, 2, 3], &[(0, 3)]);
        // A decision is not cut,
        check(&[3, 3, 3, 3, 3], &[2, 4, 5], &[(0, 2), (2, 5)]);
        check(&[10, 1, 9, 1], &[1, 1, 3, 4], &[(0, 1), (1, 3), (3, 4)]);
        // unless it is too large for one batch; and what cannot be cut goes as it is.
        check(&[4, 4, 4, 4], &[4], &[(0, 2), (2, 4)]);
        check(&[99], &[1], &[(0, 1)]);
        check(&[], &[0, 0], &[]);
    }
}
