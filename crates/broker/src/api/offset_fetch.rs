//! OffsetFetch (9): how far groups have read. KIP-447, KIP-709, KIP-848.

use std::sync::Arc;

use ottla_group::{Command, FetchOffsets, FetchTopic, FetchedPartition, FetchedTopic, Reply};
use ottla_metadata::MetadataImage;
use ottla_protocol::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopics, OffsetFetchResponse,
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use ottla_types::{ErrorCode, Offset, PartitionIndex, Uuid};

use crate::groups::unexpected;
use crate::request::{Call, Serve};

/// From this version on a request names several groups.
const SEVERAL_SINCE: i16 = 8;
/// From this version on topics are named by their ids.
const IDS_SINCE: i16 = 10;
/// Before this version an error of the whole group is reported with each partition.
const GROUP_ERROR_SINCE: i16 = 2;

impl Serve for OffsetFetchRequest {
    async fn serve(call: Call<Self>) -> OffsetFetchResponse {
        if call.version() >= SEVERAL_SINCE {
            let mut groups = Vec::with_capacity(call.request.groups.len());
            for group in &call.request.groups {
                let group = fetch(&call, group).await;
                // A group may be named again and again, each time for all of its offsets.
                if !call.room.take(bytes_of(&group)).await {
                    break;
                }
                groups.push(group);
            }
            return OffsetFetchResponse { groups, ..OffsetFetchResponse::default() };
        }
        single(&call, fetch(&call, &only_group(&call.request)).await)
    }
}

/// About what a group's offsets take in memory.
fn bytes_of(group: &OffsetFetchResponseGroup) -> usize {
    let partition = |partition: &OffsetFetchResponsePartitions| {
        size_of::<OffsetFetchResponsePartitions>() + partition.metadata.as_ref().map_or(0, |text| text.len())
    };
    let topic = |topic: &OffsetFetchResponseTopics| topic.partitions.iter().map(partition).sum::<usize>();
    size_of::<OffsetFetchResponseGroup>() + group.topics.iter().map(topic).sum::<usize>()
}

/// The group of a request that names only one, in the newer form.
fn only_group(request: &OffsetFetchRequest) -> OffsetFetchRequestGroup {
    OffsetFetchRequestGroup {
        group_id: request.group_id.clone(),
        topics: request.topics.as_ref().map(|topics| {
            topics
                .iter()
                .map(|topic| OffsetFetchRequestTopics {
                    name: topic.name.clone(),
                    partition_indexes: topic.partition_indexes.clone(),
                    ..OffsetFetchRequestTopics::default()
                })
                .collect()
        }),
        ..OffsetFetchRequestGroup::default()
    }
}

async fn fetch(call: &Call<OffsetFetchRequest>, asked: &OffsetFetchRequestGroup) -> OffsetFetchResponseGroup {
    let image = call.broker.image();
    let by_id = call.version() >= IDS_SINCE;
    let mut unknown = Vec::new();
    let topics = asked
        .topics
        .as_ref()
        .map(|topics| topics.iter().filter_map(|topic| known(&image, topic, by_id, &mut unknown)).collect());
    let command = Command::FetchOffsets(FetchOffsets {
        group: Arc::from(&*asked.group_id),
        member_id: asked.member_id.as_deref().map(Arc::from),
        member_epoch: asked.member_epoch,
        require_stable: call.request.require_stable,
        topics,
    });
    let (topics, error) = match call.broker.groups().call(&asked.group_id, command).await {
        Ok(Reply::FetchOffsets(Ok(topics))) => (topics, ErrorCode::None),
        Ok(Reply::FetchOffsets(Err(error))) | Err(error) => (Vec::new(), error),
        Ok(other) => unexpected(&other),
    };
    if error.is_error() {
        return OffsetFetchResponseGroup {
            group_id: asked.group_id.clone(),
            error_code: error.code(),
            ..OffsetFetchResponseGroup::default()
        };
    }
    let topics = topics.iter().filter_map(|topic| answered(&image, topic, by_id)).chain(unknown);
    OffsetFetchResponseGroup {
        group_id: asked.group_id.clone(),
        topics: topics.collect(),
        ..OffsetFetchResponseGroup::default()
    }
}

