//! Requests by the rules that ask for more than a node can give: refused or cut short, while others are served.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../admin/server.rs"]
mod server;

use bytes::Bytes;
use ottla_protocol::messages::create_topics::CreatableTopic;
use ottla_protocol::messages::elect_leaders::{ElectLeadersRequest, TopicPartitions};
use ottla_protocol::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol};
use ottla_protocol::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use ottla_protocol::messages::metadata::{MetadataRequest, MetadataRequestTopic};
use ottla_protocol::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use ottla_protocol::messages::{
    CreateTopicsRequest, DescribeGroupsRequest, FindCoordinatorRequest, SyncGroupRequest,
};
use ottla_types::ErrorCode;

use crate::server::{Connection, Server};

fn is_served(connection: &mut Connection) -> bool {
    connection.ask(12, &MetadataRequest::default()).is_some()
}

/// Joins a group alone, with so many bytes to tell the others.
fn join(connection: &mut Connection, group: &str, metadata: usize) {
    let protocol = JoinGroupRequestProtocol {
        name: "p".into(),
        metadata: Bytes::from(vec![7; metadata]),
        ..Default::default()
    };
    let mut request = JoinGroupRequest {
        group_id: group.into(),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "consumer".into(),
        protocols: vec![protocol],
        ..JoinGroupRequest::default()
    };
    loop {
        let response = connection.ask(9, &request).unwrap();
        match ErrorCode::from_code(response.error_code) {
            Some(ErrorCode::None) => {
                request.member_id = response.member_id;
                return sync(connection, &request, response.generation_id);
            }
            Some(ErrorCode::MemberIdRequired) => request.member_id = response.member_id,
            // The coordinator has only just come to be.
            error => assert_eq!(error, Some(ErrorCode::CoordinatorLoadInProgress)),
        }
    }
}

/// Makes the group stable: until then nobody is shown what its members say.
fn sync(connection: &mut Connection, joined: &JoinGroupRequest, generation_id: i32) {
    let request = SyncGroupRequest {
        group_id: joined.group_id.clone(),
        generation_id,
        member_id: joined.member_id.clone(),
        protocol_type: Some(joined.protocol_type.clone()),
        protocol_name: Some("p".into()),
        ..SyncGroupRequest::default()
    };
    assert_eq!(connection.ask(5, &request).unwrap().error_code, 0);
}

#[test]
fn a_response_that_would_be_too_long_closes_its_connection() {
    let server = Server::start(&["group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=1"]);
    let mut other = server.connect();
    let coordinator =
        FindCoordinatorRequest { coordinator_keys: vec!["g".into()], ..FindCoordinatorRequest::default() };
    other.ask(6, &coordinator).unwrap();
    join(&mut other, "g", 700_000);
    let one = DescribeGroupsRequest { groups: vec!["g".into()], ..DescribeGroupsRequest::default() };
    assert_eq!(other.ask(5, &one).unwrap().groups[0].members.len(), 1);
    let again = DescribeGroupsRequest { groups: vec!["g".into(); 400], ..DescribeGroupsRequest::default() };
    assert!(server.connect().ask(5, &again).is_none(), "280 MB were asked for with 800 bytes");
    assert!(is_served(&mut other));
    server.stop();
}

/// The log of the coordinator takes no batch that is larger than the broker's limit.
#[test]
fn a_commit_that_the_offsets_topic_cannot_take_is_refused_and_harms_no_other() {
    let server = Server::start(&["message.max.bytes=5000", "offsets.topic.num.partitions=1"]);
    let mut connection = server.connect();
    let topic = CreatableTopic {
        name: "t".into(),
        num_partitions: 100,
        replication_factor: 1,
        ..CreatableTopic::default()
    };
    let request =
        CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..CreateTopicsRequest::default() };
    assert_eq!(connection.ask(7, &request).unwrap().topics[0].error_code, 0);
    let coordinator =
        FindCoordinatorRequest { coordinator_keys: vec!["g".into()], ..FindCoordinatorRequest::default() };
    connection.ask(6, &coordinator).unwrap();
    let mut commit = |partitions: i32| loop {
        let partition = |partition_index| OffsetCommitRequestPartition {
            partition_index,
            committed_offset: 7,
            ..OffsetCommitRequestPartition::default()
        };
        let topic = OffsetCommitRequestTopic {
            name: "t".into(),
            partitions: (0..partitions).map(partition).collect(),
            ..OffsetCommitRequestTopic::default()
        };
        let request = OffsetCommitRequest {
            group_id: "g".into(),
            generation_id_or_member_epoch: -1,
            topics: vec![topic],
            ..OffsetCommitRequest::default()
        };
        let response = connection.ask(9, &request).unwrap();
        match ErrorCode::from_code(response.topics[0].partitions[0].error_code) {
            Some(ErrorCode::CoordinatorLoadInProgress) => {}
            error => break error,
        }
    };
    assert_eq!(commit(10), Some(ErrorCode::None));
    assert_eq!(commit(100), Some(ErrorCode::InvalidCommitOffsetSize));
    assert_eq!(commit(10), Some(ErrorCode::None));
    server.stop();
}

#[test]
fn a_request_of_nothing_but_elements_is_refused() {
    let server = Server::start(&[]);
    let mut other = server.connect();
    let topics = vec![MetadataRequestTopic { name: Some("".into()), ..Default::default() }; 1_000_000];
    let request = MetadataRequest { topics: Some(topics), ..MetadataRequest::default() };
    assert!(server.connect().ask(9, &request).is_none());
    let topic = TopicPartitions { topic: "t".into(), partitions: vec![0; 600_000], ..Default::default() };
    let request =
        ElectLeadersRequest { topic_partitions: Some(vec![topic]), timeout_ms: 100, ..Default::default() };
    assert!(server.connect().ask(2, &request).is_none());
    assert!(is_served(&mut other));
    server.stop();
}

/// Many, and yet what an honest client may ask for.
#[test]
fn a_request_of_many_elements_is_answered_soon() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    let partition = |partition_index| ListOffsetsPartition {
        partition_index,
        timestamp: -1,
        ..ListOffsetsPartition::default()
    };
    let topic = ListOffsetsTopic {
        name: "t".into(),
        partitions: (0..200_000).map(partition).collect(),
        ..ListOffsetsTopic::default()
    };
    let request = ListOffsetsRequest { topics: vec![topic], ..ListOffsetsRequest::default() };
    let response = connection.ask(8, &request).unwrap();
    assert_eq!(response.topics[0].partitions.len(), 200_000);
    server.stop();
}

/// Topics that would be created are shown with all their settings, which are many for the few bytes of a name.
#[test]
fn topics_by_the_thousand_are_looked_at_without_being_created() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    let topic = |index: usize| CreatableTopic {
        name: format!("t{index}").into(),
        num_partitions: 1,
        replication_factor: 1,
        ..CreatableTopic::default()
    };
    let request = CreateTopicsRequest {
        topics: (0..11_000).map(topic).collect(),
        timeout_ms: 10_000,
        validate_only: true,
        ..CreateTopicsRequest::default()
    };
    let response = connection.ask(5, &request).unwrap();
    assert!(response.topics.iter().all(|topic| topic.error_code == ErrorCode::PolicyViolation.code()));
    server.stop();
}
