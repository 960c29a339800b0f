//! ListPartitionReassignments (46): partitions that are moving to other brokers. KIP-455.

use ottla_metadata::{Partition, Topic};
use ottla_protocol::messages::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, OngoingPartitionReassignment,
    OngoingTopicReassignment,
};
use ottla_types::PartitionIndex;

use crate::cluster_view::numbers;
use crate::request::{Call, Serve};

impl Serve for ListPartitionReassignmentsRequest {
    async fn serve(call: Call<Self>) -> ListPartitionReassignmentsResponse {
        let image = call.broker.image();
        let topics = match &call.request.topics {
            None => image
                .topics()
                .iter()
                .filter_map(|topic| moving(topic, topic.partitions.keys().copied()))
                .collect(),
            Some(asked) => {
                let known = asked.iter().filter_map(|asked| {
                    let topic = image.topics().by_name(&asked.name)?;
                    moving(topic, asked.partition_indexes.iter().copied().map(PartitionIndex))
                });
                known.collect()
            }
        };
        ListPartitionReassignmentsResponse {
            error_message: None,
            topics,
            ..ListPartitionReassignmentsResponse::default()
        }
    }
}

/// Those of a topic's partitions that are moving, if any is.
fn moving(topic: &Topic, indexes: impl Iterator<Item = PartitionIndex>) -> Option<OngoingTopicReassignment> {
    let partitions: Vec<OngoingPartitionReassignment> = indexes
        .filter_map(|index| Some((index, topic.partitions.get(&index)?)))
        .filter(|(_, partition)| partition.is_reassigning())
        .map(|(index, partition)| describe(index, partition))
        .collect();
    (!partitions.is_empty()).then(|| OngoingTopicReassignment {
        name: topic.name.as_ref().into(),
        partitions,
        ..OngoingTopicReassignment::default()
    })
}

fn describe(index: PartitionIndex, partition: &Partition) -> OngoingPartitionReassignment {
    OngoingPartitionReassignment {
        partition_index: index.0,
        replicas: numbers(&partition.replicas),
        adding_replicas: numbers(&partition.adding_replicas),
        removing_replicas: numbers(&partition.removing_replicas),
        ..OngoingPartitionReassignment::default()
    }
}
