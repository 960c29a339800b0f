//! Metadata (3): brokers, topics, and who leads what. KIP-4, KIP-516, KIP-700, KIP-1102.

use std::sync::Arc;

use ottla_controller::check_topic_name;
use ottla_metadata::{MetadataImage, Partition, Topic};
use ottla_protocol::Str;
use ottla_protocol::messages::metadata::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse, MetadataResponseBroker,
    MetadataResponsePartition, MetadataResponseTopic,
};
use ottla_types::{BrokerId, ErrorCode, PartitionIndex, Uuid};

use crate::cluster_view::{ClusterView, is_internal, numbers};
use crate::operations;
use crate::request::{Call, Serve};

/// The first version in which a topic can be asked for by its id.
const BY_ID_SINCE: i16 = 12;

/// For `docs/protocol.md`.
pub(crate) const DEVIATION: &str = "A topic that is created on demand is waited for, so that the first answer is already the right one; Apache Kafka answers UNKNOWN_TOPIC_OR_PARTITION until it is there.";

impl Serve for MetadataRequest {
    async fn serve(call: Call<Self>) -> MetadataResponse {
        let version = call.version();
        let asked = match asked_for(call.request.topics.as_deref(), version) {
            Ok(asked) => asked,
            Err(error) => return refused(&call, error),
        };
        let mut image = call.broker.image();
        if let Asked::Names(names) = &asked
            && call.request.allow_auto_topic_creation
        {
            image = create_missing(&call, image, names).await;
        }
        let view = ClusterView { image: &image, listener: &call.session.peer.listener };
        let topic_operations =
            operations::if_asked(call.request.include_topic_authorized_operations, operations::TOPIC);
        let answer = TopicAnswer { view, version, operations: topic_operations };
        let topics = match &asked {
            Asked::All => image.topics().iter().map(|topic| answer.known(topic)).collect(),
            Asked::Names(names) => names.iter().map(|name| answer.by_name(name)).collect(),
            Asked::Ids(ids) => ids.iter().map(|id| answer.by_id(*id)).collect(),
        };
        let cluster_operations =
            operations::if_asked(call.request.include_cluster_authorized_operations, operations::CLUSTER);
        MetadataResponse {
            brokers: brokers(view),
            cluster_id: Some(call.broker.cluster_id().into()),
            controller_id: view.controller().0,
            topics,
            cluster_authorized_operations: cluster_operations,
            ..MetadataResponse::default()
        }
    }
}

/// Which topics a request is about.
enum Asked {
    All,
    Names(Vec<Str>),
    Ids(Vec<Uuid>),
}

fn asked_for(topics: Option<&[MetadataRequestTopic]>, version: i16) -> Result<Asked, ErrorCode> {
    let topics = match topics {
        // Version 0 has no null: there an empty list asks for everything.
        None => return Ok(Asked::All),
        Some([]) if version == 0 => return Ok(Asked::All),
        Some(topics) => topics,
    };
    let by_id: Vec<Uuid> = topics.iter().map(|topic| topic.topic_id).filter(|id| !id.is_zero()).collect();
    if version < BY_ID_SINCE && (!by_id.is_empty() || topics.iter().any(|topic| topic.name.is_none())) {
        return Err(ErrorCode::InvalidRequest);
    }
    if !by_id.is_empty() {
        return Ok(Asked::Ids(deduplicated(by_id)));
    }
    Ok(Asked::Names(deduplicated(topics.iter().filter_map(|topic| topic.name.clone()).collect())))
}

fn deduplicated<T: Ord + Clone>(values: Vec<T>) -> Vec<T> {
    let mut seen = std::collections::BTreeSet::new();
    values.into_iter().filter(|value| seen.insert(value.clone())).collect()
}

