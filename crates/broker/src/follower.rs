//! Follows the metadata log: opens the partitions that this node is to lead, lets go of those that it is not, and
//! puts settings in force.

use std::sync::Arc;

use arc_swap::ArcSwap;
use ottla_config::{EffectiveConfig, StaticConfig, Texts, TopicConfig};
use ottla_metadata::{Changes, ConfigResource, MetadataImage, ResourceKind, Topic, TopicChange};
use ottla_net::{ConnectionLimits, FileReads};
use ottla_storage::StorageError;
use ottla_storage::log::PartitionLog;
use ottla_storage::log_dir::LogDir;
use ottla_storage::wal::PartitionId;
use ottla_types::{BrokerId, LeaderEpoch, PartitionIndex, TopicPartition, Uuid};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::connection_limits::resolve;
use crate::groups::{Groups, OFFSETS_TOPIC};
use crate::log_config::log_config;
use crate::metadata::Publisher;
use crate::partition::Partition;
use crate::partitions::Partitions;

/// The one task that changes which partitions there are.
pub(crate) struct Follower {
    pub(crate) node_id: BrokerId,
    pub(crate) images: watch::Receiver<Arc<MetadataImage>>,
    pub(crate) publisher: Publisher,
    pub(crate) statics: Arc<StaticConfig>,
    pub(crate) effective: Arc<ArcSwap<EffectiveConfig>>,
    pub(crate) partitions: Arc<Partitions>,
    pub(crate) groups: Arc<Groups>,
    pub(crate) dir: Arc<LogDir>,
    pub(crate) reads: FileReads,
    pub(crate) clock: Clock,
    pub(crate) limits: Arc<ConnectionLimits>,
    /// What has been put into effect.
    pub(crate) seen: MetadataImage,
}

impl Follower {
    /// Puts every image into effect as it comes, until the quorum stops.
    pub(crate) async fn run(mut self) {
        loop {
            self.catch_up().await;
            if self.images.changed().await.is_err() {
                return;
            }
        }
    }

    /// Puts the newest image into effect.
    pub(crate) async fn catch_up(&mut self) {
        let new = Arc::clone(&self.images.borrow_and_update());
        let changes = Changes::between(&self.seen, &new);
        self.put_broker_settings_in_force(&new, &changes).await;
        for change in changes.topics.values() {
            match change {
                TopicChange::Created(topic) => {
                    self.open(&new, topic, topic.partitions.keys().copied().collect()).await;
                }
                TopicChange::Changed { topic, partitions } => {
                    self.open(&new, topic, partitions.clone()).await;
                }
                TopicChange::Deleted(_) => {}
            }
        }
        self.put_topic_settings_in_force(&new, &changes);
        // Clients learn of a topic when its partitions are there, and lose a partition after they lost the topic.
        self.publisher.publish((*new).clone());
        self.delete(&changes).await;
        self.publisher.put_in_effect(new.end_offset());
        self.seen = (*new).clone();
    }

    /// Opens the partitions of a topic that this node leads and has not open in that epoch.
    async fn open(&self, image: &MetadataImage, topic: &Arc<Topic>, indexes: Vec<PartitionIndex>) {
        let config = topic_config(&self.effective.load(), image, &topic.name);
        for index in indexes {
            let Some(partition) = topic.partitions.get(&index) else { continue };
            if partition.leader != self.node_id {
                self.close(topic, index);
                continue;
            }
            let known = self.partitions.find(topic.id, index);
            if known.is_some_and(|known| known.leader_epoch() == partition.leader_epoch) {
                continue;
            }
            let name = TopicPartition::new(Arc::clone(&topic.name), index);
            match self.create_log(&name, topic.id, &config).await {
                Ok(log) => self.lead(topic, name, log, partition.leader_epoch, &config),
                Err(error) => tracing::error!(partition = %name, %error, "a partition cannot be opened"),
            }
        }
    }

    fn lead(
        &self,
        topic: &Topic,
        name: TopicPartition,
        log: Arc<PartitionLog>,
        epoch: LeaderEpoch,
        config: &Arc<TopicConfig>,
    ) {
        let index = name.partition;
        let partition = Partition::lead(name, log, epoch, Arc::clone(config), self.reads.clone());
        let partition = Arc::new(partition);
        self.partitions.insert(topic.id, index, Arc::clone(&partition));
        if &*topic.name == OFFSETS_TOPIC {
            self.groups.start(index, partition);
        }
    }

