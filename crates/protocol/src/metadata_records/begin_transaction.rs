//! Begins a transaction of the metadata log.

use crate::{Message, Str, UnknownTags};

/// What follows takes effect as a whole or not at all, even across batches (KIP-868).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 23, versions = "0", flexible = "0+")]
pub struct BeginTransactionRecord {
    #[field(tag = 0)]
    pub name: Option<Str>,
    pub unknown_tags: UnknownTags,
}
