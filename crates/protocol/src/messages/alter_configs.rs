//! AlterConfigsRequest

use crate::{Fields, Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 33, versions = "0..=2", flexible = "2+")]
pub struct AlterConfigsRequest {
    pub resources: Vec<AlterConfigsResource>,
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterConfigsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    pub configs: Vec<AlterableConfig>,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterableConfig {
    pub name: Str,
    #[field(default = "")]
    pub value: Option<Str>,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 33, versions = "0..=2", flexible = "2+")]
pub struct AlterConfigsResponse {
    pub throttle_time_ms: i32,
    pub responses: Vec<AlterConfigsResourceResponse>,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterConfigsResourceResponse {
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
    pub unknown_tags: UnknownTags,
}
