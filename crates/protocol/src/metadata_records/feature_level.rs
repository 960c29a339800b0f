//! FeatureLevelRecord

use crate::{Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 12, versions = "0", flexible = "0+")]
pub struct FeatureLevelRecord {
    pub name: Str,
    pub feature_level: i16,
    pub unknown_tags: UnknownTags,
}
