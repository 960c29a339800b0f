//! ListConfigResources (key 74): which resources have settings of their own (KIP-1142). Version 0 knew only client
//! metrics (KIP-714).
//! metrics (KIP-714).
//! metrics (KIP-714).

use crate::{Fields, Message, Str, UnknownTags};

/// Which types of resource; none stands for all.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 74, versions = "0..=1", flexible = "0+")]
pub struct ListConfigResourcesRequest {
    #[field(versions = "1+")]
    pub resource_types: Vec<i8>,
    pub unknown_tags: UnknownTags,
}

/// The resources.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 74, versions = "0..=1", flexible = "0+")]
pub struct ListConfigResourcesResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub config_resources: Vec<ConfigResource>,
    pub unknown_tags: UnknownTags,
}

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ConfigResource {
    pub resource_name: Str,
    #[field(versions = "1+", default = 16, ignorable)]
    pub resource_type: i8,
    pub unknown_tags: UnknownTags,
}
