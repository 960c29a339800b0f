//! The segments of the write-ahead log, used round and round.
//!
//! A segment may be overwritten when no generation that it holds is needed *and a block on disk says so*: its
//! `oldest_live` is what recovery goes by. Otherwise a power loss in the middle of the overwriting would leave
//! a hole that recovery must take for damage. So every segment keeps back its last page, for a block without
//! records that says it when no other has yet: a mark.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::block::{BlockHeader, BlockWriter, PAGE, Previous};
use super::options::WalOptions;
use crate::disk::{Disk, File, Open, Pages, is_out_of_space};

/// The log goes on with as few segments when the file system is full: one is emptied, the other one written.
const SEGMENTS_MIN: usize = 2;

#[derive(Debug)]
pub(super) struct Ring {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    segment_bytes: u64,
    segments_max: usize,
    active: Option<Active>,
    /// Full segments, oldest first.
    sealed: VecDeque<Segment>,
    /// Segments of which nothing is needed any more.
    free: Vec<Segment>,
    /// How many segments are being written out of the way.
    growing: usize,
    next_number: u32,
    next_generation: u64,
    previous: Option<Previous>,
    /// The `oldest_live` of the last block on disk.
    oldest_live_durable: u64,
}

#[derive(Debug)]
pub(super) struct Segment {
    pub(super) file: Arc<dyn File>,
    pub(super) number: u32,
    /// The generation that it holds, or held last; 0 if none.
    pub(super) generation: u64,
}

#[derive(Debug)]
struct Active {
    segment: Segment,
    position: u64,
    blocks: u32,
}

/// Where a block goes.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) file: Arc<dyn File>,
    pub(super) position: u64,
    pub(super) header: BlockHeader,
}

/// Whether there is room for a block.
#[derive(Debug)]
pub(super) enum Room {
    At(Slot),
    /// All segments are needed: some must be emptied first.
    Full,
}

impl Ring {
    pub(super) fn new(disk: Arc<dyn Disk>, dir: &Path, options: &WalOptions, next_generation: u64) -> Self {
        Self {
            disk,
            dir: dir.to_owned(),
            segment_bytes: options.segment_bytes(),
            segments_max: options.segments_max(),
            active: None,
            sealed: VecDeque::new(),
            free: Vec::new(),
            growing: 0,
            next_number: 1,
            next_generation,
            previous: None,
            oldest_live_durable: 0,
        }
    }

    /// The name of a segment's file. Kafka skips files that it does not know in the root of a log directory.
    pub(super) fn file_name(number: u32) -> String {
        format!("ottla-wal-{number:06}.log")
    }

    /// The number in the name of a segment's file.
    pub(super) fn number_in(name: &str) -> Option<u32> {
        let digits = name.strip_prefix("ottla-wal-")?.strip_suffix(".log")?;
        let number = digits.parse().ok()?;
        (Self::file_name(number) == name).then_some(number)
    }

    /// Takes over a segment that an earlier run left and whose content is not needed any more.
    pub(super) fn adopt(&mut self, segment: Segment) {
        self.next_number = self.next_number.max(segment.number + 1);
        self.free.push(segment);
    }

    /// Begins a run: from here on, nothing that earlier runs wrote is needed. `dead_below` says which of the
    /// segments that were taken over may be overwritten before that is on disk.
    pub(super) fn begin(&mut self, dead_below: u64) -> io::Result<()> {
        self.oldest_live_durable = dead_below;
        let segment = match self.take_free() {
            Some(segment) => segment,
            None => self.create()?,
        };
        segment.file.allocate(self.segment_bytes)?;
        self.activate(segment);
        self.write_mark(self.active_generation())?;
        for segment in &self.free {
            segment.file.allocate(self.segment_bytes)?;
        }
        while self.segments() < SEGMENTS_MIN {
            let segment = self.create()?;
            self.free.push(segment);
        }
        while self.segments() > self.segments_max
            && let Some(segment) = self.free.pop()
        {
            self.disk.remove_file(&self.dir.join(Self::file_name(segment.number)))?;
        }
        Ok(())
    }

    /// The generation that is being written.
    pub(super) fn active_generation(&self) -> u64 {
        self.active.as_ref().map_or(self.next_generation, |active| active.segment.generation)
    }

    /// Finds room for a block of `len` bytes, whole pages.
    pub(super) fn reserve(&mut self, len: usize, oldest_live: u64) -> io::Result<Room> {
        let most = self.segment_bytes - PAGE as u64;
        assert!(len as u64 <= most, "a block fits into a segment: {len} bytes into {most}");
        let fits = self.active.as_ref().is_some_and(|active| active.position + len as u64 <= most);
        if !fits {
            match self.rotate(oldest_live) {
                Ok(true) => {}
                Ok(false) => return Ok(Room::Full),
                // There are always two segments, so one that can be emptied is among them.
                Err(error) if is_out_of_space(&error) && !self.sealed.is_empty() => return Ok(Room::Full),
                Err(error) => return Err(error),
            }
        }
        Ok(Room::At(self.slot(oldest_live)))
    }

