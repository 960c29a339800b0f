//! SnapshotFooterRecord

use crate::{Message, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0", flexible = "0+")]
pub struct SnapshotFooterRecord {
    pub version: i16,
    pub unknown_tags: UnknownTags,
}
