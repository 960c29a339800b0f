//! Messages that are files of a log directory.

#![allow(
    missing_docs,
    reason = "the names of fields are Kafka's and say what they hold; structs are documented"
)]

pub mod producer_snapshot;
pub mod quorum_state;

pub use producer_snapshot::ProducerSnapshot;
pub use quorum_state::QuorumStateData;
