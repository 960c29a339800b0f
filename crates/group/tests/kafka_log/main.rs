//! The offsets topic of a real Apache Kafka 4.3.1, record by record, and what that broker said of it.
//!
//! Written by it for librdkafka consumers (two that share a group, and a static one that was killed and came
//! back), Java consumers of the classic and the consumer protocol, a share consumer, transactions that commit
//! offsets, an administrator who reset, deleted offsets and a group, and an old client that asks to keep a commit
//! for an hour. A line holds: offset; producer id if transactional; `record` or `marker`; key; value, in hex.

use std::sync::Arc;

use bytes::Bytes;
use ottla_group::{
    Command, CommittedOffset, FetchOffsets, Generation, GroupConfig, GroupCoordinator, GroupRecord, List,
    RecordBytes, RecordError, Reply,
};
use ottla_machine::{Coordinator, Decision, Token};
use ottla_types::{ErrorCode, LeaderEpoch, Offset, ProducerId, Timestamp, TopicPartition, Uuid};

const LOG: &str = include_str!("apache-kafka-4.3.1.txt");

struct Line {
    offset: u64,
    producer_id: Option<ProducerId>,
    is_marker: bool,
    bytes: RecordBytes,
}

fn lines() -> impl Iterator<Item = Line> {
    LOG.lines().map(|line| {
        let fields: Vec<_> = line.split(' ').collect();
        Line {
            offset: fields[0].parse().expect("an offset"),
            producer_id: fields[1].parse().ok().map(ProducerId),
            is_marker: fields[2] == "marker",
            bytes: RecordBytes {
                key: hex(fields[3]),
                value: Some(fields[4]).filter(|text| *text != "-").map(hex),
            },
        }
    })
}

fn hex(text: &str) -> Bytes {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hex digits");
    (0..text.len()).step_by(2).map(digits).collect()
}

/// The record at an offset.
fn record(line: &Line) -> GroupRecord {
    if line.is_marker {
        let producer_id = line.producer_id.expect("a marker has a producer");
        return GroupRecord::TransactionEnded { producer_id, is_committed: line.bytes.key[3] == 1 };
    }
    decode(line.producer_id, &line.bytes).expect("Kafka's records are readable")
}

fn decode(producer_id: Option<ProducerId>, bytes: &RecordBytes) -> Result<GroupRecord, RecordError> {
    GroupRecord::decode(producer_id, &bytes.key, bytes.value.as_ref())
}

fn record_at(offset: u64) -> GroupRecord {
    record(&lines().find(|line| line.offset == offset).expect("an offset of the log"))
}

fn loaded() -> GroupCoordinator {
    let mut machine = GroupCoordinator::new(GroupConfig::default());
    lines().for_each(|line| machine.apply(&record(&line)));
    machine.loaded(Timestamp(1_795_580_300_000));
    machine.assert_consistent();
    machine
}

fn ask(machine: &mut GroupCoordinator, command: Command) -> Reply {
    let mut out = Decision::default();
    machine.handle(Timestamp(1_795_580_300_000), Token(1), command, &mut out);
    out.replies.pop().expect("an answer at once").1
}

#[test]
fn what_is_written_is_byte_for_byte_what_kafka_wrote() {
    let (mut written, mut read_only) = (0, 0);
    for line in lines().filter(|line| !line.is_marker) {
        match record(&line).encode() {
            Ok(bytes) => {
                assert_eq!(bytes, line.bytes, "offset {}", line.offset);
                written += 1;
            }
            Err(error) => {
                assert_eq!(error, RecordError::ReadOnly, "offset {}", line.offset);
                assert!(matches!(record(&line), GroupRecord::ForeignChanged(_)));
                read_only += 1;
            }
        }
    }
    assert_eq!((written, read_only), (46, 24));
}

#[test]
fn groups_and_offsets_are_what_the_broker_listed() {
    let mut machine = loaded();
    assert_eq!(machine.ignored_records(), 0);
    let Reply::List(groups) = ask(&mut machine, Command::List(List::default())) else { panic!() };
    let mut lines: Vec<_> = groups.iter().map(|group| line_of(&mut machine, group)).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "copiers classic Empty flights-0=2",
            "fixed classic consumer Empty flights-0=2 flights-1=2 flights-2=2",
            "java-consumer consumer consumer Empty flights-0=2 flights-1=2 flights-2=2",
            "java-consumer-alive consumer consumer Empty flights-0=2 flights-1=2 flights-2=2",
            "keeper classic Empty flights-2=7",
            "readers classic consumer Empty flights-0=2 flights-1=2 flights-2=2",
            "sharers share share Empty",
            "simple classic Empty flights-0=1",
        ]
    );
}

fn line_of(machine: &mut GroupCoordinator, group: &ottla_group::ListedGroup) -> String {
    let fetch = FetchOffsets {
        group: Arc::clone(&group.group),
        member_id: None,
        member_epoch: -1,
        require_stable: true,
        topics: None,
    };
    let Reply::FetchOffsets(Ok(topics)) = ask(machine, Command::FetchOffsets(fetch)) else { panic!() };
    let mut line = vec![group.group.to_string(), group.group_type.to_string()];
    line.extend(Some(group.protocol_type.to_string()).filter(|text| !text.is_empty()));
    line.push(group.state.to_string());
    for topic in topics {
        for found in topic.partitions {
            assert_eq!(found.error, ErrorCode::None);
            line.push(format!("{}-{}={}", topic.topic, found.partition, found.offset));
        }
    }
    line.join(" ")
}

