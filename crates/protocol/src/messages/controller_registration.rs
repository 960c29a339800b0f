//! ControllerRegistration (key 70): a controller that starts joins the cluster (KIP-919).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Who the controller is, where it listens and which features it could work with.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 70, versions = "0", flexible = "0+")]
pub struct ControllerRegistrationRequest {
    pub controller_id: i32,
    pub incarnation_id: Uuid,
    pub zk_migration_ready: bool,
    pub listeners: Vec<Listener>,
    pub features: Vec<Feature>,
    pub unknown_tags: UnknownTags,
}

/// One of the controller's listeners.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Listener {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub security_protocol: i16,
    pub unknown_tags: UnknownTags,
}

/// A feature and the levels that the controller could work with.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Feature {
    pub name: Str,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
    pub unknown_tags: UnknownTags,
}

/// Whether the active controller knows it now.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 70, versions = "0", flexible = "0+")]
pub struct ControllerRegistrationResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
