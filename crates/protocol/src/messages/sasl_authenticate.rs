//! SaslAuthenticate (key 36): one step of a SASL exchange (KIP-152).

use bytes::Bytes;

use crate::{Message, Str, UnknownTags};

/// What the client's mechanism says.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 36, versions = "0..=2", flexible = "2+")]
pub struct SaslAuthenticateRequest {
    pub auth_bytes: Bytes,
    pub unknown_tags: UnknownTags,
}

/// What the broker's mechanism says, and how long the session is good (KIP-368).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 36, versions = "0..=2", flexible = "2+")]
pub struct SaslAuthenticateResponse {
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub auth_bytes: Bytes,
    #[field(versions = "1+", ignorable)]
    pub session_lifetime_ms: i64,
    pub unknown_tags: UnknownTags,
}
