//! Batches that a partition does not take, or takes in another form, and levels of features.

use bytes::{Bytes, BytesMut};
use ottla_protocol::messages::create_topics::{CreatableTopic, CreatableTopicConfig, CreateTopicsRequest};
use ottla_protocol::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use ottla_protocol::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use ottla_protocol::messages::update_features::{FeatureUpdateKey, UpdateFeaturesRequest};
use ottla_protocol::records::{BatchBuilder, BatchOptions, NewRecord, Producer};
use ottla_types::{ProducerEpoch, ProducerId, Sequence, Timestamp};

use crate::{Case, case};

fn topic(name: &str, key: &str, value: &str) -> CreateTopicsRequest {
    let config = CreatableTopicConfig { name: key.into(), value: Some(value.into()), ..Default::default() };
    let topic = CreatableTopic {
        name: name.into(),
        num_partitions: 1,
        replication_factor: 1,
        configs: vec![config],
        ..CreatableTopic::default()
    };
    CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..CreateTopicsRequest::default() }
}

fn produce(topic: &str, records: Bytes) -> ProduceRequest {
    let partition = PartitionProduceData { records: Some(records), ..PartitionProduceData::default() };
    let topic = TopicProduceData {
        name: topic.into(),
        partition_data: vec![partition],
        ..TopicProduceData::default()
    };
    ProduceRequest { acks: -1, timeout_ms: 10_000, topic_data: vec![topic], ..ProduceRequest::default() }
}

/// One record for each timestamp, without keys.
fn records(options: BatchOptions, timestamps: &[i64], value: &[u8]) -> Bytes {
    let mut batch = BatchBuilder::new(options);
    for &timestamp in timestamps {
        let record =
            NewRecord { timestamp: Timestamp(timestamp), value: Some(value), ..NewRecord::default() };
        batch.append(&record).unwrap();
    }
    batch.finish().unwrap()
}

fn plain() -> Bytes {
    records(BatchOptions::default(), &[5, 9, 7], b"v")
}

fn of_producer(id: i64, epoch: i16, base_sequence: i32) -> Bytes {
    let producer =
        Producer { id: ProducerId(id), epoch: ProducerEpoch(epoch), base_sequence: Sequence(base_sequence) };
    records(BatchOptions { producer, ..BatchOptions::default() }, &[5], b"v")
}

/// The batch with other bytes at one place, and a checksum that fits.
fn altered(batch: &Bytes, at: usize, bytes: &[u8]) -> Bytes {
    let mut batch = BytesMut::from(&batch[..]);
    batch[at..at + bytes.len()].copy_from_slice(bytes);
    let crc = !batch[21..].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
    });
    batch[17..21].copy_from_slice(&crc.to_be_bytes());
    batch.freeze()
}

/// Where a partition ends, and which timestamp is its largest.
fn newest(name: &str, timestamp: i64) -> ListOffsetsRequest {
    let partition = ListOffsetsPartition { timestamp, ..ListOffsetsPartition::default() };
    let topic = ListOffsetsTopic { name: name.into(), partitions: vec![partition], ..Default::default() };
    ListOffsetsRequest { topics: vec![topic], ..ListOffsetsRequest::default() }
}

