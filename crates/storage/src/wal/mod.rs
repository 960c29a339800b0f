//! The write-ahead log: one per log directory, shared by all of its partitions, so that a sync of one file makes
//! durable what many were written.
//!
//! Deliberately absent: what recovery does to a partition with what the log tells. It knows no offsets beyond
//! passing them on.
//!
//! Read first: [`Wal`], and [`PartitionFiles`] for what a partition owes it. The path of one batch: the partition
//! takes it into memory, with its place in a segment, and hands it in ([`Wal::enqueue`]); the sync lane takes all
//! that is queued, writes it as one block into the active segment of the log and syncs that (`commit`); then the
//! partitions are told how far they are durable. In the background, partitions write to their own files what has
//! gathered, full segments are emptied by syncing the files of the partitions in them (`recycle`), and used again
//! (`ring`).
//!
//! # Why everything acknowledged can be recovered
//!
//! *Contiguous.* Of each partition, the files hold durably everything below some offset, and the log holds everything
//! from there to what was acknowledged. At first both are at the log's end. They stay so because of four things:
//!
//! - A commit that goes into the log extends the second range by what follows it: entries come in the order of
//!   offsets, are taken in that order, and of one partition a commit takes the batches either all into the log
//!   or all directly.
//! - A direct commit syncs *all* of the partition's files that have something unsynced, and the folder, not only the
//!   file that the batch is in. Otherwise a hole in an earlier segment, whose batches are only in the log, would make
//!   recovery cut off what was acknowledged behind it. After it, the first range reaches the end, and what the log
//!   still holds of the partition lies below it.
//! - A segment is used again when each partition that has records in it was synced in place since (`coverage`).
//!   A sync writes out and covers all that was handed in before it begins, and so every record that was in the log
//!   then. Segments are freed oldest first, so the log keeps a suffix of what it was told.
//! - What takes something away (a truncation, a new log start) is in the log before it is done, and keeps its
//!   segment of the log until it is. A creation is in the log until the folder is durable. So files that end below a
//!   batch in the log without an explanation have been damaged, and recovery can say so.
//!
//! *Recognized.* A block's checksum covers the generation and the sequence, so recycled bytes are never taken for
//! records. A block is durable before the next one is written, so only the last one can be torn, and it was
//! not acknowledged; any other block that cannot be read is damage. Each block says what is the oldest generation that
//! is needed, and a segment is overwritten only when a durable block says that it is not.
//!
//! *Never twice.* After a sync has failed, nothing is known about what was written before it, and a second one that
//! succeeds proves nothing: the directory goes offline and everyone who waits is told. What was acknowledged is in the
//! log, or was synced in place before.
//!
//! # What a recovery has to do
//!
//! Read the files of each partition up to the first batch that does not follow the one before it, in offset *and
//! leader epoch*; then let [`replay`] tell what the log has. A partition that was created and is not there is created
//! again, unless it was deleted since. A batch below the log start, or of an older epoch than the files end with, is
//! passed over. One that is there already is written again, here or before: after a failed sync the page cache may hold
//! what the device does not. One whose place is taken by a batch of an older epoch takes it back. A truncation cuts off
//! what is of an older epoch than its own. At the end everything is synced, and then [`Wal::open`] forgets what was told.

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
pub use self::replay::{Replay, ReplayError, inspect, is_present, remove, replay};
pub use self::writer::{Closed, Wal};
