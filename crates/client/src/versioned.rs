//! Messages behind two bytes that say their version: what members of a group say to each other.

use bytes::{BufMut, Bytes, BytesMut};
use ottla_protocol::Message;

/// Reads a message. Newer versions only add fields behind those that are known here.
pub(crate) fn decode<M: Message>(bytes: &Bytes) -> Option<M> {
    let version = i16::from_be_bytes(*bytes.first_chunk()?);
    let mut fields = bytes.slice(2..);
    M::decode(&mut fields, version.min(M::VERSIONS.last)).ok()
}

/// Writes a message.
///
/// # Panics
/// If the message cannot be written in this version.
pub(crate) fn encode<M: Message>(message: &M, version: i16) -> Bytes {
    let mut out = BytesMut::new();
    out.put_i16(version);
    message.encode(&mut out, version).expect("names of topics are short, and the version is known");
    out.freeze()
}
