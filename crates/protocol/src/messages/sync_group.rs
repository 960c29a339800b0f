//! SyncGroup (key 14): hands out what the leader of a classic group assigned.

use bytes::Bytes;

use crate::{Fields, Message, Str, UnknownTags};

/// From the leader, the assignments; from the others, nothing but the question.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 14, versions = "0..=5", flexible = "4+")]
pub struct SyncGroupRequest {
    pub group_id: Str,
    pub generation_id: i32,
    pub member_id: Str,
    #[field(versions = "3+")]
    pub group_instance_id: Option<Str>,
    #[field(versions = "5+", ignorable)]
    pub protocol_type: Option<Str>,
    #[field(versions = "5+", ignorable)]
    pub protocol_name: Option<Str>,
    pub assignments: Vec<SyncGroupRequestAssignment>,
    pub unknown_tags: UnknownTags,
}

/// One member and what it is to do.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct SyncGroupRequestAssignment {
    pub member_id: Str,
    pub assignment: Bytes,
    pub unknown_tags: UnknownTags,
}

/// What this member is to do.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 14, versions = "0..=5", flexible = "4+")]
pub struct SyncGroupResponse {
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(versions = "5+", ignorable)]
    pub protocol_type: Option<Str>,
    #[field(versions = "5+", ignorable)]
    pub protocol_name: Option<Str>,
    pub assignment: Bytes,
    pub unknown_tags: UnknownTags,
}
