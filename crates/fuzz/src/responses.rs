//! A response's frame, as a client or another broker takes it.

use bytes::{Buf, BufMut, Bytes};
use ottla_protocol::messages::ResponseHeader;
use ottla_protocol::{ApiKey, Message};

use crate::message_check::{decode, of_api};
use crate::vectors::vectors;

/// Takes key and version of the request, two bytes each, and the response's frame without its length.
pub fn run(input: &[u8]) {
    let mut rest = Bytes::copy_from_slice(input);
    let (Ok(key), Ok(version)) = (rest.try_get_i16(), rest.try_get_i16()) else { return };
    let Some(key) = ApiKey::from_code(key) else { return };
    let header_version = key.response_header_version(version);
    let header = decode("ResponseHeader", rest.len(), || ResponseHeader::decode(&mut rest, header_version));
    if header.is_ok() {
        of_api(key).1(&rest, version);
    }
}

/// Apache Kafka's responses.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for vector in vectors() {
        let key = ApiKey::ALL.iter().find(|key| vector.name.strip_suffix("Response") == Some(key.name()));
        let Some(key) = key else { continue };
        let mut seed = Vec::new();
        seed.put_i16(key.code());
        seed.put_i16(vector.version);
        let header = ResponseHeader { correlation_id: 1, ..ResponseHeader::default() };
        let version = key.response_header_version(vector.version);
        seed.put_slice(&header.to_bytes(version).expect("the header has only what its version has"));
        seed.put_slice(&vector.bytes);
        seeds.push(seed);
    }
    seeds
}
