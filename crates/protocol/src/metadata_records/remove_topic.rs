//! The end of a topic.

use ottla_types::Uuid;

use crate::{Message, UnknownTags};

/// The topic with this id is no more, nor are its partitions.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 9, versions = "0", flexible = "0+")]
pub struct RemoveTopicRecord {
    pub topic_id: Uuid,
    pub unknown_tags: UnknownTags,
}
