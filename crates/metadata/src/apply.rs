//! How each kind of record changes the image.

use std::sync::Arc;

use ottla_protocol::metadata_records::{
    AccessControlEntryRecord, BrokerRegistrationChangeRecord, ClearElrRecord, ClientQuotaRecord,
    DelegationTokenRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord, RegisterBrokerRecord,
    RegisterControllerRecord, UserScramCredentialRecord,
};
use ottla_types::{
    BrokerEpoch, BrokerId, LeaderEpoch, PartitionEpoch, PartitionIndex, ProducerId, Timestamp, Uuid,
};

use crate::brokers::{Broker, ControllerNode, Endpoint, FeatureRange, MIGRATING};
use crate::configs::{ConfigResource, ResourceKind};
use crate::image::MetadataImage;
use crate::security::{Acl, DelegationToken, QuotaEntity, ScramCredential};
use crate::topics::{LeaderRecovery, Partition};

/// A record contradicts what the log said before it. The log is damaged, or the machine that wrote it is
/// wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// A record about a topic that does not exist.
    #[error("a record is about topic {0}, which does not exist")]
    UnknownTopic(Uuid),
    /// A topic was created twice.
    #[error("topic {name:?} is created with id {id}, but a topic with this name or id exists")]
    TopicExists {
        /// The name.
        name: Arc<str>,
        /// The id of the second one.
        id: Uuid,
    },
    /// A record changes a partition that does not exist.
    #[error("a record changes partition {index} of topic {topic}, which does not exist")]
    UnknownPartition {
        /// The topic.
        topic: Uuid,
        /// The partition.
        index: PartitionIndex,
    },
    /// A record changes a registration that does not exist.
    #[error("a record changes broker {id} at epoch {epoch}, but no such registration exists")]
    UnknownBroker {
        /// The broker.
        id: BrokerId,
        /// The epoch that the record names.
        epoch: BrokerEpoch,
    },
    /// A field holds a number that means nothing.
    #[error("{field} is {value}, which means nothing")]
    BadValue {
        /// Which field.
        field: &'static str,
        /// What it holds.
        value: i64,
    },
    /// Metadata transactions do not nest and end only once.
    #[error("{0} does not fit the metadata transaction that is, or is not, open")]
    Transaction(&'static str),
}

impl MetadataImage {
    /// Takes one record in. An error leaves the image as it was.
    pub fn apply(&mut self, record: &MetadataRecord) -> Result<(), ApplyError> {
        match record {
            MetadataRecord::RegisterBroker(record) => self.register_broker(record),
            MetadataRecord::UnregisterBroker(record) => {
                self.brokers.remove(&BrokerId(record.broker_id));
            }
            MetadataRecord::Topic(record) => return self.create_topic(text(&record.name), record.topic_id),
            MetadataRecord::Partition(record) => return self.set_partition(record),
            MetadataRecord::Config(record) => self.configs.set(
                ConfigResource {
                    kind: ResourceKind(record.resource_type),
                    name: text(&record.resource_name),
                },
                text(&record.name),
                record.value.as_ref().map(|value| text(value)),
            ),
            MetadataRecord::PartitionChange(record) => return self.change_partition(record),
            MetadataRecord::FenceBroker(record) => {
                return self.change_broker(record.id, record.epoch, |broker| broker.is_fenced = true);
            }
            MetadataRecord::UnfenceBroker(record) => {
                return self.change_broker(record.id, record.epoch, |broker| broker.is_fenced = false);
            }
            MetadataRecord::RemoveTopic(record) => return self.remove_topic(record.topic_id),
            MetadataRecord::DelegationToken(record) => self.set_token(record),
            MetadataRecord::UserScramCredential(record) => self.set_scram(record),
            MetadataRecord::FeatureLevel(record) => self.set_feature(&record.name, record.feature_level),
            MetadataRecord::ClientQuota(record) => self.set_quota(record),
            MetadataRecord::ProducerIds(record) => {
                self.next_producer_id = Some(ProducerId(record.next_producer_id));
            }
            MetadataRecord::BrokerRegistrationChange(record) => return self.change_registration(record),
            MetadataRecord::AccessControlEntry(record) => self.set_acl(record),
            MetadataRecord::RemoveAccessControlEntry(record) => drop(self.security.acls.remove(&record.id)),
            MetadataRecord::NoOp(_) | MetadataRecord::ZkMigrationState(_) => {}
            MetadataRecord::RemoveUserScramCredential(record) => {
                self.security.scram.remove(&(record.mechanism, text(&record.name)));
            }
            MetadataRecord::BeginTransaction(_) => return self.begin_transaction(),
            MetadataRecord::EndTransaction(_) => {
                self.before_transaction.take().ok_or(ApplyError::Transaction("the end of a transaction"))?;
            }
            MetadataRecord::AbortTransaction(_) => return self.abort_transaction(),
            MetadataRecord::RemoveDelegationToken(record) => {
                self.security.tokens.remove(&*text(&record.token_id));
            }
            MetadataRecord::RegisterController(record) => self.register_controller(record),
            MetadataRecord::ClearElr(record) => return self.clear_elr(record),
        }
        Ok(())
    }

