//! The records of `__share_group_state`: what share groups have done with records. [`ShareStateRecord`] is any of them.

#![allow(
    missing_docs,
    reason = "the names of fields are Kafka's and say what they hold; structs are documented"
)]

pub mod record;
pub mod share_snapshot;
pub mod share_update;

pub use record::ShareStateRecord;
pub use share_snapshot::{ShareSnapshotKey, ShareSnapshotValue};
pub use share_update::{ShareUpdateKey, ShareUpdateValue};
