//! The words that every crate shares: offsets, epochs, ids, timestamps and Kafka's error codes.
//!
//! Deliberately absent: encoding (that is `ottla-protocol`), clocks and randomness (the shells' business),
//! and anything that would need a dependency.
//!
//! Read first: [`Offset`] for the shape that all number newtypes have, [`Uuid`] for ids of topics and
//! directories, [`ErrorCode`] for what a client is told.
//!
//! Invariant: a newtype never changes the bits it carries. Values that Kafka reserves (offset -1, epoch -1,
//! producer id -1) are named constants here, so no other crate writes them as numbers.

mod error_code;
mod numbers;
mod timestamp;
mod topic_partition;
mod uuid;

pub use error_code::ErrorCode;
pub use numbers::{
    BrokerEpoch, BrokerId, LeaderEpoch, Offset, PartitionEpoch, PartitionIndex, ProducerEpoch, ProducerId,
    Sequence,
};
pub use timestamp::Timestamp;
pub use topic_partition::TopicPartition;
pub use uuid::{ParseUuidError, Uuid};
