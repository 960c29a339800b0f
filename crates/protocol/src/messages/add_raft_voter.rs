//! AddRaftVoter (key 80): a controller joins the voters of the metadata quorum (KIP-853).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Asks the leader of the quorum to make an observer a voter.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 80, versions = "0..=1", flexible = "0+")]
pub struct AddRaftVoterRequest {
    #[field(default = "")]
    pub cluster_id: Option<Str>,
    pub timeout_ms: i32,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub listeners: Vec<Listener>,
    #[field(versions = "1+", default = true)]
    pub ack_when_committed: bool,
    pub unknown_tags: UnknownTags,
}

/// Where the new voter can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Listener {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub unknown_tags: UnknownTags,
}

/// Whether the voter set changed.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 80, versions = "0..=1", flexible = "0+")]
pub struct AddRaftVoterResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
