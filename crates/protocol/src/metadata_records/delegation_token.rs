//! A delegation token.

use crate::{Message, Str, UnknownTags};

/// A token was created or renewed. Its secret is not here: it follows from its id and the cluster's own
/// secret.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 10, versions = "0", flexible = "0+")]
pub struct DelegationTokenRecord {
    pub owner: Str,
    pub requester: Str,
    pub renewers: Vec<Str>,
    pub issue_timestamp: i64,
    pub max_timestamp: i64,
    pub expiration_timestamp: i64,
    pub token_id: Str,
    pub unknown_tags: UnknownTags,
}
