//! AllocateProducerIds (key 67): a broker gets a block of producer ids from the controller (KIP-730).

use crate::{Message, UnknownTags};

/// Asks for the next block. The broker's epoch fences its earlier incarnations.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 67, versions = "0", flexible = "0+")]
pub struct AllocateProducerIdsRequest {
    pub broker_id: i32,
    #[field(default = -1)]
    pub broker_epoch: i64,
    pub unknown_tags: UnknownTags,
}

/// The block: its first id and how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 67, versions = "0", flexible = "0+")]
pub struct AllocateProducerIdsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub producer_id_start: i64,
    pub producer_id_len: i32,
    pub unknown_tags: UnknownTags,
}
