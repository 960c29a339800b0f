//! A member of a share group (KIP-932).

use crate::{Message, Str, UnknownTags};

/// The member.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 10, versions = "0")]
pub struct ShareGroupMemberMetadataKey {
    pub group_id: Str,
    pub member_id: Str,
}

/// Where it runs and what it wants to read.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 10, versions = "0", flexible = "0+")]
pub struct ShareGroupMemberMetadataValue {
    #[field(default = "")]
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub subscribed_topic_names: Vec<Str>,
    pub unknown_tags: UnknownTags,
}
