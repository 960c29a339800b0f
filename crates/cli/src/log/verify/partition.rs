//! One partition's folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ottla_protocol::records::BatchHeader;
use ottla_storage::checkpoint::{EpochStart, LeaderEpochs, PartitionMetadata};
use ottla_storage::disk::Disk;
use ottla_storage::log::{FileKind, FileName, FileStage};
use ottla_types::{LeaderEpoch, Offset, Uuid};

use super::findings::Findings;
use super::producers::Producers;
use super::segment;
use super::transactions::Transactions;

/// From where to where a partition's log reaches.
#[derive(Clone, Debug)]
pub(super) struct Extent {
    /// The id of its topic, if the folder tells.
    pub(super) topic_id: Option<Uuid>,
    pub(super) start: Offset,
    pub(super) end: Offset,
    /// The file that ends within a batch, which the write-ahead log is to have, and how.
    pub(super) tear: Option<(PathBuf, String)>,
}

/// What the log directory says of a partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// The node was stopped in good order.
    pub(super) is_clean: bool,
    /// Where the log starts. What lies before it is going to be removed.
    pub(super) log_start: Offset,
    /// There is a write-ahead log, which may go on where the files end. What else was written already of what it has is
    /// then ahead of them.
    pub(super) may_go_on: bool,
}

/// Checks everything in the folder; `tick` is called now and then.
pub(super) fn verify(
    disk: &dyn Disk,
    folder: &Path,
    known: Known,
    findings: &mut Findings,
    tick: &mut dyn FnMut(&Findings),
) -> io::Result<Extent> {
    let files = Files::list(folder)?;
    let topic_id = check_metadata(disk, folder, findings);
    let mut epochs = Epochs::read(disk, folder, known, findings);
    let start = files.segments.first().copied().unwrap_or_default();
    let mut producers = Producers::new(files.snapshots, start);
    let mut transactions = Transactions::default();
    let mut end = start;
    let mut tear: Option<(PathBuf, String)> = None;
    for &base in &files.segments {
        if base < end {
            let path = FileName::live(base, FileKind::Log).path(folder);
            findings.add(&path, format!("begins before offset {end}, where the segment before it ends"));
        }
        let mut batches = 0u64;
        transactions.begin_segment(folder, base, findings)?;
        let ends = segment::verify(folder, base, known.may_go_on, findings, |batch, header, findings| {
            epochs.see(header, findings);
            producers.see(header, findings);
            transactions.see(batch, header, findings);
            batches += 1;
            if batches.is_multiple_of(64) {
                tick(findings);
            }
        })?;
        // A segment without a batch says where those before it are to end, not that their files do.
        let is_empty = ends.offset == base;
        if !is_empty || base == start || !known.may_go_on {
            end = ends.offset.max(end);
        }
        if !is_empty && let Some((path, how)) = tear.take() {
            // Nothing is put between what is there.
            findings.add(&path, how);
        }
        if let Some(how) = ends.tear {
            let path = FileName::live(base, FileKind::Log).path(folder);
            match known.may_go_on {
                true => tear = Some((path, how)),
                false => findings.add(&path, how),
            }
        }
        tick(findings);
    }
    producers.compare_until(end, findings);
    if !known.may_go_on {
        producers.end(end, findings);
        epochs.end(end, findings);
    }
    for snapshot in &files.metadata_snapshots {
        segment::verify_snapshot(snapshot, findings)?;
    }
    findings.partitions += 1;
    Ok(Extent { topic_id, start, end, tear })
}

#[derive(Default)]
struct Files {
    segments: Vec<Offset>,
    snapshots: Vec<(Offset, PathBuf)>,
    metadata_snapshots: Vec<PathBuf>,
}

impl Files {
    fn list(folder: &Path) -> io::Result<Self> {
        let mut files = Self::default();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            match FileName::parse(name) {
                Some(FileName { offset, kind: FileKind::Log, stage: FileStage::Live }) => {
                    files.segments.push(offset);
                }
                Some(FileName { offset, kind: FileKind::Snapshot, stage: FileStage::Live }) => {
                    files.snapshots.push((offset, path));
                }
                None if name.ends_with(".checkpoint") => files.metadata_snapshots.push(path),
                _ => {}
            }
        }
        files.segments.sort();
        files.metadata_snapshots.sort();
        Ok(files)
    }
}

/// Says what the topic's id is.
fn check_metadata(disk: &dyn Disk, folder: &Path, findings: &mut Findings) -> Option<Uuid> {
    let path = PartitionMetadata::path(folder);
    match PartitionMetadata::read(disk, folder) {
        Ok(Some(metadata)) => return Some(metadata.topic_id),
        Ok(None) => findings.add(&path, "is missing: Apache Kafka would take the folder for a stray"),
        Err(error) => findings.add(&path, error.to_string()),
    }
    None
}

/// The leaders' terms, against the epochs that batches carry.
struct Epochs {
    path: PathBuf,
    starts: Vec<EpochStart>,
    known: Known,
    last: Option<LeaderEpoch>,
}

impl Epochs {
    fn read(disk: &dyn Disk, folder: &Path, known: Known, findings: &mut Findings) -> Self {
        let path = LeaderEpochs::path(folder);
        let starts = LeaderEpochs::read(disk, folder).unwrap_or_else(|error| {
            findings.add(&path, error.to_string());
            Vec::new()
        });
        for pair in starts.windows(2) {
            if pair[1].epoch <= pair[0].epoch || pair[1].start < pair[0].start {
                findings.add(&path, format!("epoch {} does not rise above the one before", pair[1].epoch));
            }
        }
        Self { path, starts, known, last: None }
    }

    fn see(&mut self, header: &BatchHeader, findings: &mut Findings) {
        let epoch = header.leader_epoch;
        // The file forgets what lies before the log start.
        if epoch == LeaderEpoch::NONE || header.last_offset() < self.known.log_start {
            return;
        }
        let first = header.base_offset.max(self.known.log_start);
        if self.last == Some(epoch) {
            return;
        }
        self.last = Some(epoch);
        // After a crash the file may lie behind: the next start takes later epochs from the log.
        if !self.known.is_clean && self.starts.last().is_none_or(|latest| latest.epoch < epoch) {
            return;
        }
        let known = self.starts.iter().rev().find(|term| term.start <= first);
        if known.is_none_or(|term| term.epoch != epoch) {
            let known = known.map_or_else(|| "none".to_owned(), |term| term.epoch.to_string());
            let what = format!("at offset {first} the log has epoch {epoch}, the file {known}");
            findings.add(&self.path, what);
        }
    }

    fn end(&self, end: Offset, findings: &mut Findings) {
        for term in self.starts.iter().filter(|term| term.start > end) {
            let what = format!("epoch {} begins at {}, but the log ends at {end}", term.epoch, term.start);
            findings.add(&self.path, what);
        }
    }
}
