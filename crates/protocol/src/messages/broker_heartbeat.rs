//! BrokerHeartbeat (key 63): a broker tells the controller that it is alive (KIP-500).

use ottla_types::Uuid;

use crate::{Message, UnknownTags};

/// How far the broker has followed the metadata log, whether it wants to be fenced or to shut down, and which
/// of its log directories failed.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 63, versions = "0..=2", flexible = "0+")]
pub struct BrokerHeartbeatRequest {
    pub broker_id: i32,
    #[field(default = -1)]
    pub broker_epoch: i64,
    pub current_metadata_offset: i64,
    pub want_fence: bool,
    pub want_shut_down: bool,
    #[field(versions = "1+", tag = 0)]
    pub offline_log_dirs: Vec<Uuid>,
    #[field(versions = "2+", tag = 1)]
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
    pub unknown_tags: UnknownTags,
}

/// Whether the broker has caught up, is fenced, and may shut down.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 63, versions = "0..=2", flexible = "0+")]
pub struct BrokerHeartbeatResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub is_caught_up: bool,
    #[field(default = true)]
    pub is_fenced: bool,
    pub should_shut_down: bool,
    pub unknown_tags: UnknownTags,
}
