//! DescribeDelegationToken (key 41): lists delegation tokens (KIP-48).

use bytes::Bytes;

use crate::{Fields, Message, Str, UnknownTags};

/// Whose tokens; null stands for everybody's.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 41, versions = "1..=3", flexible = "2+")]
pub struct DescribeDelegationTokenRequest {
    #[field(default = Vec::new())]
    pub owners: Option<Vec<DescribeDelegationTokenOwner>>,
    pub unknown_tags: UnknownTags,
}

/// A principal whose tokens are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeDelegationTokenOwner {
    pub principal_type: Str,
    pub principal_name: Str,
    pub unknown_tags: UnknownTags,
}

/// The tokens.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 41, versions = "1..=3", flexible = "2+")]
pub struct DescribeDelegationTokenResponse {
    pub error_code: i16,
    pub tokens: Vec<DescribedDelegationToken>,
    pub throttle_time_ms: i32,
    pub unknown_tags: UnknownTags,
}

/// One token: whose it is, who asked for it, and how long it is good.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribedDelegationToken {
    pub principal_type: Str,
    pub principal_name: Str,
    #[field(versions = "3+")]
    pub token_requester_principal_type: Str,
    #[field(versions = "3+")]
    pub token_requester_principal_name: Str,
    pub issue_timestamp: i64,
    pub expiry_timestamp: i64,
    pub max_timestamp: i64,
    pub token_id: Str,
    pub hmac: Bytes,
    pub renewers: Vec<DescribedDelegationTokenRenewer>,
    pub unknown_tags: UnknownTags,
}

/// A principal that may renew the token.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribedDelegationTokenRenewer {
    pub principal_type: Str,
    pub principal_name: Str,
    pub unknown_tags: UnknownTags,
}
