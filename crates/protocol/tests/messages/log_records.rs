//! Records of the internal logs, told apart by their keys.

use bytes::{Bytes, BytesMut};
use ottla_protocol::codec::Fields;
use ottla_protocol::metadata_records::{MetadataRecord, NoOpRecord, TopicRecord};
use ottla_protocol::offsets_records::{OffsetCommitKey, OffsetCommitValue, OffsetsRecord};
use ottla_protocol::{DecodeProblem, Str};
use ottla_types::Uuid;

use crate::generator::Generator;

#[test]
fn a_metadata_record_is_framed_as_kafka_frames_it() {
    let topic = TopicRecord { name: Str::from_static("t"), topic_id: Uuid::ONE, ..TopicRecord::default() };
    let mut bytes = BytesMut::new();
    MetadataRecord::from(topic.clone()).encode(0, &mut bytes).unwrap();
    let expected = [&[1, 2, 0, 2, b't'][..], &Uuid::ONE.0, &[0]].concat();
    assert_eq!(bytes, expected);
    assert_eq!(MetadataRecord::decode(bytes.freeze()), Ok((topic.into(), 0)));
}

#[test]
fn a_metadata_record_that_is_none_is_refused_with_the_reason() {
    let problem =
        |bytes: &'static [u8]| MetadataRecord::decode(Bytes::from_static(bytes)).unwrap_err().problem;
    assert_eq!(problem(&[]), DecodeProblem::Truncated { needed: 1, left: 0 });
    assert_eq!(problem(&[0, 2, 0]), DecodeProblem::UnknownFrame(0));
    assert_eq!(problem(&[1, 99, 0]), DecodeProblem::UnknownKey(99));
    assert_eq!(problem(&[1, 0x80, 0x80, 4, 0]), DecodeProblem::UnknownKey(0x10000));
    assert!(matches!(problem(&[1, 20, 1]), DecodeProblem::UnknownVersion(_)));
    assert_eq!(problem(&[1, 20, 0, 0, 7]), DecodeProblem::LeftOver(1));
}

#[test]
fn a_metadata_record_says_what_it_is() {
    let record = MetadataRecord::from(NoOpRecord::default());
    assert_eq!((record.name(), record.to_json(0).unwrap().as_str()), ("NoOpRecord", "{}"));
}

#[test]
fn a_committed_offset_and_its_tombstone_come_back() {
    for seed in 0..50 {
        for version in 0..=4 {
            let mut source = Generator::new(seed, version >= 4);
            let value = OffsetCommitValue::read_fields(&mut source, version);
            let key = OffsetCommitKey::read_fields(&mut Generator::new(seed, false), 0);
            for value in [Some(value.clone()), None] {
                let record = OffsetsRecord::OffsetCommit { key: key.clone(), value };
                let (key, value) = (record.encode_key().unwrap(), record.encode_value(version).unwrap());
                assert_eq!(key[..2], [0, 1], "seed {seed}");
                assert_eq!(OffsetsRecord::decode(key, value), Ok(record), "seed {seed}");
            }
        }
    }
}

#[test]
fn a_key_of_an_unknown_type_is_told_apart_from_a_broken_one() {
    let problem =
        |key: &'static [u8]| OffsetsRecord::decode(Bytes::from_static(key), None).unwrap_err().problem;
    assert_eq!(problem(&[0, 77, 1, 2, 3]), DecodeProblem::UnknownKey(77));
    assert_eq!(problem(&[0]), DecodeProblem::Truncated { needed: 2, left: 1 });
}
