//! AlterConfigs (key 33): replaces all settings of a topic or a broker (KIP-133). Superseded by
//! IncrementalAlterConfigs.
//! IncrementalAlterConfigs.
//! IncrementalAlterConfigs.

use crate::{Fields, Message, Str, UnknownTags};

/// The settings that shall hold; those that are not named return to their defaults.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 33, versions = "0..=2", flexible = "2+")]
pub struct AlterConfigsRequest {
    pub resources: Vec<AlterConfigsResource>,
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

/// One resource and all its settings.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterConfigsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    pub configs: Vec<AlterableConfig>,
    pub unknown_tags: UnknownTags,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterableConfig {
    pub name: Str,
    #[field(default = "")]
    pub value: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// What became of each resource.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 33, versions = "0..=2", flexible = "2+")]
pub struct AlterConfigsResponse {
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
