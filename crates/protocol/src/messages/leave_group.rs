//! LeaveGroup (key 13): members leave a classic group.

use crate::{Fields, Message, Str, UnknownTags};

/// Who leaves; since version 3 several at once, which is how an operator removes static members (KIP-345).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 13, versions = "0..=5", flexible = "4+")]
pub struct LeaveGroupRequest {
    pub group_id: Str,
    #[field(versions = "0..=2")]
    pub member_id: Str,
    #[field(versions = "3+")]
    pub members: Vec<MemberIdentity>,
    pub unknown_tags: UnknownTags,
}

/// One member, and why it leaves.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct MemberIdentity {
    pub member_id: Str,
    pub group_instance_id: Option<Str>,
    #[field(versions = "5+", ignorable)]
    pub reason: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// What became of each.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 13, versions = "0..=5", flexible = "4+")]
pub struct LeaveGroupResponse {
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(versions = "3+")]
    pub members: Vec<MemberResponse>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one member.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct MemberResponse {
    pub member_id: Str,
    #[field(default = "")]
    pub group_instance_id: Option<Str>,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