    fn begin_transaction(&mut self) -> Result<(), ApplyError> {
        if self.in_transaction() {
            return Err(ApplyError::Transaction("the beginning of a transaction"));
        }
        self.before_transaction = Some(Box::new(self.clone()));
        Ok(())
    }

    fn abort_transaction(&mut self) -> Result<(), ApplyError> {
        let before =
            self.before_transaction.take().ok_or(ApplyError::Transaction("the abort of a transaction"))?;
        *self = Self { position: self.position, ..*before };
        Ok(())
    }

    fn set_feature(&mut self, name: &str, level: i16) {
        // Level 0 is "not finalized" for every feature, and a snapshot does not say it.
        if level == 0 {
            self.features.remove(name);
        } else {
            self.features.insert(Arc::from(name), level);
        }
    }

    fn register_broker(&mut self, record: &RegisterBrokerRecord) {
        let broker = Broker {
            id: BrokerId(record.broker_id),
            epoch: BrokerEpoch(record.broker_epoch),
            incarnation: record.incarnation_id,
            endpoints: sorted(record.end_points.iter().map(|endpoint| Endpoint {
                listener: text(&endpoint.name),
                host: text(&endpoint.host),
                port: endpoint.port,
                security_protocol: endpoint.security_protocol,
            })),
            features: sorted(record.features.iter().map(|feature| FeatureRange {
                name: text(&feature.name),
                min: feature.min_supported_version,
                max: feature.max_supported_version,
            })),
            rack: record.rack.as_ref().map(|rack| text(rack)),
            is_fenced: record.fenced,
            in_controlled_shutdown: record.in_controlled_shutdown,
            is_migrating_zk_broker: record.is_migrating_zk_broker,
            log_dirs: sorted(record.log_dirs.iter().copied()),
            cordoned_log_dirs: record.cordoned_log_dirs.as_ref().map(|dirs| sorted(dirs.iter().copied())),
        };
        self.brokers.insert(broker.id, Arc::new(broker));
    }

    fn register_controller(&mut self, record: &RegisterControllerRecord) {
        let node = ControllerNode {
            id: BrokerId(record.controller_id),
            incarnation: record.incarnation_id,
            zk_migration_ready: record.zk_migration_ready,
            endpoints: sorted(record.end_points.iter().map(|endpoint| Endpoint {
                listener: text(&endpoint.name),
                host: text(&endpoint.host),
                port: endpoint.port,
                security_protocol: endpoint.security_protocol,
            })),
            features: sorted(record.features.iter().map(|feature| FeatureRange {
                name: text(&feature.name),
                min: feature.min_supported_version,
                max: feature.max_supported_version,
            })),
        };
        self.controllers.insert(node.id, Arc::new(node));
    }

    fn change_broker(
        &mut self,
        id: i32,
        epoch: i64,
        change: impl FnOnce(&mut Broker),
    ) -> Result<(), ApplyError> {
        let (id, epoch) = (BrokerId(id), BrokerEpoch(epoch));
        match self.brokers.get_mut(&id) {
            Some(broker) if broker.epoch == epoch => change(Arc::make_mut(broker)),
            _ => return Err(ApplyError::UnknownBroker { id, epoch }),
        }
        Ok(())
    }

