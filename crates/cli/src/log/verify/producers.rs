//! Producer snapshots against the log that they were taken of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ottla_protocol::files::producer_snapshot::ProducerEntry;
use ottla_protocol::records::BatchHeader;
use ottla_types::Offset;

use super::findings::Findings;
use crate::log::producer_file;

/// The last batch of a producer.
#[derive(Clone, Copy)]
struct Last {
    epoch: i16,
    sequence: i32,
    offset: i64,
}

/// What the log says of its producers, and the snapshots that are still to be compared with that.
///
/// Only what both know is compared: a snapshot remembers producers whose batches retention has removed, and forgets
/// those that have been silent for `producer.id.expiration.ms`.
pub(super) struct Producers {
    snapshots: Vec<(Offset, PathBuf)>,
    last: BTreeMap<i64, Last>,
    /// Producers whose epoch a transaction's marker may have changed.
    unsure: BTreeSet<i64>,
    log_start: Offset,
}

impl Producers {
    pub(super) fn new(mut snapshots: Vec<(Offset, PathBuf)>, log_start: Offset) -> Self {
        snapshots.sort();
        snapshots.reverse();
        Self { snapshots, last: BTreeMap::new(), unsure: BTreeSet::new(), log_start }
    }

    pub(super) fn see(&mut self, header: &BatchHeader, findings: &mut Findings) {
        self.compare_until(header.base_offset, findings);
        if !header.producer_id.is_idempotent() {
            return;
        }
        let id = header.producer_id.0;
        if header.attributes.is_control() {
            self.unsure.insert(id);
            self.last.remove(&id);
            return;
        }
        self.unsure.remove(&id);
        let last = Last {
            epoch: header.producer_epoch.0,
            sequence: header.last_sequence().0,
            offset: header.last_offset().0,
        };
        self.last.insert(id, last);
    }

    /// The log ends here, and everything up to it was compared.
    pub(super) fn end(self, end: Offset, findings: &mut Findings) {
        for (offset, path) in self.snapshots {
            findings.add(&path, format!("was taken at offset {offset}, but the log ends at {end}"));
        }
    }

    /// Compares the snapshots that cover nothing beyond what was seen.
    pub(super) fn compare_until(&mut self, seen_until: Offset, findings: &mut Findings) {
        while self.snapshots.last().is_some_and(|(offset, _)| *offset <= seen_until) {
            let Some((offset, path)) = self.snapshots.pop() else { return };
            match producer_file::read(&path) {
                Ok(entries) => {
                    entries.iter().for_each(|entry| self.compare(&path, offset, entry, findings));
                }
                Err(problem) => findings.add(&path, problem),
            }
        }
    }

    fn compare(&self, path: &Path, offset: Offset, entry: &ProducerEntry, findings: &mut Findings) {
        let id = entry.producer_id;
        let mut wrong = |what: String| findings.add(path, format!("producer {id}: {what}"));
        if entry.last_offset >= offset.0 {
            return wrong(format!(
                "its last offset {} lies behind the snapshot's {offset}",
                entry.last_offset
            ));
        }
        match self.last.get(&id) {
            Some(last) if (last.epoch, last.sequence) != (entry.epoch, entry.last_sequence) => {
                wrong(format!(
                    "epoch {} and sequence {}, but the log ends with epoch {} and sequence {}",
                    entry.epoch, entry.last_sequence, last.epoch, last.sequence
                ))
            }
            Some(last) if last.offset != entry.last_offset => wrong(format!(
                "its last offset is {}, but in the log it is {}",
                entry.last_offset, last.offset
            )),
            Some(_) => {}
            None if self.unsure.contains(&id) || entry.last_offset < self.log_start.0 => {}
            None => wrong(format!("its last batch, at offset {}, is not in the log", entry.last_offset)),
        }
    }
}
