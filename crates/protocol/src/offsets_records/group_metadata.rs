//! A classic group.

use bytes::Bytes;

use crate::{Fields, Message, Str, UnknownTags};

/// The group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 2, versions = "0")]
pub struct GroupMetadataKey {
    pub group: Str,
}

/// Its generation, its protocol, its leader and its members, as of its last rebalance.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 2, versions = "0..=4", flexible = "4+")]
pub struct GroupMetadataValue {
    pub protocol_type: Str,
    pub generation: i32,
    #[field(default = "")]
    pub protocol: Option<Str>,
    #[field(default = "")]
    pub leader: Option<Str>,
    #[field(versions = "2+", default = -1, ignorable)]
    pub current_state_timestamp: i64,
    pub members: Vec<MemberMetadata>,
    pub unknown_tags: UnknownTags,
}

/// One member: what it said when it joined, and what it was assigned.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct MemberMetadata {
    pub member_id: Str,
    #[field(versions = "3+", ignorable)]
    pub group_instance_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    #[field(versions = "1+", default = -1, ignorable)]
    pub rebalance_timeout: i32,
    pub session_timeout: i32,
    pub subscription: Bytes,
    pub assignment: Bytes,
    pub unknown_tags: UnknownTags,
}
