//! ShareAcknowledge (key 79): a member of a share group says what became of its records (KIP-932).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Acknowledgments, within the share session of the member.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 79, versions = "1..=2", flexible = "1+")]
pub struct ShareAcknowledgeRequest {
    pub group_id: Option<Str>,
    #[field(default = "")]
    pub member_id: Option<Str>,
    pub share_session_epoch: i32,
    #[field(versions = "2+")]
    pub is_renew_ack: bool,
    pub topics: Vec<AcknowledgeTopic>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AcknowledgeTopic {
    pub topic_id: Uuid,
    pub partitions: Vec<AcknowledgePartition>,
    pub unknown_tags: UnknownTags,
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AcknowledgePartition {
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

/// What became of the acknowledgments.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 79, versions = "1..=2", flexible = "1+")]
pub struct ShareAcknowledgeResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    #[field(versions = "2+", ignorable)]
    pub acquisition_lock_timeout_ms: i32,
    pub responses: Vec<ShareAcknowledgeTopicResponse>,
    pub node_endpoints: Vec<NodeEndpoint>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ShareAcknowledgeTopicResponse {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub current_leader: LeaderIdAndEpoch,
    pub unknown_tags: UnknownTags,
}

/// Who leads the partition now.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
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
