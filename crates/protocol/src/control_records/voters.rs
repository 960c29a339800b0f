//! The voters of the metadata quorum.

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// From here on these nodes vote, as soon as the record is written and before it is committed (KIP-853).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0", flexible = "0+")]
pub struct VotersRecord {
    pub version: i16,
    pub voters: Vec<Voter>,
    pub unknown_tags: UnknownTags,
}

/// One voter: its node, its directory and where it can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Voter {
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub endpoints: Vec<Endpoint>,
    pub k_raft_version_feature: KRaftVersionFeature,
    pub unknown_tags: UnknownTags,
}

/// One of the voter's listeners.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Endpoint {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}

/// The versions of the quorum's protocol that the voter speaks.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct KRaftVersionFeature {
    pub min_supported_version: i16,
    pub max_supported_version: i16,
    pub unknown_tags: UnknownTags,
}
