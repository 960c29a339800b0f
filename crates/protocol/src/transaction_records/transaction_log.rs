//! The state of a transactional id (KIP-98).

use crate::{Fields, Message, Str, UnknownTags};

/// The transactional id.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "0")]
pub struct TransactionLogKey {
    pub transactional_id: Str,
}

/// Its producer, and the state and partitions of its transaction.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 0, versions = "0..=1", flexible = "1+")]
pub struct TransactionLogValue {
    pub producer_id: i64,
    #[field(versions = "1+", tag = 0, default = -1)]
    pub previous_producer_id: i64,
    #[field(versions = "1+", tag = 1, default = -1)]
    pub next_producer_id: i64,
    pub producer_epoch: i16,
    #[field(versions = "1+", tag = 3, default = -1)]
    pub next_producer_epoch: i16,
    pub transaction_timeout_ms: i32,
    pub transaction_status: i8,
    #[field(default = Vec::new())]
    pub transaction_partitions: Option<Vec<PartitionsSchema>>,
    pub transaction_last_update_timestamp_ms: i64,
    pub transaction_start_timestamp_ms: i64,
    #[field(versions = "1+", tag = 2)]
    pub client_transaction_version: i16,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct PartitionsSchema {
    pub topic: Str,
    pub partition_ids: Vec<i32>,
    pub unknown_tags: UnknownTags,
}
