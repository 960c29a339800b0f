//! ShareFetch (key 78): a member of a share group gets records, and acknowledges others (KIP-932).

use bytes::Bytes;
use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// How much to read at most, within the share session of the member.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 78, versions = "1..=2", flexible = "1+")]
pub struct ShareFetchRequest {
    pub group_id: Option<Str>,
    #[field(default = "")]
    pub member_id: Option<Str>,
    pub share_session_epoch: i32,
    pub max_wait_ms: i32,
    pub min_bytes: i32,
    #[field(default = i32::MAX)]
    pub max_bytes: i32,
    pub max_records: i32,
    pub batch_size: i32,
    #[field(versions = "2+", ignorable)]
    pub share_acquire_mode: i8,
    #[field(versions = "2+")]
    pub is_renew_ack: bool,
    pub topics: Vec<FetchTopic>,
    pub forgotten_topics_data: Vec<ForgottenTopic>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct FetchTopic {
    pub topic_id: Uuid,
    pub partitions: Vec<FetchPartition>,
    pub unknown_tags: UnknownTags,
}

/// One partition, with acknowledgments for it.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct FetchPartition {
    pub partition_index: i32,
    pub acknowledgement_batches: Vec<AcknowledgementBatch>,
    pub unknown_tags: UnknownTags,
}

/// A run of records, and for each or for all of them: gap, accept, release, reject or renew.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AcknowledgementBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    pub acknowledge_types: Vec<i8>,
    pub unknown_tags: UnknownTags,
}

/// Partitions that the session no longer reads.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ForgottenTopic {
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// What was read and is now the member's to deal with.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 78, versions = "1..=2", flexible = "1+")]
pub struct ShareFetchResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub acquisition_lock_timeout_ms: i32,
    pub responses: Vec<ShareFetchableTopicResponse>,
    pub node_endpoints: Vec<NodeEndpoint>,
    pub unknown_tags: UnknownTags,
}

/// The partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ShareFetchableTopicResponse {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

/// One partition: its batches, and which of the records in them were acquired.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub acknowledge_error_code: i16,
    pub acknowledge_error_message: Option<Str>,
    pub current_leader: LeaderIdAndEpoch,
    pub records: Bytes,
    pub acquired_records: Vec<AcquiredRecords>,
    pub unknown_tags: UnknownTags,
}

/// Who leads the partition now.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}

/// A run of records that the member holds, and how often they have been delivered.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AcquiredRecords {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_count: i16,
    pub unknown_tags: UnknownTags,
}

/// Where a leader named above can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    pub rack: Option<Str>,
    pub unknown_tags: UnknownTags,
}
