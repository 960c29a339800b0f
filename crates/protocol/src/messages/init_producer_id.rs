//! InitProducerId (key 22): an idempotent producer gets its id (KIP-98).

use crate::{Message, Str, UnknownTags};

/// Asks for an id or, with a transactional id, fences those who had it before. A producer may bring its id to
/// get only a new epoch (KIP-360). Version 6 prepares two-phase commit (KIP-939).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 22, versions = "0..=6", flexible = "2+", unstable)]
pub struct InitProducerIdRequest {
    #[field(default = "")]
    pub transactional_id: Option<Str>,
    pub transaction_timeout_ms: i32,
    #[field(versions = "3+", default = -1)]
    pub producer_id: i64,
    #[field(versions = "3+", default = -1)]
    pub producer_epoch: i16,
    #[field(versions = "6+")]
    pub enable2_pc: bool,
    #[field(versions = "6+")]
    pub keep_prepared_txn: bool,
    pub unknown_tags: UnknownTags,
}

/// The id and its epoch.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 22, versions = "0..=6", flexible = "2+")]
pub struct InitProducerIdResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = -1)]
    pub producer_id: i64,
    pub producer_epoch: i16,
    #[field(versions = "6+", default = -1)]
    pub ongoing_txn_producer_id: i64,
    #[field(versions = "6+", default = -1)]
    pub ongoing_txn_producer_epoch: i16,
    pub unknown_tags: UnknownTags,
}
