//! OffsetDelete (47): forget how far a group has read. KIP-496.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_group::{Command, DeleteOffsets, Reply, TopicOutcome};
use ottla_protocol::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestTopic, OffsetDeleteResponse, OffsetDeleteResponsePartition,
    OffsetDeleteResponseTopic,
};
use ottla_types::{ErrorCode, PartitionIndex};

use crate::groups::unexpected;
use crate::request::{Call, Serve};

impl Serve for OffsetDeleteRequest {
    async fn serve(call: Call<Self>) -> OffsetDeleteResponse {
        let (request, image) = (&call.request, call.broker.image());
        let exists = |topic: &OffsetDeleteRequestTopic, index: i32| {
            let topic = image.topics().by_name(&topic.name);
            topic.is_some_and(|topic| topic.partitions.contains_key(&PartitionIndex(index)))
        };
        let topics: Vec<(Arc<str>, Vec<PartitionIndex>)> = request
            .topics
            .iter()
            .map(|topic| {
                let indexes = topic.partitions.iter().map(|partition| partition.partition_index);
                let existing = indexes.filter(|&index| exists(topic, index)).map(PartitionIndex).collect();
                (Arc::from(&*topic.name), existing)
            })
            .filter(|(_, partitions): &(Arc<str>, Vec<PartitionIndex>)| !partitions.is_empty())
            .collect();
        let group = Arc::from(&*request.group_id);
        let command = Command::DeleteOffsets(DeleteOffsets { group, topics });
        let outcomes = match call.broker.groups().call(&request.group_id, command).await {
            Ok(Reply::DeleteOffsets(Ok(outcomes))) => outcomes,
            Ok(Reply::DeleteOffsets(Err(error))) | Err(error) => {
                return OffsetDeleteResponse { error_code: error.code(), ..OffsetDeleteResponse::default() };
            }
            Ok(other) => unexpected(&other),
        };
        let of_topic = |outcome: &TopicOutcome| {
            let name = Arc::clone(&outcome.topic);
            outcome
                .partitions
                .iter()
                .map(move |(index, error)| ((Arc::clone(&name), *index), *error))
                .collect::<Vec<_>>()
        };
        let outcomes: BTreeMap<(Arc<str>, PartitionIndex), ErrorCode> =
            outcomes.iter().flat_map(of_topic).collect();
        let outcome = |topic: &OffsetDeleteRequestTopic, index: i32| {
            let found = outcomes.get(&(Arc::from(&*topic.name), PartitionIndex(index)));
            found.copied().unwrap_or(ErrorCode::UnknownTopicOrPartition)
        };
        let topics = request.topics.iter().map(|topic| OffsetDeleteResponseTopic {
            name: topic.name.clone(),
            partitions: topic
                .partitions
                .iter()
                .map(|partition| OffsetDeleteResponsePartition {
                    partition_index: partition.partition_index,
                    error_code: outcome(topic, partition.partition_index).code(),
                })
                .collect(),
        });
        OffsetDeleteResponse { topics: topics.collect(), ..OffsetDeleteResponse::default() }
    }
}
