//! A committed offset, as the first versions of Kafka wrote it.

use crate::{Message, Str};

/// The group and the partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "0")]
pub struct LegacyOffsetCommitKey {
    pub group: Str,
    pub topic: Str,
    pub partition: i32,
}

/// The offset.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "0")]
pub struct LegacyOffsetCommitValue {
    pub offset: i64,
    pub metadata: Str,
    pub commit_timestamp: i64,
}