    fn change_registration(&mut self, record: &BrokerRegistrationChangeRecord) -> Result<(), ApplyError> {
        let fenced = match record.fenced {
            0 => None,
            1 => Some(true),
            -1 => Some(false),
            value => return Err(ApplyError::BadValue { field: "fenced", value: value.into() }),
        };
        let shutting_down = match record.in_controlled_shutdown {
            0 => false,
            1 => true,
            value => return Err(ApplyError::BadValue { field: "inControlledShutdown", value: value.into() }),
        };
        self.change_broker(record.broker_id, record.broker_epoch, |broker| {
            broker.is_fenced = fenced.unwrap_or(broker.is_fenced);
            broker.in_controlled_shutdown |= shutting_down;
            if !record.log_dirs.is_empty() {
                broker.log_dirs = sorted(record.log_dirs.iter().copied());
            }
            if let Some(dirs) = &record.cordoned_log_dirs {
                broker.cordoned_log_dirs = Some(sorted(dirs.iter().copied()));
            }
        })
    }

    fn create_topic(&mut self, name: Arc<str>, id: Uuid) -> Result<(), ApplyError> {
        if self.topics.by_id(id).is_some() || self.topics.by_name(&name).is_some() {
            return Err(ApplyError::TopicExists { name, id });
        }
        self.topics.add(name, id);
        Ok(())
    }

    fn remove_topic(&mut self, id: Uuid) -> Result<(), ApplyError> {
        let topic = self.topics.remove(id).ok_or(ApplyError::UnknownTopic(id))?;
        self.configs.remove(&ConfigResource::topic(topic.name.clone()));
        Ok(())
    }

    fn set_partition(&mut self, record: &PartitionRecord) -> Result<(), ApplyError> {
        let partition = Partition {
            replicas: brokers(&record.replicas),
            directories: directories(&record.directories, record.replicas.len())?,
            isr: brokers(&record.isr),
            removing_replicas: brokers(&record.removing_replicas),
            adding_replicas: brokers(&record.adding_replicas),
            leader: BrokerId(record.leader),
            leader_recovery: leader_recovery(record.leader_recovery_state)?,
            leader_epoch: LeaderEpoch(record.leader_epoch),
            partition_epoch: PartitionEpoch(record.partition_epoch),
            elr: record.eligible_leader_replicas.as_deref().map(brokers).unwrap_or_default(),
            last_known_elr: record.last_known_elr.as_deref().map(brokers).unwrap_or_default(),
        };
        if self.topics.set_partition(record.topic_id, PartitionIndex(record.partition_id), partition) {
            Ok(())
        } else {
            Err(ApplyError::UnknownTopic(record.topic_id))
        }
    }

    fn change_partition(&mut self, record: &PartitionChangeRecord) -> Result<(), ApplyError> {
        let (topic, index) = (record.topic_id, PartitionIndex(record.partition_id));
        let old = self.topics.partition(topic, index).ok_or(ApplyError::UnknownPartition { topic, index })?;
        let partition = changed(old, record)?;
        self.topics.set_partition(topic, index, partition);
        Ok(())
    }

    fn clear_elr(&mut self, record: &ClearElrRecord) -> Result<(), ApplyError> {
        let topics: Vec<_> = if record.topic_name.is_empty() {
            self.topics.iter_by_id().cloned().collect()
        } else {
            // Kafka's record names the topic; so does what is said when there is none.
            vec![
                self.topics
                    .by_name(&record.topic_name)
                    .cloned()
                    .ok_or(ApplyError::UnknownTopic(Uuid::ZERO))?,
            ]
        };
        for topic in topics {
            for (&index, partition) in &topic.partitions {
                if partition.elr.is_empty() && partition.last_known_elr.is_empty() {
                    continue;
                }
                let mut partition = Partition::clone(partition);
                partition.elr.clear();
                partition.last_known_elr.clear();
                partition.partition_epoch.0 += 1;
                self.topics.set_partition(topic.id, index, partition);
            }
        }
        Ok(())
    }

    fn set_acl(&mut self, record: &AccessControlEntryRecord) {
        let acl = Acl {
            resource_type: record.resource_type,
            resource_name: text(&record.resource_name),
            pattern_type: record.pattern_type,
            principal: text(&record.principal),
            host: text(&record.host),
            operation: record.operation,
            permission_type: record.permission_type,
        };
        self.security.acls.insert(record.id, Arc::new(acl));
    }

