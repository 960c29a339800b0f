//! CreateAcls (key 30): grants and denies access (KIP-140).

use crate::{Fields, Message, Str, UnknownTags};

/// Entries to add to the access control list.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 30, versions = "1..=3", flexible = "2+")]
pub struct CreateAclsRequest {
    pub creations: Vec<AclCreation>,
    pub unknown_tags: UnknownTags,
}

/// Who, from where, may or may not do what, to which resources.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AclCreation {
    pub resource_type: i8,
    pub resource_name: Str,
    #[field(default = 3)]
    pub resource_pattern_type: i8,
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission_type: i8,
    pub unknown_tags: UnknownTags,
}

/// What became of each entry, in the order of the request.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 30, versions = "1..=3", flexible = "2+")]
pub struct CreateAclsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<AclCreationResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one entry.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AclCreationResult {
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
