//! The version of the quorum's protocol.

use crate::{Message, UnknownTags};

/// From here on the metadata quorum speaks this version (KIP-853).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0", flexible = "0+")]
pub struct KRaftVersionRecord {
    pub version: i16,
    pub k_raft_version: i16,
    pub unknown_tags: UnknownTags,
}
