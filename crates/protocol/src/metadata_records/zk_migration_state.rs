//! How far a cluster once was on its way from ZooKeeper.

use crate::{Message, UnknownTags};

/// Kept so that the log of a cluster that came from ZooKeeper can be read; nothing depends on it any more.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 21, versions = "0", flexible = "0+")]
pub struct ZkMigrationStateRecord {
    pub zk_migration_state: i8,
    pub unknown_tags: UnknownTags,
}
