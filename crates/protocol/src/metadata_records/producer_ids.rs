//! Producer ids that are taken.

use crate::{Message, UnknownTags};

/// A broker got a block of producer ids; the next block begins here (KIP-730).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 15, versions = "0", flexible = "0+")]
pub struct ProducerIdsRecord {
    pub broker_id: i32,
    #[field(default = -1)]
    pub broker_epoch: i64,
    pub next_producer_id: i64,
    pub unknown_tags: UnknownTags,
}
