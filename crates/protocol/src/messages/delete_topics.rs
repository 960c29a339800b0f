//! DeleteTopics (key 20): deletes topics by name or, since version 6, by id (KIP-516).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Which topics to delete.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 20, versions = "1..=6", flexible = "4+")]
pub struct DeleteTopicsRequest {
    #[field(versions = "6+")]
    pub topics: Vec<DeleteTopicState>,
    #[field(versions = "1..=5", ignorable)]
    pub topic_names: Vec<Str>,
    pub timeout_ms: i32,
    pub unknown_tags: UnknownTags,
}

/// A topic: its name, or its id and no name.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeleteTopicState {
    pub name: Option<Str>,
    pub topic_id: Uuid,
    pub unknown_tags: UnknownTags,
}

/// What became of each topic.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 20, versions = "1..=6", flexible = "4+")]
pub struct DeleteTopicsResponse {
    pub throttle_time_ms: i32,
    pub responses: Vec<DeletableTopicResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeletableTopicResult {
    #[field(nullable = "6+", default = "")]
    pub name: Option<Str>,
    #[field(versions = "6+", ignorable)]
    pub topic_id: Uuid,
    pub error_code: i16,
    #[field(versions = "5+", ignorable)]
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
