//! The end of a snapshot.

use crate::{Message, UnknownTags};

/// The last record of a snapshot, without which it is not whole (KIP-630).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0", flexible = "0+")]
pub struct SnapshotFooterRecord {
    pub version: i16,
    pub unknown_tags: UnknownTags,
}
