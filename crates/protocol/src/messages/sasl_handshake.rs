//! SaslHandshake (key 17): agrees on a SASL mechanism (KIP-43).

use crate::{Message, Str};

/// The mechanism that the client wants. After version 0 bare SASL tokens follow, after version 1
/// SaslAuthenticate requests.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 17, versions = "0..=1")]
pub struct SaslHandshakeRequest {
    pub mechanism: Str,
}

/// The mechanisms that the broker has.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 17, versions = "0..=1")]
pub struct SaslHandshakeResponse {
    pub error_code: i16,
    pub mechanisms: Vec<Str>,
}
