//! A member of a consumer group (KIP-848).

use bytes::Bytes;

use crate::{Fields, Message, Str, UnknownTags};

/// The member.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 5, versions = "0")]
pub struct ConsumerGroupMemberMetadataKey {
    pub group_id: Str,
    pub member_id: Str,
}

/// Where it runs and what it wants to read.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 5, versions = "0", flexible = "0+")]
pub struct ConsumerGroupMemberMetadataValue {
    #[field(default = "")]
    pub instance_id: Option<Str>,
    #[field(default = "")]
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub subscribed_topic_names: Vec<Str>,
    #[field(default = "")]
    pub subscribed_topic_regex: Option<Str>,
    #[field(default = -1)]
    pub rebalance_timeout_ms: i32,
    #[field(default = "")]
    pub server_assignor: Option<Str>,
    #[field(tag = 0, default = ClassicMemberMetadata::default())]
    pub classic_member_metadata: Option<ClassicMemberMetadata>,
    pub unknown_tags: UnknownTags,
}

/// What a member that still speaks the classic protocol has said.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ClassicMemberMetadata {
    pub session_timeout_ms: i32,
    pub supported_protocols: Vec<ClassicProtocol>,
    pub unknown_tags: UnknownTags,
}

/// One of the classic protocols that it could work with.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ClassicProtocol {
    pub name: Str,
    pub metadata: Bytes,
    pub unknown_tags: UnknownTags,
}
