//! The metadata image: everything that the metadata log says up to some offset, as one immutable value.
//!
//! Deliberately absent: deciding what is to be written (that is `ottla-controller`), writing and replicating
//! it (that is `ottla-quorum`), and acting upon it (that is the broker's business).
//!
//! Read first: [`MetadataImage`], whose parts are persistent maps, so that a clone costs nothing and a change
//! costs what changed, with 100,000 partitions too; [`MetadataRecord`], one fact of the log; [`Changes`],
//! what differs between two images.
//!
//! The path of one record: whoever follows the log decodes it ([`MetadataRecord::decode`]), applies it
//! ([`MetadataImage::apply`]) and, after each batch, publishes a clone of [`MetadataImage::committed`].
//! Readers keep the image that they last acted on and ask [`Changes::between`] for what is new. A snapshot of
//! the log is [`MetadataImage::to_records`].
//!
//! Invariants: applying the records of an image to an empty one gives that image; an image that a controller
//! made satisfies [`invariants::check`]; nothing that Apache Kafka wrote is lost on the way into a snapshot
//! and out of it, also where Ottla does not act upon it.

mod apply;
mod brokers;
mod changes;
mod configs;
mod image;
pub mod invariants;
mod record;
mod security;
mod snapshot;
mod topics;
mod version;

#[cfg(test)]
mod tests;

pub use apply::{ApplyError, NO_LEADER_CHANGE, changed};
pub use brokers::{Broker, ControllerNode, Endpoint, FeatureRange, LOST, MIGRATING, UNASSIGNED};
pub use changes::{Changes, TopicChange};
pub use configs::{ConfigResource, ConfigValues, Configs, ResourceKind};
pub use image::{MetadataImage, Position};
pub use ottla_protocol::metadata_records::MetadataRecord;
pub use record::{encode_record, record_version};
pub use security::{Acl, DelegationToken, QuotaEntity, ScramCredential, Security};
pub use snapshot::{partition_record, register_broker_record, register_controller_record};
pub use topics::{LeaderRecovery, Partition, Topic, Topics};
pub use version::MetadataVersion;
