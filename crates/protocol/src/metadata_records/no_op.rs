//! Nothing.

use crate::{Message, UnknownTags};

/// Moves the log on when nothing else does, so that followers can tell that it lives (KIP-835).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 20, versions = "0", flexible = "0+")]
pub struct NoOpRecord {
    pub unknown_tags: UnknownTags,
}
