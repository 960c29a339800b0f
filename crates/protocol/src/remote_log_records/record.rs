//! A record of `__remote_log_metadata`, whatever it says.

use super::{
    RemoteLogSegmentMetadataRecord, RemoteLogSegmentMetadataSnapshotRecord,
    RemoteLogSegmentMetadataUpdateRecord, RemotePartitionDeleteMetadataRecord,
};
use crate::framed_record::framed_records;

framed_records! {
    /// A record of `__remote_log_metadata`.
    RemoteLogRecord {
        RemoteLogSegmentMetadata(RemoteLogSegmentMetadataRecord),
        RemoteLogSegmentMetadataUpdate(RemoteLogSegmentMetadataUpdateRecord),
        RemotePartitionDeleteMetadata(RemotePartitionDeleteMetadataRecord),
        RemoteLogSegmentMetadataSnapshot(RemoteLogSegmentMetadataSnapshotRecord),
    }
}
