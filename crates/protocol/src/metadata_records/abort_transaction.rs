//! AbortTransactionRecord

use crate::{Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 25, versions = "0", flexible = "0+")]
pub struct AbortTransactionRecord {
    #[field(tag = 0)]
    pub reason: Option<Str>,
    pub unknown_tags: UnknownTags,
}
