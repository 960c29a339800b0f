//! Which tasks a member of a streams group is to have (KIP-1071).

use crate::{Fields, Message, Str, UnknownTags};

/// The member.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 21, versions = "0")]
pub struct StreamsGroupTargetAssignmentMemberKey {
    pub group_id: Str,
    pub member_id: Str,
}

/// Its tasks by what they do: process, stand by, or warm up.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 21, versions = "0", flexible = "0+")]
pub struct StreamsGroupTargetAssignmentMemberValue {
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
    pub unknown_tags: UnknownTags,
}

/// Tasks of one subtopology, by partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TaskIds {
    pub subtopology_id: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}
