//! DescribeAcls (key 29): looks into the access control list (KIP-140).

use crate::{Fields, Message, Str, UnknownTags};

/// A filter. What is null in it matches anything.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 29, versions = "1..=3", flexible = "2+")]
pub struct DescribeAclsRequest {
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

/// The entries that match, by resource.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 29, versions = "1..=3", flexible = "2+")]
pub struct DescribeAclsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub resources: Vec<DescribeAclsResource>,
    pub unknown_tags: UnknownTags,
}

/// A resource, or a pattern for resources, and its entries.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeAclsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    #[field(default = 3)]
    pub pattern_type: i8,
    pub acls: Vec<AclDescription>,
    pub unknown_tags: UnknownTags,
}

/// Who, from where, may or may not do what.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AclDescription {
    pub principal: Str,
    pub host: Str,
    pub operation: i8,
    pub permission_type: i8,
    pub unknown_tags: UnknownTags,
}
