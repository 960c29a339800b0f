//! KRaftVersionRecord

use crate::{Message, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0", flexible = "0+")]
pub struct KRaftVersionRecord {
    pub version: i16,
    pub k_raft_version: i16,
    pub unknown_tags: UnknownTags,
}
