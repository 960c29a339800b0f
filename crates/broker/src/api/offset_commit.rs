//! OffsetCommit (8): remember how far a group has read. KIP-211, KIP-320, KIP-848.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_group::{Command, CommitOffsets, CommitPartition, CommitTopic, Generation, Reply, TopicOutcome};
use ottla_metadata::Topic;
use ottla_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestTopic, OffsetCommitResponse, OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
};
use ottla_types::{ErrorCode, LeaderEpoch, Offset, PartitionIndex};

use crate::groups::unexpected;
use crate::request::{Call, Serve};

/// From this version on topics are named by their ids.
const IDS_SINCE: i16 = 10;
/// From this version on a client understands that its group is gone.
const GROUP_GONE_SINCE: i16 = 9;

impl Serve for OffsetCommitRequest {
    async fn serve(call: Call<Self>) -> OffsetCommitResponse {
        let image = call.broker.image();
        let mut results = Results::default();
        let mut topics = Vec::new();
        for (place, asked) in call.request.topics.iter().enumerate() {
            let known = match call.version() >= IDS_SINCE {
                true => image.topics().by_id(asked.topic_id).ok_or(ErrorCode::UnknownTopicId),
                false => image.topics().by_name(&asked.name).ok_or(ErrorCode::UnknownTopicOrPartition),
            };
            match known {
                Ok(topic) => topics.extend(existing_partitions(topic, asked, place, &mut results)),
                Err(error) => results.set_all(place, asked, error),
            }
        }
        if !topics.is_empty() {
            commit(&call, topics, &mut results).await;
        }
        results.into_response(&call.request)
    }
}

/// The partitions of a topic that exist; the others are answered at once.
fn existing_partitions(
    topic: &Topic,
    asked: &OffsetCommitRequestTopic,
    place: usize,
    results: &mut Results,
) -> Option<CommitTopic> {
    let mut partitions = Vec::new();
    for partition in &asked.partitions {
        let index = PartitionIndex(partition.partition_index);
        if topic.partitions.contains_key(&index) {
            partitions.push(CommitPartition {
                partition: index,
                offset: Offset(partition.committed_offset),
                leader_epoch: LeaderEpoch(partition.committed_leader_epoch),
                metadata: partition.committed_metadata.as_deref().map(Arc::from),
            });
        } else {
            results.errors.insert((place, index), ErrorCode::UnknownTopicOrPartition);
        }
    }
    results.places.insert(Arc::clone(&topic.name), place);
    let commit = CommitTopic { topic: Arc::clone(&topic.name), topic_id: topic.id, partitions };
    (!commit.partitions.is_empty()).then_some(commit)
}

async fn commit(call: &Call<OffsetCommitRequest>, topics: Vec<CommitTopic>, results: &mut Results) {
    let request = &call.request;
    let command = Command::CommitOffsets(CommitOffsets {
        group: Arc::from(&*request.group_id),
        member_id: Arc::from(&*request.member_id),
        instance_id: request.group_instance_id.as_deref().map(Arc::from),
        generation: Generation(request.generation_id_or_member_epoch),
        retention_ms: Some(request.retention_time_ms).filter(|&ms| ms >= 0),
        topics,
    });
    match call.broker.groups().call(&request.group_id, command).await {
        Ok(Reply::CommitOffsets(Ok(outcomes))) => results.merge(&outcomes),
        Ok(Reply::CommitOffsets(Err(error))) | Err(error) => {
            let error = match error {
                ErrorCode::GroupIdNotFound if call.version() < GROUP_GONE_SINCE => {
                    ErrorCode::IllegalGeneration
                }
                error => error,
            };
            for (place, asked) in request.topics.iter().enumerate() {
                results.set_all(place, asked, error);
            }
        }
        Ok(other) => unexpected(&other),
    }
}

/// The outcome of each partition, by the place of its topic in the request.
#[derive(Default)]
struct Results {
    errors: BTreeMap<(usize, PartitionIndex), ErrorCode>,
    places: BTreeMap<Arc<str>, usize>,
}

impl Results {
    /// Answers the partitions of a topic that have no answer yet.
    fn set_all(&mut self, place: usize, asked: &OffsetCommitRequestTopic, error: ErrorCode) {
        for partition in &asked.partitions {
            self.errors.entry((place, PartitionIndex(partition.partition_index))).or_insert(error);
        }
    }

    fn merge(&mut self, outcomes: &[TopicOutcome]) {
        for outcome in outcomes {
            let Some(&place) = self.places.get(&outcome.topic) else { continue };
            for (partition, error) in &outcome.partitions {
                self.errors.insert((place, *partition), *error);
            }
        }
    }

    /// Topics and partitions in the order of the request.
    fn into_response(self, request: &OffsetCommitRequest) -> OffsetCommitResponse {
        let topics = request.topics.iter().enumerate().map(|(place, topic)| OffsetCommitResponseTopic {
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            partitions: topic
                .partitions
                .iter()
                .map(|partition| {
                    let index = PartitionIndex(partition.partition_index);
                    let error = self.errors.get(&(place, index)).copied().unwrap_or_default();
                    OffsetCommitResponsePartition {
                        partition_index: index.0,
                        error_code: error.code(),
                        ..OffsetCommitResponsePartition::default()
                    }
                })
                .collect(),
            ..OffsetCommitResponseTopic::default()
        });
        OffsetCommitResponse { topics: topics.collect(), ..OffsetCommitResponse::default() }
    }
}
