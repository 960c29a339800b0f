//! Ends a transaction of the metadata log without effect.

use crate::{Message, Str, UnknownTags};

/// What came since the last BeginTransactionRecord does not count (KIP-868).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 25, versions = "0", flexible = "0+")]
pub struct AbortTransactionRecord {
    #[field(tag = 0)]
    pub reason: Option<Str>,
    pub unknown_tags: UnknownTags,
}
