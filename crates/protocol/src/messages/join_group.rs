//! JoinGroup (key 11): a member joins a classic group, or joins again because it rebalances.

use bytes::Bytes;

use crate::{Fields, Message, Str, UnknownTags};

/// Who joins, and the protocols that it could work with, the best first. A first join is told its member id
/// and comes again (KIP-394); a static member is known by its instance id (KIP-345).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 11, versions = "0..=9", flexible = "6+")]
pub struct JoinGroupRequest {
    pub group_id: Str,
    pub session_timeout_ms: i32,
    #[field(versions = "1+", default = -1, ignorable)]
    pub rebalance_timeout_ms: i32,
    pub member_id: Str,
    #[field(versions = "5+")]
    pub group_instance_id: Option<Str>,
    pub protocol_type: Str,
    pub protocols: Vec<JoinGroupRequestProtocol>,
    #[field(versions = "8+", ignorable)]
    pub reason: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// A protocol, and what the member's assignor says in it.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct JoinGroupRequestProtocol {
    pub name: Str,
    pub metadata: Bytes,
    pub unknown_tags: UnknownTags,
}

/// The new generation. Its leader gets all members, and assigns.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 11, versions = "0..=9", flexible = "6+")]
pub struct JoinGroupResponse {
    #[field(versions = "2+", ignorable)]
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = -1)]
    pub generation_id: i32,
    #[field(versions = "7+", ignorable)]
    pub protocol_type: Option<Str>,
    #[field(nullable = "7+", default = "")]
    pub protocol_name: Option<Str>,
    pub leader: Str,
    #[field(versions = "9+")]
    pub skip_assignment: bool,
    pub member_id: Str,
    pub members: Vec<JoinGroupResponseMember>,
    pub unknown_tags: UnknownTags,
}

/// A member, and what its assignor said.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct JoinGroupResponseMember {
    pub member_id: Str,
    #[field(versions = "5+", ignorable)]
    pub group_instance_id: Option<Str>,
    pub metadata: Bytes,
    pub unknown_tags: UnknownTags,
}
