//! StreamsGroupHeartbeat (key 88): how a member takes part in a streams group (KIP-1071).

use crate::{Fields, Message, Str, UnknownTags};

/// A member joins, stays and leaves with this one request: its epoch says which. What has not changed since
/// the last heartbeat is null.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 88, versions = "0", flexible = "0+")]
pub struct StreamsGroupHeartbeatRequest {
    pub group_id: Str,
    pub member_id: Str,
    pub member_epoch: i32,
    pub endpoint_information_epoch: i32,
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    #[field(default = -1)]
    pub rebalance_timeout_ms: i32,
    pub topology: Option<Topology>,
    pub active_tasks: Option<Vec<TaskIds>>,
    pub standby_tasks: Option<Vec<TaskIds>>,
    pub warmup_tasks: Option<Vec<TaskIds>>,
    pub process_id: Option<Str>,
    pub user_endpoint: Option<Endpoint>,
    pub client_tags: Option<Vec<KeyValue>>,
    pub task_offsets: Option<Vec<TaskOffset>>,
    pub task_end_offsets: Option<Vec<TaskOffset>>,
    pub shutdown_application: bool,
    pub unknown_tags: UnknownTags,
}

/// The topology that the member runs.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Topology {
    pub epoch: i32,
    pub subtopologies: Vec<Subtopology>,
    pub unknown_tags: UnknownTags,
}

/// A part of the topology whose tasks are assigned as a whole, and its topics.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Subtopology {
    pub subtopology_id: Str,
    pub source_topics: Vec<Str>,
    pub source_topic_regex: Vec<Str>,
    pub state_changelog_topics: Vec<TopicInfo>,
    pub repartition_sink_topics: Vec<Str>,
    pub repartition_source_topics: Vec<TopicInfo>,
    pub copartition_groups: Vec<CopartitionGroup>,
    pub unknown_tags: UnknownTags,
}

/// An internal topic: how it is to be created.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicInfo {
    pub name: Str,
    pub partitions: i32,
    pub replication_factor: i16,
    pub topic_configs: Vec<KeyValue>,
    pub unknown_tags: UnknownTags,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct KeyValue {
    pub key: Str,
    pub value: Str,
    pub unknown_tags: UnknownTags,
}

/// Topics that must have equally many partitions, by their places in the subtopology's lists.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CopartitionGroup {
    pub source_topics: Vec<i16>,
    pub source_topic_regex: Vec<i16>,
    pub repartition_source_topics: Vec<i16>,
    pub unknown_tags: UnknownTags,
}

/// Tasks of one subtopology, by partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TaskIds {
    pub subtopology_id: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// Where the member answers queries of its state.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Endpoint {
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}

/// How far a task has come.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TaskOffset {
    pub subtopology_id: Str,
    pub partition: i32,
    pub offset: i64,
    pub unknown_tags: UnknownTags,
}

/// The member's epoch, when to call again and, if it changed, which tasks to run.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 88, versions = "0", flexible = "0+")]
pub struct StreamsGroupHeartbeatResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub member_id: Str,
    pub member_epoch: i32,
    pub heartbeat_interval_ms: i32,
    pub acceptable_recovery_lag: i32,
    pub task_offset_interval_ms: i32,
    #[field(default = Vec::new())]
    pub status: Option<Vec<Status>>,
    pub active_tasks: Option<Vec<TaskIds>>,
    pub standby_tasks: Option<Vec<TaskIds>>,
    pub warmup_tasks: Option<Vec<TaskIds>>,
    pub endpoint_information_epoch: i32,
    pub partitions_by_user_endpoint: Option<Vec<EndpointToPartitions>>,
    pub unknown_tags: UnknownTags,
}

/// Something that the application should know, such as a topic that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Status {
    pub status_code: i8,
    pub status_detail: Str,
    pub unknown_tags: UnknownTags,
}

/// Which partitions can be queried at which member.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct EndpointToPartitions {
    pub user_endpoint: Endpoint,
    pub active_partitions: Vec<TopicPartition>,
    pub standby_partitions: Vec<TopicPartition>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicPartition {
    pub topic: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}
