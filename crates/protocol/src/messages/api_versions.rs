//! ApiVersions (key 18): the first question of every client (KIP-35, KIP-511).

use crate::{Fields, Message, Str, UnknownTags};

/// Asks which requests the broker knows in which versions. Since version 3 it says which software asks.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 18, versions = "0..=4", flexible = "3+")]
pub struct ApiVersionsRequest {
    #[field(versions = "3+", ignorable)]
    pub client_software_name: Str,
    #[field(versions = "3+", ignorable)]
    pub client_software_version: Str,
    pub unknown_tags: UnknownTags,
}

/// What the broker speaks, and which features the cluster has. Whatever its version, its header is of the
/// first version; and a request that is too new is answered in version 0.
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

/// One kind of request and the versions that the broker serves.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ApiVersion {
    pub api_key: i16,
    pub min_version: i16,
    pub max_version: i16,
    pub unknown_tags: UnknownTags,
}

/// A feature and the levels that the node could work with (KIP-584).
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct SupportedFeatureKey {
    pub name: Str,
    pub min_version: i16,
    pub max_version: i16,
    pub unknown_tags: UnknownTags,
}

/// A feature and the level that the cluster has agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct FinalizedFeatureKey {
    pub name: Str,
    pub max_version_level: i16,
    pub min_version_level: i16,
    pub unknown_tags: UnknownTags,
}
