//! Which tasks a member of a streams group has now (KIP-1071).

use crate::{Fields, Message, Str, UnknownTags};

/// The member.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 22, versions = "0")]
pub struct StreamsGroupCurrentMemberAssignmentKey {
    pub group_id: Str,
    pub member_id: Str,
}

/// Its epochs, its state, its tasks, and those that it must first give up.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 22, versions = "0", flexible = "0+")]
pub struct StreamsGroupCurrentMemberAssignmentValue {
    pub member_epoch: i32,
    pub previous_member_epoch: i32,
    pub state: i8,
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
    pub active_tasks_pending_revocation: Vec<TaskIds>,
    pub standby_tasks_pending_revocation: Vec<TaskIds>,
    pub warmup_tasks_pending_revocation: Vec<TaskIds>,
    pub unknown_tags: UnknownTags,
}

/// Tasks of one subtopology, by partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TaskIds {
    pub subtopology_id: Str,
    pub partitions: Vec<i32>,
    #[field(tag = 0, default = Vec::new())]
    pub assignment_epochs: Option<Vec<i32>>,
    pub unknown_tags: UnknownTags,
}
