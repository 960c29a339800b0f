//! A member of a streams group (KIP-1071).

use crate::{Fields, Message, Str, UnknownTags};

/// The member.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 19, versions = "0")]
pub struct StreamsGroupMemberMetadataKey {
    pub group_id: Str,
    pub member_id: Str,
}

/// Where it runs, which topology, and how it wants its tasks spread.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 19, versions = "0", flexible = "0+")]
pub struct StreamsGroupMemberMetadataValue {
    #[field(default = "")]
    pub instance_id: Option<Str>,
    #[field(default = "")]
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    #[field(default = -1)]
    pub rebalance_timeout_ms: i32,
    pub topology_epoch: i32,
    pub process_id: Str,
    pub user_endpoint: Option<Endpoint>,
    pub client_tags: Vec<KeyValue>,
    pub unknown_tags: UnknownTags,
}

/// Where it answers queries of its state.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Endpoint {
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}

/// A tag and its value.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct KeyValue {
    pub key: Str,
    pub value: Str,
    pub unknown_tags: UnknownTags,
}
