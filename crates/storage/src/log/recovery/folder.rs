//! What lies in a partition's folder, and what interrupted work left there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ottla_types::Offset;

use super::super::index::{Access, IndexEntry, OffsetEntry, TimeEntry};
use super::super::names::{FileKind, FileName, FileStage};
use super::super::scan::HeaderScan;
use super::super::segment::{Listed, Segment};
use super::{LogOptions, RecoveryReport};
use crate::StorageError;
use crate::disk::{Entry, Open};

/// The files of a log, in order.
#[derive(Debug, Default)]
pub(super) struct Folder {
    listed: BTreeMap<Offset, Listed>,
    pub(super) snapshots: BTreeSet<Offset>,
    /// Whether files came or went.
    pub(super) is_dirty: bool,
    /// Segments whose files were renamed `.deleted`.
    pub(super) dropped: Vec<Arc<Segment>>,
}

impl Folder {
    /// Finishes or undoes what was interrupted, as Apache Kafka does, and lists what there is.
    pub(super) fn sweep(options: &LogOptions, report: &mut RecoveryReport) -> Result<Self, StorageError> {
        let mut sweep = Sweep { options, files: list(options)?, leftovers: 0 };
        sweep.remove_unfinished()?;
        sweep.finish_swaps()?;
        sweep.remove_orphans()?;
        report.leftovers = sweep.leftovers;
        let mut folder = Self { is_dirty: sweep.leftovers > 0, ..Self::default() };
        for (name, entry) in &sweep.files {
            let listed = folder.listed.entry(name.offset);
            match name.kind {
                FileKind::Log => {
                    let listed = listed.or_default();
                    listed.log_len = entry.len;
                    listed.modified_ms = entry.modified_ms;
                }
                FileKind::OffsetIndex => listed.or_default().index_len = Some(entry.len),
                FileKind::TimeIndex => listed.or_default().time_index_len = Some(entry.len),
                FileKind::TxnIndex => {}
                FileKind::Snapshot => drop(folder.snapshots.insert(name.offset)),
            }
        }
        Ok(folder)
    }

    /// The segments, none of them opened.
    pub(super) fn segments(&self, options: &LogOptions) -> Vec<Arc<Segment>> {
        let expect = |(base, listed): (&Offset, &Listed)| {
            Arc::new(Segment::expect(&options.disk, &options.folder, *base, *listed))
        };
        self.listed.iter().map(expect).collect()
    }

    /// Whether an index of the segment is missing, or cannot be one.
    pub(super) fn lacks_index(&self, base: Offset) -> bool {
        let is_sound =
            |len: Option<u64>, entry_len: usize| len.is_some_and(|len| len.is_multiple_of(entry_len as u64));
        let listed = self.listed.get(&base).copied().unwrap_or_default();
        !is_sound(listed.index_len, OffsetEntry::LEN) || !is_sound(listed.time_index_len, TimeEntry::LEN)
    }

    /// Renames the files of segments that are not part of the log.
    pub(super) fn drop_segments(
        &mut self,
        options: &LogOptions,
        going: impl DoubleEndedIterator<Item = Arc<Segment>>,
        report: &mut RecoveryReport,
    ) -> Result<(), StorageError> {
        for segment in going.rev() {
            segment.rename(&options.folder, FileStage::Live, FileStage::Deleted)?;
            report.segments_dropped += 1;
            self.is_dirty = true;
            self.dropped.push(segment);
        }
        Ok(())
    }
}

fn list(options: &LogOptions) -> Result<BTreeMap<FileName, Entry>, StorageError> {
    let entries = options.disk.list(&options.folder)?;
    let named = entries.into_iter().filter(|entry| !entry.is_dir);
    Ok(named.filter_map(|entry| Some((FileName::parse(&entry.name)?, entry))).collect())
}

struct Sweep<'a> {
    options: &'a LogOptions,
    files: BTreeMap<FileName, Entry>,
    leftovers: usize,
}

impl Sweep<'_> {
    /// Removes what waited for its removal, and the output of compactions and splits that never came to an end.
    fn remove_unfinished(&mut self) -> Result<(), StorageError> {
        let unfinished = self.files.keys().filter(|name| name.stage == FileStage::Cleaned);
        // A split writes several segments and renames the last one first: with the first of them missing, the
        // others are worth nothing.
        let first_unfinished = unfinished.map(|name| name.offset).min();
        self.remove_where(|name| match name.stage {
            FileStage::Deleted | FileStage::Cleaned => true,
            FileStage::Swap => first_unfinished.is_some_and(|first| name.offset >= first),
            FileStage::Live => false,
        })
    }

    /// Lets finished output take the place of what it was made from.
    fn finish_swaps(&mut self) -> Result<(), StorageError> {
        let mut replaced: Option<(Offset, Offset)> = None;
        for (name, entry) in &self.files {
            if name.stage == FileStage::Swap && name.kind == FileKind::Log {
                let end = self.end_of(*name, entry.len)?;
                let (low, high) = replaced.unwrap_or((name.offset, end));
                replaced = Some((low.min(name.offset), high.max(end)));
            }
        }
        if let Some((low, high)) = replaced {
            self.remove_where(|name| {
                let is_replaced = name.offset >= low && name.offset < high;
                name.stage == FileStage::Live && name.kind != FileKind::Snapshot && is_replaced
            })?;
        }
        let swaps: Vec<FileName> =
            self.files.keys().copied().filter(|name| name.stage == FileStage::Swap).collect();
        for name in swaps {
            let live = name.at(FileStage::Live);
            let folder = &self.options.folder;
            self.options.disk.rename(&name.path(folder), &live.path(folder))?;
            let entry = self.files.remove(&name).expect("the name was just listed");
            self.files.insert(live, entry);
            self.leftovers += 1;
        }
        Ok(())
    }

    /// Removes indexes without a log.
    fn remove_orphans(&mut self) -> Result<(), StorageError> {
        let is_log = |name: &&FileName| name.kind == FileKind::Log;
        let logs: BTreeSet<Offset> = self.files.keys().filter(is_log).map(|name| name.offset).collect();
        self.remove_where(|name| name.kind != FileKind::Snapshot && !logs.contains(&name.offset))
    }

    fn remove_where(&mut self, goes: impl Fn(&FileName) -> bool) -> Result<(), StorageError> {
        let going: Vec<FileName> = self.files.keys().copied().filter(|name| goes(name)).collect();
        for name in going {
            self.options.disk.remove_file(&name.path(&self.options.folder))?;
            self.files.remove(&name);
            self.leftovers += 1;
        }
        Ok(())
    }

    fn end_of(&self, name: FileName, len: u64) -> Result<Offset, StorageError> {
        let path = name.path(&self.options.folder);
        let file = self.options.disk.open(&path, Open::ReadOnly)?;
        let mut scan = HeaderScan::new(file, 0, len, Access::Waiting);
        let mut end = name.offset;
        while let Some(place) = scan.next().map_err(|error| error.in_file(&path))? {
            end = place.header.next_offset();
        }
        Ok(end)
    }
}
