//! The image as records again: what a snapshot of the metadata log holds.

use std::sync::Arc;

use ottla_protocol::metadata_records::client_quota::EntityData;
use ottla_protocol::metadata_records::register_broker::{BrokerEndpoint, BrokerFeature};
use ottla_protocol::metadata_records::register_controller::{ControllerEndpoint, ControllerFeature};
use ottla_protocol::metadata_records::{
    AccessControlEntryRecord, ClientQuotaRecord, ConfigRecord, DelegationTokenRecord, FeatureLevelRecord,
    MetadataRecord, PartitionRecord, ProducerIdsRecord, RegisterBrokerRecord, RegisterControllerRecord,
    TopicRecord, UserScramCredentialRecord,
};
use ottla_protocol::{Str, UnknownTags};
use ottla_types::{BrokerId, PartitionIndex, Uuid};

use crate::brokers::{Broker, ControllerNode, Endpoint, FeatureRange};
use crate::image::MetadataImage;
use crate::topics::{Partition, Topic};
use crate::version::MetadataVersion;

impl MetadataImage {
    /// The records that make this image out of an empty one, in the order in which Apache Kafka writes them:
    /// `metadata.version` first, because it says how the rest is to be read. What the finalized
    /// `metadata.version` has no place for is left out.
    ///
    /// An image with an open transaction has no records; take those of [`MetadataImage::committed`].
    pub fn to_records(&self) -> impl Iterator<Item = MetadataRecord> + '_ {
        assert!(!self.in_transaction(), "a snapshot holds no half of a transaction");
        let version = self.metadata_version();
        self.feature_records()
            .chain(self.brokers.values().map(move |broker| broker_record(broker, version)))
            .chain(
                self.controllers
                    .values()
                    .filter(move |_| version.has_controller_registration())
                    .map(|node| controller_record(node)),
            )
            .chain(self.topics.iter_by_id().flat_map(move |topic| self.topic_records(topic, version)))
            .chain(self.config_records())
            .chain(self.quota_records())
            .chain(self.next_producer_id.map(|next| {
                MetadataRecord::ProducerIds(ProducerIdsRecord {
                    unknown_tags: UnknownTags::default(),
                    broker_id: -1,
                    broker_epoch: -1,
                    next_producer_id: next.0,
                })
            }))
            .chain(self.security_records(version))
    }

    fn feature_records(&self) -> impl Iterator<Item = MetadataRecord> + '_ {
        let record = |(name, &level): (&Arc<str>, &i16)| {
            MetadataRecord::FeatureLevel(FeatureLevelRecord {
                unknown_tags: UnknownTags::default(),
                name: str_of(name),
                feature_level: level,
            })
        };
        let is_version = |name: &Arc<str>| &**name == MetadataVersion::FEATURE;
        let first = self.features.iter().filter(move |(name, _)| is_version(name)).map(record);
        first.chain(self.features.iter().filter(move |(name, _)| !is_version(name)).map(record))
    }

    fn topic_records<'a>(
        &'a self,
        topic: &'a Topic,
        version: MetadataVersion,
    ) -> impl Iterator<Item = MetadataRecord> + 'a {
        let head = MetadataRecord::Topic(TopicRecord {
            unknown_tags: UnknownTags::default(),
            name: str_of(&topic.name),
            topic_id: topic.id,
        });
        let keeps_elr = self.keeps_eligible_leader_replicas();
        std::iter::once(head).chain(topic.partitions.iter().map(move |(&index, partition)| {
            MetadataRecord::Partition(partition_record(topic.id, index, partition, version, keeps_elr))
        }))
    }

    fn config_records(&self) -> impl Iterator<Item = MetadataRecord> + '_ {
        self.configs.iter().flat_map(|(resource, values)| {
            values.iter().map(|(key, value)| {
                MetadataRecord::Config(ConfigRecord {
                    unknown_tags: UnknownTags::default(),
                    resource_type: resource.kind.0,
                    resource_name: str_of(&resource.name),
                    name: str_of(key),
                    value: Some(str_of(value)),
                })
            })
        })
    }

    fn quota_records(&self) -> impl Iterator<Item = MetadataRecord> + '_ {
        self.security.quotas.iter().flat_map(|(entity, quotas)| {
            quotas.iter().map(|(key, &value)| {
                let entity = entity.iter().map(|(kind, name)| EntityData {
                    unknown_tags: UnknownTags::default(),
                    entity_type: str_of(kind),
                    entity_name: name.as_ref().map(str_of),
                });
                MetadataRecord::ClientQuota(ClientQuotaRecord {
                    unknown_tags: UnknownTags::default(),
                    entity: entity.collect(),
                    key: str_of(key),
                    value,
                    remove: false,
                })
            })
        })
    }

    fn security_records(&self, version: MetadataVersion) -> impl Iterator<Item = MetadataRecord> + '_ {
        let acls = self.security.acls.iter().map(|(&id, acl)| {
            MetadataRecord::AccessControlEntry(AccessControlEntryRecord {
                unknown_tags: UnknownTags::default(),
                id,
                resource_type: acl.resource_type,
                resource_name: str_of(&acl.resource_name),
                pattern_type: acl.pattern_type,
                principal: str_of(&acl.principal),
                host: str_of(&acl.host),
                operation: acl.operation,
                permission_type: acl.permission_type,
            })
        });
        let scram = self.security.scram.iter().filter(move |_| version.has_scram()).map(
            |((mechanism, name), credential)| {
                MetadataRecord::UserScramCredential(UserScramCredentialRecord {
                    unknown_tags: UnknownTags::default(),
                    name: str_of(name),
                    mechanism: *mechanism,
                    salt: bytes::Bytes::copy_from_slice(&credential.salt),
                    stored_key: bytes::Bytes::copy_from_slice(&credential.stored_key),
                    server_key: bytes::Bytes::copy_from_slice(&credential.server_key),
                    iterations: credential.iterations,
                })
            },
        );
        let tokens = self.security.tokens.iter().filter(move |_| version.has_delegation_tokens()).map(
            |(id, token)| {
                MetadataRecord::DelegationToken(DelegationTokenRecord {
                    unknown_tags: UnknownTags::default(),
                    owner: str_of(&token.owner),
                    requester: str_of(&token.requester),
                    renewers: token.renewers.iter().map(str_of).collect(),
                    issue_timestamp: token.issued.0,
                    max_timestamp: token.max.0,
                    expiration_timestamp: token.expires.0,
                    token_id: str_of(id),
                })
            },
        );
        acls.chain(scram).chain(tokens)
    }
}