#[test]
fn a_static_members_place_is_read_with_all_that_belongs_to_it() {
    let GroupRecord::GroupChanged { group, value } = record_at(11) else { panic!() };
    let member = &value.members[0];
    assert_eq!((&*group, value.generation, value.members.len()), ("fixed", Generation(1), 1));
    assert_eq!(value.leader.as_ref(), Some(&member.member_id));
    assert_eq!(value.state_since, Some(Timestamp(1_795_580_124_156)));
    assert_eq!(&*member.member_id, "place-1-ce1025ab-a402-4a8f-bcda-851a0b31ba0a");
    assert_eq!(member.instance_id.as_deref(), Some("place-1"));
    assert_eq!((&*member.client_id, &*member.client_host), ("gamma", "/127.0.0.1"));
    assert_eq!((member.rebalance_timeout_ms, member.session_timeout_ms), (300_000, 30_000));
    assert!(member.subscription.len() > 6 && member.assignment.len() > 6);
}

#[test]
fn offsets_are_read_with_all_that_belongs_to_them() {
    let GroupRecord::OffsetCommitted { partition, offset, .. } = record_at(17) else { panic!() };
    assert_eq!(partition, TopicPartition::new("flights", 0));
    let expected = CommittedOffset {
        offset: Offset(2),
        leader_epoch: LeaderEpoch(0),
        metadata: "".into(),
        committed_at: Timestamp(1_795_580_176_395),
        expires_at: None,
        topic_id: "xjTLVv4bSsaM4-qgl8xNyQ".parse().unwrap(),
    };
    assert_eq!(offset, expected);
    let GroupRecord::OffsetCommitted { offset, .. } = record_at(67) else { panic!() };
    assert_eq!(&*offset.metadata, "kept for an hour");
    assert_eq!(offset.expires_at, Some(offset.committed_at.plus_ms(3_600_000)));
    let GroupRecord::OffsetPending { producer_id, .. } = record_at(59) else { panic!() };
    assert_eq!(producer_id, ProducerId(0));
}

#[test]
fn an_offset_that_expires_leaves_out_what_its_version_has_no_room_for() {
    let GroupRecord::OffsetCommitted { group, partition, mut offset } = record_at(67) else { panic!() };
    offset.leader_epoch = LeaderEpoch(4);
    offset.topic_id = Uuid::ONE;
    let bytes = GroupRecord::OffsetCommitted { group, partition, offset }.encode().unwrap();
    assert_eq!(decode(None, &bytes).unwrap(), record_at(67));
}

#[test]
fn older_and_newer_versions_of_a_group_are_read() {
    let GroupRecord::GroupChanged { group, value } = record_at(7) else { panic!() };
    let bytes = record_at(7).encode().unwrap();
    let newest = reencoded(&bytes, 4);
    assert_eq!(decode(None, &newest).unwrap(), record_at(7));
    let oldest = reencoded(&bytes, 0);
    let GroupRecord::GroupChanged { group: same, value: old } = decode(None, &oldest).unwrap() else {
        panic!()
    };
    assert_eq!((same, old.generation, old.state_since), (group, value.generation, None));
    assert_eq!(old.members[0].rebalance_timeout_ms, value.members[0].session_timeout_ms);
}

/// A group's record with its value in another version.
fn reencoded(bytes: &RecordBytes, version: i16) -> RecordBytes {
    use ottla_protocol::Message;
    use ottla_protocol::offsets_records::GroupMetadataValue;
    let value = bytes.value.as_ref().expect("no tombstone").slice(2..);
    let message = GroupMetadataValue::decode_all(value, 3).expect("version 3");
    let mut value = version.to_be_bytes().to_vec();
    value.extend(message.to_bytes(version).expect("all that matters fits"));
    RecordBytes { key: bytes.key.clone(), value: Some(value.into()) }
}

#[test]
fn a_key_from_before_versions_is_read_like_its_successor() {
    let mut bytes = record_at(67).encode().unwrap();
    let mut key = bytes.key.to_vec();
    key[1] = 0;
    bytes.key = key.into();
    assert_eq!(decode(None, &bytes).unwrap(), record_at(67));
}

#[test]
fn a_kind_that_is_not_known_is_no_error_and_bytes_that_are_cut_short_are_one() {
    let unknown = RecordBytes { key: hex("00630001"), value: None };
    assert_eq!(decode(None, &unknown).unwrap(), GroupRecord::Unknown { kind: 99 });
    for line in lines().filter(|line| !line.is_marker) {
        for len in 0..line.bytes.key.len() {
            let key = line.bytes.key.slice(..len);
            // Of other types' keys only the group's id is looked at.
            let result = decode(None, &RecordBytes { key, value: line.bytes.value.clone() });
            assert!(
                result.is_err()
                    || matches!(
                        result,
                        Ok(GroupRecord::ForeignChanged(_) | GroupRecord::ForeignForgotten(_))
                    )
            );
        }
        let Some(value) = &line.bytes.value else { continue };
        if matches!(record(&line), GroupRecord::ForeignChanged(_)) {
            continue;
        }
        for len in 0..value.len() {
            let cut = RecordBytes { key: line.bytes.key.clone(), value: Some(value.slice(..len)) };
            assert!(decode(None, &cut).is_err(), "offset {} cut to {len}", line.offset);
        }
    }
}

#[test]
fn a_record_never_takes_more_than_it_claims() {
    for line in lines().filter(|line| !line.is_marker) {
        let taken = line.bytes.key.len() + line.bytes.value.as_ref().map_or(0, Bytes::len);
        let claimed = record(&line).bytes_max();
        assert!(matches!(record(&line), GroupRecord::ForeignChanged(_)) || taken <= claimed);
    }
}
