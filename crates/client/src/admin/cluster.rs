//! What the cluster says about itself: brokers, versions, features, log directories, the metadata quorum.

use std::collections::BTreeMap;

use ottla_protocol::messages::describe_log_dirs::DescribeLogDirsResult;
use ottla_protocol::messages::describe_quorum::{PartitionData, PartitionQuorum, ReplicaState, TopicData};
use ottla_protocol::messages::{DescribeClusterRequest, DescribeLogDirsRequest, DescribeQuorumRequest};
use ottla_protocol::{ApiKey, Str};
use ottla_types::{BrokerId, LeaderEpoch, Offset, Timestamp, TopicPartition, Uuid};

use super::Admin;
use super::topics::incomplete;
use crate::api_versions::ApiVersions;
use crate::cluster::{Lane, Target};
use crate::{Address, Error, Result};

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterDescription {
    /// Its id.
    pub id: String,
    /// The broker that takes administrative requests.
    pub controller: Option<BrokerId>,
    /// Its brokers, by id; with those that are fenced, where the broker is new enough to tell.
    pub brokers: Vec<BrokerDescription>,
}

/// A broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerDescription {
    /// Its `node.id`.
    pub id: BrokerId,
    /// Where it listens.
    pub address: Address,
    /// Its rack, if it has told one.
    pub rack: Option<String>,
    /// Whether the controller has not heard of it for too long.
    pub is_fenced: bool,
}

/// A log directory of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogDir {
    /// Its path on the broker's machine.
    pub path: String,
    /// The size of its volume, in bytes, if the broker tells.
    pub total_bytes: Option<i64>,
    /// How much of the volume can still be used, in bytes, if the broker tells.
    pub usable_bytes: Option<i64>,
    /// The partitions in it.
    pub replicas: BTreeMap<TopicPartition, LogDirReplica>,
}

/// A partition in a log directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogDirReplica {
    /// The size of its segments, in bytes.
    pub size_bytes: i64,
    /// How many offsets it lies behind.
    pub offset_lag: i64,
    /// Whether it is to take the place of the partition in another directory.
    pub is_future: bool,
}

/// The quorum that keeps the metadata (KIP-595).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// The active controller.
    pub leader: Option<BrokerId>,
    /// How often the leader has changed.
    pub leader_epoch: LeaderEpoch,
    /// Up to where the metadata is committed.
    pub high_watermark: Offset,
    /// Those who vote.
    pub voters: Vec<QuorumReplica>,
    /// Those who only follow.
    pub observers: Vec<QuorumReplica>,
}

/// A node that keeps the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuorumReplica {
    /// Its `node.id`.
    pub id: BrokerId,
    /// The directory that holds its metadata log; [`Uuid::ZERO`] where that is not told.
    pub directory_id: Uuid,
    /// Where its metadata log ends.
    pub log_end_offset: Offset,
    /// When it last fetched, if that is told.
    pub last_fetch: Option<Timestamp>,
    /// When it had last caught up, if that is told.
    pub last_caught_up: Option<Timestamp>,
}

/// The topic that holds the metadata.
const METADATA_TOPIC: &str = "__cluster_metadata";
/// From this version on, fenced brokers can be asked for.
const FIRST_WITH_FENCED: i16 = 2;
/// What the endpoints lead to: brokers.
const ENDPOINT_BROKERS: i8 = 1;

impl Admin {
    /// The cluster and its brokers.
    ///
    /// # Errors
    /// See [`Error::kind`].
    pub async fn describe_cluster(&self) -> Result<ClusterDescription> {
        let connection = self.cluster.connection(Target::Any, Lane::Main).await?;
        let version = connection.version_of::<DescribeClusterRequest>(i16::MAX)?;
        let request = DescribeClusterRequest {
            endpoint_type: ENDPOINT_BROKERS,
            include_fenced_brokers: version >= FIRST_WITH_FENCED,
            ..Default::default()
        };
        let reply = connection.begin(&request, version, self.cluster.options().request_timeout).await?;
        let answer = reply.answer().await?;
        Error::check(answer.error_code, answer.error_message.as_deref(), "the cluster")?;
        let mut brokers = Vec::new();
        for broker in &answer.brokers {
            let port = u16::try_from(broker.port).unwrap_or(0);
            brokers.push(BrokerDescription {
                id: BrokerId(broker.broker_id),
                address: Address::new(broker.host.as_str(), port),
                rack: broker.rack.as_ref().map(ToString::to_string),
                is_fenced: broker.is_fenced,
            });
        }
        brokers.sort_by_key(|broker| broker.id);
        Ok(ClusterDescription {
            id: answer.cluster_id.to_string(),
            controller: (answer.controller_id >= 0).then_some(BrokerId(answer.controller_id)),
            brokers,
        })
    }