/// A partition as the record that creates it.
#[must_use]
pub fn partition_record(
    topic: Uuid,
    index: PartitionIndex,
    partition: &Partition,
    version: MetadataVersion,
    keeps_elr: bool,
) -> PartitionRecord {
    let numbers = |ids: &[BrokerId]| ids.iter().map(|id| id.0).collect::<Vec<i32>>();
    let tagged = |ids: &[BrokerId]| (keeps_elr && !ids.is_empty()).then(|| numbers(ids));
    PartitionRecord {
        unknown_tags: UnknownTags::default(),
        partition_id: index.0,
        topic_id: topic,
        replicas: numbers(&partition.replicas),
        isr: numbers(&partition.isr),
        removing_replicas: numbers(&partition.removing_replicas),
        adding_replicas: numbers(&partition.adding_replicas),
        leader: partition.leader.0,
        leader_recovery_state: partition.leader_recovery.value(),
        leader_epoch: partition.leader_epoch.0,
        partition_epoch: partition.partition_epoch.0,
        directories: if version.has_directory_assignment() {
            partition.directories.clone()
        } else {
            Vec::new()
        },
        eligible_leader_replicas: tagged(&partition.elr),
        last_known_elr: tagged(&partition.last_known_elr),
    }
}

fn broker_record(broker: &Broker, version: MetadataVersion) -> MetadataRecord {
    MetadataRecord::RegisterBroker(register_broker_record(broker, version))
}

/// A registration as the record that makes it.
#[must_use]
pub fn register_broker_record(broker: &Broker, version: MetadataVersion) -> RegisterBrokerRecord {
    let endpoint = |endpoint: &Endpoint| BrokerEndpoint {
        unknown_tags: UnknownTags::default(),
        name: str_of(&endpoint.listener),
        host: str_of(&endpoint.host),
        port: endpoint.port,
        security_protocol: endpoint.security_protocol,
    };
    let feature = |feature: &FeatureRange| BrokerFeature {
        unknown_tags: UnknownTags::default(),
        name: str_of(&feature.name),
        min_supported_version: feature.min,
        max_supported_version: feature.max,
    };
    RegisterBrokerRecord {
        unknown_tags: UnknownTags::default(),
        broker_id: broker.id.0,
        is_migrating_zk_broker: broker.is_migrating_zk_broker && version.register_broker_record() >= 2,
        incarnation_id: broker.incarnation,
        broker_epoch: broker.epoch.0,
        end_points: broker.endpoints.iter().map(endpoint).collect(),
        features: broker.features.iter().map(feature).collect(),
        rack: broker.rack.as_ref().map(str_of),
        fenced: broker.is_fenced,
        in_controlled_shutdown: broker.in_controlled_shutdown,
        log_dirs: if version.has_directory_assignment() { broker.log_dirs.clone() } else { Vec::new() },
        cordoned_log_dirs: broker.cordoned_log_dirs.clone().filter(|_| version.has_cordoned_log_dirs()),
    }
}

fn controller_record(node: &ControllerNode) -> MetadataRecord {
    MetadataRecord::RegisterController(register_controller_record(node))
}

/// A controller's registration as the record that makes it.
#[must_use]
pub fn register_controller_record(node: &ControllerNode) -> RegisterControllerRecord {
    let endpoint = |endpoint: &Endpoint| ControllerEndpoint {
        unknown_tags: UnknownTags::default(),
        name: str_of(&endpoint.listener),
        host: str_of(&endpoint.host),
        port: endpoint.port,
        security_protocol: endpoint.security_protocol,
    };
    let feature = |feature: &FeatureRange| ControllerFeature {
        unknown_tags: UnknownTags::default(),
        name: str_of(&feature.name),
        min_supported_version: feature.min,
        max_supported_version: feature.max,
    };
    RegisterControllerRecord {
        unknown_tags: UnknownTags::default(),
        controller_id: node.id.0,
        incarnation_id: node.incarnation,
        zk_migration_ready: node.zk_migration_ready,
        end_points: node.endpoints.iter().map(endpoint).collect(),
        features: node.features.iter().map(feature).collect(),
    }
}

fn str_of(text: &Arc<str>) -> Str {
    Str::from(&**text)
}
