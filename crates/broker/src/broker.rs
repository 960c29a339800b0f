//! What every handler can reach.

use std::sync::Arc;

use arc_swap::ArcSwap;
use ottla_config::{EffectiveConfig, NodeConfig};
use ottla_controller::{Command, CreateTopics, CreatedTopic, NewTopic, Refusal, Reply};
use ottla_metadata::MetadataImage;
use ottla_net::FileReads;
use ottla_quorum::{ControllerHandle, Standings};
use ottla_storage::log_dir::LogDir;
use ottla_types::{ErrorCode, PartitionIndex, Timestamp, Uuid};
use tokio::sync::{Semaphore, watch};

use crate::clock::Clock;
use crate::fetch::session::Sessions;
use crate::groups::{Groups, OFFSETS_TOPIC};
use crate::metadata::Published;
use crate::partition::Partition;
use crate::partitions::Partitions;
use crate::producer_ids::ProducerIds;

/// The broker's parts, shared by the threads that serve connections.
pub(crate) struct Broker {
    pub(crate) node: NodeConfig,
    pub(crate) cluster_id: String,
    pub(crate) clock: Clock,
    pub(crate) published: Published,
    pub(crate) effective: Arc<ArcSwap<EffectiveConfig>>,
    pub(crate) partitions: Arc<Partitions>,
    pub(crate) dir: Arc<LogDir>,
    pub(crate) reads: FileReads,
    pub(crate) groups: Arc<Groups>,
    pub(crate) controller: ControllerHandle,
    pub(crate) standings: Standings,
    /// The images of the quorum, which this node's own follows.
    pub(crate) committed: watch::Receiver<Arc<MetadataImage>>,
    pub(crate) producer_ids: ProducerIds,
    pub(crate) sessions: Sessions,
    /// Turns for requests that take much memory while they are served.
    pub(crate) large_requests: Arc<Semaphore>,
}

impl Broker {
    pub(crate) fn config(&self) -> &NodeConfig {
        &self.node
    }

    pub(crate) fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn random_uuid(&self) -> Uuid {
        loop {
            let id = Uuid::from_random(rand::random());
            if !id.is_reserved() {
                return id;
            }
        }
    }

    pub(crate) fn random_i32(&self) -> i32 {
        rand::random()
    }

    /// The cluster's metadata, as of now.
    pub(crate) fn image(&self) -> Arc<MetadataImage> {
        self.published.image()
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    pub(crate) fn producer_ids(&self) -> &ProducerIds {
        &self.producer_ids
    }

    pub(crate) fn fetch_sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The partition, if this node leads it; otherwise the error that sends a client to look at the metadata anew.
    pub(crate) fn leading(
        &self,
        image: &MetadataImage,
        topic: Uuid,
        index: PartitionIndex,
    ) -> Result<Arc<Partition>, ErrorCode> {
        match self.partitions.find(topic, index) {
            Some(partition) => Ok(partition),
            None if image.topics().partition(topic, index).is_some() => Err(ErrorCode::NotLeaderOrFollower),
            None => Err(ErrorCode::UnknownTopicOrPartition),
        }
    }

    /// Hands a command to the controller; when this returns, what it changed is in effect on this node.
    pub(crate) async fn control(&self, command: Command) -> Result<Reply, ErrorCode> {
        let reply = self.controller.submit(command).await.map_err(|error| {
            tracing::warn!(%error, "the controller did not decide");
            ErrorCode::NotController
        })?;
        let end = self.committed.borrow().end_offset();
        self.published.reached(end).await;
        Ok(reply)
    }

    /// Creates topics that somebody asked for and that do not exist; what cannot be created is logged.
    pub(crate) async fn auto_create(&self, names: Vec<Arc<str>>) {
        let topics = names.into_iter().map(|name| self.topic_on_demand(name)).collect();
        let command = CreateTopics { topics, validate_only: false, seed: rand::random() };
        match self.control(Command::CreateTopics(command)).await {
            Ok(Reply::CreateTopics(results)) => log_created(results),
            Ok(other) => panic!("the controller answered another question: {other:?}"),
            Err(_) => {}
        }
    }

    fn topic_on_demand(&self, name: Arc<str>) -> NewTopic {
        let id = self.random_uuid();
        if &*name == OFFSETS_TOPIC {
            return self.offsets_topic(id);
        }
        NewTopic {
            name,
            id,
            partitions: None,
            replication_factor: None,
            assignments: vec![],
            configs: vec![],
        }
    }

    /// The topic of groups and offsets, as Kafka creates it.
    fn offsets_topic(&self, id: Uuid) -> NewTopic {
        let brokers = self.image().brokers().filter(|broker| !broker.is_fenced).count();
        let offsets = &self.node.offsets;
        let config = |key: &str, value: String| (Arc::from(key), Some(Arc::from(value)));
        NewTopic {
            name: OFFSETS_TOPIC.into(),
            id,
            partitions: Some(offsets.partitions),
            replication_factor: Some(offsets.replicas.among(brokers)),
            assignments: vec![],
            configs: vec![
                config("cleanup.policy", "compact".into()),
                config("compression.type", "producer".into()),
                config("segment.bytes", offsets.segment_bytes.to_string()),
            ],
        }
    }
}

/// Says what became of topics that somebody used. A client may name thousands that cannot be: they share a line.
fn log_created(results: Vec<(Arc<str>, Result<CreatedTopic, Refusal>)>) {
    let mut refused = Vec::new();
    for (name, result) in results {
        match result {
            Ok(created) => tracing::info!(topic = %name, id = %created.id, "created on first use"),
            // Somebody else was faster, which is as good.
            Err(Refusal::TopicExists(_)) => {}
            Err(refusal) => refused.push((name, refusal)),
        }
    }
    let Some((name, refusal)) = refused.first() else { return };
    match refused.len() - 1 {
        0 => tracing::info!(topic = %name, "not created on first use: {refusal}"),
        others => tracing::info!(topic = %name, others, "not created on first use: {refusal}"),
    }
}
