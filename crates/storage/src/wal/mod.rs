//! The write-ahead log: one per log directory, shared by all of its partitions.

mod block;
mod change;
mod commit;
mod coverage;
mod options;
mod queue;
mod recycle;
mod replay;
mod ring;
mod writer;

pub use self::change::{Batch, Change, Entry, PartitionFiles, PartitionId};
pub use self::options::WalOptions;
pub use self::queue::QueueRoom;
pub use self::replay::{Replay, ReplayError, is_present, remove, replay};
pub use self::writer::{Closed, Wal};
