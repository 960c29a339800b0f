//! Keeps records on disk in Kafka's own layout, durable before they are acknowledged.
//!
//! Deliberately absent: the network, replication and every decision about who may write.
//!
//! Read first: [`disk::Disk`], the one seam through which every byte goes.

pub mod disk;
pub mod wal;
mod watermark;

pub use self::watermark::{Reached, Unreachable, Watermark};
