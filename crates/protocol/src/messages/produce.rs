//! Produce (key 0): writes record batches. Versions 0 to 2 carried formats that no longer exist.

use bytes::Bytes;
use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The batches, and how much must be done before the answer: nothing (0 acks, and then no answer), the
/// leader's part (1) or that of all replicas in sync (-1).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "3..=13", flexible = "9+")]
pub struct ProduceRequest {
    pub transactional_id: Option<Str>,
    pub acks: i16,
    pub timeout_ms: i32,
    pub topic_data: Vec<TopicProduceData>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic; since version 13 the topic goes by its id.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicProduceData {
    #[field(versions = "3..=12", ignorable)]
    pub name: Str,
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    pub partition_data: Vec<PartitionProduceData>,
    pub unknown_tags: UnknownTags,
}

/// One partition and its batch.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionProduceData {
    pub index: i32,
    pub records: Option<Bytes>,
    pub unknown_tags: UnknownTags,
}

/// What became of each partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "3..=13", flexible = "9+")]
pub struct ProduceResponse {
    pub responses: Vec<TopicProduceResponse>,
    pub throttle_time_ms: i32,
    #[field(versions = "10+", tag = 0)]
    pub node_endpoints: Vec<NodeEndpoint>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicProduceResponse {
    #[field(versions = "3..=12", ignorable)]
    pub name: Str,
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    pub partition_responses: Vec<PartitionProduceResponse>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition: the offset of the first record, or what was wrong, down to single records
/// (KIP-467).
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionProduceResponse {
    pub index: i32,
    pub error_code: i16,
    pub base_offset: i64,
    #[field(default = -1)]
    pub log_append_time_ms: i64,
    #[field(versions = "5+", default = -1, ignorable)]
    pub log_start_offset: i64,
    #[field(versions = "8+", ignorable)]
    pub record_errors: Vec<BatchIndexAndErrorMessage>,
    #[field(versions = "8+", ignorable)]
    pub error_message: Option<Str>,
    #[field(versions = "10+", tag = 0)]
    pub current_leader: LeaderIdAndEpoch,
    pub unknown_tags: UnknownTags,
}

/// A record for whose sake the whole batch was refused.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct BatchIndexAndErrorMessage {
    pub batch_index: i32,
    pub batch_index_error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// Who leads the partition now, so that the producer need not ask (KIP-951).
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct LeaderIdAndEpoch {
    #[field(default = -1)]
    pub leader_id: i32,
    #[field(default = -1)]
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
