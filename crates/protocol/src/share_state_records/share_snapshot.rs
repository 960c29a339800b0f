//! All that a share group has done in a partition (KIP-932).

use ottla_types::Uuid;

use crate::{Fields, Message, Str, UnknownTags};

/// The group and the partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "0")]
pub struct ShareSnapshotKey {
    pub group_id: Str,
    pub topic_id: Uuid,
    pub partition: i32,
}

/// Where the group starts, and what became of the records after that.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "0", flexible = "0+")]
pub struct ShareSnapshotValue {
    pub snapshot_epoch: i32,
    pub state_epoch: i32,
    pub leader_epoch: i32,
    pub start_offset: i64,
    #[field(tag = 0, default = -1)]
    pub delivery_complete_count: i32,
    pub create_timestamp: i64,
    pub write_timestamp: i64,
    pub state_batches: Vec<StateBatch>,
    pub unknown_tags: UnknownTags,
}

/// A run of records in the same state.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct StateBatch {
    pub first_offset: i64,
    pub last_offset: i64,
    pub delivery_state: i8,
    pub delivery_count: i16,
    pub unknown_tags: UnknownTags,
}
