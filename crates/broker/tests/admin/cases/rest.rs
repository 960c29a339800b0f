//! Log directories, elections, reassignments, and brokers that leave.

use ottla_protocol::messages::describe_log_dirs::{DescribableLogDirTopic, DescribeLogDirsRequest};
use ottla_protocol::messages::describe_producers::{DescribeProducersRequest, TopicRequest};
use ottla_protocol::messages::describe_quorum::{DescribeQuorumRequest, PartitionData, TopicData};
use ottla_protocol::messages::elect_leaders::{ElectLeadersRequest, TopicPartitions};
use ottla_protocol::messages::list_config_resources::ListConfigResourcesRequest;
use ottla_protocol::messages::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsTopics,
};
use ottla_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use ottla_protocol::messages::unregister_broker::UnregisterBrokerRequest;
use ottla_protocol::records::{BatchBuilder, BatchOptions, NewRecord, Producer};
use ottla_types::{ProducerEpoch, ProducerId, Sequence, Timestamp};

use crate::{Case, case};

fn dirs(topics: Option<&[(&str, &[i32])]>) -> DescribeLogDirsRequest {
    let topic = |(topic, partitions): &(&str, &[i32])| DescribableLogDirTopic {
        topic: (*topic).into(),
        partitions: partitions.to_vec(),
        ..DescribableLogDirTopic::default()
    };
    DescribeLogDirsRequest {
        topics: topics.map(|topics| topics.iter().map(topic).collect()),
        ..DescribeLogDirsRequest::default()
    }
}

fn elect(election_type: i8, topics: Option<&[(&str, &[i32])]>) -> ElectLeadersRequest {
    let topic = |(topic, partitions): &(&str, &[i32])| TopicPartitions {
        topic: (*topic).into(),
        partitions: partitions.to_vec(),
        ..TopicPartitions::default()
    };
    ElectLeadersRequest {
        election_type,
        topic_partitions: topics.map(|topics| topics.iter().map(topic).collect()),
        ..ElectLeadersRequest::default()
    }
}

fn resources(types: &[i8]) -> ListConfigResourcesRequest {
    ListConfigResourcesRequest { resource_types: types.to_vec(), ..ListConfigResourcesRequest::default() }
}

/// Two records of an idempotent producer.
fn produce(id: i64, epoch: i16, base_sequence: i32) -> ProduceRequest {
    let producer =
        Producer { id: ProducerId(id), epoch: ProducerEpoch(epoch), base_sequence: Sequence(base_sequence) };
    let mut batch = BatchBuilder::new(BatchOptions { producer, ..BatchOptions::default() });
    for timestamp in [5, 4] {
        let record = NewRecord { timestamp: Timestamp(timestamp), value: Some(b"v"), ..NewRecord::default() };
        batch.append(&record).unwrap();
    }
    let partition =
        PartitionProduceData { records: Some(batch.finish().unwrap()), ..PartitionProduceData::default() };
    let topic = TopicProduceData {
        name: "default-5".into(),
        partition_data: vec![partition],
        ..TopicProduceData::default()
    };
    ProduceRequest { acks: -1, timeout_ms: 10_000, topic_data: vec![topic], ..ProduceRequest::default() }
}

fn producers() -> Vec<Case> {
    let topic = |(name, indexes): &(&str, &[i32])| TopicRequest {
        name: (*name).into(),
        partition_indexes: indexes.to_vec(),
        ..TopicRequest::default()
    };
    let topics: &[(&str, &[i32])] =
        &[("default-5", &[0, 1, 9]), ("nowhere", &[0]), ("a b", &[0]), ("default-4", &[])];
    let described = DescribeProducersRequest {
        topics: topics.iter().map(topic).collect(),
        ..DescribeProducersRequest::default()
    };
    vec![
        case("a producer", 12, produce(4711, 3, 0)),
        case("more of it", 12, produce(4711, 3, 2)),
        case("another producer", 12, produce(17, 0, 0)),
        case("producers", 0, described),
    ]
}

fn quorum() -> Vec<Case> {
    let about = |topics: &[(&str, &[i32])]| {
        let topic = |(name, indexes): &(&str, &[i32])| TopicData {
            topic_name: (*name).into(),
            partitions: indexes
                .iter()
                .map(|&partition_index| PartitionData { partition_index, ..PartitionData::default() })
                .collect(),
            ..TopicData::default()
        };
        DescribeQuorumRequest {
            topics: topics.iter().map(topic).collect(),
            ..DescribeQuorumRequest::default()
        }
    };
    const LOG: &str = "__cluster_metadata";
    let mut cases = vec![];
    for version in 0..=2 {
        cases.push(case("the metadata log", version, about(&[(LOG, &[0])])));
        cases.push(case("another topic", version, about(&[("plain-7", &[0, 1])])));
    }
    cases.push(case("another partition", 2, about(&[(LOG, &[1])])));
    cases.push(case("more than one", 2, about(&[(LOG, &[0]), ("plain-7", &[0])])));
    cases.push(case("no topic", 2, about(&[])));
    cases
}

pub(crate) fn all() -> Vec<Case> {
    let mut cases = vec![];
    for version in 1..=5 {
        cases.push(case("everything", version, dirs(None)));
        let some: &[(&str, &[i32])] = &[("plain-7", &[1, 9]), ("nowhere", &[0]), ("default-7", &[2, 0])];
        cases.push(case("some partitions", version, dirs(Some(some))));
        cases.push(case("nothing", version, dirs(Some(&[]))));
    }
    let some: &[(&str, &[i32])] = &[("plain-7", &[0, 9]), ("nowhere", &[0])];
    for version in 0..=2 {
        cases.push(case("everywhere", version, elect(0, None)));
        cases.push(case("some partitions", version, elect(0, Some(some))));
        if version >= 1 {
            cases.push(case("unclean", version, elect(1, Some(some))));
            cases.push(case("of no kind", version, elect(2, Some(some))));
            cases.push(case("of no kind everywhere", version, elect(2, None)));
        }
    }
    let late = ElectLeadersRequest { timeout_ms: 0, ..elect(0, Some(some)) };
    cases.push(case("in no time", 2, late));
    cases.push(case("everything", 0, ListPartitionReassignmentsRequest::default()));
    let topic = ListPartitionReassignmentsTopics {
        name: "plain-7".into(),
        partition_indexes: vec![0, 9],
        ..ListPartitionReassignmentsTopics::default()
    };
    let one = ListPartitionReassignmentsRequest { topics: Some(vec![topic]), ..Default::default() };
    cases.push(case("one topic", 0, one));
    cases.push(case("everything", 0, resources(&[])));
    cases.push(case("everything", 1, resources(&[])));
    for (about, kind) in [
        ("topics", 2),
        ("brokers", 4),
        ("loggers", 8),
        ("client metrics", 16),
        ("groups", 32),
        ("what is not known", 3),
    ] {
        cases.push(case(about, 1, resources(&[kind])));
    }
    cases.extend(producers());
    cases.extend(quorum());
    let stranger = UnregisterBrokerRequest { broker_id: 9, ..UnregisterBrokerRequest::default() };
    cases.push(case("a stranger", 0, stranger));
    cases
}
