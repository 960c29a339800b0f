//! DescribeUserScramCredentials (key 50): which SCRAM credentials users have, never what they are (KIP-554).

use crate::{Fields, Message, Str, UnknownTags};

/// Which users; null or none stands for all.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 50, versions = "0", flexible = "0+")]
pub struct DescribeUserScramCredentialsRequest {
    #[field(default = Vec::new())]
    pub users: Option<Vec<UserName>>,
    pub unknown_tags: UnknownTags,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct UserName {
    pub name: Str,
    pub unknown_tags: UnknownTags,
}

/// The users and their credentials.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 50, versions = "0", flexible = "0+")]
pub struct DescribeUserScramCredentialsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub results: Vec<DescribeUserScramCredentialsResult>,
    pub unknown_tags: UnknownTags,
}

/// One user.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeUserScramCredentialsResult {
    pub user: Str,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub credential_infos: Vec<CredentialInfo>,
    pub unknown_tags: UnknownTags,
}

/// One credential: its mechanism and how often it hashes.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct CredentialInfo {
    pub mechanism: i8,
    pub iterations: i32,
    pub unknown_tags: UnknownTags,
}
