//! Heartbeat (key 12): a member of a classic group tells that it is alive.

use crate::{Message, Str, UnknownTags};

/// Who is alive, in which generation of the group.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 12, versions = "0..=4", flexible = "4+")]
pub struct HeartbeatRequest {
    pub group_id: Str,
    pub generation_id: i32,
    pub member_id: Str,
    #[field(versions = "3+")]
    pub group_instance_id: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// Whether all is well, or the group rebalances.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 12, versions = "0..=4", flexible = "4+")]
pub struct HeartbeatResponse {
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
