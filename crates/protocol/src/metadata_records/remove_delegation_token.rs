//! The end of a delegation token.

use crate::{Message, Str, UnknownTags};

/// The token with this id is no more.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 26, versions = "0", flexible = "0+")]
pub struct RemoveDelegationTokenRecord {
    pub token_id: Str,
    pub unknown_tags: UnknownTags,
}
