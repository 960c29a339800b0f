//! ListTransactions (key 66): the transactions that a broker coordinates (KIP-664).

use crate::{Fields, Message, Str, UnknownTags};

/// In which states, of which producers, open for how long, with ids of which pattern.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 66, versions = "0..=2", flexible = "0+")]
pub struct ListTransactionsRequest {
    pub state_filters: Vec<Str>,
    pub producer_id_filters: Vec<i64>,
    #[field(versions = "1+", default = -1)]
    pub duration_filter: i64,
    #[field(versions = "2+")]
    pub transactional_id_pattern: Option<Str>,
    pub unknown_tags: UnknownTags,
}

/// The transactions.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 66, versions = "0..=2", flexible = "0+")]
pub struct ListTransactionsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub unknown_state_filters: Vec<Str>,
    pub transaction_states: Vec<TransactionState>,
    pub unknown_tags: UnknownTags,
}

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct TransactionState {
    pub transactional_id: Str,
    pub producer_id: i64,
    pub transaction_state: Str,
    pub unknown_tags: UnknownTags,
}
