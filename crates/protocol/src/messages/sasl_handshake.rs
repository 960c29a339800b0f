//! SaslHandshakeRequest

use crate::{Message, Str};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 17, versions = "0..=1")]
pub struct SaslHandshakeRequest {
    pub mechanism: Str,
}

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 17, versions = "0..=1")]
pub struct SaslHandshakeResponse {
    pub error_code: i16,
    pub mechanisms: Vec<Str>,
}
