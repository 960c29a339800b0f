//! The records of the metadata log and of the internal topics, and the small binary files.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use ottla_protocol::metadata_records::MetadataRecord;
use ottla_protocol::offsets_records::OffsetsRecord;
use ottla_protocol::remote_log_records::RemoteLogRecord;
use ottla_protocol::share_state_records::ShareStateRecord;
use ottla_protocol::transaction_records::TransactionRecord;

use crate::message_check::{decode, of_others};
use crate::vectors::vectors;

/// The first byte says what follows: 0 a message by its number, with its version in two bytes; 1 and 2 a record
/// with a frame of its own; more, a record's key, with its length in a byte, and its value.
pub fn run(input: &[u8]) {
    let mut rest = Bytes::copy_from_slice(input);
    let Ok(kind) = rest.try_get_u8() else { return };
    match kind {
        0 => message(rest),
        1 => metadata(&rest),
        2 => remote_log(&rest),
        _ => keyed(kind, rest),
    }
}

fn message(mut rest: Bytes) {
    let (Ok(number), Ok(version)) = (rest.try_get_u8(), rest.try_get_i16()) else { return };
    if let Some((_, check)) = of_others().get(usize::from(number)) {
        check(&rest, version);
    }
}

/// A record of a log whose records say themselves what they are.
macro_rules! framed {
    ($name:ident, $record:ident) => {
        fn $name(bytes: &Bytes) {
            let what = stringify!($record);
            let decoded = decode(what, bytes.len(), || $record::decode(bytes.clone()));
            let Ok((record, version)) = decoded else { return };
            let mut again = BytesMut::new();
            record.encode(version, &mut again).expect("what was decoded encodes");
            assert_eq!($record::decode(again.freeze()), Ok((record, version)), "{what}");
        }
    };
}

framed!(metadata, MetadataRecord);
framed!(remote_log, RemoteLogRecord);

/// A record of a compacted topic comes back from its key and value.
macro_rules! check_keyed {
    ($record:ident, $key:ident, $value:ident) => {{
        let what = stringify!($record);
        let len = $key.len() + $value.as_ref().map_or(0, Bytes::len);
        let version = $value.as_deref().and_then(|value| value.first_chunk()).copied();
        let version = i16::from_be_bytes(version.unwrap_or_default());
        let Ok(record) = decode(what, len, || $record::decode($key, $value)) else { return };
        let key = record.encode_key().expect("a key that was decoded encodes");
        let value = record.encode_value(version).expect("a value that was decoded encodes");
        assert_eq!($record::decode(key, value), Ok(record), "{what}");
    }};
}

fn keyed(kind: u8, mut rest: Bytes) {
    let Ok(key_len) = rest.try_get_u8() else { return };
    if rest.len() < usize::from(key_len) {
        return;
    }
    let key = rest.split_to(usize::from(key_len));
    // No value at all is a tombstone.
    let value = (!rest.is_empty()).then_some(rest);
    match kind {
        3 => check_keyed!(OffsetsRecord, key, value),
        4 => check_keyed!(TransactionRecord, key, value),
        5 => check_keyed!(ShareStateRecord, key, value),
        _ => {}
    }
}

/// Apache Kafka's messages, and the beginnings of framed records.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for vector in vectors() {
        let number = of_others().iter().position(|(name, _)| *name == vector.name);
        let Some(number) = number.and_then(|number| u8::try_from(number).ok()) else { continue };
        let mut seed = vec![0, number];
        seed.put_i16(vector.version);
        seed.put_slice(&vector.bytes);
        seeds.push(seed);
    }
    // A frame of version 1, the record's key and its version: the records that take no more are whole.
    seeds.extend((0..40).map(|key| vec![1, 1, key, 0, 0]));
    seeds.extend((0..5).map(|key| vec![2, key, 0, 0, 0]));
    // A group, a topic, partition 0; and a value of version 0 with offset, metadata and timestamp.
    seeds.push([&b"\x03\x0c\0\x01\0\x01g\0\x01t\0\0\0\0"[..], &[0; 20]].concat());
    seeds.push([&b"\x04\x05\0\0\0\x01t"[..], &[0; 40]].concat());
    seeds
}
