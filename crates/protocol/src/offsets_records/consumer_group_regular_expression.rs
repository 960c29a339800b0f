//! What a regular expression matched in a consumer group (KIP-848).

use crate::{Message, Str, UnknownTags};

/// The group and the expression.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 16, versions = "0")]
pub struct ConsumerGroupRegularExpressionKey {
    pub group_id: Str,
    pub regular_expression: Str,
}

/// The topics that matched, as of which version of the metadata.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 16, versions = "0", flexible = "0+")]
pub struct ConsumerGroupRegularExpressionValue {
    pub topics: Vec<Str>,
    pub version: i64,
    pub timestamp: i64,
    pub unknown_tags: UnknownTags,
}
