//! The version in which each kind of record is written.

use bytes::{Bytes, BytesMut};
use ottla_protocol::EncodeError;
use ottla_protocol::metadata_records::MetadataRecord;

use crate::version::MetadataVersion;

/// The version in which to write `record` while `metadata.version` is `finalized`.
#[must_use]
pub fn record_version(record: &MetadataRecord, finalized: MetadataVersion) -> i16 {
    match record {
        MetadataRecord::RegisterBroker(_) => finalized.register_broker_record(),
        MetadataRecord::Partition(_) | MetadataRecord::PartitionChange(_) => finalized.partition_record(),
        // The lowest version that can say what the record says, as Apache Kafka has it.
        MetadataRecord::BrokerRegistrationChange(change) if change.cordoned_log_dirs.is_some() => 3,
        MetadataRecord::BrokerRegistrationChange(change) if !change.log_dirs.is_empty() => 2,
        MetadataRecord::BrokerRegistrationChange(change) if change.in_controlled_shutdown != 0 => 1,
        _ => 0,
    }
}

/// The record as the value of a record of the metadata log.
pub fn encode_record(record: &MetadataRecord, finalized: MetadataVersion) -> Result<Bytes, EncodeError> {
    let mut out = BytesMut::new();
    record.encode(record_version(record, finalized), &mut out)?;
    Ok(out.freeze())
}
