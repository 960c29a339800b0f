//! What control batches carry, in place of a user's records: the ends of transactions, and what the metadata
//! quorum notes about itself.

#![allow(
    missing_docs,
    reason = "the names of fields are Kafka's and say what they hold; structs are documented"
)]

pub mod control_record_type;
pub mod end_txn_marker;
pub mod kraft_version;
pub mod leader_change;
pub mod snapshot_footer;
pub mod snapshot_header;
pub mod voters;

pub use control_record_type::ControlRecordTypeSchema;
pub use end_txn_marker::EndTxnMarker;
pub use kraft_version::KRaftVersionRecord;
pub use leader_change::LeaderChangeMessage;
pub use snapshot_footer::SnapshotFooterRecord;
pub use snapshot_header::SnapshotHeaderRecord;
pub use voters::VotersRecord;
