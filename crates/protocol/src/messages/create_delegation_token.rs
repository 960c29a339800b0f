//! CreateDelegationToken (key 38): a token with which others act for its owner (KIP-48).

use bytes::Bytes;

use crate::{Fields, Message, Str, UnknownTags};

/// For whom, how long, and who may renew it.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 38, versions = "1..=3", flexible = "2+")]
pub struct CreateDelegationTokenRequest {
    #[field(versions = "3+", default = "")]
    pub owner_principal_type: Option<Str>,
    #[field(versions = "3+", default = "")]
    pub owner_principal_name: Option<Str>,
    pub renewers: Vec<CreatableRenewers>,
    pub max_lifetime_ms: i64,
    pub unknown_tags: UnknownTags,
}

/// A principal that may renew the token.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CreatableRenewers {
    pub principal_type: Str,
    pub principal_name: Str,
    pub unknown_tags: UnknownTags,
}

/// The token: its id, its secret and when it ends.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 38, versions = "1..=3", flexible = "2+")]
pub struct CreateDelegationTokenResponse {
    pub error_code: i16,
    pub principal_type: Str,
    pub principal_name: Str,
    #[field(versions = "3+")]
    pub token_requester_principal_type: Str,
    #[field(versions = "3+")]
    pub token_requester_principal_name: Str,
    pub issue_timestamp_ms: i64,
    pub expiry_timestamp_ms: i64,
    pub max_timestamp_ms: i64,
    pub token_id: Str,
    pub hmac: Bytes,
    pub throttle_time_ms: i32,
    pub unknown_tags: UnknownTags,
}
