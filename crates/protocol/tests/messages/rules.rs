//! What a version cannot express is an error, unless Kafka too drops it.

use bytes::{Bytes, BytesMut};
use ottla_protocol::codec::UnknownTags;
use ottla_protocol::messages::describe_topic_partitions::Cursor;
use ottla_protocol::messages::{
    AlterPartitionRequest, DescribeTopicPartitionsRequest, FetchRequest, FindCoordinatorRequest,
    FindCoordinatorResponse, HeartbeatRequest, ListOffsetsRequest, MetadataRequest, RequestHeader,
};
use ottla_protocol::offsets_records::ConsumerGroupMemberMetadataValue;
use ottla_protocol::{ApiKey, DecodeProblem, EncodeProblem, Message, Str, Versions};

fn encode_problem(message: &impl Message, version: i16) -> (&'static str, EncodeProblem) {
    let error = message.encode(&mut BytesMut::new(), version).expect_err("it cannot be written");
    assert_eq!(message.encoded_len(version), Err(error.clone()));
    (error.field, error.problem)
}

fn decode_problem<M: Message>(bytes: &'static [u8], version: i16) -> (&'static str, usize, DecodeProblem) {
    let error = M::decode_all(Bytes::from_static(bytes), version).expect_err("it cannot be read");
    (error.field, error.position, error.problem)
}

#[test]
fn a_set_field_that_the_version_does_not_have_cannot_be_written() {
    let request = FindCoordinatorRequest { key_type: 1, ..Default::default() };
    assert_eq!(encode_problem(&request, 0), ("keyType", EncodeProblem::NotInThisVersion));
    assert!(request.to_bytes(1).is_ok());
    let request = FetchRequest { replica_id: 3, ..Default::default() };
    assert_eq!(encode_problem(&request, 15), ("replicaId", EncodeProblem::NotInThisVersion));
}

#[test]
fn a_set_field_that_kafka_ignores_is_dropped_where_the_version_does_not_have_it() {
    let request =
        FetchRequest { rack_id: Str::from("r"), cluster_id: Some(Str::from("c")), ..Default::default() };
    let dropped = FetchRequest::decode_all(request.to_bytes(4).unwrap(), 4).unwrap();
    assert_eq!(dropped, FetchRequest::default());
    let kept = FetchRequest::decode_all(request.to_bytes(12).unwrap(), 12).unwrap();
    assert_eq!(kept, request);
}

#[test]
fn null_is_refused_both_ways_where_the_version_does_not_have_it() {
    let request = MetadataRequest { topics: None, ..Default::default() };
    assert_eq!(encode_problem(&request, 0), ("topics", EncodeProblem::Null));
    assert_eq!(request.to_bytes(1).unwrap(), b"\xff\xff\xff\xff"[..]);
    let problem = decode_problem::<MetadataRequest>(b"\xff\xff\xff\xff", 0);
    assert_eq!(problem, ("topics", 4, DecodeProblem::Null));
}

#[test]
fn a_string_is_at_most_32767_bytes_long() {
    for version in HeartbeatRequest::VERSIONS.iter() {
        let named = |len| HeartbeatRequest { group_id: Str::from("x".repeat(len)), ..Default::default() };
        assert!(named(32767).to_bytes(version).is_ok());
        assert_eq!(encode_problem(&named(32768), version), ("groupId", EncodeProblem::TooLong(32768)));
    }
    let problem = decode_problem::<HeartbeatRequest>(b"\x81\x80\x02", 4);
    assert_eq!(problem, ("groupId", 3, DecodeProblem::StringTooLong(32768)));
}

#[test]
fn the_clients_name_keeps_its_old_form_in_a_flexible_header() {
    let header = RequestHeader {
        request_api_key: 3,
        request_api_version: 12,
        correlation_id: 1,
        client_id: Some(Str::from("c")),
        unknown_tags: UnknownTags::NONE,
    };
    assert_eq!(header.to_bytes(1).unwrap(), b"\0\x03\0\x0c\0\0\0\x01\0\x01c"[..]);
    assert_eq!(header.to_bytes(2).unwrap(), b"\0\x03\0\x0c\0\0\0\x01\0\x01c\0"[..]);
}

