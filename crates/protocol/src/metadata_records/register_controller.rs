//! A controller's registration.

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// A controller has joined, or joined again (KIP-919).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 27, versions = "0", flexible = "0+")]
pub struct RegisterControllerRecord {
    pub controller_id: i32,
    pub incarnation_id: Uuid,
    pub zk_migration_ready: bool,
    pub end_points: Vec<ControllerEndpoint>,
    pub features: Vec<ControllerFeature>,
    pub unknown_tags: UnknownTags,
}

/// One of its listeners.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ControllerEndpoint {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub security_protocol: i16,
    pub unknown_tags: UnknownTags,
}

/// A feature and the levels that the controller could work with.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ControllerFeature {
    pub name: Str,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
    pub unknown_tags: UnknownTags,
}