    fn set_scram(&mut self, record: &UserScramCredentialRecord) {
        let credential = ScramCredential {
            salt: Arc::from(&record.salt[..]),
            stored_key: Arc::from(&record.stored_key[..]),
            server_key: Arc::from(&record.server_key[..]),
            iterations: record.iterations,
        };
        self.security.scram.insert((record.mechanism, text(&record.name)), Arc::new(credential));
    }

    fn set_token(&mut self, record: &DelegationTokenRecord) {
        let token = DelegationToken {
            owner: text(&record.owner),
            requester: text(&record.requester),
            renewers: record.renewers.iter().map(|renewer| text(renewer)).collect(),
            issued: Timestamp(record.issue_timestamp),
            max: Timestamp(record.max_timestamp),
            expires: Timestamp(record.expiration_timestamp),
        };
        self.security.tokens.insert(text(&record.token_id), Arc::new(token));
    }

    fn set_quota(&mut self, record: &ClientQuotaRecord) {
        let entity: QuotaEntity = sorted(
            record
                .entity
                .iter()
                .map(|part| (text(&part.entity_type), part.entity_name.as_ref().map(|name| text(name)))),
        );
        let mut quotas = self.security.quotas.get(&entity).cloned().unwrap_or_default();
        if record.remove {
            quotas.remove(&*text(&record.key));
        } else {
            quotas.insert(text(&record.key), record.value);
        }
        if quotas.is_empty() {
            self.security.quotas.remove(&entity);
        } else {
            self.security.quotas.insert(entity, quotas);
        }
    }
}

/// What a partition becomes through a change record.
pub fn changed(old: &Partition, record: &PartitionChangeRecord) -> Result<Partition, ApplyError> {
    let replicas = record.replicas.as_deref().map_or_else(|| old.replicas.clone(), brokers);
    let dirs = record.directories.as_deref().unwrap_or(&old.directories);
    let has_new_leader = record.leader != NO_LEADER_CHANGE;
    Ok(Partition {
        directories: directories(dirs, replicas.len())?,
        isr: record.isr.as_deref().map_or_else(|| old.isr.clone(), brokers),
        removing_replicas: record
            .removing_replicas
            .as_deref()
            .map_or_else(|| old.removing_replicas.clone(), brokers),
        adding_replicas: record
            .adding_replicas
            .as_deref()
            .map_or_else(|| old.adding_replicas.clone(), brokers),
        leader: if has_new_leader { BrokerId(record.leader) } else { old.leader },
        leader_recovery: match record.leader_recovery_state {
            -1 => old.leader_recovery,
            value => leader_recovery(value)?,
        },
        leader_epoch: LeaderEpoch(old.leader_epoch.0 + i32::from(has_new_leader)),
        partition_epoch: PartitionEpoch(old.partition_epoch.0 + 1),
        elr: record.eligible_leader_replicas.as_deref().map_or_else(|| old.elr.clone(), brokers),
        last_known_elr: record.last_known_elr.as_deref().map_or_else(|| old.last_known_elr.clone(), brokers),
        replicas,
    })
}

/// The leader in a `PartitionChangeRecord` that does not change it.
pub const NO_LEADER_CHANGE: i32 = -2;

pub(crate) fn text(text: &str) -> Arc<str> {
    Arc::from(text)
}

fn brokers(ids: &[i32]) -> Vec<BrokerId> {
    ids.iter().copied().map(BrokerId).collect()
}

/// A record that says nothing of directories was written before they had ids.
fn directories(ids: &[Uuid], replicas: usize) -> Result<Vec<Uuid>, ApplyError> {
    match ids.len() {
        0 => Ok(vec![MIGRATING; replicas]),
        count if count == replicas => Ok(ids.to_vec()),
        count => Err(ApplyError::BadValue { field: "the number of directories", value: count as i64 }),
    }
}

fn leader_recovery(value: i8) -> Result<LeaderRecovery, ApplyError> {
    LeaderRecovery::from_value(value)
        .ok_or(ApplyError::BadValue { field: "leaderRecoveryState", value: value.into() })
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    items
}
