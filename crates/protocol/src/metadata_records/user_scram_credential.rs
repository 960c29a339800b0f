//! A SCRAM credential.

use bytes::Bytes;

use crate::{Message, Str, UnknownTags};

/// A user's credential for one mechanism: salt, keys and how often it hashes.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 11, versions = "0", flexible = "0+")]
pub struct UserScramCredentialRecord {
    pub name: Str,
    pub mechanism: i8,
    pub salt: Bytes,
    pub stored_key: Bytes,
    pub server_key: Bytes,
    pub iterations: i32,
    pub unknown_tags: UnknownTags,
}
