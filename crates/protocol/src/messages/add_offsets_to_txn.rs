//! AddOffsetsToTxn (key 25): a transaction will commit offsets of a group (KIP-98).

use crate::{Message, Str, UnknownTags};

/// Tells the transaction coordinator that offsets of this group become part of the transaction, before the
/// group's coordinator hears of them.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 25, versions = "0..=4", flexible = "3+")]
pub struct AddOffsetsToTxnRequest {
    pub transactional_id: Str,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub group_id: Str,
    pub unknown_tags: UnknownTags,
}

/// Whether the group is now part of the transaction.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 25, versions = "0..=4", flexible = "3+")]
pub struct AddOffsetsToTxnResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
