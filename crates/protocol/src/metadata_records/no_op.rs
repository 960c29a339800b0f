//! NoOpRecord

use crate::{Message, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 20, versions = "0", flexible = "0+")]
pub struct NoOpRecord {
    pub unknown_tags: UnknownTags,
}
