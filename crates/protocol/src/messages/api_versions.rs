//! ApiVersionsRequest

use crate::{Fields, Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 18, versions = "0..=4", flexible = "3+")]
pub struct ApiVersionsRequest {
    #[field(versions = "3+", ignorable)]
    pub client_software_name: Str,
    #[field(versions = "3+", ignorable)]
    pub client_software_version: Str,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 18, versions = "0..=4", flexible = "3+")]
pub struct ApiVersionsResponse {
    pub error_code: i16,
    pub api_keys: Vec<ApiVersion>,
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    #[field(versions = "3+", tag = 0, ignorable)]
    pub supported_features: Vec<SupportedFeatureKey>,
    #[field(versions = "3+", tag = 1, default = -1, ignorable)]
    pub finalized_features_epoch: i64,
    #[field(versions = "3+", tag = 2, ignorable)]
    pub finalized_features: Vec<FinalizedFeatureKey>,
    #[field(versions = "3+", tag = 3, ignorable)]
    pub zk_migration_ready: bool,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ApiVersion {
    pub api_key: i16,
    pub min_version: i16,
    pub max_version: i16,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct SupportedFeatureKey {
    pub name: Str,
    pub min_version: i16,
    pub max_version: i16,
    pub unknown_tags: UnknownTags,
}

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct FinalizedFeatureKey {
    pub name: Str,
    pub max_version_level: i16,
    pub min_version_level: i16,
    pub unknown_tags: UnknownTags,
}