/// Creates the topics that do not exist, where that is allowed, and returns the image that has them.
async fn create_missing(
    call: &Call<MetadataRequest>,
    image: Arc<MetadataImage>,
    names: &[Str],
) -> Arc<MetadataImage> {
    if !call.broker.config().topics.are_created_on_use {
        return image;
    }
    let missing: Vec<&Str> = names
        .iter()
        .filter(|name| image.topics().by_name(name).is_none() && check_topic_name(name).is_ok())
        .collect();
    if missing.is_empty() {
        return image;
    }
    call.broker.auto_create(missing.into_iter().map(|name| Arc::from(&**name)).collect()).await;
    call.broker.image()
}

fn brokers(view: ClusterView<'_>) -> Vec<MetadataResponseBroker> {
    view.reachable()
        .map(|(broker, endpoint)| MetadataResponseBroker {
            node_id: broker.id.0,
            host: endpoint.host.as_ref().into(),
            port: endpoint.port.into(),
            rack: broker.rack.as_deref().map(Into::into),
            ..MetadataResponseBroker::default()
        })
        .collect()
}

/// Answers for single topics.
struct TopicAnswer<'a> {
    view: ClusterView<'a>,
    version: i16,
    operations: i32,
}

impl TopicAnswer<'_> {
    fn by_name(&self, name: &Str) -> MetadataResponseTopic {
        match self.view.image.topics().by_name(name) {
            Some(topic) => self.known(topic),
            None => MetadataResponseTopic {
                error_code: match check_topic_name(name) {
                    Ok(()) => ErrorCode::UnknownTopicOrPartition.code(),
                    Err(_) => ErrorCode::InvalidTopicException.code(),
                },
                name: Some(name.clone()),
                is_internal: is_internal(name),
                topic_authorized_operations: self.operations,
                ..MetadataResponseTopic::default()
            },
        }
    }

    fn by_id(&self, id: Uuid) -> MetadataResponseTopic {
        match self.view.image.topics().by_id(id) {
            Some(topic) => self.known(topic),
            None => MetadataResponseTopic {
                error_code: ErrorCode::UnknownTopicId.code(),
                name: None,
                topic_id: id,
                ..MetadataResponseTopic::default()
            },
        }
    }

    fn known(&self, topic: &Topic) -> MetadataResponseTopic {
        let partitions = topic.partitions.iter().map(|(&index, partition)| self.partition(index, partition));
        MetadataResponseTopic {
            name: Some(topic.name.as_ref().into()),
            topic_id: topic.id,
            is_internal: is_internal(&topic.name),
            partitions: partitions.collect(),
            topic_authorized_operations: self.operations,
            ..MetadataResponseTopic::default()
        }
    }

    fn partition(&self, index: PartitionIndex, partition: &Partition) -> MetadataResponsePartition {
        let error = match self.view.leader_error(partition) {
            // Clients before version 6 do not know the error that says which listener is missing.
            ErrorCode::ListenerNotFound if self.version < 6 => ErrorCode::LeaderNotAvailable,
            error => error,
        };
        let leader = if error.is_error() { BrokerId::NONE } else { partition.leader };
        MetadataResponsePartition {
            error_code: error.code(),
            partition_index: index.0,
            leader_id: leader.0,
            leader_epoch: partition.leader_epoch.0,
            replica_nodes: numbers(&partition.replicas),
            isr_nodes: numbers(&partition.isr),
            offline_replicas: self.view.offline_replicas(partition),
            ..MetadataResponsePartition::default()
        }
    }
}

fn refused(call: &Call<MetadataRequest>, error: ErrorCode) -> MetadataResponse {
    let topics = call.request.topics.iter().flatten().map(|topic| MetadataResponseTopic {
        error_code: error.code(),
        // A null name cannot be sent back in the versions that refuse it.
        name: Some(topic.name.clone().unwrap_or_default()),
        topic_id: topic.topic_id,
        ..MetadataResponseTopic::default()
    });
    MetadataResponse {
        topics: topics.collect(),
        error_code: if call.version() >= 13 { error.code() } else { 0 },
        ..MetadataResponse::default()
    }
}
