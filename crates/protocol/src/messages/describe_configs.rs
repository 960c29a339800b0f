//! DescribeConfigs (key 32): the settings of topics, brokers, groups and client metrics (KIP-133).

use crate::{Fields, Message, Str, UnknownTags};

/// Which settings of which resources, and how much about each.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 32, versions = "1..=4", flexible = "4+")]
pub struct DescribeConfigsRequest {
    pub resources: Vec<DescribeConfigsResource>,
    pub include_synonyms: bool,
    #[field(versions = "3+")]
    pub include_documentation: bool,
    pub unknown_tags: UnknownTags,
}

/// One resource, and which of its settings; null stands for all.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeConfigsResource {
    pub resource_type: i8,
    pub resource_name: Str,
    #[field(default = Vec::new())]
    pub configuration_keys: Option<Vec<Str>>,
    pub unknown_tags: UnknownTags,
}

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 32, versions = "1..=4", flexible = "4+")]
pub struct DescribeConfigsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<DescribeConfigsResult>,
    pub unknown_tags: UnknownTags,
}

/// One resource and its settings.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeConfigsResult {
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub resource_type: i8,
    pub resource_name: Str,
    pub configs: Vec<DescribeConfigsResourceResult>,
    pub unknown_tags: UnknownTags,
}

/// One setting: its value, where that comes from, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeConfigsResourceResult {
    pub name: Str,
    #[field(default = "")]
    pub value: Option<Str>,
    pub read_only: bool,
    #[field(default = -1)]
    pub config_source: i8,
    pub is_sensitive: bool,
    pub synonyms: Vec<DescribeConfigsSynonym>,
    #[field(versions = "3+", ignorable)]
    pub config_type: i8,
    #[field(versions = "3+", default = "", ignorable)]
    pub documentation: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// A place where the value could also come from, in the order in which they are asked (KIP-226).
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeConfigsSynonym {
    pub name: Str,
    #[field(default = "")]
    pub value: Option<Str>,
    pub source: i8,
    pub unknown_tags: UnknownTags,
}
