//! UnregisterBroker (key 64): the cluster forgets a broker (KIP-500).

use crate::{Message, Str, UnknownTags};

/// Which broker to forget.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 64, versions = "0", flexible = "0+")]
pub struct UnregisterBrokerRequest {
    pub broker_id: i32,
    pub unknown_tags: UnknownTags,
}

/// Whether it is forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 64, versions = "0", flexible = "0+")]
pub struct UnregisterBrokerResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    #[field(default = "")]
    pub error_message: Option<Str>,
    pub unknown_tags: UnknownTags,
}
