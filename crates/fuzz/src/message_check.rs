//! What holds for every message: decoding is bounded, and what was decoded comes back.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use ottla_protocol::codec::Chunks;
use ottla_protocol::{ApiKey, DecodeError, Message, Piece, for_each_message};

use crate::memory::bounded;

/// Decodes `bytes` as the message, in a version that may not exist, and checks what comes of it.
pub(crate) type Check = fn(&Bytes, i16);

macro_rules! checks {
    ($($message:path),*) => { &[$((<$message as Message>::NAME, check::<$message> as Check)),*] };
}

/// Every message, by Kafka's name.
static CHECKS: &[(&str, Check)] = for_each_message!(checks);

/// The check of the request and that of the response with a key.
pub(crate) fn of_api(key: ApiKey) -> (Check, Check) {
    static BY_NAME: LazyLock<BTreeMap<&str, Check>> = LazyLock::new(|| CHECKS.iter().copied().collect());
    static BY_KEY: LazyLock<BTreeMap<ApiKey, (Check, Check)>> = LazyLock::new(|| {
        let named = |key: &ApiKey, side| BY_NAME[format!("{}{side}", key.name()).as_str()];
        ApiKey::ALL.iter().map(|key| (*key, (named(key, "Request"), named(key, "Response")))).collect()
    });
    BY_KEY[&key]
}

/// The messages that no request or response carries as its whole: headers and what internal logs hold.
pub(crate) fn of_others() -> &'static [(&'static str, Check)] {
    static OTHERS: LazyLock<Vec<(&str, Check)>> = LazyLock::new(|| {
        let is_api = |name: &str| {
            let name = name.strip_suffix("Request").or_else(|| name.strip_suffix("Response"));
            name.is_some_and(|name| ApiKey::ALL.iter().any(|key| key.name() == name))
        };
        CHECKS.iter().copied().filter(|(name, _)| !is_api(name)).collect()
    });
    &OTHERS
}

/// Decodes under a limit on memory. A vector that grows holds its old and its new memory for a moment: twice what
/// the decoder may use in all, and something for what is not an array.
pub(crate) fn decode<T>(
    what: &str,
    len: usize,
    decode: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    bounded(what, len, 32, (128 << 10) + 4096, decode)
}

fn check<M: Message + PartialEq>(bytes: &Bytes, version: i16) {
    let what = M::NAME;
    let Ok(message) = decode(what, bytes.len(), || M::decode(&mut bytes.clone(), version)) else { return };
    let again = message.to_bytes(version).unwrap_or_else(|error| {
        panic!("{what} version {version} was decoded and cannot be encoded: {error}")
    });
    assert_eq!(message.encoded_len(version), Ok(again.len()), "{what} version {version}");
    let mut chunks = Chunks::new();
    message.encode_chunks(&mut chunks, version).expect("what encodes in one piece encodes in several");
    assert_eq!(joined(chunks), again, "{what} version {version} in pieces");
    let twice = M::decode_all(again.clone(), version)
        .unwrap_or_else(|error| panic!("{what} version {version} does not read what it wrote: {error}"));
    // Numbers that are none are not equal to themselves, but print alike.
    assert!(
        message == twice || format!("{message:?}") == format!("{twice:?}"),
        "{what} version {version} was {message:?} and came back as {twice:?}"
    );
    assert_eq!(
        twice.to_bytes(version),
        Ok(again),
        "{what} version {version} encodes to other bytes each time"
    );
    // Tools print what they were sent.
    let _ = message.to_json(version);
}

fn joined(chunks: Chunks) -> Vec<u8> {
    let mut joined = Vec::new();
    for piece in chunks.finish() {
        match piece {
            Piece::Bytes(bytes) => joined.extend_from_slice(&bytes),
            Piece::Gap(len) => panic!("a message that was decoded has a gap of {len} bytes"),
        }
    }
    joined
}
