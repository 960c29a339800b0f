//! DescribeTransactions (key 65): looks into transactions (KIP-664).

use crate::{Fields, Message, Str, UnknownTags};

/// Which transactional ids to describe.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 65, versions = "0", flexible = "0+")]
pub struct DescribeTransactionsRequest {
    pub transactional_ids: Vec<Str>,
    pub unknown_tags: UnknownTags,
}

/// Their transactions.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 65, versions = "0", flexible = "0+")]
pub struct DescribeTransactionsResponse {
    pub throttle_time_ms: i32,
    pub transaction_states: Vec<TransactionState>,
    pub unknown_tags: UnknownTags,
}

/// One transaction: its state, its producer and its partitions.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TransactionState {
    pub error_code: i16,
    pub transactional_id: Str,
    pub transaction_state: Str,
    pub transaction_timeout_ms: i32,
    pub transaction_start_time_ms: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub topics: Vec<TopicData>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TopicData {
    pub topic: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}
