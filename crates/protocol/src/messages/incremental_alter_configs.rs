//! IncrementalAlterConfigs (key 44): changes single settings of a resource and leaves the others alone (KIP-339).

use crate::{Fields, Message, Str, UnknownTags};

/// What to change; can be a mere trial.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 44, versions = "0..=1", flexible = "1+")]
pub struct IncrementalAlterConfigsRequest {
    pub resources: Vec<AlterConfigsResource>,
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

/// One resource and the changes to it.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterConfigsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    pub configs: Vec<AlterableConfig>,
    pub unknown_tags: UnknownTags,
}

/// One setting: set it, delete it, or add to or take from its list.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterableConfig {
    pub name: Str,
    pub config_operation: i8,
    #[field(default = "")]
    pub value: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// What became of each resource.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 44, versions = "0..=1", flexible = "1+")]
pub struct IncrementalAlterConfigsResponse {
    pub throttle_time_ms: i32,
    pub responses: Vec<AlterConfigsResourceResponse>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one resource.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterConfigsResourceResponse {
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
    pub unknown_tags: UnknownTags,
}
