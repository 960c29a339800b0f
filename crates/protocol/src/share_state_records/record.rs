//! A record of `__share_group_state`, whatever it is about.

use super::{ShareSnapshotKey, ShareSnapshotValue, ShareUpdateKey, ShareUpdateValue};
use crate::keyed_record::keyed_records;

keyed_records! {
    /// A record of `__share_group_state`.
    ShareStateRecord {
        /// All that a share group has acknowledged of one partition.
        ShareSnapshot: ShareSnapshotKey => ShareSnapshotValue,
        /// What changed in that since the snapshot.
        ShareUpdate: ShareUpdateKey => ShareUpdateValue,
    }
}