pub(crate) fn produced() -> Vec<Case> {
    let (t, now_and_then) = ("refusing", [5, i64::MAX / 2, 7]);
    let in_future = records(BatchOptions::default(), &now_and_then, b"v");
    let mut damaged = BytesMut::from(&plain()[..]);
    damaged[70] ^= 1;
    let twice = [plain(), plain()].concat().into();
    let large = records(BatchOptions::default(), &[5], &vec![7; 1_000_000]);
    let mut of_old_format = BytesMut::from(&plain()[..]);
    of_old_format[16] = 1;
    let asking = |acks: i16| ProduceRequest { acks, ..produce(t, plain()) };
    // The bit that says that the broker's clock counts.
    let stamped = altered(&plain(), 22, &[8]);
    vec![
        case("a topic to refuse", 4, topic(t, "retention.ms", "-1")),
        case("a compacted topic", 4, topic("compacting", "cleanup.policy", "compact")),
        case("a topic of its own time", 4, topic("stamping", "message.timestamp.type", "LogAppendTime")),
        case("a good batch", 12, produce(t, plain())),
        case("acks of no kind", 12, asking(2)),
        case("to nowhere", 12, produce("nowhere", plain())),
        case("of no bytes", 12, produce(t, Bytes::new())),
        case("of half a batch", 12, produce(t, plain().slice(..40))),
        case("of two batches", 12, produce(t, twice)),
        case("of an old format", 12, produce(t, of_old_format.freeze())),
        case("of damaged bytes", 12, produce(t, damaged.freeze())),
        case("of too many bytes", 12, produce(t, large)),
        case("of the future", 12, produce(t, in_future)),
        case("of no keys", 12, produce("compacting", plain())),
        case("of control records", 12, produce(t, altered(&plain(), 22, &[0x20]))),
        case("of a wrong offset", 12, produce(t, altered(&plain(), 0, &[0, 0, 0, 0, 0, 0, 0, 1]))),
        case("of a wrong count", 12, produce(t, altered(&plain(), 57, &[0, 0, 0, 9]))),
        case("of a new producer", 12, produce(t, of_producer(90, 5, 0))),
        case("of a gap", 12, produce(t, of_producer(90, 5, 7))),
        case("of an old epoch", 12, produce(t, of_producer(90, 4, 1))),
        case("of a new epoch in its middle", 12, produce(t, of_producer(90, 6, 1))),
        case("the same again", 12, produce(t, of_producer(90, 5, 0))),
        case("stamped by the producer", 12, produce(t, stamped.clone())),
        case("the end", 8, newest(t, -1)),
        case("the newest", 8, newest(t, -3)),
        case("stamped by both", 12, produce("stamping", stamped)),
        case("the end of what is stamped", 8, newest("stamping", -1)),
    ]
}

fn features(version: i16, updates: &[(&str, i16, i8)]) -> UpdateFeaturesRequest {
    let update = |&(feature, max_version_level, upgrade_type): &(&str, i16, i8)| FeatureUpdateKey {
        feature: feature.into(),
        max_version_level,
        upgrade_type: if version == 0 { 1 } else { upgrade_type },
        ..FeatureUpdateKey::default()
    };
    UpdateFeaturesRequest {
        timeout_ms: 10_000,
        feature_updates: updates.iter().map(update).collect(),
        ..UpdateFeaturesRequest::default()
    }
}

pub(crate) fn leveled() -> Vec<Case> {
    const VERSION: &str = "metadata.version";
    let mut cases = vec![];
    for version in 0..=2 {
        cases.push(case("nothing", version, features(version, &[])));
        cases.push(case("as it is", version, features(version, &[(VERSION, 30, 1)])));
        cases.push(case("too high", version, features(version, &[(VERSION, 31, 1)])));
        cases.push(case("lower", version, features(version, &[(VERSION, 29, 1)])));
        cases.push(case("of no name", version, features(version, &[("", 1, 1)])));
        cases.push(case("unknown", version, features(version, &[("no.version", 1, 1)])));
        let two = features(version, &[(VERSION, 30, 1), ("no.version", 1, 1)]);
        cases.push(case("one of two unknown", version, two));
    }
    for version in 1..=2 {
        for (about, feature, level, upgrade_type) in [
            ("lower and lossy", VERSION, 29, 2),
            ("lower whatever is lost", VERSION, 29, 3),
            ("too low", VERSION, 6, 2),
            ("gone", VERSION, 0, 2),
            ("below nothing", VERSION, -1, 2),
            ("up but down", VERSION, 31, 2),
            ("of no kind", VERSION, 30, 4),
            ("of kind 0", VERSION, 30, 0),
            ("as it is, downwards", VERSION, 30, 2),
            ("the quorum's as it is", "kraft.version", 1, 1),
            ("the quorum's as it is, downwards", "kraft.version", 1, 2),
            ("the quorum's lower", "kraft.version", 0, 2),
            ("the quorum's lower, upwards", "kraft.version", 0, 1),
            ("the quorum's too high", "kraft.version", 2, 1),
            ("unknown and gone", "no.version", 0, 2),
        ] {
            cases.push(case(about, version, features(version, &[(feature, level, upgrade_type)])));
        }
        let trial = |updates: &[(&str, i16, i8)]| UpdateFeaturesRequest {
            validate_only: true,
            ..features(version, updates)
        };
        cases.push(case("a trial", version, trial(&[(VERSION, 30, 1)])));
        cases.push(case("a trial that fails", version, trial(&[(VERSION, 29, 2)])));
    }
    let late = UpdateFeaturesRequest { timeout_ms: 0, ..features(2, &[(VERSION, 30, 1)]) };
    cases.push(case("in no time", 2, late));
    cases
}
