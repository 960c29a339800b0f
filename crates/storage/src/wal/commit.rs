//! One commit: everything that is queued becomes durable, with as few syncs as that takes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, PoisonError};

use super::block::{BlockWriter, HEADER_LEN, padded, record_len};
use super::change::{Change, Entry, PartitionFiles, PartitionId};
use super::coverage::Weight;
use super::queue::After;
use super::ring::Room;
use super::writer::Shared;
use crate::disk::is_out_of_space;

/// How far a commit came.
enum Logged {
    All,
    /// The log has no room for the entries from this one on, until a segment was emptied.
    Until(usize),
    /// The file system has no room for what follows, although the segment should have.
    DiskFullAt(usize, io::Error),
}

impl Logged {
    /// How many of so many entries are in the log.
    const fn done(&self, all: usize) -> usize {
        match self {
            Self::All => all,
            Self::Until(done) | Self::DiskFullAt(done, _) => *done,
        }
    }
}

impl Shared {
    /// Runs on the sync lane.
    pub(super) fn commit(self: &Arc<Self>) {
        let entries = self.queue.take();
        if let Some(error) = self.queue.offline() {
            entries.iter().for_each(|entry| entry.files.failed(&error));
            return;
        }
        let direct = self.choose_direct(&entries);
        // Syncing in place makes room for batches only: the other changes are few bytes and always logged.
        let goes_direct = |entry: &Entry| {
            matches!(entry.change, Change::Batch(_)) && direct.contains(&entry.files.partition())
        };
        let (in_place, mut logged): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(goes_direct);
        let outcome = self.log(&logged, &direct).and_then(|outcome| {
            self.commit_in_place(&in_place)?;
            // Their batches came first, and are durable only now.
            let is_direct = |entry: &&Entry| direct.contains(&entry.files.partition());
            self.tell(logged[..outcome.done(logged.len())].iter().filter(is_direct));
            let Logged::DiskFullAt(done, error) = outcome else { return Ok(outcome) };
            // The file system writes elsewhere what is overwritten. Batches find room in their own files; other
            // changes wait for this record before they are done, and so cannot do without it.
            if logged[done..].iter().any(|entry| !matches!(entry.change, Change::Batch(_))) {
                return Err(error);
            }
            self.commit_in_place(&logged[done..])?;
            Ok(Logged::All)
        });
        match outcome {
            Ok(Logged::Until(done)) => {
                if self.queue.stall(logged.split_off(done)) {
                    self.schedule_recycling();
                }
            }
            Ok(Logged::All | Logged::DiskFullAt(..)) => match self.queue.after_commit() {
                After::Commit => self.schedule_commit(),
                After::Close => self.schedule_end(),
                After::Rest => {}
            },
            Err(error) => {
                logged.extend(in_place);
                self.go_offline(Arc::new(error), &logged);
            }
        }
    }

    /// The partitions with so much in this commit that syncing their own files is cheaper than writing the bytes
    /// twice, or with a batch that is too long for a block.
    fn choose_direct(&self, entries: &[Entry]) -> BTreeSet<PartitionId> {
        let room = self.options.block_bytes_max() - HEADER_LEN;
        let mut bytes = BTreeMap::new();
        for entry in entries {
            let len = record_len(&entry.change);
            let sum = bytes.entry(entry.files.partition()).or_insert(0_usize);
            *sum = if len > room { usize::MAX } else { sum.saturating_add(len) };
        }
        let direct = bytes.into_iter().filter(|(_, sum)| *sum >= self.options.direct_bytes_min);
        direct.map(|(partition, _)| partition).collect()
    }

