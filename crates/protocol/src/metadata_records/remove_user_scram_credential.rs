//! The end of a SCRAM credential.

use crate::{Message, Str, UnknownTags};

/// The user's credential for this mechanism is no more.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 22, versions = "0", flexible = "0+")]
pub struct RemoveUserScramCredentialRecord {
    pub name: Str,
    pub mechanism: i8,
    pub unknown_tags: UnknownTags,
}
