//! The beginning of a snapshot.

use crate::{Message, UnknownTags};

/// The first record of a snapshot, with the time of the last record that it covers (KIP-630).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0", flexible = "0+")]
pub struct SnapshotHeaderRecord {
    pub version: i16,
    pub last_contained_log_timestamp: i64,
    pub unknown_tags: UnknownTags,
}
