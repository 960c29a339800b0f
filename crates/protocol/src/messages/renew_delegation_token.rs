//! RenewDelegationToken (key 39): keeps a delegation token alive (KIP-48).

use bytes::Bytes;

use crate::{Message, UnknownTags};

/// Which token, by its secret, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 39, versions = "1..=2", flexible = "2+")]
pub struct RenewDelegationTokenRequest {
    pub hmac: Bytes,
    pub renew_period_ms: i64,
    pub unknown_tags: UnknownTags,
}

/// When the token ends.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 39, versions = "1..=2", flexible = "2+")]
pub struct RenewDelegationTokenResponse {
    pub error_code: i16,
    pub expiry_timestamp_ms: i64,
    pub throttle_time_ms: i32,
    pub unknown_tags: UnknownTags,
}
