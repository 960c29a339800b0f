//! UpdateFeatures (key 57): raises and lowers the levels of the cluster's features (KIP-584).

use crate::{Fields, Message, Str, UnknownTags};

/// The levels wanted; can be a mere trial.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 57, versions = "0..=2", flexible = "0+")]
pub struct UpdateFeaturesRequest {
    #[field(default = 60_000)]
    pub timeout_ms: i32,
    pub feature_updates: Vec<FeatureUpdateKey>,
    #[field(versions = "1+")]
    pub validate_only: bool,
    pub unknown_tags: UnknownTags,
}

/// One feature and its new level; 0 ends it. Going back must be allowed expressly.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct FeatureUpdateKey {
    pub feature: Str,
    pub max_version_level: i16,
    #[field(versions = "0")]
    pub allow_downgrade: bool,
    #[field(versions = "1+", default = 1)]
    pub upgrade_type: i8,
    pub unknown_tags: UnknownTags,
}

/// What became of it; up to version 1 feature by feature.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 57, versions = "0..=2", flexible = "0+")]
pub struct UpdateFeaturesResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    #[field(versions = "0..=1", ignorable)]
    pub results: Vec<UpdatableFeatureResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one feature.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct UpdatableFeatureResult {
    pub feature: Str,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
