//! Bytes that are no message: refused or taken, never a panic, never more memory than their number allows.

use bytes::{Bytes, BytesMut};

use ottla_protocol::messages::metadata::{MetadataRequest, MetadataRequestTopic};
use ottla_protocol::messages::{DescribeGroupsRequest, ListConfigResourcesRequest};
use ottla_protocol::{DecodeProblem, Message};

use crate::any_message::{AnyMessage, MESSAGE_TYPES, MessageType};
use crate::generator::Random;
use crate::kafka_vectors::{Vector, vectors};

/// A vector that grows holds its old and its new memory for a moment: twice what the decoder may use in all, and
/// something for what is not an array.
fn memory_max(len: usize) -> u64 {
    2 * (16 * len as u64 + (64 << 10)) + 4096
}

/// Decodes what may be anything. If it is a message, it comes back as it was.
fn decode(message_type: &MessageType, version: i16, bytes: &Bytes) -> Option<Box<dyn AnyMessage>> {
    let mut decoded = None;
    let used = allocation_counter::measure(|| {
        decoded = (message_type.decode)(&mut bytes.clone(), version).ok();
    });
    let name = message_type.name;
    let allowed = memory_max(bytes.len());
    assert!(
        used.bytes_max <= allowed,
        "{name} version {version} took {} bytes of memory, {allowed} are allowed, to decode {bytes:?}",
        used.bytes_max,
    );
    if let Some(message) = &decoded {
        let again =
            message.to_bytes(version).unwrap_or_else(|error| panic!("{error}, once decoded from {bytes:?}"));
        let twice = (message_type.decode)(&mut again.clone(), version)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        // Numbers that are none are not equal to themselves, but print alike.
        assert!(
            message.equals(&*twice) || format!("{message:?}") == format!("{twice:?}"),
            "{name}: {bytes:?}"
        );
    }
    decoded
}

#[test]
fn a_message_cut_off_anywhere_is_refused() {
    for Vector { message_type, version, bytes, .. } in vectors() {
        for len in (0..bytes.len()).step_by(1 + bytes.len() / 200) {
            let result = (message_type.decode)(&mut bytes.slice(..len), version);
            assert!(result.is_err(), "{} version {version}: {len} bytes of {bytes:?}", message_type.name);
        }
    }
}

#[test]
fn absurd_lengths_and_counts_anywhere_take_no_memory() {
    for Vector { message_type, version, bytes, .. } in vectors() {
        for place in (0..bytes.len()).step_by(1 + bytes.len() / 40) {
            for absurd in
                [&b"\x7f\xff\xff\xff"[..], b"\xff\xff\xff\xff\x0f", b"\xff\xff\xff\xff\x07", b"\x80\0\0\0"]
            {
                let mut altered = BytesMut::from(&bytes[..]);
                let len = absurd.len().min(altered.len() - place);
                altered[place..place + len].copy_from_slice(&absurd[..len]);
                decode(message_type, version, &altered.freeze());
            }
        }
    }
}

#[test]
fn flipped_bits_are_refused_or_make_another_message() {
    for Vector { message_type, version, bytes, .. } in vectors() {
        let mut random = Random(bytes.len() as u64);
        for _ in 0..30.min(bytes.len()) {
            let mut altered = BytesMut::from(&bytes[..]);
            for _ in 0..=random.below(3) {
                altered[random.below(bytes.len())] ^= 1 << random.below(8);
            }
            decode(message_type, version, &altered.freeze());
        }
    }
}

#[test]
fn random_bytes_are_refused_or_make_a_message() {
    for message_type in MESSAGE_TYPES {
        for version in message_type.versions.iter() {
            for seed in 0..60 {
                let mut random = Random(seed);
                let mut bytes = random.bytes(seed as usize * 4);
                // Mostly small numbers, so that lengths and counts are often possible.
                for byte in &mut bytes {
                    *byte = if random.one_in(4) { *byte } else { *byte % 4 };
                }
                decode(message_type, version, &bytes.into());
            }
        }
    }
}

