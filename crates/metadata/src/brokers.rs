//! Brokers and controllers as they registered themselves.

use std::sync::Arc;

use ottla_types::{BrokerEpoch, BrokerId, Uuid};

/// Where a node listens under one listener name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The listener's name.
    pub listener: Arc<str>,
    /// The advertised host.
    pub host: Arc<str>,
    /// The advertised port.
    pub port: u16,
    /// Kafka's number for the security protocol: 0 is PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL.
    pub security_protocol: i16,
}

/// The levels of a feature that a node can work with, both included.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeatureRange {
    /// The feature's name.
    pub name: Arc<str>,
    /// The lowest level.
    pub min: i16,
    /// The highest level.
    pub max: i16,
}

/// A broker that registered, alive or fenced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// The broker's `node.id`.
    pub id: BrokerId,
    /// The offset of its registration.
    pub epoch: BrokerEpoch,
    /// Drawn anew with each start of the broker's process.
    pub incarnation: Uuid,
    /// Where it listens, one entry per listener name.
    pub endpoints: Vec<Endpoint>,
    /// What it supports.
    pub features: Vec<FeatureRange>,
    /// The rack it stands in.
    pub rack: Option<Arc<str>>,
    /// Fenced brokers lead nothing and are shown to no client.
    pub is_fenced: bool,
    /// It asked to leave; its partitions are being led elsewhere.
    pub in_controlled_shutdown: bool,
    /// A relic of the move from ZooKeeper, kept because Kafka writes it.
    pub is_migrating_zk_broker: bool,
    /// Ids of its log directories that are online.
    pub log_dirs: Vec<Uuid>,
    /// Ids of directories that take no new partitions; `None` until the broker has reported them.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl Broker {
    /// Whether it may lead partitions and be in their ISR.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.is_fenced && !self.in_controlled_shutdown
    }

    /// Whether a replica assigned to `directory` can be served. A broker that reports no directories predates
    /// their assignment, and ids with a meaning of their own (unassigned, migrating) name no directory at
    /// all.
    #[must_use]
    pub fn has_online_dir(&self, directory: Uuid) -> bool {
        match directory {
            UNASSIGNED | MIGRATING => true,
            LOST => false,
            _ => self.log_dirs.is_empty() || self.log_dirs.contains(&directory),
        }
    }

    /// The directory that a new replica is certainly placed in, if there is only one to choose.
    #[must_use]
    pub fn default_dir(&self) -> Uuid {
        match self.log_dirs[..] {
            [only] => only,
            _ => UNASSIGNED,
        }
    }

    /// Whether new replicas can be placed here as far as directories go.
    #[must_use]
    pub fn has_uncordoned_dir(&self) -> bool {
        match &self.cordoned_log_dirs {
            Some(cordoned) => {
                self.log_dirs.is_empty() || self.log_dirs.iter().any(|dir| !cordoned.contains(dir))
            }
            None => true,
        }
    }
}

/// Directory id of a replica whose directory the broker has not chosen yet.
pub const UNASSIGNED: Uuid = Uuid::ZERO;
/// Directory id of a replica that is in a directory which went offline.
pub const LOST: Uuid = Uuid::ONE;
/// Directory id of a replica that was created before directories had ids.
pub const MIGRATING: Uuid = Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);

/// A controller that registered (KIP-919).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerNode {
    /// The controller's `node.id`.
    pub id: BrokerId,
    /// Drawn anew with each start of its process.
    pub incarnation: Uuid,
    /// Whether it would have taken part in the move from ZooKeeper.
    pub zk_migration_ready: bool,
    /// Where it listens.
    pub endpoints: Vec<Endpoint>,
    /// What it supports.
    pub features: Vec<FeatureRange>,
}
