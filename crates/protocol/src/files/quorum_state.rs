//! The `quorum-state` file: what a node of the metadata quorum must not forget.

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The leader that it knows and for whom it voted, in which epoch. The file holds it as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "0..=1", flexible = "0+")]
pub struct QuorumStateData {
    #[field(versions = "0")]
    pub cluster_id: Str,
    #[field(default = -1)]
    pub leader_id: i32,
    #[field(default = -1)]
    pub leader_epoch: i32,
    #[field(default = -1)]
    pub voted_id: i32,
    #[field(versions = "1+")]
    pub voted_directory_id: Uuid,
    #[field(versions = "0")]
    pub applied_offset: i64,
    #[field(versions = "0", default = Vec::new())]
    pub current_voters: Option<Vec<Voter>>,
    pub unknown_tags: UnknownTags,
}

/// A voter, as version 0 had them.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Voter {
    pub voter_id: i32,
    pub unknown_tags: UnknownTags,
}
