//! WriteTxnMarkers (key 27): the transaction coordinator has markers written where a transaction wrote (KIP-98).

use crate::{Fields, Message, Str, UnknownTags};

/// The transactions that ended.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 27, versions = "1..=2", flexible = "1+")]
pub struct WriteTxnMarkersRequest {
    pub markers: Vec<WritableTxnMarker>,
    pub unknown_tags: UnknownTags,
}

/// One transaction: its producer, how it ended and where it wrote.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct WritableTxnMarker {
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub transaction_result: bool,
    pub topics: Vec<WritableTxnMarkerTopic>,
    pub coordinator_epoch: i32,
    #[field(versions = "2+", ignorable)]
    pub transaction_version: i8,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct WritableTxnMarkerTopic {
    pub name: Str,
    pub partition_indexes: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// What became of each marker.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 27, versions = "1..=2", flexible = "1+")]
pub struct WriteTxnMarkersResponse {
    pub markers: Vec<WritableTxnMarkerResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct WritableTxnMarkerResult {
    pub producer_id: i64,
    pub topics: Vec<WritableTxnMarkerTopicResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct WritableTxnMarkerTopicResult {
    pub name: Str,
    pub partitions: Vec<WritableTxnMarkerPartitionResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct WritableTxnMarkerPartitionResult {
    pub partition_index: i32,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
