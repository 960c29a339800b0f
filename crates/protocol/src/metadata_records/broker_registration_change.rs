//! A change to a registered broker.

use ottla_types::Uuid;

use crate::{Message, UnknownTags};

/// A broker was fenced or unfenced, began to shut down, or lost or cordoned a directory. What is zero, empty
/// or null has not changed.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 17, versions = "0..=3", flexible = "0+")]
pub struct BrokerRegistrationChangeRecord {
    pub broker_id: i32,
    pub broker_epoch: i64,
    #[field(tag = 0)]
    pub fenced: i8,
    #[field(versions = "1+", tag = 1)]
    pub in_controlled_shutdown: i8,
    #[field(versions = "2+", tag = 2)]
    pub log_dirs: Vec<Uuid>,
    #[field(versions = "3+", tag = 3)]
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
    pub unknown_tags: UnknownTags,
}
