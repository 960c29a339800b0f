//! The write-ahead log: one per log directory, shared by all of its partitions.

mod change;

pub use self::change::{Batch, Change, Entry, PartitionFiles, PartitionId};
