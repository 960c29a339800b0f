//! UpdateRaftVoter (key 82): a voter of the metadata quorum changes where it can be reached (KIP-853).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The voter, its listeners and the versions of the quorum's protocol that it speaks.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 82, versions = "0", flexible = "0+")]
pub struct UpdateRaftVoterRequest {
    #[field(default = "")]
    pub cluster_id: Option<Str>,
    pub current_leader_epoch: i32,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub listeners: Vec<Listener>,
    pub k_raft_version_feature: KRaftVersionFeature,
    pub unknown_tags: UnknownTags,
}

/// One of the voter's listeners.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Listener {
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

/// Whether the voter set changed, and who leads.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 82, versions = "0", flexible = "0+")]
pub struct UpdateRaftVoterResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(tag = 0)]
    pub current_leader: CurrentLeader,
    pub unknown_tags: UnknownTags,
}

/// The leader and where it can be reached.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CurrentLeader {
    #[field(default = -1)]
    pub leader_id: i32,
    #[field(default = -1)]
    pub leader_epoch: i32,
    pub host: Str,
    pub port: i32,
    pub unknown_tags: UnknownTags,
}
