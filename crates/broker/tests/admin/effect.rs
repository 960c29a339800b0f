//! What administrators change takes effect at once.

use std::time::{Duration, Instant};

use ottla_protocol::Str;
use ottla_protocol::messages::create_topics::{CreatableTopic, CreateTopicsRequest};
use ottla_protocol::messages::delete_topics::DeleteTopicsRequest;
use ottla_protocol::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use ottla_protocol::messages::find_coordinator::FindCoordinatorRequest;
use ottla_protocol::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use ottla_protocol::messages::init_producer_id::InitProducerIdRequest;
use ottla_protocol::messages::metadata::MetadataRequest;
use ottla_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use ottla_protocol::records::{BatchBuilder, BatchOptions, NewRecord};
use ottla_types::{ErrorCode, Timestamp};

use crate::server::{Connection, Server, frame_of, response_of};

const BROKER: i8 = 4;
const TOPIC: i8 = 2;

fn create_topic(connection: &mut Connection, name: &str) {
    let topic = CreatableTopic {
        name: name.into(),
        num_partitions: 1,
        replication_factor: 1,
        ..CreatableTopic::default()
    };
    let request =
        CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..CreateTopicsRequest::default() };
    assert_eq!(connection.ask(7, &request).unwrap().topics[0].error_code, 0);
}

/// Sets a setting, or deletes it where there is no value.
fn set(connection: &mut Connection, kind: i8, name: &str, key: &str, value: Option<&str>) {
    let config = AlterableConfig {
        name: key.into(),
        config_operation: value.is_none().into(),
        value: value.map(Into::into),
        ..AlterableConfig::default()
    };
    let resource = AlterConfigsResource {
        resource_type: kind,
        resource_name: name.into(),
        configs: vec![config],
        ..AlterConfigsResource::default()
    };
    let request = IncrementalAlterConfigsRequest {
        resources: vec![resource],
        ..IncrementalAlterConfigsRequest::default()
    };
    let response = connection.ask(1, &request).unwrap();
    assert_eq!(response.responses[0].error_code, 0, "{:?}", response.responses[0].error_message);
}

/// A request to produce one record of so many bytes.
fn one_record(acks: i16, topic: &str, bytes: usize) -> ProduceRequest {
    let mut batch = BatchBuilder::new(BatchOptions::default());
    let value = vec![7; bytes];
    let record = NewRecord { timestamp: Timestamp(1), value: Some(&value), ..NewRecord::default() };
    batch.append(&record).unwrap();
    let partition =
        PartitionProduceData { records: Some(batch.finish().unwrap()), ..PartitionProduceData::default() };
    let data = TopicProduceData {
        name: topic.into(),
        partition_data: vec![partition],
        ..TopicProduceData::default()
    };
    ProduceRequest { acks, timeout_ms: 10_000, topic_data: vec![data], ..ProduceRequest::default() }
}

/// Produces one record of so many bytes.
fn produce(connection: &mut Connection, topic: &str, bytes: usize) -> Option<ErrorCode> {
    let response = connection.ask(12, &one_record(-1, topic, bytes)).unwrap();
    ErrorCode::from_code(response.responses[0].partition_responses[0].error_code)
}

#[test]
fn a_broker_setting_holds_for_the_next_batch() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    create_topic(&mut connection, "t");
    assert_eq!(produce(&mut connection, "t", 5_000), Some(ErrorCode::None));
    set(&mut connection, BROKER, "", "message.max.bytes", Some("4000"));
    assert_eq!(produce(&mut connection, "t", 5_000), Some(ErrorCode::MessageTooLarge));
    // What this broker has of its own lies over it, and what the topic has over that.
    set(&mut connection, BROKER, "1", "message.max.bytes", Some("6000"));
    assert_eq!(produce(&mut connection, "t", 5_000), Some(ErrorCode::None));
    set(&mut connection, TOPIC, "t", "max.message.bytes", Some("3000"));
    assert_eq!(produce(&mut connection, "t", 5_000), Some(ErrorCode::MessageTooLarge));
    set(&mut connection, TOPIC, "t", "max.message.bytes", None);
    set(&mut connection, BROKER, "1", "message.max.bytes", None);
    assert_eq!(produce(&mut connection, "t", 5_000), Some(ErrorCode::MessageTooLarge));
    set(&mut connection, BROKER, "", "message.max.bytes", None);
    assert_eq!(produce(&mut connection, "t", 5_000), Some(ErrorCode::None));
    server.stop();
}

#[test]
fn without_acknowledgements_a_refused_batch_closes_the_connection() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    create_topic(&mut connection, "t");
    set(&mut connection, TOPIC, "t", "max.message.bytes", Some("3000"));
    // What follows at once is not taken any more.
    let both = [frame_of(12, &one_record(0, "t", 5_000)), frame_of(12, &one_record(0, "t", 10))].concat();
    assert!(connection.exchange(&both).is_none());
    let response = server.connect().ask(12, &one_record(-1, "t", 10)).unwrap();
    assert_eq!(response.responses[0].partition_responses[0].base_offset, 0);
    server.stop();
}

