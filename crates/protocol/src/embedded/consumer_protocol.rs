//! What consumers say to one another within the classic group protocol.

use bytes::Bytes;

use crate::{Fields, Message, Str};

/// What a consumer wants to read and what it has now: the metadata of its JoinGroup request.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0..=3")]
pub struct ConsumerProtocolSubscription {
    pub topics: Vec<Str>,
    pub user_data: Option<Bytes>,
    #[field(versions = "1+", ignorable)]
    pub owned_partitions: Vec<TopicPartition>,
    #[field(versions = "2+", default = -1, ignorable)]
    pub generation_id: i32,
    #[field(versions = "3+", ignorable)]
    pub rack_id: Option<Str>,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicPartition {
    pub topic: Str,
    pub partitions: Vec<i32>,
}

/// What a consumer is to read: its part of the leader's SyncGroup request.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0..=3")]
pub struct ConsumerProtocolAssignment {
    pub assigned_partitions: Vec<TopicPartition>,
    pub user_data: Option<Bytes>,
}
