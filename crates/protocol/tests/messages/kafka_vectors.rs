//! Apache Kafka's own bytes: every message in every version, as `testdata/VectorWriter.java` had them written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use bytes::Bytes;
use serde_json::Value;

use crate::any_message::{MESSAGE_TYPES, MessageType};

const VECTORS: &[u8] = include_bytes!("../../testdata/vectors.tsv.gz");

/// What Kafka made of one message.
pub(crate) struct Vector {
    pub(crate) message_type: &'static MessageType,
    pub(crate) version: i16,
    pub(crate) bytes: Bytes,
    json: String,
}

pub(crate) fn vectors() -> Vec<Vector> {
    let types: BTreeMap<_, _> = MESSAGE_TYPES.iter().map(|known| (known.name, known)).collect();
    let mut text = String::new();
    flate2::read::GzDecoder::new(VECTORS).read_to_string(&mut text).expect("the vectors unpack");
    text.lines().map(|line| vector(line, &types)).collect()
}

fn vector(line: &str, types: &BTreeMap<&str, &'static MessageType>) -> Vector {
    let [name, version, hex, json] =
        line.splitn(4, '\t').collect::<Vec<_>>().try_into().expect("four columns");
    let bytes = hex.as_bytes().chunks(2).map(|pair| {
        let digits = std::str::from_utf8(pair).expect("hexadecimal digits are ASCII");
        u8::from_str_radix(digits, 16).expect("bytes are written in hexadecimal")
    });
    Vector {
        message_type: types.get(name).unwrap_or_else(|| panic!("there is no message {name}")),
        version: version.parse().expect("a version is a number"),
        bytes: bytes.collect(),
        json: json.to_owned(),
    }
}

#[test]
fn kafkas_bytes_decode_to_kafkas_values_and_encode_to_the_same_bytes() {
    for Vector { message_type, version, bytes, json } in vectors() {
        let name = format!("{} version {version}, {json}", message_type.name);
        let mut rest = bytes.clone();
        let message =
            (message_type.decode)(&mut rest, version).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(rest.is_empty(), "{name}: {} bytes are left over", rest.len());
        let again = message.to_bytes(version).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again, bytes, "{name}");
        let ours: Value = serde_json::from_str(&message.to_json(version).unwrap()).unwrap();
        let theirs: Value = serde_json::from_str(&json).unwrap();
        assert!(is_same("", &ours, &theirs), "{name}:\n{ours}");
    }
}

/// Kafka prints no records, whatever they are.
fn is_same(key: &str, ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(key, ours)| theirs.get(key).is_some_and(|theirs| is_same(key, ours, theirs)))
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|(ours, theirs)| is_same("", ours, theirs))
        }
        (Value::String(_), Value::String(theirs))
            if theirs.is_empty() && key.to_lowercase().ends_with("records") =>
        {
            true
        }
        _ => ours == theirs,
    }
}

/// The first vector of every version is an object of which nothing was set.
#[test]
fn what_is_not_set_is_what_kafka_takes_it_for() {
    let mut seen = BTreeSet::new();
    for Vector { message_type, version, bytes, json } in vectors() {
        if seen.insert((message_type.name, version)) {
            let default = (message_type.default)().to_bytes(version).unwrap();
            assert_eq!(default, bytes, "{} version {version}, {json}", message_type.name);
        }
    }
}

#[test]
fn kafka_knows_every_version_that_is_known_here_and_no_other() {
    let mut theirs: BTreeMap<&str, Vec<i16>> = BTreeMap::new();
    for vector in vectors() {
        theirs.entry(vector.message_type.name).or_default().push(vector.version);
    }
    for MessageType { name, versions, .. } in MESSAGE_TYPES {
        let mut known = theirs.remove(name).unwrap_or_else(|| panic!("Kafka has no message {name}"));
        known.dedup();
        assert_eq!(known, versions.iter().collect::<Vec<_>>(), "{name}");
    }
}
