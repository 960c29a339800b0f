//! UnregisterBrokerRecord

use crate::{Message, UnknownTags};

#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 1, versions = "0", flexible = "0+")]
pub struct UnregisterBrokerRecord {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub unknown_tags: UnknownTags,
}
