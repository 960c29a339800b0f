//! What was encoded decodes to the same.

use bytes::{Bytes, BytesMut};
use ottla_protocol::Piece;
use ottla_protocol::codec::Chunks;

use crate::any_message::{AnyMessage, MESSAGE_TYPES, MessageType};
use crate::generator::Generator;

const SEEDS: u64 = 30;

/// A random message.
pub(crate) struct Case<'a> {
    pub(crate) message_type: &'a MessageType,
    pub(crate) version: i16,
    pub(crate) message: Box<dyn AnyMessage>,
    /// What to print when it fails.
    pub(crate) name: String,
}

/// Calls `check` with random messages of every type in every version.
pub(crate) fn for_random_messages(seeds: u64, check: impl Fn(Case<'_>)) {
    for message_type in MESSAGE_TYPES {
        for version in message_type.versions.iter() {
            for seed in 0..seeds {
                let name = format!("{} version {version}, seed {seed}", message_type.name);
                let mut generator = Generator::new(seed, message_type.flexible.contains(version));
                let message = (message_type.draw)(&mut generator, version);
                check(Case { message_type, version, message, name });
            }
        }
    }
}

#[test]
fn every_message_in_every_version_comes_back_as_it_was() {
    for_random_messages(SEEDS, |Case { message_type, version, message, name }| {
        let bytes = message.to_bytes(version).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut rest = Bytes::from([&bytes, &b"next"[..]].concat());
        let decoded =
            (message_type.decode)(&mut rest, version).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(message.equals(&*decoded), "{name}:\n{message:?}\nbecame\n{decoded:?}");
        assert_eq!(rest, &b"next"[..], "{name}");
    });
}

#[test]
fn the_length_foretold_is_the_length_written_and_chunks_hold_the_same_bytes() {
    for_random_messages(SEEDS, |Case { version, message, name, .. }| {
        let mut whole = BytesMut::new();
        message.encode(&mut whole, version).unwrap();
        assert_eq!(message.encoded_len(version).unwrap(), whole.len(), "{name}");
        let mut chunks = Chunks::new();
        message.encode_chunks(&mut chunks, version).unwrap();
        let pieces: Vec<Bytes> = chunks
            .finish()
            .into_iter()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => bytes,
                Piece::Gap(_) => unreachable!("a generated value has no gaps"),
            })
            .collect();
        assert_eq!(pieces.concat(), whole, "{name}");
    });
}

#[test]
fn a_version_that_does_not_exist_is_refused_both_ways() {
    for message_type in MESSAGE_TYPES {
        let versions = message_type.versions;
        let message = (message_type.draw)(&mut Generator::new(0, false), versions.first);
        for version in [versions.first - 1, versions.last + 1, i16::MAX, i16::MIN] {
            assert!(message.to_bytes(version).is_err(), "{} version {version}", message_type.name);
            assert!((message_type.decode)(&mut Bytes::new(), version).is_err());
        }
    }
}