#[test]
fn a_limit_of_connections_holds_for_the_next_connection() {
    let server = Server::start(&[]);
    let mut first = server.connect();
    let nothing = DeleteTopicsRequest { timeout_ms: 10_000, ..DeleteTopicsRequest::default() };
    set(&mut first, BROKER, "", "max.connections.per.ip", Some("1"));
    assert!(server.connect().ask(6, &nothing).is_none(), "one connection is all that is allowed");
    set(&mut first, BROKER, "", "max.connections.per.ip", Some("2"));
    assert!(server.connect().ask(6, &nothing).is_some());
    server.stop();
}

/// How long it takes until so many more connections are served.
fn time_of_connections(server: &Server, count: usize) -> Duration {
    let nothing = DeleteTopicsRequest { timeout_ms: 10_000, ..DeleteTopicsRequest::default() };
    let began = Instant::now();
    for _ in 0..count {
        assert!(server.connect().ask(6, &nothing).is_some());
    }
    began.elapsed()
}

#[test]
fn connections_that_come_faster_than_they_may_wait_until_the_rate_is_raised() {
    const RATE: &str = "max.connection.creation.rate";
    let server = Server::start(&[]);
    let mut first = server.connect();
    set(&mut first, BROKER, "", RATE, Some("1"));
    // Ten seconds' worth may come at once, of which one is there.
    let waited = time_of_connections(&server, 11);
    assert!(waited > Duration::from_millis(1_500), "{waited:?}");
    set(&mut first, BROKER, "", RATE, None);
    let waited = time_of_connections(&server, 20);
    assert!(waited < Duration::from_secs(10), "{waited:?}");
    server.stop();
}

#[test]
fn a_listener_has_a_rate_of_its_own() {
    let server = Server::start(&["listener.name.plaintext.max.connection.creation.rate=1"]);
    let waited = time_of_connections(&server, 12);
    assert!(waited > Duration::from_millis(1_500), "{waited:?}");
    server.stop();
}

#[test]
fn a_small_request_gets_no_boundless_response() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    let everything =
        DescribeConfigsResource { resource_type: BROKER, resource_name: "1".into(), ..Default::default() };
    let request = DescribeConfigsRequest {
        resources: vec![DescribeConfigsResource { configuration_keys: None, ..everything }; 5_000],
        ..DescribeConfigsRequest::default()
    };
    let response = connection.ask(4, &request).unwrap();
    let settings: usize = response.results.iter().map(|result| result.configs.len()).sum();
    assert!((500_000..501_000).contains(&settings), "{settings}");
    assert_eq!(response.results.len(), 5_000);
    assert_eq!(response.results[4_999].error_code, ErrorCode::InvalidRequest.code());
    server.stop();
}

#[test]
fn where_topics_may_not_be_deleted_none_is() {
    let server = Server::start(&["delete.topic.enable=false"]);
    let mut connection = server.connect();
    create_topic(&mut connection, "t");
    let request = DeleteTopicsRequest {
        topic_names: vec!["t".into()],
        timeout_ms: 10_000,
        ..DeleteTopicsRequest::default()
    };
    for (version, code) in [(2, ErrorCode::InvalidRequest), (3, ErrorCode::TopicDeletionDisabled)] {
        assert_eq!(connection.ask(version, &request).unwrap().responses[0].error_code, code.code());
    }
    assert_eq!(produce(&mut connection, "t", 10), Some(ErrorCode::None));
    server.stop();
}

/// librdkafka 2.x leaves a few bytes behind a Metadata request for all topics, and Apache Kafka passes over them.
#[test]
fn what_follows_a_request_in_its_frame_is_passed_over() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    let mut frame = frame_of(13, &MetadataRequest { topics: None, ..MetadataRequest::default() });
    frame.extend_from_slice(&[1, 2, 3]);
    let len = u32::try_from(frame.len() - 4).unwrap();
    frame[..4].copy_from_slice(&len.to_be_bytes());
    let answer = connection.exchange(&frame).expect("the connection stays open");
    assert_eq!(response_of::<MetadataRequest>(13, answer).brokers.len(), 1);
    server.stop();
}

/// A client that asks for what is not served yet must hear so at once: `COORDINATOR_NOT_AVAILABLE` would make it try
/// for ever.
#[test]
fn coordinators_that_do_not_exist_are_refused_for_good() {
    let server = Server::start(&[]);
    let mut connection = server.connect();
    for (key_type, version) in [(1, 3), (1, 6), (2, 6)] {
        let key: Str = "t".into();
        let mut request = FindCoordinatorRequest { key_type, ..FindCoordinatorRequest::default() };
        match version {
            3 => request.key = key,
            _ => request.coordinator_keys = vec![key],
        }
        let response = connection.ask(version, &request).unwrap();
        let error = response.coordinators.first().map_or(response.error_code, |found| found.error_code);
        assert_eq!(error, ErrorCode::UnsupportedVersion.code(), "key type {key_type}");
    }
    let request = InitProducerIdRequest {
        transactional_id: Some("t".into()),
        transaction_timeout_ms: 60_000,
        ..InitProducerIdRequest::default()
    };
    assert_eq!(connection.ask(4, &request).unwrap().error_code, ErrorCode::UnsupportedVersion.code());
    server.stop();
}
