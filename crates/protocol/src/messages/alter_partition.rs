//! AlterPartition (key 56): a leader has the controller change its in-sync replicas (KIP-497).

use ottla_types::Uuid;

use crate::{Fields, Message, UnknownTags};

/// The in-sync sets that a leader wants for its partitions. Replicas come with their brokers' epochs, so that
/// a broker that restarted meanwhile is not let in (KIP-841, KIP-903).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 56, versions = "2..=3", flexible = "2+")]
pub struct AlterPartitionRequest {
    pub broker_id: i32,
    #[field(default = -1)]
    pub broker_epoch: i64,
    pub topics: Vec<TopicData>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

/// One partition: the set that is wanted, and on what it is based.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionData {
    pub partition_index: i32,
    pub leader_epoch: i32,
    #[field(versions = "2")]
    pub new_isr: Vec<i32>,
    #[field(versions = "3+")]
    pub new_isr_with_epochs: Vec<BrokerState>,
    pub leader_recovery_state: i8,
    pub partition_epoch: i32,
    pub unknown_tags: UnknownTags,
}

/// A replica and the epoch of its broker.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct BrokerState {
    pub broker_id: i32,
    #[field(default = -1)]
    pub broker_epoch: i64,
    pub unknown_tags: UnknownTags,
}

/// What holds now.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 56, versions = "2..=3", flexible = "2+")]
pub struct AlterPartitionResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub topics: Vec<TopicResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicResult {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition: leader, epochs and in-sync set as the controller has them.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionResult {
    pub partition_index: i32,
    pub error_code: i16,
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub isr: Vec<i32>,
    pub leader_recovery_state: i8,
    pub partition_epoch: i32,
    pub unknown_tags: UnknownTags,
}
