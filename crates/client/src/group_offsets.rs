//! OffsetFetch and OffsetCommit as messages: what an admin and a consumer have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_protocol::Str;
use ottla_protocol::messages::offset_commit::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use ottla_protocol::messages::offset_fetch::{
    OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
};
use ottla_protocol::messages::{
    OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse,
};
use ottla_types::{LeaderEpoch, Offset, TopicPartition};

use crate::{Cluster, Error, Result};

/// An offset that a group has committed: where it goes on reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The next record to be read.
    pub offset: Offset,
    /// The epoch of the record before it, if that is known.
    pub leader_epoch: Option<LeaderEpoch>,
    /// Whatever the consumer wrote beside it.
    pub metadata: String,
}

impl CommittedOffset {
    /// An offset and nothing else.
    #[must_use]
    pub const fn at(offset: Offset) -> Self {
        Self { offset, leader_epoch: None, metadata: String::new() }
    }
}

/// Who commits. The default is nobody: it is accepted while the group has no members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Committer {
    pub(crate) generation: i32,
    pub(crate) member_id: Arc<str>,
    pub(crate) instance_id: Option<Arc<str>>,
}

impl Default for Committer {
    fn default() -> Self {
        Self { generation: -1, member_id: Arc::from(""), instance_id: None }
    }
}

/// From this version on, several groups are asked for at once (KIP-709).
const FIRST_FETCH_WITH_GROUPS: i16 = 8;
/// Above this version, topics are named by id only.
const LAST_WITH_NAMES: i16 = 9;

impl Cluster {
    /// The offsets that a group has committed for some partitions, or all of them. Partitions without one are left
    /// out.
    pub(crate) async fn committed_offsets(
        &self,
        group: &Arc<str>,
        partitions: Option<&[TopicPartition]>,
    ) -> Result<BTreeMap<TopicPartition, CommittedOffset>> {
        let build = |version| fetch_request(group, partitions, version);
        self.ask_coordinator(group, LAST_WITH_NAMES, build, |answer| fetched(group, &answer)).await
    }

    /// Commits offsets in somebody's name; one result for each partition.
    pub(crate) async fn commit_offsets(
        &self,
        group: &Arc<str>,
        committer: &Committer,
        offsets: &BTreeMap<TopicPartition, CommittedOffset>,
    ) -> Result<BTreeMap<TopicPartition, Result<()>>> {
        let build = |_| commit_request(group, committer, offsets);
        self.ask_coordinator(group, LAST_WITH_NAMES, build, |answer| {
            let results = committed(&answer);
            // What is wrong with the coordinator is wrong for every partition alike.
            let errors = results.values().filter_map(|result| result.as_ref().err());
            match errors.into_iter().find(|error| error.is_retriable()) {
                Some(error) => Err(error.clone()),
                None => Ok(results),
            }
        })
        .await
    }
}

/// Asks for the offsets of some partitions, or of all for which the group has committed one.
fn fetch_request(group: &str, partitions: Option<&[TopicPartition]>, version: i16) -> OffsetFetchRequest {
    let by_topic = partitions.map(by_topic);
    let mut request = OffsetFetchRequest { require_stable: version >= 7, ..OffsetFetchRequest::default() };
    if version >= FIRST_FETCH_WITH_GROUPS {
        let topic = |(name, indexes): (&str, Vec<i32>)| OffsetFetchRequestTopics {
            name: Str::from(name),
            partition_indexes: indexes,
            ..Default::default()
        };
        request.groups = vec![OffsetFetchRequestGroup {
            group_id: Str::from(group),
            topics: by_topic.map(|topics| topics.into_iter().map(topic).collect()),
            ..Default::default()
        }];
    } else {
        let topic = |(name, indexes): (&str, Vec<i32>)| OffsetFetchRequestTopic {
            name: Str::from(name),
            partition_indexes: indexes,
            ..Default::default()
        };
        request.group_id = Str::from(group);
        request.topics = by_topic.map(|topics| topics.into_iter().map(topic).collect());
    }
    request
}

/// The offsets in an answer; partitions without one are left out.
fn fetched(group: &str, answer: &OffsetFetchResponse) -> Result<BTreeMap<TopicPartition, CommittedOffset>> {
    let mut offsets = BTreeMap::new();
    let mut note = |name: TopicPartition, code: i16, offset: i64, epoch: i32, metadata: Option<&Str>| {
        Error::check(code, None, format_args!("the offset of group {group} for {name}"))?;
        if offset >= 0 {
            let metadata = metadata.map(ToString::to_string).unwrap_or_default();
            let leader_epoch = (epoch >= 0).then_some(LeaderEpoch(epoch));
            offsets.insert(name, CommittedOffset { offset: Offset(offset), leader_epoch, metadata });
        }
        Ok::<(), Error>(())
    };
    Error::check(answer.error_code, None, format_args!("group {group}"))?;
    for topic in &answer.topics {
        for found in &topic.partitions {
            let name = TopicPartition::new(topic.name.as_str(), found.partition_index);
            let metadata = found.metadata.as_ref();
            note(name, found.error_code, found.committed_offset, found.committed_leader_epoch, metadata)?;
        }
    }
    for one in &answer.groups {
        Error::check(one.error_code, None, format_args!("group {group}"))?;
        for topic in &one.topics {
            for found in &topic.partitions {
                let name = TopicPartition::new(topic.name.as_str(), found.partition_index);
                let metadata = found.metadata.as_ref();
                note(name, found.error_code, found.committed_offset, found.committed_leader_epoch, metadata)?;
            }
        }
    }
    Ok(offsets)
}

/// Commits offsets in somebody's name.
fn commit_request(
    group: &str,
    committer: &Committer,
    offsets: &BTreeMap<TopicPartition, CommittedOffset>,
) -> OffsetCommitRequest {
    let mut topics: Vec<OffsetCommitRequestTopic> = Vec::new();
    for (name, committed) in offsets {
        if topics.last().is_none_or(|topic| topic.name != *name.topic) {
            topics.push(OffsetCommitRequestTopic { name: Str::from(&*name.topic), ..Default::default() });
        }
        let partition = OffsetCommitRequestPartition {
            partition_index: name.partition.0,
            committed_offset: committed.offset.0,
            committed_leader_epoch: committed.leader_epoch.unwrap_or(LeaderEpoch::NONE).0,
            committed_metadata: Some(Str::from(committed.metadata.as_str())),
            ..Default::default()
        };
        topics.last_mut().expect("pushed above").partitions.push(partition);
    }
    OffsetCommitRequest {
        group_id: Str::from(group),
        generation_id_or_member_epoch: committer.generation,
        member_id: Str::from(&*committer.member_id),
        group_instance_id: committer.instance_id.as_ref().map(|id| Str::from(&**id)),
        topics,
        ..Default::default()
    }
}

/// What the coordinator says to each partition.
fn committed(answer: &OffsetCommitResponse) -> BTreeMap<TopicPartition, Result<()>> {
    let mut results = BTreeMap::new();
    for topic in &answer.topics {
        for partition in &topic.partitions {
            let name = TopicPartition::new(topic.name.as_str(), partition.partition_index);
            let result = Error::check(partition.error_code, None, format_args!("the commit for {name}"));
            results.insert(name, result);
        }
    }
    results
}

fn by_topic(partitions: &[TopicPartition]) -> BTreeMap<&str, Vec<i32>> {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(&partition.topic).or_default().push(partition.partition.0);
    }
    topics
}
