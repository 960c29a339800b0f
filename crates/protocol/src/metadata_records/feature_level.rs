//! The level of a feature.

use crate::{Message, Str, UnknownTags};

/// From here on the cluster is at this level of the feature; `metadata.version` is one (KIP-584, KIP-778).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 12, versions = "0", flexible = "0+")]
pub struct FeatureLevelRecord {
    pub name: Str,
    pub feature_level: i16,
    pub unknown_tags: UnknownTags,
}
