//! Room that a directory keeps for its own needs: on a full disk, checkpoints, retention and a clean stop are paid out
//! of it, and so is the next start.
//!
//! It is a file that takes up the room and holds nothing. When the disk is nearly full the file is emptied, and from then
//! on clients' records are refused; when there is enough room again it is filled, and they are let in.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::StorageError;
use crate::disk::{Disk, File, Open};

/// The file's name. Apache Kafka passes over files that it does not know in the root of a log directory.
const FILE: &str = "ottla-reserve";

/// The disk counts as full when less is free than this part of the reserve.
const LOW_PART: u64 = 4;

#[derive(Debug)]
pub(super) struct Reserve {
    /// `None` where nothing is kept.
    file: Option<Arc<dyn File>>,
    bytes: u64,
    /// Whether the reserve was given up, so that others than the directory itself have to be refused.
    is_spent: AtomicBool,
}

impl Reserve {
    /// Opens what an earlier run left, before anything needs room. If there is little of it, the reserve is given up: it
    /// is for a start like this one.
    pub(super) fn open(disk: &dyn Disk, root: &Path, bytes: u64) -> Result<Self, StorageError> {
        let path = root.join(FILE);
        if bytes == 0 {
            if disk.exists(&path) {
                disk.remove_file(&path)?;
            }
            return Ok(Self { file: None, bytes, is_spent: AtomicBool::new(false) });
        }
        let file = disk.open(&path, Open::OrCreate)?;
        let reserve = Self { file: Some(file), bytes, is_spent: AtomicBool::new(false) };
        if disk.space(root)?.available < bytes / LOW_PART {
            reserve.spend()?;
        }
        Ok(reserve)
    }

    /// Whether records from outside have to be refused.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent.load(Ordering::Relaxed)
    }

    /// Gives the room to whoever needs it.
    pub(super) fn spend(&self) -> Result<(), StorageError> {
        let Some(file) = &self.file else { return Ok(()) };
        self.is_spent.store(true, Ordering::Relaxed);
        file.set_len(0)?;
        Ok(())
    }

    /// Gives the room up when little is left, and takes it back when there is so much that it would not be given up at
    /// once.
    pub(super) fn balance(&self, disk: &dyn Disk, root: &Path) -> Result<(), StorageError> {
        let Some(file) = &self.file else { return Ok(()) };
        let available = disk.space(root)?.available;
        let is_held = file.len()? >= self.bytes;
        if available < self.bytes / LOW_PART {
            return self.spend();
        }
        if !is_held && available >= self.bytes.saturating_add(self.bytes / 2) {
            file.allocate(self.bytes)?;
            self.is_spent.store(false, Ordering::Relaxed);
        }
        Ok(())
    }
}
