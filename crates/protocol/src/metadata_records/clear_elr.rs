//! ClearElrRecord

use crate::{Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 28, versions = "0", flexible = "0+")]
pub struct ClearElrRecord {
    pub topic_name: Str,
    pub unknown_tags: UnknownTags,
}
