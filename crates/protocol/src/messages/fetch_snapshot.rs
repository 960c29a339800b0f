//! FetchSnapshot (key 59): reads a snapshot of the metadata log, piece by piece (KIP-630).

use bytes::Bytes;
use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Which snapshot, and from which byte on.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 59, versions = "0..=1", flexible = "0+")]
pub struct FetchSnapshotRequest {
    #[field(tag = 0)]
    pub cluster_id: Option<Str>,
    #[field(default = -1)]
    pub replica_id: i32,
    #[field(default = i32::MAX)]
    pub max_bytes: i32,
    pub topics: Vec<TopicSnapshot>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic; in practice the metadata log alone.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicSnapshot {
    pub name: Str,
    pub partitions: Vec<PartitionSnapshot>,
    pub unknown_tags: UnknownTags,
}

/// The snapshot and where to go on.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionSnapshot {
    pub partition: i32,
    pub current_leader_epoch: i32,
    pub snapshot_id: SnapshotId,
    pub position: i64,
    #[field(versions = "1+", tag = 0, ignorable)]
    pub replica_directory_id: Uuid,
    pub unknown_tags: UnknownTags,
}

/// A snapshot: the offset and the epoch at which it ends.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct SnapshotId {
    pub end_offset: i64,
    pub epoch: i32,
    pub unknown_tags: UnknownTags,
}

/// A piece of the snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 59, versions = "0..=1", flexible = "0+")]
pub struct FetchSnapshotResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub topics: Vec<TopicSnapshotResult>,
    #[field(versions = "1+", tag = 0)]
    pub node_endpoints: Vec<NodeEndpoint>,
    pub unknown_tags: UnknownTags,
}

/// The answer for one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicSnapshotResult {
    pub name: Str,
    pub partitions: Vec<PartitionSnapshotResult>,
    pub unknown_tags: UnknownTags,
}

/// The piece: its place, the size of the whole, and its bytes, which may cut through a batch.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionSnapshotResult {
    pub index: i32,
    pub error_code: i16,
    pub snapshot_id: SnapshotId,
    #[field(tag = 0)]
    pub current_leader: LeaderIdAndEpoch,
    pub size: i64,
    pub position: i64,
    pub unaligned_records: Bytes,
    pub unknown_tags: UnknownTags,
}

/// Who leads now.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
    pub unknown_tags: UnknownTags,
}

/// Where that leader can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}
