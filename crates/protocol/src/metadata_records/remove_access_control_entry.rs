//! RemoveAccessControlEntryRecord

use ottla_types::Uuid;

use crate::{Message, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 19, versions = "0", flexible = "0+")]
pub struct RemoveAccessControlEntryRecord {
    pub id: Uuid,
    pub unknown_tags: UnknownTags,
}
