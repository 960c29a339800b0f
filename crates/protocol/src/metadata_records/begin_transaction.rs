//! BeginTransactionRecord

use crate::{Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 23, versions = "0", flexible = "0+")]
pub struct BeginTransactionRecord {
    #[field(tag = 0)]
    pub name: Option<Str>,
    pub unknown_tags: UnknownTags,
}
