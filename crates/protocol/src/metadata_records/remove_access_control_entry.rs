//! The end of an entry of the access control list.

use ottla_types::Uuid;

use crate::{Message, UnknownTags};

/// The entry with this id is no more.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 19, versions = "0", flexible = "0+")]
pub struct RemoveAccessControlEntryRecord {
    pub id: Uuid,
    pub unknown_tags: UnknownTags,
}
