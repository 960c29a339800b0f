//! ExpireDelegationToken (key 40): ends a delegation token, or sets when it ends (KIP-48).

use bytes::Bytes;

use crate::{Message, UnknownTags};

/// Which token, by its secret, and when; a negative time ends it at once.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 40, versions = "1..=2", flexible = "2+")]
pub struct ExpireDelegationTokenRequest {
    pub hmac: Bytes,
    pub expiry_time_period_ms: i64,
    pub unknown_tags: UnknownTags,
}

/// When the token ends.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 40, versions = "1..=2", flexible = "2+")]
pub struct ExpireDelegationTokenResponse {
    pub error_code: i16,
    pub expiry_timestamp_ms: i64,
    pub throttle_time_ms: i32,
    pub unknown_tags: UnknownTags,
}
