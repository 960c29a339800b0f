//! A partition of the simplest form: segments with batches, nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ottla_storage::disk::{Disk, File, Open};
use ottla_storage::wal::{Batch, PartitionFiles, PartitionId};
use ottla_types::{Offset, PartitionIndex, Uuid};

use crate::batch::parse;
use crate::life::Planted;
use crate::truth::Truth;

const SEGMENT_BYTES: u64 = 8 << 10;

pub(crate) struct Partition {
    pub(crate) id: PartitionId,
    disk: Arc<dyn Disk>,
    planted: Planted,
    folder: PathBuf,
    files: Mutex<Files>,
    pub(crate) truth: Arc<Mutex<Truth>>,
}

struct Files {
    /// By base offset.
    segments: BTreeMap<i64, Segment>,
    /// Whether files came or went since the folder was synced.
    folder_changed: bool,
    /// A sync has failed, and so another one must not succeed.
    has_failed: bool,
    /// What to cut off once the log says so.
    pending_cut: Option<Vec<Batch>>,
}

struct Segment {
    file: Arc<dyn File>,
    len: u64,
    is_dirty: bool,
}

impl fmt::Debug for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.folder.display())
    }
}

impl Partition {
    pub(crate) fn id(index: i32) -> PartitionId {
        PartitionId { topic_id: Uuid([7; 16]), partition: PartitionIndex(index) }
    }

    /// Opens the partition with what of its files is whole: up to the first batch that is not, or that does not
    /// follow the one before it.
    pub(crate) fn open(
        disk: &Arc<dyn Disk>,
        root: &Path,
        id: PartitionId,
        planted: Planted,
        truth: &Arc<Mutex<Truth>>,
    ) -> io::Result<(Self, Vec<Batch>)> {
        let folder = root.join(id.partition.to_string());
        disk.create_dir_all(&folder)?;
        disk.sync_dir(root)?;
        let mut segments = BTreeMap::new();
        let mut batches: Vec<Batch> = Vec::new();
        let mut is_whole = true;
        for entry in disk.list(&folder)? {
            let path = folder.join(&entry.name);
            let next = batches.last().map_or(0, |batch| batch.next_offset.0);
            if !is_whole || entry.name.parse() != Ok(next) {
                is_whole = false;
                disk.remove_file(&path)?;
                continue;
            }
            let file = disk.open(&path, Open::Existing)?;
            let mut bytes = vec![0; entry.len as usize];
            file.read_at(&mut bytes, 0)?;
            let mut len = 0;
            while let Some(batch) = parse(&bytes[len..])
                && batches.last().map_or(next == batch.base_offset.0, |last| follows(last, &batch))
            {
                len += batch.len();
                batches.push(batch);
            }
            is_whole = len == bytes.len();
            // A failed sync may have left in memory what the device never got: only what is written anew counts.
            file.set_len(len as u64)?;
            file.write_all_at(&[IoSlice::new(&bytes[..len])], 0)?;
            segments.insert(next, Segment { file, len: len as u64, is_dirty: true });
        }
        let files =
            Mutex::new(Files { segments, folder_changed: true, pending_cut: None, has_failed: false });
        let (disk, truth) = (Arc::clone(disk), Arc::clone(truth));
        Ok((Self { id, disk, planted, folder, files, truth }, batches))
    }

    pub(crate) fn append(&self, batch: &Batch) -> io::Result<()> {
        let mut files = self.files.lock().unwrap();
        let is_full = files.segments.values().next_back().is_none_or(|last| last.len >= SEGMENT_BYTES);
        if is_full {
            let base = batch.base_offset.0;
            let file = self.disk.open(&self.folder.join(format!("{base:010}")), Open::Truncated)?;
            files.segments.insert(base, Segment { file, len: 0, is_dirty: true });
            files.folder_changed = true;
        }
        let mut last = files.segments.last_entry().expect("a segment was just made sure of");
        let last = last.get_mut();
        last.is_dirty = true;
        match last.file.write_all_at(&[IoSlice::new(&batch.head), IoSlice::new(&batch.body)], last.len) {
            Ok(()) => last.len += batch.len() as u64,
            Err(error) => {
                last.file.set_len(last.len)?;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Whether the log is about to be cut, and takes no appends.
    pub(crate) fn awaits_cut(&self) -> bool {
        self.files.lock().unwrap().pending_cut.is_some()
    }

    /// Arranges that the log is cut to these batches once that is durable.
    pub(crate) fn cut_when_durable(&self, kept: &[Batch]) {
        self.files.lock().unwrap().pending_cut = Some(kept.to_vec());
    }

    /// Cuts the log so that `kept` batches are left.
    pub(crate) fn truncate(&self, kept: &[Batch]) -> io::Result<()> {
        let mut files = self.files.lock().unwrap();
        let to = kept.last().map_or(0, |batch| batch.next_offset.0);
        while let Some(last) = files.segments.last_entry()
            && *last.key() >= to
        {
            let base = *last.key();
            last.remove();
            self.disk.remove_file(&self.folder.join(format!("{base:010}")))?;
            files.folder_changed = true;
        }
        if let Some(mut last) = files.segments.last_entry() {
            let base = *last.key();
            let in_segment = kept.iter().filter(|batch| batch.base_offset.0 >= base);
            let len = in_segment.map(|batch| batch.len() as u64).sum();
            let last = last.get_mut();
            last.file.set_len(len)?;
            last.len = len;
            last.is_dirty = true;
        }
        Ok(())
    }
}

/// Offsets go on, and the leader's epoch never falls: after a truncation that came undone in part, the rest of
/// what was cut off can lie behind what took its place.
fn follows(last: &Batch, batch: &Batch) -> bool {
    batch.base_offset == last.next_offset && batch.leader_epoch >= last.leader_epoch
}

impl PartitionFiles for Partition {
    fn partition(&self) -> PartitionId {
        self.id
    }

    fn sync(&self) -> io::Result<()> {
        let mut files = self.files.lock().unwrap();
        if std::mem::replace(&mut files.has_failed, true) {
            return Err(io::Error::other("an earlier sync has failed"));
        }
        let skipped = match self.planted {
            Planted::SyncsOnlyLastSegment => files.segments.len().saturating_sub(1),
            _ => 0,
        };
        for segment in files.segments.values_mut().skip(skipped).filter(|segment| segment.is_dirty) {
            segment.file.sync_data()?;
            segment.is_dirty = false;
        }
        if files.folder_changed {
            self.disk.sync_dir(&self.folder)?;
            files.folder_changed = false;
        }
        files.has_failed = false;
        Ok(())
    }

    /// Everything is in the files before it is handed in.
    fn write_out(&self) {}

    fn durable_to(&self, stamp: u64, next_offset: Offset) {
        let mut truth = self.truth.lock().unwrap();
        if stamp != truth.stamp {
            return;
        }
        let pending_cut = self.files.lock().unwrap().pending_cut.take();
        if let Some(kept) = pending_cut {
            // If the disk fails here, it has crashed.
            let _ = self.truncate(&kept);
        }
        truth.acknowledged_to = truth.acknowledged_to.max(next_offset.0);
        if let Some(truncation) = truth.truncation.as_mut().filter(|truncation| truncation.stamp == stamp) {
            truncation.is_followed |= next_offset.0 > truncation.to;
        }
    }

    fn log_start_durable(&self, _: Offset) {}

    fn failed(&self, _: &Arc<io::Error>) {}
}
