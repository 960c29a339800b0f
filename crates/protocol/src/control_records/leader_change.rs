//! The beginning of a leader's epoch in the metadata log.

use ottla_types::Uuid;

use crate::{Fields, Message, UnknownTags};

/// The first record of an epoch: who leads, who could vote and who did (KIP-595).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0..=1", flexible = "0+")]
pub struct LeaderChangeMessage {
    pub version: i16,
    pub leader_id: i32,
    pub voters: Vec<Voter>,
    pub granting_voters: Vec<Voter>,
    pub unknown_tags: UnknownTags,
}

/// A voter of that election.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Voter {
    pub voter_id: i32,
    #[field(versions = "1+")]
    pub voter_directory_id: Uuid,
    pub unknown_tags: UnknownTags,
}
