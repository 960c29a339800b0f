//! GetTelemetrySubscriptions (key 71): which metrics a client shall push (KIP-714).

use ottla_types::Uuid;

use crate::{Message, Str, UnknownTags};

/// Asks on behalf of a client instance; the first time without an id.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 71, versions = "0", flexible = "0+")]
pub struct GetTelemetrySubscriptionsRequest {
    pub client_instance_id: Uuid,
    pub unknown_tags: UnknownTags,
}

/// The metrics wanted, how often and in which form.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 71, versions = "0", flexible = "0+")]
pub struct GetTelemetrySubscriptionsResponse {
    pub throttle_time_ms: i32,
    pub error_code: i16,
    pub client_instance_id: Uuid,
    pub subscription_id: i32,
    pub accepted_compression_types: Vec<i8>,
    pub push_interval_ms: i32,
    pub telemetry_max_bytes: i32,
    pub delta_temporality: bool,
    pub requested_metrics: Vec<Str>,
    pub unknown_tags: UnknownTags,
}