    /// Writes the entries into the log, block by block, and tells those partitions of which nothing has yet to be
    /// committed in place.
    fn log(self: &Arc<Self>, entries: &[Entry], direct: &BTreeSet<PartitionId>) -> io::Result<Logged> {
        let mut done = 0;
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        while done < entries.len() {
            let mut block = BlockWriter::new(&mut pages);
            let mut end = done;
            while let Some(entry) = entries.get(end)
                && block.len() + record_len(&entry.change) <= self.options.block_bytes_max()
            {
                block.push(entry.files.partition(), &entry.change);
                end += 1;
            }
            let len = padded(block.len());
            let oldest_live = self.coverage().oldest();
            let mut ring = self.ring();
            let oldest_live = oldest_live.unwrap_or_else(|| ring.active_generation());
            let slot = match ring.reserve(len, oldest_live)? {
                Room::At(slot) => slot,
                Room::Full => return Ok(Logged::Until(done)),
            };
            drop(ring);
            let block_entries = &entries[done..end];
            self.cover(block_entries, slot.header.generation);
            match block.write(&slot.header, &*slot.file, slot.position) {
                Err(error) if is_out_of_space(&error) => return Ok(Logged::DiskFullAt(done, error)),
                outcome => outcome?,
            }
            slot.file.sync_data()?;
            self.ring().advance(&slot, len);
            let in_order = |entry: &&Entry| !direct.contains(&entry.files.partition());
            self.tell(block_entries.iter().filter(in_order));
            self.queue.settle(block_entries);
            done = end;
        }
        if self.ring().sealed() >= self.options.segments_max() / 2 && self.queue.begin_recycling() {
            self.schedule_recycling();
        }
        Ok(Logged::All)
    }

    /// Notes, before the block is written, that its generation is needed.
    fn cover(self: &Arc<Self>, entries: &[Entry], generation: u64) {
        let mut due: Vec<Arc<dyn PartitionFiles>> = Vec::new();
        let mut coverage = self.coverage();
        for entry in entries {
            let weight = Weight {
                bytes: record_len(&entry.change),
                write_out_bytes: self.options.write_out_bytes,
                is_owed: is_owed(entry),
            };
            if coverage.add(&entry.files, generation, weight) {
                due.push(Arc::clone(&entry.files));
            }
        }
        drop(coverage);
        for files in due {
            self.in_background(move |_| files.write_out());
        }
    }

    /// Syncs the files of the entries' partitions.
    fn commit_in_place(self: &Arc<Self>, entries: &[Entry]) -> io::Result<()> {
        let partitions: BTreeMap<_, _> =
            entries.iter().map(|entry| (entry.files.partition(), &entry.files)).collect();
        for files in partitions.into_values() {
            self.sync_in_place(&**files)?;
            let files = Arc::clone(files);
            self.in_background(move |_| files.flush_much());
        }
        tell(entries);
        self.queue.settle(entries);
        Ok(())
    }

    /// Tells the partitions that these are in the log.
    fn tell<'a>(&self, entries: impl Iterator<Item = &'a Entry> + Clone) {
        tell(entries.clone());
        let mut coverage = self.coverage();
        entries.filter(|entry| is_owed(entry)).for_each(|entry| coverage.settle(entry.files.partition()));
    }
}

/// Whether what the entry says is done in the partition's files when it is told that it is durable.
const fn is_owed(entry: &Entry) -> bool {
    matches!(entry.change, Change::Truncate { .. })
}

/// Tells the partitions how far they are durable, each once.
fn tell<'a>(entries: impl IntoIterator<Item = &'a Entry>) {
    let mut durable = BTreeMap::new();
    for entry in entries {
        let next_offset = match &entry.change {
            Change::Batch(batch) => batch.next_offset,
            Change::Truncate { to, .. } => *to,
            Change::LogStart(log_start) => {
                entry.files.log_start_durable(*log_start);
                continue;
            }
            Change::Created { .. } | Change::Deleted => continue,
        };
        durable.insert((entry.files.partition(), entry.stamp), (&entry.files, next_offset));
    }
    for ((_, stamp), (files, next_offset)) in durable {
        files.durable_to(stamp, next_offset);
    }
}