/// The worst that can be asked for: as many elements as there are bytes, each of them empty.
#[test]
fn a_large_frame_of_nothing_takes_memory_in_proportion() {
    for message_type in MESSAGE_TYPES {
        for version in message_type.versions.iter() {
            for filling in [0, 1, 2] {
                let mut frame = BytesMut::zeroed(60_000);
                frame.fill(filling);
                for place in (0..24).step_by(2) {
                    let mut altered = frame.clone();
                    altered[place..place + 4].copy_from_slice(&50_000i32.to_be_bytes());
                    decode_only(message_type, version, &altered.freeze());
                    let mut altered = frame.clone();
                    altered[place..place + 3].copy_from_slice(b"\xd0\x86\x03");
                    decode_only(message_type, version, &altered.freeze());
                }
            }
        }
    }
}

/// A caller may allow less than the number of bytes would.
#[test]
fn a_message_takes_no_more_than_its_reader_allows() {
    let topics = vec![MetadataRequestTopic::default(); 1_000];
    let request = MetadataRequest { topics: Some(topics), ..MetadataRequest::default() };
    let bytes = Message::to_bytes(&request, 13).unwrap();
    let decoded = MetadataRequest::decode_within(&mut bytes.clone(), 13, usize::MAX).unwrap();
    assert_eq!(decoded.message, request);
    assert_eq!(decoded.cost, 1_000 * size_of::<MetadataRequestTopic>().max(64));
    assert!(MetadataRequest::decode_within(&mut bytes.clone(), 13, decoded.cost).is_ok());
    let error = MetadataRequest::decode_within(&mut bytes.clone(), 13, decoded.cost - 1).unwrap_err();
    assert_eq!(error.problem, DecodeProblem::TooManyElements);
    let request = ListConfigResourcesRequest { resource_types: vec![2; 1_000], ..Default::default() };
    let bytes = Message::to_bytes(&request, 1).unwrap();
    assert_eq!(
        ListConfigResourcesRequest::decode_within(&mut bytes.clone(), 1, usize::MAX).unwrap().cost,
        64_000
    );
}

/// What is read can be written again: a name that could not would be a trap for whoever logs it.
#[test]
fn text_that_becomes_too_long_to_be_written_is_refused() {
    for (len, fits) in [(10_922, true), (10_923, false), (32_767, false)] {
        let mut bytes = BytesMut::from(&b"\0\0\0\x01"[..]);
        bytes.extend_from_slice(&(len as u16).to_be_bytes());
        bytes.extend_from_slice(&vec![0xff; len]);
        match DescribeGroupsRequest::decode(&mut bytes.freeze(), 0) {
            Ok(request) => assert!(fits && Message::to_bytes(&request, 0).is_ok()),
            Err(error) => assert!(!fits && error.problem == DecodeProblem::StringTooLong(3 * len), "{error}"),
        }
    }
}

/// What is not UTF-8 is copied, and three times as long then.
#[test]
fn text_that_is_none_is_counted() {
    let mut bytes = BytesMut::from(&b"\0\0\0\x0a"[..]);
    for _ in 0..10 {
        bytes.extend_from_slice(&[0x03, 0xe8]);
        bytes.extend_from_slice(&[0xff; 1_000]);
    }
    let bytes = bytes.freeze();
    let decoded = DescribeGroupsRequest::decode_within(&mut bytes.clone(), 0, usize::MAX).unwrap();
    assert!(decoded.cost >= 30_000, "{}", decoded.cost);
    assert!(DescribeGroupsRequest::decode_within(&mut bytes.clone(), 0, 20_000).is_err());
}

fn decode_only(message_type: &MessageType, version: i16, bytes: &Bytes) {
    let used = allocation_counter::measure(|| {
        drop((message_type.decode)(&mut bytes.clone(), version));
    });
    let (name, allowed) = (message_type.name, memory_max(bytes.len()));
    assert!(used.bytes_max <= allowed, "{name} version {version} took {} bytes", used.bytes_max);
}
