//! Fetch (key 1): reads record batches. Consumers and followers alike use it.

use ottla_types::Uuid;

use crate::{Fields, Message, RecordSet, Str, UnknownTags};

/// From where to read, how much, and how long to wait for it. In a session (KIP-227) it names only what
/// changed since the last fetch. A follower says who it is, and thereby how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 1, versions = "4..=18", flexible = "12+")]
pub struct FetchRequest {
    #[field(versions = "12+", tag = 0, ignorable)]
    pub cluster_id: Option<Str>,
    #[field(versions = "4..=14", default = -1)]
    pub replica_id: i32,
    #[field(versions = "15+", tag = 1)]
    pub replica_state: ReplicaState,
    pub max_wait_ms: i32,
    pub min_bytes: i32,
    #[field(default = i32::MAX)]
    pub max_bytes: i32,
    pub isolation_level: i8,
    #[field(versions = "7+", ignorable)]
    pub session_id: i32,
    #[field(versions = "7+", default = -1, ignorable)]
    pub session_epoch: i32,
    pub topics: Vec<FetchTopic>,
    #[field(versions = "7+")]
    pub forgotten_topics_data: Vec<ForgottenTopic>,
    #[field(versions = "11+", ignorable)]
    pub rack_id: Str,
    pub unknown_tags: UnknownTags,
}

/// The follower that asks, and the epoch of its broker (KIP-903).
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ReplicaState {
    #[field(default = -1)]
    pub replica_id: i32,
    #[field(default = -1)]
    pub replica_epoch: i64,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct FetchTopic {
    #[field(versions = "4..=12", ignorable)]
    pub topic: Str,
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    pub partitions: Vec<FetchPartition>,
    pub unknown_tags: UnknownTags,
}

/// One partition: where to read on, and the epochs by which leader and follower find out where their logs
/// part (KIP-320, KIP-595).
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct FetchPartition {
    pub partition: i32,
    #[field(versions = "9+", default = -1, ignorable)]
    pub current_leader_epoch: i32,
    pub fetch_offset: i64,
    #[field(versions = "12+", default = -1)]
    pub last_fetched_epoch: i32,
    #[field(versions = "5+", default = -1, ignorable)]
    pub log_start_offset: i64,
    pub partition_max_bytes: i32,
    #[field(versions = "17+", tag = 0, ignorable)]
    pub replica_directory_id: Uuid,
    #[field(versions = "18+", tag = 1, default = i64::MAX, ignorable)]
    pub high_watermark: i64,
    pub unknown_tags: UnknownTags,
}

/// Partitions that the session no longer reads.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ForgottenTopic {
    #[field(versions = "7..=12", ignorable)]
    pub topic: Str,
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 1, versions = "4..=18", flexible = "12+")]
pub struct FetchResponse {
    pub throttle_time_ms: i32,
    #[field(versions = "7+", ignorable)]
    pub error_code: i16,
    #[field(versions = "7+")]
    pub session_id: i32,
    pub responses: Vec<FetchableTopicResponse>,
    #[field(versions = "16+", tag = 0)]
    pub node_endpoints: Vec<NodeEndpoint>,
    pub unknown_tags: UnknownTags,
}

/// The partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct FetchableTopicResponse {
    #[field(versions = "4..=12", ignorable)]
    pub topic: Str,
    #[field(versions = "13+", ignorable)]
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
    pub unknown_tags: UnknownTags,
}

/// One partition: its offsets and its batches, of which the last may be cut off.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionData {
    pub partition_index: i32,
    pub error_code: i16,
    pub high_watermark: i64,
    #[field(default = -1)]
    pub last_stable_offset: i64,
    #[field(versions = "5+", default = -1, ignorable)]
    pub log_start_offset: i64,
    #[field(versions = "12+", tag = 0)]
    pub diverging_epoch: EpochEndOffset,
    #[field(versions = "12+", tag = 1)]
    pub current_leader: LeaderIdAndEpoch,
    #[field(versions = "12+", tag = 2)]
    pub snapshot_id: SnapshotId,
    #[field(default = Vec::new())]
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    #[field(versions = "11+", default = -1)]
    pub preferred_read_replica: i32,
    pub records: Option<RecordSet>,
    pub unknown_tags: UnknownTags,
}

/// Where the reader's log departs from the leader's.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct EpochEndOffset {
    #[field(default = -1)]
    pub epoch: i32,
    #[field(default = -1)]
    pub end_offset: i64,
    pub unknown_tags: UnknownTags,
}

/// Who leads the partition now, so that the reader need not ask (KIP-951).
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct LeaderIdAndEpoch {
    #[field(default = -1)]
    pub leader_id: i32,
    #[field(default = -1)]
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}

/// The snapshot to read first, when what was asked for is no longer in the log.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct SnapshotId {
    #[field(default = -1)]
    pub end_offset: i64,
    #[field(default = -1)]
    pub epoch: i32,
    pub unknown_tags: UnknownTags,
}

/// A transaction whose records the reader must skip, from the offset of its first.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AbortedTransaction {
    pub producer_id: i64,
    pub first_offset: i64,
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
