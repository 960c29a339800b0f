//! What is handed to the write-ahead log, and what it asks of the partition in return: the seam to the
//! partition's log.

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use ottla_types::{LeaderEpoch, Offset, PartitionIndex, Uuid};

/// The partition that a record is about. Names may be reused, ids are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionId {
    /// The topic's id.
    pub topic_id: Uuid,
    /// Which of its partitions.
    pub partition: PartitionIndex,
}

/// Something that happens to a partition and must survive a power loss.
///
/// A batch has its place in the partition's own files when it is handed in, and is in them or in the partition's memory:
/// [`PartitionFiles::sync`] that begins later covers it. So it is with a creation, which comes before all batches.
/// Everything else takes something away, and is handed in first and *done in the files once it is durable*. Otherwise a
/// power loss in between could leave files that end below a batch in the log with nothing to explain the gap, which
/// recovery must take for damage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The partition was created, under this topic name. Its folder and the files in it are there, and nothing of them
    /// is durable before a sync of them: a start finds here what to create again, and all that was appended until then.
    Created {
        /// The topic's name.
        topic: Arc<str>,
    },
    /// A record batch was appended.
    Batch(Batch),
    /// Everything from `to` on will be cut off. The partition appends nothing until that is done.
    Truncate {
        /// The epoch of the leader that made it necessary. What is cut off is of older epochs.
        leader_epoch: LeaderEpoch,
        /// Where the log will end.
        to: Offset,
    },
    /// Everything below the offset is given up.
    LogStart(Offset),
    /// The partition is removed from this log directory: whatever has its name is not part of it any more.
    Deleted,
}

/// A record batch as it goes into the partition's segment.
#[derive(Clone, PartialEq, Eq)]
pub struct Batch {
    /// The epoch in the batch's header.
    pub leader_epoch: LeaderEpoch,
    /// Its first offset.
    pub base_offset: Offset,
    /// The offset after its last.
    pub next_offset: Offset,
    /// The header of format v2, patched with offset and epoch.
    pub head: [u8; Batch::HEAD_LEN],
    /// What follows the header.
    pub body: Bytes,
}

impl Batch {
    /// The length of a batch's header in format v2.
    pub const HEAD_LEN: usize = 61;

    /// The length of the whole batch in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        Self::HEAD_LEN + self.body.len()
    }

    /// Never: there is always a header.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { leader_epoch, base_offset, next_offset, .. } = self;
        write!(f, "Batch({base_offset}..{next_offset}, epoch {leader_epoch}, {} bytes)", self.len())
    }
}

/// A change on its way to the disk.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Whose change it is.
    pub files: Arc<dyn PartitionFiles>,
    /// Handed back with the notification. A partition counts it up with each truncation, which is the first
    /// change of the new stamp, and so recognizes a notification for something that the truncation cut off.
    pub stamp: u64,
    /// What happened.
    pub change: Change,
}

/// A partition's own files, as the write-ahead log sees them.
///
/// All methods are called on lanes,
/// [`Self::sync`] on two of them and so perhaps twice at once, the notifications on one. None of them may hand in
/// a change.
pub trait PartitionFiles: Send + Sync + fmt::Debug {
    /// Which partition it is.
    fn partition(&self) -> PartitionId;

    /// Makes durable all that was handed in before the call, and what else was done to the partition's files: the data
    /// and length of each file that may have something unsynced, of earlier segments too, the entries of the folder if
    /// files came or went, and those of the folder above if the partition itself did. Waits for the device.
    ///
    /// An error takes the whole log directory offline: nothing is known about what was written. The kernel tells of
    /// a failure once per open file, and a sync after that succeeds and proves nothing. So calls for one
    /// partition run one after another, and once one has failed, by whomever it was made, all later ones fail
    /// too. Of a partition that was deleted nothing is synced but that.
    fn sync(&self) -> io::Result<()>;

    /// Where much was made durable in the files that a start after a crash would look at again, sees to it that it need
    /// not. What goes wrong, [`Self::sync`] reports.
    fn flush_much(&self) {}

    /// Writes to the files what is in memory only, so that [`Self::sync`] finds little left. May wait for the device.
    fn write_out(&self);

    /// All batches of this stamp up to `next_offset` are durable, or the truncation to it is: that one is done to the
    /// files before this returns.
    fn durable_to(&self, stamp: u64, next_offset: Offset);

    /// A log start is durable: the files below it may go.
    fn log_start_durable(&self, log_start: Offset);

    /// Nothing that is not durable yet will become durable: the log directory is offline.
    fn failed(&self, error: &Arc<io::Error>);
}
