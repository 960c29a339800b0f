//! PushTelemetry (key 72): a client pushes its metrics (KIP-714).

use bytes::Bytes;
use ottla_types::Uuid;

use crate::{Message, UnknownTags};

/// Metrics in OpenTelemetry's format, compressed as was agreed.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 72, versions = "0", flexible = "0+")]
pub struct PushTelemetryRequest {
    pub client_instance_id: Uuid,
    pub subscription_id: i32,
    pub terminating: bool,
    pub compression_type: i8,
    pub metrics: Bytes,
    pub unknown_tags: UnknownTags,
}

/// Whether they were welcome.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 72, versions = "0", flexible = "0+")]
pub struct PushTelemetryResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub unknown_tags: UnknownTags,
}
