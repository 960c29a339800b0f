//! StreamsGroupCurrentMemberAssignmentKey

use crate::{Fields, Message, Str, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 22, versions = "0")]
pub struct StreamsGroupCurrentMemberAssignmentKey {
    pub group_id: Str,
    pub member_id: Str,
}

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

#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TaskIds {
    pub subtopology_id: Str,
    pub partitions: Vec<i32>,
    #[field(tag = 0, default = Vec::new())]
    pub assignment_epochs: Option<Vec<i32>>,
    pub unknown_tags: UnknownTags,
}
