//! What belongs to the cluster as a whole: its first records, its features, its producer ids.

use std::sync::Arc;

use ottla_machine::Decision;
use ottla_metadata::{MetadataRecord, MetadataVersion};
use ottla_protocol::metadata_records::{
    AbortTransactionRecord, BeginTransactionRecord, ConfigRecord, EndTransactionRecord, FeatureLevelRecord,
    ProducerIdsRecord,
};
use ottla_types::{BrokerEpoch, BrokerId, ProducerId};

use crate::command::{Bootstrap, FeatureUpdate, UpdateFeatures, UpgradeType};
use crate::controller::Controller;
use crate::refusal::Refusal;

/// The feature whose level is the quorum's own business: it stands in control records, never in a feature's record.
pub const KRAFT_VERSION: &str = "kraft.version";

/// How many producer ids a broker gets at a time.
pub const PRODUCER_ID_BLOCK_LEN: i64 = 1000;

impl Controller {
    /// Writes what Apache Kafka 4.3.1 writes when its first controller becomes active: the features' levels,
    /// and what was laid down when the directory was formatted, within a transaction where `metadata.version`
    /// has them. Before that it ends the transaction that a leader left open when it died.
    pub(crate) fn bootstrap(&self, command: &Bootstrap, out: &mut Decision<Self>) -> bool {
        if self.image.in_transaction() {
            let reason = Some("its leader died within it".into());
            out.record(AbortTransactionRecord { reason, ..Default::default() }.into());
        }
        if self.image.committed().is_bootstrapped() {
            return false;
        }
        let features = self.first_features(command);
        let version = features.iter().find(|(name, _)| &***name == MetadataVersion::FEATURE);
        let version = version.map_or(MetadataVersion::LATEST, |(_, level)| MetadataVersion(**level));
        if version.has_transactions() {
            let name = Some("Bootstrap records".into());
            out.record(BeginTransactionRecord { name, ..Default::default() }.into());
        }
        out.record(feature_record(MetadataVersion::FEATURE, version.0));
        for (name, level) in features.into_iter().filter(|(name, _)| &***name != MetadataVersion::FEATURE) {
            if *level == 0 {
                continue;
            }
            out.record(feature_record(name, *level));
            if &**name == ELIGIBLE_LEADER_REPLICAS {
                out.record(cluster_min_isr().into());
            }
        }
        let others =
            command.records.iter().filter(|record| !matches!(record, MetadataRecord::FeatureLevel(_)));
        out.records.extend(others.cloned());
        if version.has_transactions() {
            out.record(EndTransactionRecord::default().into());
        }
        true
    }

    /// The levels to begin with: those of the formatted directory where this controller supports them.
    fn first_features<'a>(&self, command: &'a Bootstrap) -> Vec<(&'a Arc<str>, &'a i16)> {
        let is_supported = |name: &str, level: i16| {
            let ours = self.options.features.iter().find(|feature| &*feature.name == name);
            ours.is_some_and(|feature| (feature.min..=feature.max).contains(&level))
        };
        let formatted = |name: &str| {
            command.records.iter().find_map(|record| match record {
                MetadataRecord::FeatureLevel(record)
                    if &*record.name == name && is_supported(name, record.feature_level) =>
                {
                    Some(&record.feature_level)
                }
                _ => None,
            })
        };
        command.features.iter().map(|(name, level)| (name, formatted(name).unwrap_or(level))).collect()
    }

    pub(crate) fn allocate_producer_ids(
        &self,
        broker: BrokerId,
        epoch: BrokerEpoch,
        out: &mut Decision<Self>,
    ) -> Result<ProducerId, Refusal> {
        self.check_broker_epoch(broker, epoch)?;
        let first = self.image.next_producer_id();
        let next = first.0.checked_add(PRODUCER_ID_BLOCK_LEN).ok_or(Refusal::NoProducerIds)?;
        let record = ProducerIdsRecord {
            broker_id: broker.0,
            broker_epoch: epoch.0,
            next_producer_id: next,
            ..Default::default()
        };
        out.record(record.into());
        Ok(first)
    }

    pub(crate) fn update_features(
        &self,
        command: &UpdateFeatures,
        out: &mut Decision<Self>,
    ) -> Result<(), Refusal> {
        for update in &command.updates {
            self.check_feature(update)?;
        }
        if command.validate_only {
            return Ok(());
        }
        for FeatureUpdate { name, level, .. } in &command.updates {
            if &**name != KRAFT_VERSION {
                out.record(feature_record(name, *level));
            }
        }
        Ok(())
    }

    fn check_feature(&self, update: &FeatureUpdate) -> Result<(), Refusal> {
        let FeatureUpdate { name, level, upgrade_type } = update;
        let bad = |reason: String| Refusal::BadFeatureLevel { feature: name.clone(), level: *level, reason };
        if let UpgradeType::Unknown(code) = upgrade_type {
            return Err(bad(format!(
                "upgrade type {code} does not exist; upgrade (1), safe downgrade (2) or unsafe downgrade (3)"
            )));
        }
        let ours = self.options.features.iter().find(|feature| feature.name == *name);
        let ours = ours.ok_or_else(|| Refusal::UnknownFeature(name.clone()))?;
        if *level < 0 {
            return Err(bad("levels are 0 and above".to_owned()));
        }
        // Level 0 takes a feature back, so it is there even where the lowest level in use is another.
        let is_removal = *level == 0 && &**name != MetadataVersion::FEATURE;
        if !(ours.min..=ours.max).contains(level) && !is_removal {
            return Err(bad(format!("this controller supports {} to {}", ours.min, ours.max)));
        }
        for broker in self.image.brokers() {
            let theirs = broker.features.iter().find(|feature| feature.name == *name);
            let (min, max) = theirs.map_or((0, 0), |feature| (feature.min, feature.max));
            if !(min..=max).contains(level) && !is_removal {
                return Err(bad(format!("broker {} supports {min} to {max}", broker.id)));
            }
        }
        let is_quorums = &**name == KRAFT_VERSION;
        let current = if is_quorums { self.options.kraft_version } else { self.image.feature(name) };
        if *level < current && *upgrade_type == UpgradeType::Upgrade {
            return Err(bad(format!("it is at {current}; ask for a downgrade to lower it")));
        }
        if *level > current && *upgrade_type != UpgradeType::Upgrade {
            return Err(bad(format!("it is at {current}, so this is no downgrade")));
        }
        if is_quorums && *level != current {
            return Err(bad(format!("it stays at {current}, which the cluster was founded with")));
        }
        let (from, to) = (MetadataVersion(current), MetadataVersion(*level));
        if &**name == MetadataVersion::FEATURE && *level < current && !from.can_fall_to(to) {
            return Err(Refusal::LossyDowngrade { from, to });
        }
        Ok(())
    }
}

const ELIGIBLE_LEADER_REPLICAS: &str = "eligible.leader.replicas.version";

fn feature_record(name: &str, feature_level: i16) -> MetadataRecord {
    FeatureLevelRecord { name: name.into(), feature_level, ..Default::default() }.into()
}

/// With eligible leader replicas the number that the ISR must have is the cluster's business, so it is
/// written down where it cannot differ from broker to broker.
fn cluster_min_isr() -> ConfigRecord {
    ConfigRecord {
        resource_type: ottla_metadata::ResourceKind::BROKER.0,
        name: "min.insync.replicas".into(),
        value: Some("1".into()),
        ..Default::default()
    }
}
