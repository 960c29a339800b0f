//! Log directories, elections, reassignments, and brokers that leave.

use ottla_protocol::messages::describe_log_dirs::{DescribableLogDirTopic, DescribeLogDirsRequest};
use ottla_protocol::messages::elect_leaders::{ElectLeadersRequest, TopicPartitions};
use ottla_protocol::messages::list_config_resources::ListConfigResourcesRequest;
use ottla_protocol::messages::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsTopics,
};
use ottla_protocol::messages::unregister_broker::UnregisterBrokerRequest;

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
    let stranger = UnregisterBrokerRequest { broker_id: 9, ..UnregisterBrokerRequest::default() };
    cases.push(case("a stranger", 0, stranger));
    cases
}