    /// What a broker speaks, and its features.
    ///
    /// # Errors
    /// See [`Error::kind`].
    pub async fn api_versions(&self, broker: BrokerId) -> Result<ApiVersions> {
        let connection = self.cluster.connection(Target::Broker(broker), Lane::Main).await?;
        Ok(connection.versions().clone())
    }

    /// The log directories of a broker; one that failed is an error of its own.
    ///
    /// # Errors
    /// See [`Error::kind`].
    pub async fn log_dirs(&self, broker: BrokerId) -> Result<Vec<Result<LogDir>>> {
        let request = DescribeLogDirsRequest { topics: None, ..Default::default() };
        self.ask(Target::Broker(broker), &request, |answer| {
            Error::check(answer.error_code, None, format_args!("the log directories of broker {broker}"))?;
            Ok(answer.results.iter().map(log_dir).collect())
        })
        .await
    }

    /// The quorum that keeps the metadata.
    ///
    /// # Errors
    /// See [`Error::kind`].
    pub async fn describe_quorum(&self) -> Result<Quorum> {
        let topic = TopicData {
            topic_name: Str::from_static(METADATA_TOPIC),
            partitions: vec![PartitionData::default()],
            ..Default::default()
        };
        let request = DescribeQuorumRequest { topics: vec![topic], ..Default::default() };
        self.ask(Target::Any, &request, |answer| {
            Error::check(answer.error_code, answer.error_message.as_deref(), "the metadata quorum")?;
            let partition = answer.topics.first().and_then(|topic| topic.partitions.first());
            let partition = partition.ok_or_else(|| incomplete(ApiKey::DescribeQuorum, METADATA_TOPIC))?;
            Error::check(partition.error_code, partition.error_message.as_deref(), "the metadata quorum")?;
            Ok(quorum(partition))
        })
        .await
    }
}

fn log_dir(result: &DescribeLogDirsResult) -> Result<LogDir> {
    Error::check(result.error_code, None, &result.log_dir)?;
    let mut replicas = BTreeMap::new();
    for topic in &result.topics {
        for partition in &topic.partitions {
            let replica = LogDirReplica {
                size_bytes: partition.partition_size,
                offset_lag: partition.offset_lag,
                is_future: partition.is_future_key,
            };
            replicas.insert(TopicPartition::new(topic.name.as_str(), partition.partition_index), replica);
        }
    }
    let told = |bytes: i64| (bytes >= 0).then_some(bytes);
    Ok(LogDir {
        path: result.log_dir.to_string(),
        total_bytes: told(result.total_bytes),
        usable_bytes: told(result.usable_bytes),
        replicas,
    })
}

fn quorum(partition: &PartitionQuorum) -> Quorum {
    let time = |ms: i64| (ms >= 0).then_some(Timestamp(ms));
    let replica = |state: &ReplicaState| QuorumReplica {
        id: BrokerId(state.replica_id),
        directory_id: state.replica_directory_id,
        log_end_offset: Offset(state.log_end_offset),
        last_fetch: time(state.last_fetch_timestamp),
        last_caught_up: time(state.last_caught_up_timestamp),
    };
    Quorum {
        leader: (partition.leader_id >= 0).then_some(BrokerId(partition.leader_id)),
        leader_epoch: LeaderEpoch(partition.leader_epoch),
        high_watermark: Offset(partition.high_watermark),
        voters: partition.current_voters.iter().map(replica).collect(),
        observers: partition.observers.iter().map(replica).collect(),
    }
}
