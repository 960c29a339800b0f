//! The small text files that Apache Kafka keeps in a log directory and in each partition's folder, byte for byte.
//!
//! Every one is replaced as a whole: written beside the old one, synced, renamed over it, and the folder synced.
//! A crash leaves the old content or the new. All of this waits for the device, so it belongs on a
//! [`Lane`](crate::disk::Lane).

mod clean_shutdown;
mod directory;
mod leader_epochs;
mod lines;
mod meta_properties;
mod offsets;
mod partition_metadata;

use std::io::IoSlice;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::clean_shutdown::CleanShutdown;
pub use self::directory::{DirectoryCheckpoints, KeptOffsets};
pub use self::leader_epochs::{EpochStart, LeaderEpochs};
pub use self::meta_properties::MetaProperties;
pub use self::offsets::{
    CLEANER_CHECKPOINT, HIGH_WATERMARK_CHECKPOINT, LOG_START_CHECKPOINT, OffsetCheckpoint,
    RECOVERY_POINT_CHECKPOINT,
};
pub use self::partition_metadata::PartitionMetadata;
use crate::StorageError;
use crate::disk::{Disk, File, Open};

/// No checkpoint is longer: a hundred times what 100,000 partitions with the longest names need would not be.
const LEN_MAX: u64 = 1 << 28;

/// Replaces the file at `path` so that a crash leaves either the old content or the new.
pub fn write_atomically(disk: &dyn Disk, path: &Path, content: &[u8]) -> Result<(), StorageError> {
    let temporary = beside(path, ".tmp");
    let file = disk.open(&temporary, Open::Truncated)?;
    file.write_all_at(&[IoSlice::new(content)], 0)?;
    file.sync_data()?;
    drop(file);
    disk.rename(&temporary, path)?;
    disk.sync_dir(path.parent().unwrap_or(Path::new("/")))?;
    Ok(())
}

/// The whole of a small file, or `None` where there is none.
pub(crate) fn read_whole(disk: &dyn Disk, path: &Path) -> Result<Option<Vec<u8>>, StorageError> {
    let file = match disk.open(path, Open::ReadOnly) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let len = file.len()?;
    if len > LEN_MAX {
        return Err(StorageError::corrupt(path, format!("{len} bytes are too many for such a file")));
    }
    Ok(Some(read_range(&file, 0, len as usize)?))
}

/// Up to `len` bytes from `position`; fewer only at the end of the file.
pub(crate) fn read_range(file: &Arc<dyn File>, position: u64, len: usize) -> Result<Vec<u8>, StorageError> {
    let mut content = vec![0; len];
    let mut filled = 0;
    while filled < len {
        let read = file.read_at(&mut content[filled..], position + filled as u64)?;
        if read == 0 {
            break;
        }
        filled += read;
    }
    content.truncate(filled);
    Ok(content)
}

fn read_text(disk: &dyn Disk, path: &Path) -> Result<Option<String>, StorageError> {
    let Some(content) = read_whole(disk, path)? else { return Ok(None) };
    let text =
        String::from_utf8(content).map_err(|_| StorageError::corrupt(path, "this is not UTF-8 text"))?;
    Ok(Some(text))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;
