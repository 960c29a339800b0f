//! FindCoordinator (key 10): which broker coordinates a group or a transaction.

use crate::{Fields, Message, Str, UnknownTags};

/// Whose coordinator is wanted; since version 4 of several at once (KIP-699).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 10, versions = "0..=6", flexible = "3+")]
pub struct FindCoordinatorRequest {
    #[field(versions = "0..=3")]
    pub key: Str,
    #[field(versions = "1+")]
    pub key_type: i8,
    #[field(versions = "4+")]
    pub coordinator_keys: Vec<Str>,
    pub unknown_tags: UnknownTags,
}

/// The coordinators.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 10, versions = "0..=6", flexible = "3+")]
pub struct FindCoordinatorResponse {
    #[field(versions = "1+", ignorable)]
    pub throttle_time_ms: i32,
    #[field(versions = "0..=3")]
    pub error_code: i16,
    #[field(versions = "1..=3", default = "", ignorable)]
    pub error_message: Option<Str>,
    #[field(versions = "0..=3")]
    pub node_id: i32,
    #[field(versions = "0..=3")]
    pub host: Str,
    #[field(versions = "0..=3")]
    pub port: i32,
    #[field(versions = "4+")]
    pub coordinators: Vec<Coordinator>,
    pub unknown_tags: UnknownTags,
}

/// The coordinator for one key.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Coordinator {
    pub key: Str,
    pub node_id: i32,
    pub host: Str,
    pub port: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
