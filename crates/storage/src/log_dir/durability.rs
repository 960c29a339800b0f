//! How the partitions of a directory become durable: through its write-ahead log, or not at all.

use std::io;
use std::sync::{Arc, OnceLock};

use crate::log::{Commit, announce};
use crate::wal::{Change, Entry, Wal};

/// Hands changes to the write-ahead log, once there is one.
///
/// Logs are opened before it, because what it tells must be put back into them first. What is appended until then
/// is flushed before anybody may see it, and what else is done then is done again if a crash takes it back.
#[derive(Debug, Default)]
pub(super) struct WriteAhead {
    wal: OnceLock<Wal>,
}

impl WriteAhead {
    pub(super) fn begin(&self, wal: Wal) {
        self.wal.set(wal).expect("a directory is opened once");
    }

    pub(super) fn wal(&self) -> Option<&Wal> {
        self.wal.get()
    }
}

impl Commit for WriteAhead {
    fn enqueue(&self, entry: Entry) {
        let Some(wal) = self.wal.get() else {
            if !matches!(entry.change, Change::Batch(_)) {
                announce(&entry);
            }
            return;
        };
        let files = Arc::clone(&entry.files);
        if let Err(error) = wal.enqueue(entry) {
            files.failed(&error);
        }
    }

    /// Those too that are put back before it begins: the log that has them is read again until they are flushed.
    fn keeps_batches(&self) -> bool {
        true
    }

    fn failed(&self, error: &Arc<io::Error>) {
        if let Some(wal) = self.wal.get() {
            wal.go_offline(error);
        }
    }
}