    /// The block that was written into the slot is durable.
    pub(super) fn advance(&mut self, slot: &Slot, len: usize) {
        let active = self.active.as_mut().expect("a slot is in the active segment");
        active.position += len as u64;
        active.blocks += 1;
        self.oldest_live_durable = slot.header.oldest_live;
    }

    /// Nothing older than this generation is needed any more.
    pub(super) fn release_below(&mut self, generation: u64) {
        while self.sealed.front().is_some_and(|segment| segment.generation < generation) {
            self.free.extend(self.sealed.pop_front());
        }
    }

    /// How many segments are full and still needed.
    pub(super) fn sealed(&self) -> usize {
        self.sealed.len()
    }

    /// The generation of the full segment at this place, from the oldest.
    pub(super) fn sealed_generation(&self, index: usize) -> Option<u64> {
        self.sealed.get(index).map(|segment| segment.generation)
    }

    /// Whether a segment is being written out of the way.
    pub(super) fn is_growing(&self) -> bool {
        self.growing > 0
    }

    /// How long a segment gets.
    pub(super) fn segment_bytes(&self) -> u64 {
        self.segment_bytes
    }

    fn may_grow(&self) -> bool {
        self.segments() < self.segments_max
    }

    /// A segment is going to be written out of the way: its number, if the log may have another one.
    pub(super) fn begin_growth(&mut self) -> Option<u32> {
        self.may_grow().then(|| {
            self.growing += 1;
            self.take_number()
        })
    }

    /// The segment was written, or could not be.
    pub(super) fn end_growth(&mut self, segment: Option<Segment>) {
        self.growing -= 1;
        self.free.extend(segment);
    }

    /// Ends the run, when everything is durable in place: says so on disk, then removes the files, the one that
    /// says it last.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.write_mark(self.active_generation() + 1)?;
        for segment in self.free.drain(..).chain(self.sealed.drain(..)) {
            self.disk.remove_file(&self.dir.join(Self::file_name(segment.number)))?;
        }
        self.disk.sync_dir(&self.dir)?;
        if let Some(active) = self.active.take() {
            self.disk.remove_file(&self.dir.join(Self::file_name(active.segment.number)))?;
        }
        self.disk.sync_dir(&self.dir)
    }

    fn segments(&self) -> usize {
        self.sealed.len() + self.free.len() + self.growing + usize::from(self.active.is_some())
    }

    fn slot(&self, oldest_live: u64) -> Slot {
        let active = self.active.as_ref().expect("a segment is active from the beginning of the run");
        let header = BlockHeader {
            generation: active.segment.generation,
            sequence: active.blocks,
            oldest_live,
            previous: self.previous,
        };
        Slot { file: Arc::clone(&active.segment.file), position: active.position, header }
    }

    /// Goes on in another segment. False if there is none.
    fn rotate(&mut self, oldest_live: u64) -> io::Result<bool> {
        if self.take_free_index().is_none() && !self.free.is_empty() {
            // The page for this is the one that is kept back, and the rotation follows at once.
            self.write_mark(oldest_live)?;
        }
        let segment = match self.take_free() {
            Some(segment) => segment,
            None if self.may_grow() => self.create()?,
            None => return Ok(false),
        };
        if let Some(full) = self.active.take() {
            self.previous = Some(Previous { generation: full.segment.generation, blocks: full.blocks });
            self.sealed.push_back(full.segment);
        }
        self.activate(segment);
        Ok(true)
    }

    fn activate(&mut self, mut segment: Segment) {
        segment.generation = self.next_generation;
        self.next_generation += 1;
        self.active = Some(Active { segment, position: 0, blocks: 0 });
    }

    /// Writes a block without records and syncs it.
    fn write_mark(&mut self, oldest_live: u64) -> io::Result<()> {
        let slot = self.slot(oldest_live);
        BlockWriter::new(&mut Pages::new(PAGE)).write(&slot.header, &*slot.file, slot.position)?;
        slot.file.sync_data()?;
        self.advance(&slot, PAGE);
        Ok(())
    }

    fn take_free_index(&self) -> Option<usize> {
        self.free.iter().position(|segment| segment.generation < self.oldest_live_durable)
    }

    fn take_free(&mut self) -> Option<Segment> {
        self.take_free_index().map(|index| self.free.swap_remove(index))
    }

    fn take_number(&mut self) -> u32 {
        self.next_number += 1;
        self.next_number - 1
    }

    fn create(&mut self) -> io::Result<Segment> {
        let number = self.take_number();
        let path = self.dir.join(Self::file_name(number));
        let file = self.disk.open(&path, Open::Truncated)?;
        if let Err(error) = file.allocate(self.segment_bytes) {
            let _ = self.disk.remove_file(&path);
            return Err(error);
        }
        // What is acknowledged out of the new file must not vanish with its name.
        self.disk.sync_dir(&self.dir)?;
        Ok(Segment { file, number, generation: 0 })
    }
}
