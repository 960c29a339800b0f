//! Messages that travel inside byte fields of others.

#![allow(
    missing_docs,
    reason = "the names of fields are Kafka's and say what they hold; structs are documented"
)]

pub mod consumer_protocol;
pub mod principal;

pub use consumer_protocol::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
pub use principal::DefaultPrincipalData;
