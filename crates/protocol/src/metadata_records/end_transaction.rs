//! EndTransactionRecord

use crate::{Message, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 24, versions = "0", flexible = "0+")]
pub struct EndTransactionRecord {
    pub unknown_tags: UnknownTags,
}
