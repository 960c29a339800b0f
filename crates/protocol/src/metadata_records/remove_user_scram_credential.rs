//! RemoveUserScramCredentialRecord

use crate::{Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 22, versions = "0", flexible = "0+")]
pub struct RemoveUserScramCredentialRecord {
    pub name: Str,
    pub mechanism: i8,
    pub unknown_tags: UnknownTags,
}
