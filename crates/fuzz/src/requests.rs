//! A request's frame, as a broker takes it: the header, and the body by key and version.

use bytes::{BufMut, Bytes};
use ottla_protocol::messages::RequestHeader;
use ottla_protocol::{ApiKey, Message, Str, frame};

use crate::message_check::{decode, of_api};
use crate::vectors::vectors;

/// Takes the frame without its length.
pub fn run(input: &[u8]) {
    let mut rest = Bytes::copy_from_slice(input);
    let Ok(header) = decode("RequestHeader", input.len(), || frame::request_header(&mut rest)) else {
        return;
    };
    if let Some(key) = ApiKey::from_code(header.request_api_key) {
        of_api(key).0(&rest, header.request_api_version);
    }
}

/// Apache Kafka's requests.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for vector in vectors() {
        let key = ApiKey::ALL.iter().find(|key| vector.name.strip_suffix("Request") == Some(key.name()));
        let Some(key) = key else { continue };
        let header = RequestHeader {
            request_api_key: key.code(),
            request_api_version: vector.version,
            correlation_id: 1,
            client_id: Some(Str::from_static("c")),
            ..RequestHeader::default()
        };
        let version = key.request_header_version(vector.version);
        let mut frame = header.to_bytes(version).expect("the header has only what its version has").to_vec();
        frame.put_slice(&vector.bytes);
        seeds.push(frame);
    }
    seeds
}
