//! RemoveRaftVoter (key 81): a controller leaves the voters of the metadata quorum (KIP-853).

use ottla_types::Uuid;

use crate::{Message, Str, UnknownTags};

/// Asks the leader of the quorum to make a voter an observer.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 81, versions = "0", flexible = "0+")]
pub struct RemoveRaftVoterRequest {
    #[field(default = "")]
    pub cluster_id: Option<Str>,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub unknown_tags: UnknownTags,
}

/// Whether the voter set changed.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 81, versions = "0", flexible = "0+")]
pub struct RemoveRaftVoterResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