#[test]
fn unknown_tagged_fields_come_back_in_their_places_and_need_a_flexible_version() {
    // This message knows the tags 0 and 1.
    let mut request = FetchRequest { cluster_id: Some(Str::from("c")), ..Default::default() };
    request.unknown_tags.push(2, Bytes::from_static(b"z"));
    request.unknown_tags.push(300, Bytes::new());
    let again = FetchRequest::decode_all(request.to_bytes(17).unwrap(), 17).unwrap();
    assert_eq!(again, request);
    assert!(request.to_bytes(17).unwrap().ends_with(b"\x03\0\x02\x02c\x02\x01z\xac\x02\0"));
    assert_eq!(encode_problem(&request, 11), ("", EncodeProblem::NoTaggedFields));
}

#[test]
fn a_tagged_field_that_does_not_fill_its_length_is_refused() {
    let whole = FetchRequest { cluster_id: Some(Str::from("c")), ..Default::default() }.to_bytes(12).unwrap();
    // At the end: one tagged field, its tag 0, its length 2, and the string of one letter.
    assert!(whole.ends_with(b"\x01\0\x02\x02c"));
    let mut longer = BytesMut::from(&whole[..whole.len() - 3]);
    longer.extend_from_slice(b"\x03\x02c!");
    let error = FetchRequest::decode_all(longer.freeze(), 12).unwrap_err();
    assert_eq!(error.problem, DecodeProblem::TagLength { tag: 0, declared: 3, actual: 2 });
}

#[test]
fn a_struct_that_can_be_null_is_marked_and_within_a_tagged_field_otherwise() {
    let cursor = Cursor { topic_name: Str::from("t"), ..Default::default() };
    let request = DescribeTopicPartitionsRequest { cursor: Some(cursor), ..Default::default() };
    assert_eq!(request.to_bytes(0).unwrap(), b"\x01\0\0\x07\xd0\x01\x02t\0\0\0\0\0\0"[..]);
    let request = DescribeTopicPartitionsRequest::default();
    assert_eq!(request.to_bytes(0).unwrap(), b"\x01\0\0\x07\xd0\xff\0"[..]);
    // Here null is not what a reader takes absence for, so it is written: one tagged field of one zero byte.
    let value = ConsumerGroupMemberMetadataValue { classic_member_metadata: None, ..Default::default() };
    let bytes = value.to_bytes(0).unwrap();
    assert!(bytes.ends_with(b"\x01\0\x01\0"), "{bytes:?}");
    assert_eq!(ConsumerGroupMemberMetadataValue::decode_all(bytes, 0), Ok(value));
}

#[test]
fn an_error_says_which_message_which_field_and_what_was_wrong() {
    let error = HeartbeatRequest::decode_all(Bytes::from_static(b"\0\x01g\0\0"), 0).unwrap_err();
    let text = "HeartbeatRequest version 0, field `generationId` at byte 3: 4 bytes needed, 2 left";
    assert_eq!(error.to_string(), text);
    let error = AlterPartitionRequest::default().to_bytes(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "AlterPartitionRequest version 1, field ``: there is no such version; 2-3 exist"
    );
    let problem = decode_problem::<HeartbeatRequest>(b"\0\0\0\0\0\0\0\0!", 0);
    assert_eq!(problem, ("", 8, DecodeProblem::LeftOver(1)));
}

#[test]
fn json_has_kafkas_names_and_escapes() {
    let response = FindCoordinatorResponse { host: Str::from("a\"\\\n\u{1}é"), ..Default::default() };
    let json = r#"{"errorCode":0,"nodeId":0,"host":"a\"\\\n\u0001é","port":0}"#;
    assert_eq!(response.to_json(0).as_deref(), Ok(json));
}

#[test]
fn keys_know_their_versions_and_headers() {
    assert_eq!(ApiKey::from_code(1), Some(ApiKey::Fetch));
    assert_eq!(ApiKey::from_code(4), None);
    assert_eq!(ApiKey::Fetch.versions(), Versions::new(4, 18));
    assert_eq!((ApiKey::Fetch.request_header_version(11), ApiKey::Fetch.request_header_version(12)), (1, 2));
    assert_eq!(
        (ApiKey::Fetch.response_header_version(11), ApiKey::Fetch.response_header_version(12)),
        (0, 1)
    );
    assert_eq!(ApiKey::ApiVersions.response_header_version(3), 0);
    assert!(ApiKey::InitProducerId.latest_is_unstable() && !ApiKey::ListOffsets.latest_is_unstable());
    assert_eq!(ListOffsetsRequest::FLEXIBLE.to_string(), "6+");
    for &key in ApiKey::ALL {
        assert_eq!(ApiKey::from_code(key.code()), Some(key));
    }
}
