//! A topic.

use ottla_types::Uuid;

use crate::{Message, Str, UnknownTags};

/// A topic's name and its id; records of its partitions follow.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 2, versions = "0", flexible = "0+")]
pub struct TopicRecord {
    pub name: Str,
    pub topic_id: Uuid,
    pub unknown_tags: UnknownTags,
}
