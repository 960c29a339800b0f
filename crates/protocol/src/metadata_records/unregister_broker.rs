//! The end of a broker's registration.

use crate::{Message, UnknownTags};

/// The broker is no longer part of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 1, versions = "0", flexible = "0+")]
pub struct UnregisterBrokerRecord {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub unknown_tags: UnknownTags,
}
