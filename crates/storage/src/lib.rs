//! Keeps records on disk in Kafka's own layout, durable before they are acknowledged.
//!
//! Deliberately absent: the network, replication, and every decision about who may write or how far something counts
//! as committed. There is no runtime either: what waits for the device is called on a [`disk::Lane`], what waits for
//! durability is a future that any runtime polls.
//!
//! Read first: [`disk::Disk`], the one seam through which every byte goes; [`log::PartitionLog`], one partition in
//! Apache Kafka's files; [`wal::Wal`], which makes the partitions of a directory durable together; and
//! [`log_dir::LogDir`], which holds them.
//!
//! The way of one batch: [`log::PartitionLog::append_as_leader`] checks epoch and sequences and assigns offsets, gives
//! the batch its place in the active segment together with others that arrived meanwhile, publishes it to readers and
//! hands it to the write-ahead log. A commit writes there what has gathered, syncs once, and tells each partition how far
//! it is durable, which completes [`log::PartitionLog::wait_durable`]. The segment's file gets the batch later or, where
//! nothing is to be durable, before it is published.
//!
//! Invariants:
//! - What is published was written before, or is in memory and handed to the write-ahead log.
//! - Durable is contiguous: a partition never says that an offset is durable of which an earlier one is not.
//! - Below a partition's recovery point everything is synced: records, indexes, what is known of producers, folder
//!   entries. A start trusts it, and nothing above it. The recovery point on disk is lowered *before* a log is cut.
//! - A failed sync ends the life of what it was for; it is never tried again.
//! - A log start is durable before files below it go, and it is kept until they are gone.

pub mod checkpoint;
pub mod disk;
mod error;
mod folder_sync;
pub mod log;
pub mod log_dir;
pub mod wal;
mod watermark;

pub use self::error::StorageError;
pub use self::folder_sync::FolderSync;
pub use self::watermark::{Reached, Unreachable, Watermark};
