//! RemoveTopicRecord

use ottla_types::Uuid;

use crate::{Message, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 9, versions = "0", flexible = "0+")]
pub struct RemoveTopicRecord {
    pub topic_id: Uuid,
    pub unknown_tags: UnknownTags,
}
