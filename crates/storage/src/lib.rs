//! Keeps records on disk in Kafka's own layout, durable before they are acknowledged.
//!
//! Deliberately absent: the network, replication and every decision about who may write.
//!
//! Read first: [`disk::Disk`], the one seam through which every byte goes.

pub mod checkpoint;
pub mod disk;
mod error;
pub mod log;
pub mod log_dir;
pub mod wal;
mod watermark;

pub use self::error::StorageError;
pub use self::watermark::{Reached, Unreachable, Watermark};
