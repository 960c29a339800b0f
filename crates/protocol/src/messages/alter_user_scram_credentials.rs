//! AlterUserScramCredentials (key 51): creates, changes and deletes SCRAM credentials (KIP-554).

use bytes::Bytes;

use crate::{Fields, Message, Str, UnknownTags};

/// Credentials to delete, and credentials to create or replace.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 51, versions = "0", flexible = "0+")]
pub struct AlterUserScramCredentialsRequest {
    pub deletions: Vec<ScramCredentialDeletion>,
    pub upsertions: Vec<ScramCredentialUpsertion>,
    pub unknown_tags: UnknownTags,
}

/// A user's credential for one mechanism, to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ScramCredentialDeletion {
    pub name: Str,
    pub mechanism: i8,
    pub unknown_tags: UnknownTags,
}

/// A user's credential for one mechanism. The password comes salted and hashed, never in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ScramCredentialUpsertion {
    pub name: Str,
    pub mechanism: i8,
    pub iterations: i32,
    pub salt: Bytes,
    pub salted_password: Bytes,
    pub unknown_tags: UnknownTags,
}

/// What became of each user.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 51, versions = "0", flexible = "0+")]
pub struct AlterUserScramCredentialsResponse {
    pub throttle_time_ms: i32,
    pub results: Vec<AlterUserScramCredentialsResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one user.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AlterUserScramCredentialsResult {
    pub user: Str,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
