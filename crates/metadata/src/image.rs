//! The metadata image itself.

use std::sync::Arc;

use imbl::OrdMap;
use ottla_types::{BrokerId, LeaderEpoch, Offset, ProducerId, Timestamp};

use crate::brokers::{Broker, ControllerNode};
use crate::configs::Configs;
use crate::security::Security;
use crate::topics::Topics;
use crate::version::MetadataVersion;

/// How far into the metadata log an image reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The offset of the first record that is not in the image.
    pub end_offset: Offset,
    /// The leader epoch of the last record that is.
    pub epoch: LeaderEpoch,
    /// The timestamp of the last record that is.
    pub timestamp: Timestamp,
}

impl Default for Position {
    fn default() -> Self {
        Self { end_offset: Offset::ZERO, epoch: LeaderEpoch(0), timestamp: Timestamp(0) }
    }
}

/// Everything that the metadata log says up to one offset.
///
/// Cloning costs a few reference counts, and a clone that is changed shares all that did not change: so
/// whoever applies records publishes a clone after each batch, and a reader holds one as long as it likes.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct MetadataImage {
    pub(crate) position: Position,
    pub(crate) features: OrdMap<Arc<str>, i16>,
    pub(crate) brokers: OrdMap<BrokerId, Arc<Broker>>,
    pub(crate) controllers: OrdMap<BrokerId, Arc<ControllerNode>>,
    pub(crate) topics: Topics,
    pub(crate) configs: Configs,
    pub(crate) security: Security,
    pub(crate) next_producer_id: Option<ProducerId>,
    /// The image as it was before the metadata transaction (KIP-866) that is now open.
    pub(crate) before_transaction: Option<Box<MetadataImage>>,
}

impl MetadataImage {
    /// How far into the log it reaches.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The offset of the first record that is not in the image.
    #[must_use]
    pub fn end_offset(&self) -> Offset {
        self.position.end_offset
    }

    /// Says how far into the log the records reach that were applied. The caller knows: control records count
    /// too.
    pub fn set_position(&mut self, position: Position) {
        self.position = position;
    }

    /// Topics and partitions.
    #[must_use]
    pub fn topics(&self) -> &Topics {
        &self.topics
    }

    /// Settings changed at run time.
    #[must_use]
    pub fn configs(&self) -> &Configs {
        &self.configs
    }

    /// ACLs, credentials, tokens and quotas.
    #[must_use]
    pub fn security(&self) -> &Security {
        &self.security
    }

    /// A registered broker.
    #[must_use]
    pub fn broker(&self, id: BrokerId) -> Option<&Arc<Broker>> {
        self.brokers.get(&id)
    }

    /// All registered brokers, ordered by id.
    pub fn brokers(&self) -> impl Iterator<Item = &Arc<Broker>> + '_ {
        self.brokers.values()
    }

    /// All registered controllers, ordered by id.
    pub fn controllers(&self) -> impl Iterator<Item = &Arc<ControllerNode>> + '_ {
        self.controllers.values()
    }

    /// A registered controller.
    #[must_use]
    pub fn controller(&self, id: BrokerId) -> Option<&Arc<ControllerNode>> {
        self.controllers.get(&id)
    }

    /// Whether `broker` is registered, not fenced and not leaving.
    #[must_use]
    pub fn is_active(&self, broker: BrokerId) -> bool {
        self.broker(broker).is_some_and(|broker| broker.is_active())
    }

    /// The finalized level of a feature; 0 if it is not finalized.
    #[must_use]
    pub fn feature(&self, name: &str) -> i16 {
        self.features.get(name).copied().unwrap_or(0)
    }

    /// All finalized features with their levels, ordered by name.
    pub fn features(&self) -> impl Iterator<Item = (&Arc<str>, i16)> + '_ {
        self.features.iter().map(|(name, &level)| (name, level))
    }

    /// The finalized `metadata.version`; the lowest there is before the log has named one.
    #[must_use]
    pub fn metadata_version(&self) -> MetadataVersion {
        self.features
            .get(MetadataVersion::FEATURE)
            .map_or(MetadataVersion::MINIMUM, |&level| MetadataVersion(level))
    }

    /// Whether the log has named a `metadata.version`, which is the first thing written to a new cluster's.
    #[must_use]
    pub fn is_bootstrapped(&self) -> bool {
        self.features.contains_key(MetadataVersion::FEATURE)
    }

    /// Whether partitions keep eligible leader replicas (KIP-966).
    #[must_use]
    pub fn keeps_eligible_leader_replicas(&self) -> bool {
        self.feature("eligible.leader.replicas.version") >= 1
            && self.metadata_version().has_eligible_leader_replicas()
    }

    /// The first producer id that no block contains.
    #[must_use]
    pub fn next_producer_id(&self) -> ProducerId {
        self.next_producer_id.unwrap_or(ProducerId(0))
    }

    /// Whether a metadata transaction (KIP-866) is open.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.before_transaction.is_some()
    }

    /// What readers may see: the image without the transaction that is open, if one is.
    #[must_use]
    pub fn committed(&self) -> &Self {
        self.before_transaction.as_deref().unwrap_or(self)
    }
}
