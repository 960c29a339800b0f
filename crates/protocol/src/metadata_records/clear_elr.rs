//! Forgets who else could lead.

use crate::{Message, Str, UnknownTags};

/// A topic's eligible leader replicas are forgotten, or those of all topics if none is named (KIP-966).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 28, versions = "0", flexible = "0+")]
pub struct ClearElrRecord {
    pub topic_name: Str,
    pub unknown_tags: UnknownTags,
}
