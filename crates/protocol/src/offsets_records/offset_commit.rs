//! A committed offset.

use ottla_types::Uuid;

use crate::{Message, Str, UnknownTags};

/// The group and the partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 1, versions = "0")]
pub struct OffsetCommitKey {
    pub group: Str,
    pub topic: Str,
    pub partition: i32,
}

/// The offset, and a note of the client's own.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 1, versions = "0..=4", flexible = "4+")]
pub struct OffsetCommitValue {
    pub offset: i64,
    #[field(versions = "3+", default = -1, ignorable)]
    pub leader_epoch: i32,
    pub metadata: Str,
    pub commit_timestamp: i64,
    #[field(versions = "1", default = -1, ignorable)]
    pub expire_timestamp: i64,
    #[field(versions = "4+", tag = 0, ignorable)]
    pub topic_id: Uuid,
    pub unknown_tags: UnknownTags,
}