    fn close(&self, topic: &Topic, index: PartitionIndex) {
        if let Some(partition) = self.partitions.remove(topic.id, index) {
            partition.log().stop_leading();
            if &*topic.name == OFFSETS_TOPIC {
                self.groups.stop(index);
            }
        }
    }

    async fn create_log(
        &self,
        name: &TopicPartition,
        topic_id: Uuid,
        config: &TopicConfig,
    ) -> Result<Arc<PartitionLog>, StorageError> {
        let config = log_config(config, self.effective.load().dynamic().producer_id_expiration_ms);
        let (dir, name, now) = (Arc::clone(&self.dir), name.clone(), self.clock.now());
        self.reads.run(move || dir.create(&name, topic_id, config, now)).await
    }

    /// Lets go of the topics that were deleted, all of them at once.
    async fn delete(&self, changes: &Changes) {
        let deleted = || {
            changes.topics.values().filter_map(|change| match change {
                TopicChange::Deleted(topic) => Some(topic),
                TopicChange::Created(_) | TopicChange::Changed { .. } => None,
            })
        };
        let mut ids = Vec::new();
        for topic in deleted() {
            for &index in topic.partitions.keys() {
                self.close(topic, index);
                ids.push(PartitionId { topic_id: topic.id, partition: index });
            }
        }
        if ids.is_empty() {
            return;
        }
        let (dir, now) = (Arc::clone(&self.dir), self.clock.now());
        for (partition, error) in self.reads.run(move || dir.delete(&ids, rand::random, now)).await {
            tracing::error!(%partition, %error, "a deleted partition cannot be set aside");
        }
        for topic in deleted() {
            self.groups.forget_topic(Arc::clone(&topic.name), topic.id);
        }
    }

    async fn put_broker_settings_in_force(&self, image: &MetadataImage, changes: &Changes) {
        let is_first = self.seen.end_offset().0 == 0;
        if !is_first && !changes.configs.iter().any(|resource| resource.kind == ResourceKind::BROKER) {
            return;
        }
        let effective = effective_config(&self.statics, image, self.node_id);
        let connections = effective.dynamic().connections.clone();
        self.effective.store(Arc::new(effective));
        // Limits may be those of host names, which are looked up where nobody waits.
        self.limits.set_config(self.reads.run(move || resolve(&connections)).await);
        for partition in self.partitions.all().values() {
            self.put_in_force(image, partition);
        }
    }

    fn put_topic_settings_in_force(&self, image: &MetadataImage, changes: &Changes) {
        for resource in changes.configs.iter().filter(|resource| resource.kind == ResourceKind::TOPIC) {
            let Some(topic) = image.topics().by_name(&resource.name) else { continue };
            let indexes = topic.partitions.keys();
            for partition in indexes.filter_map(|&index| self.partitions.find(topic.id, index)) {
                self.put_in_force(image, &partition);
            }
        }
    }

    fn put_in_force(&self, image: &MetadataImage, partition: &Partition) {
        let effective = self.effective.load();
        let topic = topic_config(&effective, image, &partition.name().topic);
        partition.set_config(topic, effective.dynamic().producer_id_expiration_ms);
    }
}

/// The settings of this broker under what the image says.
pub(crate) fn effective_config(
    statics: &Arc<StaticConfig>,
    image: &MetadataImage,
    node_id: BrokerId,
) -> EffectiveConfig {
    let own = texts(image, &ConfigResource::broker(node_id.to_string()));
    let all = texts(image, &ConfigResource::broker(""));
    let (effective, problems) = EffectiveConfig::new(Arc::clone(statics), &all, &own);
    for problem in problems {
        tracing::warn!("{problem}");
    }
    effective
}

/// The settings of a topic.
pub(crate) fn topic_config(
    effective: &EffectiveConfig,
    image: &MetadataImage,
    topic: &str,
) -> Arc<TopicConfig> {
    let (config, problems) = effective.topic(&texts(image, &ConfigResource::topic(topic)));
    for problem in problems {
        tracing::warn!(topic, "{problem}");
    }
    config
}

/// A resource's settings as the image has them.
pub(crate) fn texts(image: &MetadataImage, resource: &ConfigResource) -> Texts {
    let values = image.configs().of(resource);
    values.into_iter().flatten().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}
