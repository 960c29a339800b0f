//! The folder of the metadata log: names of its files, and how snapshots are written whole.

use std::io::IoSlice;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use ottla_storage::disk::{Disk, Open};
use ottla_storage::log::{FileKind, FileName, FileStage};
use ottla_types::{LeaderEpoch, Offset};

use crate::error::{QuorumError, damaged, io_error};

/// The folder's name within the log directory.
pub(crate) const FOLDER: &str = "__cluster_metadata-0";
/// The ending of a snapshot while it is being written. Apache Kafka, too, deletes these when it starts.
const PART: &str = ".part";

/// Names a snapshot: what it holds ends before this offset, and was written last in this epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SnapshotId {
    pub(crate) end_offset: Offset,
    pub(crate) epoch: LeaderEpoch,
}

impl SnapshotId {
    pub(crate) fn file_name(self) -> String {
        format!("{:020}-{:010}.checkpoint", self.end_offset.0, self.epoch.0)
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (offset, epoch) = name.strip_suffix(".checkpoint")?.split_once('-')?;
        Some(Self {
            end_offset: Offset(digits(offset, 20)?),
            epoch: LeaderEpoch(digits(epoch, 10)?.try_into().ok()?),
        })
    }
}

/// A segment's file.
pub(crate) fn segment_path(folder: &Path, base: Offset) -> PathBuf {
    FileName::live(base, FileKind::Log).path(folder)
}

/// The files beside a segment that Apache Kafka makes of it.
pub(crate) fn index_paths(folder: &Path, base: Offset) -> [PathBuf; 2] {
    [FileKind::OffsetIndex, FileKind::TimeIndex].map(|kind| FileName::live(base, kind).path(folder))
}

fn digits(text: &str, len: usize) -> Option<i64> {
    (text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A snapshot's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotFile {
    pub(crate) id: SnapshotId,
    pub(crate) len: u64,
    pub(crate) modified_ms: i64,
}

/// A segment's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentFile {
    pub(crate) base: Offset,
    pub(crate) len: u64,
    pub(crate) modified_ms: i64,
}

/// What the folder holds, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) snapshots: Vec<SnapshotFile>,
    pub(crate) segments: Vec<SegmentFile>,
}

/// Lists the folder and removes what a crash left half written.
pub(crate) fn list(disk: &dyn Disk, folder: &Path) -> Result<Listing, QuorumError> {
    let mut listing = Listing::default();
    for entry in disk.list(folder).map_err(io_error(folder))? {
        if entry.name.ends_with(PART) || entry.name.ends_with(".deleted") {
            let path = folder.join(&entry.name);
            disk.remove_file(&path).map_err(io_error(path))?;
        } else if let Some(id) = SnapshotId::parse(&entry.name) {
            listing.snapshots.push(SnapshotFile { id, len: entry.len, modified_ms: entry.modified_ms });
        } else if let Some(FileName { offset: base, kind: FileKind::Log, stage: FileStage::Live }) =
            FileName::parse(&entry.name)
        {
            listing.segments.push(SegmentFile { base, len: entry.len, modified_ms: entry.modified_ms });
        }
    }
    listing.snapshots.sort_by_key(|file| file.id);
    listing.segments.sort_by_key(|file| file.base);
    Ok(listing)
}

/// Writes a snapshot's file so that it is there as a whole or not at all.
pub(crate) fn write_snapshot(
    disk: &dyn Disk,
    folder: &Path,
    id: SnapshotId,
    batches: &[Bytes],
) -> Result<(), QuorumError> {
    let (part, whole) = (folder.join(id.file_name() + PART), folder.join(id.file_name()));
    let file = disk.open(&part, Open::Truncated).map_err(io_error(&part))?;
    let slices: Vec<IoSlice<'_>> = batches.iter().map(|batch| IoSlice::new(batch)).collect();
    file.write_all_at(&slices, 0).map_err(io_error(&part))?;
    file.sync_data().map_err(io_error(&part))?;
    disk.rename(&part, &whole).map_err(io_error(&whole))?;
    disk.sync_dir(folder).map_err(io_error(folder))
}

/// A whole file, or `None` if there is none.
pub(crate) fn read_whole(disk: &dyn Disk, path: &Path) -> Result<Option<Bytes>, QuorumError> {
    if !disk.exists(path) {
        return Ok(None);
    }
    let file = disk.open(path, Open::ReadOnly).map_err(io_error(path))?;
    let len = usize::try_from(file.len().map_err(io_error(path))?).map_err(|error| damaged(path, error))?;
    let mut bytes = BytesMut::zeroed(len);
    let read = file.read_at(&mut bytes, 0).map_err(io_error(path))?;
    bytes.truncate(read);
    Ok(Some(bytes.freeze()))
}

/// Removes a file if it is there.
pub(crate) fn remove(disk: &dyn Disk, path: &PathBuf) -> Result<(), QuorumError> {
    if disk.exists(path) { disk.remove_file(path).map_err(io_error(path)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_names_that_kafka_gives() {
        let id = SnapshotId { end_offset: Offset(42), epoch: LeaderEpoch(3) };
        assert_eq!(id.file_name(), "00000000000000000042-0000000003.checkpoint");
        assert_eq!(SnapshotId::parse(&id.file_name()), Some(id));
        assert_eq!(SnapshotId::parse("bootstrap.checkpoint"), None);
    }
}
