//! DescribeTopicPartitions (75): topics page by page. KIP-966.

use std::collections::BTreeSet;

use ottla_controller::check_topic_name;
use ottla_metadata::{Partition, Topic};
use ottla_protocol::Str;
use ottla_protocol::messages::describe_topic_partitions::{
    Cursor, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse,
    DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use ottla_types::{BrokerId, ErrorCode, PartitionIndex};

use crate::cluster_view::{ClusterView, is_internal, numbers};
use crate::operations;
use crate::request::{Call, Serve};

impl Serve for DescribeTopicPartitionsRequest {
    async fn serve(call: Call<Self>) -> DescribeTopicPartitionsResponse {
        let request = &call.request;
        let image = call.broker.image();
        let view = ClusterView { image: &image, listener: &call.session.peer.listener };
        let names = match asked_for(request, view) {
            Ok(names) => names,
            Err(error) => return refused(request, error),
        };
        let asked = usize::try_from(request.response_partition_limit).unwrap_or(0);
        let limit = asked.min(call.broker.config().network.described_partitions_max).max(1);
        let mut page = Page { view, left: limit, topics: Vec::new(), next: None };
        for name in &names {
            let first = match &request.cursor {
                Some(cursor) if *cursor.topic_name == **name => PartitionIndex(cursor.partition_index),
                _ => PartitionIndex(0),
            };
            if !page.add(name, first) {
                break;
            }
        }
        DescribeTopicPartitionsResponse {
            topics: page.topics,
            next_cursor: page.next,
            ..DescribeTopicPartitionsResponse::default()
        }
    }
}

/// The names from the cursor on, in order.
fn asked_for(
    request: &DescribeTopicPartitionsRequest,
    view: ClusterView<'_>,
) -> Result<BTreeSet<String>, ErrorCode> {
    let from = request.cursor.as_ref().map_or("", |cursor| &cursor.topic_name);
    if request.cursor.as_ref().is_some_and(|cursor| cursor.partition_index < 0) {
        return Err(ErrorCode::InvalidRequest);
    }
    if request.topics.is_empty() {
        let all = view.image.topics().iter().map(|topic| topic.name.to_string());
        return Ok(all.filter(|name| name.as_str() >= from).collect());
    }
    let names: BTreeSet<String> = request
        .topics
        .iter()
        .map(|topic| topic.name.to_string())
        .filter(|name| name.as_str() >= from)
        .collect();
    // A cursor points at a topic of the list that it continues.
    if request.cursor.is_some() && !names.contains(from) {
        return Err(ErrorCode::InvalidRequest);
    }
    Ok(names)
}

/// One page of the answer, and where the next begins.
struct Page<'a> {
    view: ClusterView<'a>,
    left: usize,
    topics: Vec<DescribeTopicPartitionsResponseTopic>,
    next: Option<Cursor>,
}

impl Page<'_> {
    /// Adds a topic's partitions from `first` on; `false` when the page is full.
    fn add(&mut self, name: &str, first: PartitionIndex) -> bool {
        if self.left == 0 {
            self.next = Some(cursor(name, PartitionIndex(0)));
            return false;
        }
        let Some(topic) = self.view.image.topics().by_name(name) else {
            self.topics.push(unknown(name));
            return true;
        };
        let mut partitions = Vec::new();
        for (&index, partition) in topic.partitions.range(first..) {
            if self.left == 0 {
                self.next = Some(cursor(name, index));
                break;
            }
            self.left -= 1;
            partitions.push(describe(self.view, index, partition));
        }
        self.topics.push(described(topic, partitions));
        self.next.is_none()
    }
}

fn cursor(topic: &str, partition: PartitionIndex) -> Cursor {
    Cursor { topic_name: topic.into(), partition_index: partition.0, ..Cursor::default() }
}

fn described(
    topic: &Topic,
    partitions: Vec<DescribeTopicPartitionsResponsePartition>,
) -> DescribeTopicPartitionsResponseTopic {
    DescribeTopicPartitionsResponseTopic {
        name: Some(topic.name.as_ref().into()),
        topic_id: topic.id,
        is_internal: is_internal(&topic.name),
        partitions,
        topic_authorized_operations: operations::TOPIC,
        ..DescribeTopicPartitionsResponseTopic::default()
    }
}

fn unknown(name: &str) -> DescribeTopicPartitionsResponseTopic {
    let error = match check_topic_name(name) {
        Ok(()) => ErrorCode::UnknownTopicOrPartition,
        Err(_) => ErrorCode::InvalidTopicException,
    };
    DescribeTopicPartitionsResponseTopic {
        error_code: error.code(),
        name: Some(Str::from(name)),
        is_internal: is_internal(name),
        topic_authorized_operations: operations::TOPIC,
        ..DescribeTopicPartitionsResponseTopic::default()
    }
}

fn describe(
    view: ClusterView<'_>,
    index: PartitionIndex,
    partition: &Partition,
) -> DescribeTopicPartitionsResponsePartition {
    let error = view.leader_error(partition);
    let leader = if error.is_error() { BrokerId::NONE } else { partition.leader };
    DescribeTopicPartitionsResponsePartition {
        error_code: error.code(),
        partition_index: index.0,
        leader_id: leader.0,
        leader_epoch: partition.leader_epoch.0,
        replica_nodes: numbers(&partition.replicas),
        isr_nodes: numbers(&partition.isr),
        eligible_leader_replicas: Some(numbers(&partition.elr)),
        last_known_elr: Some(numbers(&partition.last_known_elr)),
        offline_replicas: view.offline_replicas(partition),
        ..DescribeTopicPartitionsResponsePartition::default()
    }
}

fn refused(request: &DescribeTopicPartitionsRequest, error: ErrorCode) -> DescribeTopicPartitionsResponse {
    let topics = request.topics.iter().map(|topic| DescribeTopicPartitionsResponseTopic {
        error_code: error.code(),
        name: Some(topic.name.clone()),
        ..DescribeTopicPartitionsResponseTopic::default()
    });
    DescribeTopicPartitionsResponse { topics: topics.collect(), ..DescribeTopicPartitionsResponse::default() }
}
