//! Ends a transaction of the metadata log.

use crate::{Message, UnknownTags};

/// What came since the last BeginTransactionRecord takes effect (KIP-868).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 24, versions = "0", flexible = "0+")]
pub struct EndTransactionRecord {
    pub unknown_tags: UnknownTags,
}
