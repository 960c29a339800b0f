//! A broker's registration.

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// A broker has joined, or joined again. The record's own offset is the broker's epoch.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "0..=4", flexible = "0+")]
pub struct RegisterBrokerRecord {
    pub broker_id: i32,
    #[field(versions = "2+")]
    pub is_migrating_zk_broker: bool,
    pub incarnation_id: Uuid,
    pub broker_epoch: i64,
    pub end_points: Vec<BrokerEndpoint>,
    pub features: Vec<BrokerFeature>,
    #[field(default = "")]
    pub rack: Option<Str>,
    #[field(default = true)]
    pub fenced: bool,
    #[field(versions = "1+")]
    pub in_controlled_shutdown: bool,
    #[field(versions = "3+", tag = 0)]
    pub log_dirs: Vec<Uuid>,
    #[field(versions = "4+", tag = 1)]
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
    pub unknown_tags: UnknownTags,
}

/// One of its listeners.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct BrokerEndpoint {
    pub name: Str,
    pub host: Str,
    pub port: u16,
    pub security_protocol: i16,
    pub unknown_tags: UnknownTags,
}

/// A feature and the levels that the broker could work with.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct BrokerFeature {
    pub name: Str,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
    pub unknown_tags: UnknownTags,
}
