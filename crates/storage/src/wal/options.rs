//! What can be set about a write-ahead log.

use super::block::PAGE;

/// Sizes of the write-ahead log of one log directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalOptions {
    /// How much disk all segments together may take, in bytes. More room means fewer syncs of partitions and a
    /// longer recovery, because everything in it may have to be read.
    pub size_bytes: u64,
    /// How long a segment is, in bytes; brought to whole pages, and to a fourth of `size_bytes` at most.
    pub segment_bytes: u64,
    /// From how many bytes of one partition on a commit syncs the partition's files instead of writing the
    /// bytes a second time. Which is faster was measured (`examples/commit_line`, 2 cores of EPYC, ext4): whether
    /// 1, 4 or 16 partitions are in a commit, the log wins below 256 KiB of each (at 64 KiB by 1.3, 2 and 3 times),
    /// both are equal there, and at 1 MiB the files win by 1.5 to 3 times.
    pub direct_bytes_min: usize,
    /// How many bytes may wait for a commit before [`super::Wal::room`] makes producers wait.
    pub queue_bytes_max: usize,
    /// After how many bytes of one partition they are written to its own files in the background.
    pub write_out_bytes: usize,
}

impl WalOptions {
    /// The longest segment, in bytes.
    pub const SEGMENT_BYTES_MAX: u64 = 1 << 30;
    /// The smallest number of segments: one is written, one is full, and two are being emptied.
    const SEGMENTS_MIN: u64 = 4;

    pub(super) fn segment_bytes(&self) -> u64 {
        let most = (self.size_bytes / Self::SEGMENTS_MIN).min(Self::SEGMENT_BYTES_MAX);
        let page = PAGE as u64;
        // Room for one data block of a page beside the page that every segment keeps back.
        (self.segment_bytes.min(most) / page * page).max(4 * page)
    }

    pub(super) fn segments_max(&self) -> usize {
        usize::try_from(self.size_bytes / self.segment_bytes())
            .unwrap_or(usize::MAX)
            .max(Self::SEGMENTS_MIN as usize)
    }

    /// The longest block: it leaves the page that each segment keeps back.
    pub(super) fn block_bytes_max(&self) -> usize {
        /// Beyond this a longer block saves nothing, and those in front of it in the queue wait for all of it.
        const BLOCK_BYTES_MAX: u64 = 2 << 20;
        usize::try_from((self.segment_bytes() - PAGE as u64).min(BLOCK_BYTES_MAX)).expect("at most 2 MiB")
    }
}

impl Default for WalOptions {
    fn default() -> Self {
        Self {
            size_bytes: 128 << 20,
            segment_bytes: 16 << 20,
            direct_bytes_min: 512 << 10,
            queue_bytes_max: 64 << 20,
            write_out_bytes: 1 << 20,
        }
    }
}
