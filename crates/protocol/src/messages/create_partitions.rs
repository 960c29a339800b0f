//! CreatePartitions (key 37): gives topics more partitions (KIP-195).

use crate::{Fields, Message, Str, UnknownTags};

/// How many partitions topics shall have.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 37, versions = "0..=3", flexible = "2+")]
pub struct CreatePartitionsRequest {
    pub topics: Vec<CreatePartitionsTopic>,
    pub timeout_ms: i32,
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

/// One topic, and how many partitions it is to have in all.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CreatePartitionsTopic {
    pub name: Str,
    pub count: i32,
    #[field(default = Vec::new())]
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
    pub unknown_tags: UnknownTags,
}

/// The brokers of one of the new partitions, if the caller wants to choose.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CreatePartitionsAssignment {
    pub broker_ids: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// What became of each topic.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 37, versions = "0..=3", flexible = "2+")]
pub struct CreatePartitionsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<CreatePartitionsTopicResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CreatePartitionsTopicResult {
    pub name: Str,
    pub error_code: i16,
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
