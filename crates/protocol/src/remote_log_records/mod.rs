//! The records of `__remote_log_metadata`: which segments lie in remote storage. [`RemoteLogRecord`] is any of them.

#![allow(
    missing_docs,
    reason = "the names of fields are Kafka's and say what they hold; structs are documented"
)]

pub mod record;
pub mod remote_log_segment_metadata;
pub mod remote_log_segment_metadata_snapshot;
pub mod remote_log_segment_metadata_update;
pub mod remote_partition_delete_metadata;

pub use record::RemoteLogRecord;
pub use remote_log_segment_metadata::RemoteLogSegmentMetadataRecord;
pub use remote_log_segment_metadata_snapshot::RemoteLogSegmentMetadataSnapshotRecord;
pub use remote_log_segment_metadata_update::RemoteLogSegmentMetadataUpdateRecord;
pub use remote_partition_delete_metadata::RemotePartitionDeleteMetadataRecord;
