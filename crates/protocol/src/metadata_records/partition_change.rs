//! A change to a partition.

use ottla_types::Uuid;

use crate::{Message, UnknownTags};

/// What changed of a partition; the rest holds. Each such record raises the partition's epoch, and a new
/// leader its leader's epoch.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 5, versions = "0..=2", flexible = "0+")]
pub struct PartitionChangeRecord {
    #[field(default = -1)]
    pub partition_id: i32,
    pub topic_id: Uuid,
    #[field(tag = 0)]
    pub isr: Option<Vec<i32>>,
    #[field(tag = 1, default = -2)]
    pub leader: i32,
    #[field(tag = 2)]
    pub replicas: Option<Vec<i32>>,
    #[field(tag = 3)]
    pub removing_replicas: Option<Vec<i32>>,
    #[field(tag = 4)]
    pub adding_replicas: Option<Vec<i32>>,
    #[field(tag = 5, default = -1)]
    pub leader_recovery_state: i8,
    #[field(versions = "1+", tag = 8)]
    pub directories: Option<Vec<Uuid>>,
    #[field(versions = "2+", tag = 6)]
    pub eligible_leader_replicas: Option<Vec<i32>>,
    #[field(versions = "2+", tag = 7)]
    pub last_known_elr: Option<Vec<i32>>,
    pub unknown_tags: UnknownTags,
}
