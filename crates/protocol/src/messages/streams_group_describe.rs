//! StreamsGroupDescribe (key 89): looks into streams groups (KIP-1071).

use crate::{Fields, Message, Str, UnknownTags};

/// Which groups to describe.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 89, versions = "0", flexible = "0+")]
pub struct StreamsGroupDescribeRequest {
    pub group_ids: Vec<Str>,
    pub include_authorized_operations: bool,
    pub unknown_tags: UnknownTags,
}

/// The groups.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 89, versions = "0", flexible = "0+")]
pub struct StreamsGroupDescribeResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
    pub unknown_tags: UnknownTags,
}

/// One group, its epochs, its topology and its members.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribedGroup {
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub group_id: Str,
    pub group_state: Str,
    pub group_epoch: i32,
    pub assignment_epoch: i32,
    pub topology: Option<Topology>,
    pub members: Vec<Member>,
    #[field(default = i32::MIN)]
    pub authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

/// The topology that the group runs.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Topology {
    pub epoch: i32,
    pub subtopologies: Option<Vec<Subtopology>>,
    pub unknown_tags: UnknownTags,
}

/// A part of the topology whose tasks are assigned as a whole, and its topics.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Subtopology {
    pub subtopology_id: Str,
    pub source_topics: Vec<Str>,
    pub repartition_sink_topics: Vec<Str>,
    pub state_changelog_topics: Vec<TopicInfo>,
    pub repartition_source_topics: Vec<TopicInfo>,
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

/// One member: where it runs, which tasks it has and which it is to have.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Member {
    pub member_id: Str,
    pub member_epoch: i32,
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub topology_epoch: i32,
    pub process_id: Str,
    pub user_endpoint: Option<Endpoint>,
    pub client_tags: Vec<KeyValue>,
    pub task_offsets: Vec<TaskOffset>,
    pub task_end_offsets: Vec<TaskOffset>,
    pub assignment: Assignment,
    pub target_assignment: Assignment,
    pub is_classic: bool,
    pub unknown_tags: UnknownTags,
}

/// Where a member answers queries of its state.
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

/// Tasks by what they do: process, stand by, or warm up.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Assignment {
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
    pub unknown_tags: UnknownTags,
}

/// Tasks of one subtopology, by partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TaskIds {
    pub subtopology_id: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}
