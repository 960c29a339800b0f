//! EndTxn (key 26): commits or aborts a transaction (KIP-98).

use crate::{Message, Str, UnknownTags};

/// How the transaction ends.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 26, versions = "0..=5", flexible = "3+")]
pub struct EndTxnRequest {
    pub transactional_id: Str,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub committed: bool,
    pub unknown_tags: UnknownTags,
}

/// Whether that was noted. Since version 5 with the producer's next epoch, one for each transaction
/// (KIP-890).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 26, versions = "0..=5", flexible = "3+")]
pub struct EndTxnResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(versions = "5+", default = -1, ignorable)]
    pub producer_id: i64,
    #[field(versions = "5+", default = -1, ignorable)]
    pub producer_epoch: i16,
    pub unknown_tags: UnknownTags,
}
