//! Reads what a crash left in the write-ahead log.

use std::collections::BTreeMap;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::block::{Block, BlockHeader, HEADER_LEN, PAGE, Previous, padded};
use super::change::{Change, PartitionId};
use super::options::WalOptions;
use super::ring::{Ring, Segment};
use crate::disk::{Disk, File, Open};

/// Why a write-ahead log cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The disk failed.
    #[error("{0}")]
    Disk(#[from] io::Error),
    /// Something that was acknowledged cannot be read back. Restore the files, or remove them and lose what
    /// was not yet in the partitions' own files.
    #[error("the write-ahead log is damaged: {what} ({})", path.display())]
    Damaged {
        /// The file, or the folder where one is missing.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// A write-ahead log that was read. Turn it into one to write with [`super::Wal::open`], once everything that it
/// told is durable in the partitions' own files.
#[derive(Debug)]
pub struct Replay {
    pub(super) segments: Vec<Segment>,
    /// Generations below this are known to be dead.
    pub(super) dead_below: u64,
    pub(super) next_generation: u64,
    /// How many records were told.
    pub records: u64,
}

/// What one file holds.
struct Scanned {
    segment: Segment,
    last: BlockHeader,
    /// Where the last block lies.
    last_at: Range<u64>,
    /// The highest generation and sequence behind the last block.
    behind: Option<(u64, u32)>,
}

/// Tells every record of the write-ahead log in `dir` that may not be durable in place, in the order in which they
/// were handed in. A record may be told that the partition's own files hold already, or that something newer in
/// them has replaced.
///
/// A block that was being written when the power went, and so was not acknowledged, is left out. A damaged block
/// in front of another one is an error, and so is a file that is missing.
pub fn replay(
    disk: &dyn Disk,
    dir: &Path,
    mut tell: impl FnMut(PartitionId, Change) -> io::Result<()>,
) -> Result<Replay, ReplayError> {
    let live = Live::find(disk, dir, Open::Existing)?;
    if let Some((_, scanned)) = live.by_generation.last_key_value() {
        scanned.make_last_durable()?;
    }
    let records = live.tell(dir, &mut tell)?;
    let Live { mut segments, by_generation, dead_below, newest } = live;
    segments.extend(by_generation.into_values().map(|scanned| scanned.segment));
    // One more generation may have been begun without a block of it being whole; its number is not used again.
    Ok(Replay { segments, dead_below, next_generation: newest + 2, records })
}

/// Tells what [`replay`] would, and changes nothing: for a look at a directory that nobody runs on. Says how many
/// records there were.
pub fn inspect(
    disk: &dyn Disk,
    dir: &Path,
    mut tell: impl FnMut(PartitionId, Change) -> io::Result<()>,
) -> Result<u64, ReplayError> {
    Live::find(disk, dir, Open::ReadOnly)?.tell(dir, &mut tell)
}

/// A write-ahead log of which nothing is missing.
struct Live {
    /// Files without a block that can be read.
    segments: Vec<Segment>,
    by_generation: BTreeMap<u64, Scanned>,
    /// Generations below this are known to be dead.
    dead_below: u64,
    newest: u64,
}

impl Live {
    fn find(disk: &dyn Disk, dir: &Path, open: Open) -> Result<Self, ReplayError> {
        let Scan { segments, by_generation, highest_behind } = scan(disk, dir, open)?;
        let (dead_below, newest) = match by_generation.last_key_value() {
            Some((newest, scanned)) => (scanned.last.oldest_live, *newest),
            None => (1, 0),
        };
        if let Some((generation, path)) = highest_behind.filter(|(generation, _)| *generation > newest) {
            return Err(damaged(&path, format!("the first block of generation {generation} cannot be read")));
        }
        check_chain(dir, dead_below, &by_generation)?;
        Ok(Self { segments, by_generation, dead_below, newest })
    }

    fn tell(
        &self,
        dir: &Path,
        tell: &mut impl FnMut(PartitionId, Change) -> io::Result<()>,
    ) -> Result<u64, ReplayError> {
        let mut records = 0;
        for scanned in self.by_generation.range(self.dead_below..).map(|(_, scanned)| scanned) {
            let path = dir.join(Ring::file_name(scanned.segment.number));
            let mut reader = Reader::new(&*scanned.segment.file)?;
            while let Some(block) = reader.next()? {
                let told = block
                    .records()
                    .map_err(|_| damaged(&path, "a block holds records that make no sense"))?;
                records += told.len() as u64;
                told.into_iter().try_for_each(|(partition, change)| tell(partition, change))?;
            }
        }
        Ok(records)
    }
}

impl Scanned {
    /// After the death of a process its last block may be in memory only. Acting on it while that is so could leave
    /// files that were cut without the record that explains it. It is written anew, because a sync of it
    /// may have failed, and then another one proves nothing.
    fn make_last_durable(&self) -> io::Result<()> {
        let mut block = vec![0; (self.last_at.end - self.last_at.start) as usize];
        let read = self.segment.file.read_at(&mut block, self.last_at.start)?;
        self.segment.file.write_all_at(&[IoSlice::new(&block[..read])], self.last_at.start)?;
        self.segment.file.sync_data()
    }
}

/// What the files hold.
#[derive(Default)]
struct Scan {
    /// Those without a block that can be read.
    segments: Vec<Segment>,
    by_generation: BTreeMap<u64, Scanned>,
    /// The highest generation of a block that does not follow the first one of its segment, and where it is.
    highest_behind: Option<(u64, PathBuf)>,
}

fn scan(disk: &dyn Disk, dir: &Path, open: Open) -> Result<Scan, ReplayError> {
    let mut scan = Scan::default();
    for entry in disk.list(dir)? {
        let Some(number) = Ring::number_in(&entry.name) else { continue };
        let path = dir.join(&entry.name);
        let file = disk.open(&path, open)?;
        let mut reader = Reader::new(&*file)?;
        while reader.next()?.is_some() {}
        let behind = reader.highest_behind()?;
        scan.highest_behind = scan.highest_behind.max(behind.map(|(generation, _)| (generation, path)));
        let Reader { last, last_at, .. } = reader;
        match last {
            Some(last) => {
                let segment = Segment { file, number, generation: last.generation };
                scan.by_generation.insert(last.generation, Scanned { segment, last, last_at, behind });
            }
            None => scan.segments.push(Segment { file, number, generation: 0 }),
        }
    }
    Ok(scan)
}

/// Nothing is missing of what is live.
///
/// Each block was durable before the next one was written, so of a generation only the end can be torn: one that
/// can be read behind one that cannot means that something acknowledged was damaged. And each generation names the
/// one before it, with the number of its blocks. Of a dead generation anything may be left: its segment may have
/// been about to be overwritten.
fn check_chain(
    dir: &Path,
    dead_below: u64,
    by_generation: &BTreeMap<u64, Scanned>,
) -> Result<(), ReplayError> {
    for scanned in by_generation.range(dead_below..).map(|(_, scanned)| scanned) {
        let last = scanned.last;
        if let Some((generation, sequence)) = scanned.behind
            && generation == last.generation
            && sequence > last.sequence
        {
            let what = format!("block {} cannot be read, block {sequence} can", last.sequence + 1);
            return Err(damaged(&dir.join(Ring::file_name(scanned.segment.number)), what));
        }
        let Some(Previous { generation, blocks }) = scanned.last.previous else { continue };
        if generation < dead_below {
            continue;
        }
        let found = by_generation.get(&generation);
        let Some(found) = found else {
            let what = format!("the segment with generation {generation} is missing");
            return Err(damaged(dir, what));
        };
        if found.last.sequence + 1 != blocks {
            let what = format!("{} of {blocks} blocks are left", found.last.sequence + 1);
            return Err(damaged(&dir.join(Ring::file_name(found.segment.number)), what));
        }
    }
    Ok(())
}

fn damaged(path: &Path, what: impl Into<String>) -> ReplayError {
    ReplayError::Damaged { path: path.to_owned(), what: what.into() }
}

/// Reads the blocks of one segment, one at a time.
struct Reader<'a> {
    file: &'a dyn File,
    len: u64,
    position: u64,
    last: Option<BlockHeader>,
    last_at: Range<u64>,
}

impl<'a> Reader<'a> {
    fn new(file: &'a dyn File) -> io::Result<Self> {
        let len = file.len()?.min(WalOptions::SEGMENT_BYTES_MAX);
        Ok(Self { file, len, position: 0, last: None, last_at: 0..0 })
    }

    /// The next block of this use of the segment.
    fn next(&mut self) -> Result<Option<Block>, ReplayError> {
        let block = self.block_at(self.position)?.filter(|(block, _)| match &self.last {
            Some(last) => {
                block.header.generation == last.generation && block.header.sequence == last.sequence + 1
            }
            None => block.header.sequence == 0,
        });
        match block {
            Some((block, len)) => {
                self.last_at = self.position..self.position + len;
                self.position += len;
                self.last = Some(block.header);
                Ok(Some(block))
            }
            None => Ok(None),
        }
    }

    fn block_at(&self, position: u64) -> io::Result<Option<(Block, u64)>> {
        let mut header = [0; HEADER_LEN];
        if self.file.read_at(&mut header, position)? < HEADER_LEN {
            return Ok(None);
        }
        let Some(len) =
            Block::claimed_len(&header).filter(|len| *len as u64 <= self.len.saturating_sub(position))
        else {
            return Ok(None);
        };
        let mut bytes = vec![0; len];
        if self.file.read_at(&mut bytes, position)? < len {
            return Ok(None);
        }
        Ok(Block::parse(Bytes::from(bytes)).map(|block| (block, padded(len) as u64)))
    }

    /// The highest generation and sequence among the blocks behind the last one that [`Self::next`] gave.
    fn highest_behind(&self) -> io::Result<Option<(u64, u32)>> {
        /// Most of what is looked at is empty, so it is looked at in large pieces.
        const PIECE: usize = 256 * PAGE;
        let mut highest = None;
        let mut piece = vec![0; PIECE.min(self.len as usize)];
        let mut position = self.position;
        while position < self.len {
            let read = self.file.read_at(&mut piece, position)?;
            let pages = piece[..read].chunks(PAGE).enumerate();
            for (index, _) in pages.filter(|(_, page)| Block::claimed_len(page).is_some()) {
                if let Some((block, _)) = self.block_at(position + (index * PAGE) as u64)? {
                    highest = highest.max(Some((block.header.generation, block.header.sequence)));
                }
            }
            position += PIECE as u64;
        }
        Ok(highest)
    }
}

impl std::fmt::Debug for Scanned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} up to {:?}", self.segment, self.last)
    }
}

/// Whether the folder holds a write-ahead log, and so cannot be taken for plain Kafka files yet.
pub fn is_present(disk: &dyn Disk, dir: &Path) -> io::Result<bool> {
    Ok(disk.list(dir)?.iter().any(|entry| Ring::number_in(&entry.name).is_some()))
}

/// Removes the write-ahead log from the folder, once everything that it told is durable in place.
pub fn remove(disk: &Arc<dyn Disk>, dir: &Path, replay: Replay) -> io::Result<()> {
    if replay.segments.is_empty() {
        return Ok(());
    }
    super::Wal::take_over(disk, dir, &WalOptions::default(), replay)?.end()
}
