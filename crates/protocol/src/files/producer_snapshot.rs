//! `.snapshot` files: the producers of a partition at an offset.

use crate::{Fields, Message};

/// The file. Its version stands before it, in two bytes; the checksum covers what follows it.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(versions = "1")]
pub struct ProducerSnapshot {
    pub crc: u32,
    pub producer_entries: Vec<ProducerEntry>,
}

/// One idempotent producer: its last batch and, if it has one, where its open transaction begins.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct ProducerEntry {
    pub producer_id: i64,
    pub epoch: i16,
    pub last_sequence: i32,
    pub last_offset: i64,
    pub offset_delta: i32,
    pub timestamp: i64,
    pub coordinator_epoch: i32,
    pub current_txn_first_offset: i64,
}
