//! Fetch as messages: a session's plan into a request, the answer back to partitions.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use ottla_protocol::Str;
use ottla_protocol::messages::fetch::{
    AbortedTransaction, FetchPartition, FetchTopic, ForgottenTopic, PartitionData,
};
use ottla_protocol::messages::{FetchRequest, FetchResponse};
use ottla_types::{BrokerId, ErrorCode, LeaderEpoch, Offset, TopicPartition, Uuid};

use super::options::ConsumerOptions;
use super::session::{Plan, Wanted};
use crate::Error;

/// Above this version, topics are named by id only (KIP-516).
const LAST_WITH_NAMES: i16 = 12;
/// Not a replica: a consumer.
const CONSUMER: i32 = -1;

/// The highest version that names the topics of a plan in a way that is known.
pub(super) fn at_most(plan: &Plan) -> i16 {
    let ids = plan.changed.values().map(|one| one.topic_id).chain(plan.forgotten.values().copied());
    if ids.into_iter().any(Uuid::is_zero) { LAST_WITH_NAMES } else { i16::MAX }
}

pub(super) fn request(plan: &Plan, options: &ConsumerOptions, version: i16) -> FetchRequest {
    let mut topics: Vec<FetchTopic> = Vec::new();
    for (name, wanted) in &plan.changed {
        let is_same = |topic: &FetchTopic| topic.topic == *name.topic && topic.topic_id == wanted.topic_id;
        if !topics.last().is_some_and(is_same) {
            topics.push(FetchTopic {
                topic: Str::from(&*name.topic),
                topic_id: wanted.topic_id,
                ..FetchTopic::default()
            });
        }
        topics.last_mut().expect("pushed above").partitions.push(partition(name, wanted, options));
    }
    let mut forgotten: BTreeMap<(&str, Uuid), Vec<i32>> = BTreeMap::new();
    for (name, &id) in &plan.forgotten {
        forgotten.entry((&name.topic, id)).or_default().push(name.partition.0);
    }
    let forgotten_topic = |((name, topic_id), partitions): ((&str, Uuid), Vec<i32>)| ForgottenTopic {
        topic: Str::from(name),
        topic_id,
        partitions,
        ..ForgottenTopic::default()
    };
    // Before version 7 there are no sessions.
    let (session_id, session_epoch) =
        if version >= 7 { (plan.session_id, plan.session_epoch) } else { (0, -1) };
    FetchRequest {
        replica_id: CONSUMER,
        max_wait_ms: i32::try_from(options.fetch_max_wait.as_millis()).unwrap_or(i32::MAX),
        min_bytes: options.fetch_bytes_min,
        max_bytes: options.fetch_bytes_max,
        isolation_level: options.isolation.level(),
        session_id,
        session_epoch,
        topics,
        forgotten_topics_data: forgotten.into_iter().map(forgotten_topic).collect(),
        ..FetchRequest::default()
    }
}

fn partition(name: &TopicPartition, wanted: &Wanted, options: &ConsumerOptions) -> FetchPartition {
    FetchPartition {
        partition: name.partition.0,
        current_leader_epoch: wanted.leader_epoch.0,
        fetch_offset: wanted.offset.0,
        partition_max_bytes: options.partition_bytes_max,
        ..FetchPartition::default()
    }
}

/// What an answer says about one partition.
pub(super) struct Answered {
    pub(super) partition: TopicPartition,
    pub(super) result: Result<(), Error>,
    pub(super) records: Bytes,
    pub(super) aborted: Vec<AbortedTransaction>,
    pub(super) high_watermark: Offset,
    /// Who leads the partition instead, if the broker says so (KIP-951).
    pub(super) new_leader: Option<(BrokerId, LeaderEpoch)>,
}

/// The partitions of an answer whose topics are known.
pub(super) fn read(answer: FetchResponse, topic_ids: &BTreeMap<Uuid, Arc<str>>) -> Vec<Answered> {
    let mut found = Vec::new();
    for topic in answer.responses {
        let named = (!topic.topic.is_empty()).then(|| Arc::from(topic.topic.as_str()));
        let Some(name) = named.or_else(|| topic_ids.get(&topic.topic_id).cloned()) else { continue };
        found.extend(topic.partitions.into_iter().map(|partition| answered(&name, partition)));
    }
    found
}

fn answered(topic: &Arc<str>, data: PartitionData) -> Answered {
    let partition = TopicPartition::new(Arc::clone(topic), data.partition_index);
    let leader = &data.current_leader;
    let is_news =
        data.error_code != ErrorCode::None.code() && leader.leader_id >= 0 && leader.leader_epoch >= 0;
    Answered {
        result: Error::check(data.error_code, None, &partition),
        partition,
        new_leader: is_news.then_some((BrokerId(leader.leader_id), LeaderEpoch(leader.leader_epoch))),
        records: data.records.and_then(|records| records.bytes()).unwrap_or_default(),
        aborted: data.aborted_transactions.unwrap_or_default(),
        high_watermark: Offset(data.high_watermark),
    }
}