/// A topic in the machine's words; an id that names none is answered at once.
fn known(
    image: &MetadataImage,
    asked: &OffsetFetchRequestTopics,
    by_id: bool,
    unknown: &mut Vec<OffsetFetchResponseTopics>,
) -> Option<FetchTopic> {
    let partitions = asked.partition_indexes.iter().map(|&index| PartitionIndex(index)).collect();
    if !by_id {
        return Some(FetchTopic { topic: Arc::from(&*asked.name), topic_id: Uuid::ZERO, partitions });
    }
    let Some(topic) = image.topics().by_id(asked.topic_id) else {
        let partitions = asked.partition_indexes.iter().map(|&index| OffsetFetchResponsePartitions {
            partition_index: index,
            committed_offset: Offset::NONE.0,
            error_code: ErrorCode::UnknownTopicId.code(),
            ..OffsetFetchResponsePartitions::default()
        });
        unknown.push(OffsetFetchResponseTopics {
            topic_id: asked.topic_id,
            partitions: partitions.collect(),
            ..OffsetFetchResponseTopics::default()
        });
        return None;
    };
    Some(FetchTopic { topic: Arc::clone(&topic.name), topic_id: topic.id, partitions })
}

/// A topic's answer; none where ids are spoken and the topic has none any more.
fn answered(image: &MetadataImage, topic: &FetchedTopic, by_id: bool) -> Option<OffsetFetchResponseTopics> {
    let mut topic_id = topic.topic_id;
    if by_id && topic_id.is_zero() {
        topic_id = image.topics().by_name(&topic.topic)?.id;
    }
    Some(OffsetFetchResponseTopics {
        name: topic.topic.as_ref().into(),
        topic_id,
        partitions: topic.partitions.iter().map(partition).collect(),
        ..OffsetFetchResponseTopics::default()
    })
}

fn partition(fetched: &FetchedPartition) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index: fetched.partition.0,
        committed_offset: fetched.offset.0,
        committed_leader_epoch: fetched.leader_epoch.0,
        metadata: Some(fetched.metadata.as_ref().into()),
        error_code: fetched.error.code(),
        ..OffsetFetchResponsePartitions::default()
    }
}

/// The answer in the form of the versions that know one group.
fn single(call: &Call<OffsetFetchRequest>, group: OffsetFetchResponseGroup) -> OffsetFetchResponse {
    let mut topics: Vec<_> = group
        .topics
        .into_iter()
        .map(|topic| OffsetFetchResponseTopic {
            name: topic.name,
            partitions: topic
                .partitions
                .into_iter()
                .map(|one| OffsetFetchResponsePartition {
                    partition_index: one.partition_index,
                    committed_offset: one.committed_offset,
                    committed_leader_epoch: one.committed_leader_epoch,
                    metadata: one.metadata,
                    error_code: one.error_code,
                    ..OffsetFetchResponsePartition::default()
                })
                .collect(),
            ..OffsetFetchResponseTopic::default()
        })
        .collect();
    if group.error_code != 0 && call.version() < GROUP_ERROR_SINCE {
        topics = with_error_each(&call.request, group.error_code);
    }
    OffsetFetchResponse { topics, error_code: group.error_code, ..OffsetFetchResponse::default() }
}

fn with_error_each(request: &OffsetFetchRequest, error_code: i16) -> Vec<OffsetFetchResponseTopic> {
    let topics = request.topics.iter().flatten().map(|topic| OffsetFetchResponseTopic {
        name: topic.name.clone(),
        partitions: topic
            .partition_indexes
            .iter()
            .map(|&partition_index| OffsetFetchResponsePartition {
                partition_index,
                committed_offset: Offset::NONE.0,
                error_code,
                ..OffsetFetchResponsePartition::default()
            })
            .collect(),
        ..OffsetFetchResponseTopic::default()
    });
    topics.collect()
}
