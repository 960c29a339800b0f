//! A coordinator's log: records of a machine as batches of the internal topic.

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
/// Batches here are this node's own, or an Apache Kafka broker's: none is larger.
const DECOMPRESSED_BYTES_MAX: usize = 1 << 30;

/// Appends records as one batch; where the log ends now.
pub(super) async fn append<M: Logged>(
    partition: &Partition,
    now: Timestamp,
    records: &[M::Record],
) -> Result<Offset, PartitionError> {
    let mut builder = BatchBuilder::new(BatchOptions::default());
    for record in records {
        let (key, value) = M::encode(record).map_err(PartitionError::Build)?;
        let record = NewRecord { timestamp: now, key: Some(&key), value: value.as_deref(), headers: &[] };
        builder.append(&record).map_err(|error| PartitionError::Build(error.to_string()))?;
    }
    let batch = builder.finish().map_err(|error| PartitionError::Build(error.to_string()))?;
    partition.append_own(now, &batch).await
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
