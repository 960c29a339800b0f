//! DeleteAcls (key 31): deletes entries of the access control list (KIP-140).

use crate::{Fields, Message, Str, UnknownTags};

/// Filters; whatever one of them matches is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 31, versions = "1..=3", flexible = "2+")]
pub struct DeleteAclsRequest {
    pub filters: Vec<DeleteAclsFilter>,
    pub unknown_tags: UnknownTags,
}

/// One filter. What is null in it matches anything.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeleteAclsFilter {
    pub resource_type_filter: i8,
    #[field(default = "")]
    pub resource_name_filter: Option<Str>,
    #[field(default = 3)]
    pub pattern_type_filter: i8,
    #[field(default = "")]
    pub principal_filter: Option<Str>,
    #[field(default = "")]
    pub host_filter: Option<Str>,
    pub operation: i8,
    pub permission_type: i8,
    pub unknown_tags: UnknownTags,
}

/// What each filter matched.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 31, versions = "1..=3", flexible = "2+")]
pub struct DeleteAclsResponse {
    pub throttle_time_ms: i32,
    pub filter_results: Vec<DeleteAclsFilterResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one filter.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeleteAclsFilterResult {
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub matching_acls: Vec<DeleteAclsMatchingAcl>,
    pub unknown_tags: UnknownTags,
}

/// An entry that matched, and whether it could be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DeleteAclsMatchingAcl {
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
    #[field(default = 3)]
    pub pattern_type: i8,
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission_type: i8,
    pub unknown_tags: UnknownTags,
}
