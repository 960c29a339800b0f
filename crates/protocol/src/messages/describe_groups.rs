//! DescribeGroups (key 15): looks into classic groups.

use bytes::Bytes;

use crate::{Fields, Message, Str, UnknownTags};

/// Which groups to describe.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 15, versions = "0..=6", flexible = "5+")]
pub struct DescribeGroupsRequest {
    pub groups: Vec<Str>,
    #[field(versions = "3+")]
    pub include_authorized_operations: bool,
    pub unknown_tags: UnknownTags,
}

/// The groups.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 15, versions = "0..=6", flexible = "5+")]
pub struct DescribeGroupsResponse {
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
    pub unknown_tags: UnknownTags,
}

/// One group: its state, its protocol and its members.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribedGroup {
    pub error_code: i16,
    #[field(versions = "6+")]
    pub error_message: Option<Str>,
    pub group_id: Str,
    pub group_state: Str,
    pub protocol_type: Str,
    pub protocol_data: Str,
    pub members: Vec<DescribedGroupMember>,
    #[field(versions = "3+", default = i32::MIN)]
    pub authorized_operations: i32,
    pub unknown_tags: UnknownTags,
}

/// One member, with the subscription and the assignment that only its own protocol can read.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribedGroupMember {
    pub member_id: Str,
    #[field(versions = "4+", ignorable)]
    pub group_instance_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub member_metadata: Bytes,
    pub member_assignment: Bytes,
    pub unknown_tags: UnknownTags,
}
