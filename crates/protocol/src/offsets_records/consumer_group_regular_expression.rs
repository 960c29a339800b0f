//! ConsumerGroupRegularExpressionKey

use crate::{Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 16, versions = "0")]
pub struct ConsumerGroupRegularExpressionKey {
    pub group_id: Str,
    pub regular_expression: Str,
}

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 16, versions = "0", flexible = "0+")]
pub struct ConsumerGroupRegularExpressionValue {
    pub topics: Vec<Str>,
    pub version: i64,
    pub timestamp: i64,
    pub unknown_tags: UnknownTags,
}
