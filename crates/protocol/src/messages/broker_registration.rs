//! BrokerRegistration (key 62): a broker that starts joins the cluster (KIP-500).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// Who the broker is, where it listens, which features it could work with and which log directories it has.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 62, versions = "0..=4", flexible = "0+")]
pub struct BrokerRegistrationRequest {
    pub broker_id: i32,
    pub cluster_id: Str,
    pub incarnation_id: Uuid,
    pub listeners: Vec<Listener>,
    pub features: Vec<Feature>,
    #[field(default = "")]
    pub rack: Option<Str>,
    #[field(versions = "1+")]
    pub is_migrating_zk_broker: bool,
    #[field(versions = "2+", ignorable)]
    pub log_dirs: Vec<Uuid>,
    #[field(versions = "3+", default = -1, ignorable)]
    pub previous_broker_epoch: i64,
    pub unknown_tags: UnknownTags,
}

/// One of the broker's listeners.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Listener {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub security_protocol: i16,
    pub unknown_tags: UnknownTags,
}

/// A feature and the levels that the broker could work with.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct Feature {
    pub name: Str,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
    pub unknown_tags: UnknownTags,
}

/// The broker's epoch, which names this registration from now on.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 62, versions = "0..=4", flexible = "0+")]
pub struct BrokerRegistrationResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = -1)]
    pub broker_epoch: i64,
    pub unknown_tags: UnknownTags,
}
