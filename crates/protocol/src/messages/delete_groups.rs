//! DeleteGroups (key 42): deletes groups that have no members, with their offsets (KIP-229).

use crate::{Fields, Message, Str, UnknownTags};

/// Which groups to delete.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 42, versions = "0..=2", flexible = "2+")]
pub struct DeleteGroupsRequest {
    pub groups_names: Vec<Str>,
    pub unknown_tags: UnknownTags,
}

/// What became of each group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 42, versions = "0..=2", flexible = "2+")]
pub struct DeleteGroupsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<DeletableGroupResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one group.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeletableGroupResult {
    pub group_id: Str,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
