//! ListOffsets: where partitions begin and end, and which offset belongs to a time.

use std::collections::BTreeMap;

use ottla_protocol::Str;
use ottla_protocol::messages::ListOffsetsRequest;
use ottla_protocol::messages::list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use ottla_types::{BrokerId, ErrorCode, LeaderEpoch, Offset, Timestamp, TopicPartition};

use super::{Cluster, Lane, Target};
use crate::{Error, Isolation, Result};

/// Which offset of a partition is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetSpec {
    /// The first that is still there.
    Earliest,
    /// The one that the next record will get.
    Latest,
    /// The first whose timestamp is this or a later one.
    At(Timestamp),
    /// That of the record with the largest timestamp (KIP-734).
    MaxTimestamp,
}

/// An offset that a broker found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedOffset {
    /// The offset; `None` if no record is as late as was asked for.
    pub offset: Option<Offset>,
    /// The record's timestamp, where a time was asked for.
    pub timestamp: Option<Timestamp>,
    /// The epoch of the leader that wrote there, if the broker tells.
    pub leader_epoch: Option<LeaderEpoch>,
}

/// From this version on, [`OffsetSpec::MaxTimestamp`] is understood.
const FIRST_WITH_MAX_TIMESTAMP: i16 = 7;

impl OffsetSpec {
    const fn timestamp(self) -> i64 {
        match self {
            Self::Latest => -1,
            Self::Earliest => -2,
            Self::MaxTimestamp => -3,
            Self::At(timestamp) => timestamp.0,
        }
    }
}

type Asked = BTreeMap<TopicPartition, OffsetSpec>;
type Found = BTreeMap<TopicPartition, Result<ListedOffset>>;

impl Cluster {
    /// Finds offsets, one result for each partition. What cannot be answered yet is asked again until time is up.
    pub(crate) async fn list_offsets(&self, asked: &Asked, isolation: Isolation) -> Found {
        let mut retry = self.retry();
        let mut found = Found::new();
        let mut left = asked.clone();
        loop {
            for (partition, result) in self.list_offsets_once(&left, isolation).await {
                if result.as_ref().is_err_and(Error::is_retriable) {
                    found.insert(partition, result);
                } else {
                    left.remove(&partition);
                    found.insert(partition, result);
                }
            }
            let Some(error) = left.keys().find_map(|name| found.get(name)?.as_ref().err().cloned()) else {
                return found;
            };
            if retry.again(error).await.is_err() {
                return found;
            }
            // Whoever refused may not lead the partition any more; a failure here shows with the next attempt.
            let _ = self.refresh_known().await;
        }
    }

    /// One attempt: one request to each leader.
    async fn list_offsets_once(&self, asked: &Asked, isolation: Isolation) -> Found {
        let mut found = Found::new();
        let mut by_leader: BTreeMap<BrokerId, Asked> = BTreeMap::new();
        for (partition, &spec) in asked {
            match self.leader(partition).await {
                Ok(leader) => {
                    by_leader.entry(leader).or_default().insert(partition.clone(), spec);
                }
                Err(error) => {
                    found.insert(partition.clone(), Err(error));
                }
            }
        }
        for (leader, asked) in by_leader {
            match self.list_offsets_of(leader, &asked, isolation).await {
                Ok(answers) => found.extend(answers),
                Err(error) => {
                    found.extend(asked.into_keys().map(|partition| (partition, Err(error.clone()))));
                }
            }
        }
        found
    }

    /// Who leads a partition; asks about the topic if it is not known.
    pub(crate) async fn leader(&self, partition: &TopicPartition) -> Result<BrokerId> {
        let topic = self.topic(&partition.topic, false).await?;
        if !topic.partitions.contains_key(&partition.partition) {
            return Err(Error::UnknownPartition {
                topic: partition.topic.clone(),
                count: topic.partitions.len(),
                partition: partition.partition.0,
            });
        }
        self.metadata().leader(partition).ok_or_else(|| Error::NoLeader(partition.clone()))
    }

    async fn list_offsets_of(&self, leader: BrokerId, asked: &Asked, isolation: Isolation) -> Result<Found> {
        let connection = self.connection(Target::Broker(leader), Lane::Main).await?;
        let version = connection.version_of::<ListOffsetsRequest>(i16::MAX)?;
        if version < FIRST_WITH_MAX_TIMESTAMP && asked.values().any(|&spec| spec == OffsetSpec::MaxTimestamp)
        {
            let what = "the broker is too old to find the record with the largest timestamp";
            return Err(Error::Mistake(what.to_owned()));
        }
        let request = self.list_offsets_request(asked, isolation, version);
        let reply = connection.begin(&request, version, self.options().request_timeout).await?;
        let answer = reply.answer().await?;
        let mut found = Found::new();
        for topic in &answer.topics {
            for partition in &topic.partitions {
                let name = TopicPartition::new(topic.name.as_str(), partition.partition_index);
                let listed = || ListedOffset {
                    offset: (partition.offset >= 0).then_some(Offset(partition.offset)),
                    timestamp: (partition.timestamp >= 0).then_some(Timestamp(partition.timestamp)),
                    leader_epoch: (partition.leader_epoch >= 0)
                        .then_some(LeaderEpoch(partition.leader_epoch)),
                };
                let result = Error::check(partition.error_code, None, &name).map(|()| listed());
                found.insert(name, result);
            }
        }
        for partition in asked.keys().filter(|&name| !found.contains_key(name)).cloned().collect::<Vec<_>>() {
            let error = Error::Incomplete {
                api: ottla_protocol::ApiKey::ListOffsets,
                subject: partition.to_string(),
            };
            found.insert(partition, Err(error));
        }
        Ok(found)
    }

    fn list_offsets_request(&self, asked: &Asked, isolation: Isolation, version: i16) -> ListOffsetsRequest {
        let metadata = self.metadata();
        let mut topics: Vec<ListOffsetsTopic> = Vec::new();
        for (name, spec) in asked {
            if topics.last().is_none_or(|topic| topic.name != *name.topic) {
                topics.push(ListOffsetsTopic { name: Str::from(&*name.topic), ..Default::default() });
            }
            let epoch = metadata.partition(name).map_or(LeaderEpoch::NONE, |known| known.leader_epoch);
            let partition = ListOffsetsPartition {
                partition_index: name.partition.0,
                current_leader_epoch: epoch.0,
                timestamp: spec.timestamp(),
                ..Default::default()
            };
            topics.last_mut().expect("pushed above").partitions.push(partition);
        }
        let timeout_ms = i32::try_from(self.options().request_timeout.as_millis()).unwrap_or(i32::MAX);
        // Version 1 knows no isolation: what is not committed is visible there.
        let isolation_level = if version >= 2 { isolation.level() } else { 0 };
        ListOffsetsRequest { replica_id: -1, isolation_level, topics, timeout_ms, ..Default::default() }
    }
}

/// Whether an error says that the partition is led by somebody else, or not at all.
pub(crate) const fn is_stale(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NotLeaderOrFollower
            | ErrorCode::LeaderNotAvailable
            | ErrorCode::FencedLeaderEpoch
            | ErrorCode::UnknownLeaderEpoch
            | ErrorCode::UnknownTopicOrPartition
            | ErrorCode::UnknownTopicId
            | ErrorCode::InconsistentTopicId
            | ErrorCode::ReplicaNotAvailable
            | ErrorCode::KafkaStorageError
            | ErrorCode::OffsetNotAvailable
            | ErrorCode::NetworkException
    )
}
