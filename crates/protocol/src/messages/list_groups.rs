//! ListGroups (key 16): the groups that a broker coordinates.

use crate::{Fields, Message, Str, UnknownTags};

/// In which states (KIP-518) and of which types (KIP-848); none stands for all.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 16, versions = "0..=5", flexible = "3+")]
pub struct ListGroupsRequest {
    #[field(versions = "4+")]
    pub states_filter: Vec<Str>,
    #[field(versions = "5+")]
    pub types_filter: Vec<Str>,
    pub unknown_tags: UnknownTags,
}

/// The groups.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 16, versions = "0..=5", flexible = "3+")]
pub struct ListGroupsResponse {
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub groups: Vec<ListedGroup>,
    pub unknown_tags: UnknownTags,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ListedGroup {
    pub group_id: Str,
    pub protocol_type: Str,
    #[field(versions = "4+", ignorable)]
    pub group_state: Str,
    #[field(versions = "5+", ignorable)]
    pub group_type: Str,
    pub unknown_tags: UnknownTags,
}
