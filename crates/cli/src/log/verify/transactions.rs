//! `.txnindex` against the markers in the log. A missing entry is worse than it looks: it is not rebuilt, and readers
//! of committed records would be given those of a transaction that was aborted.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use ottla_protocol::records::{BatchHeader, ControlRecordType, Records};
use ottla_storage::log::{FileKind, FileName};
use ottla_types::Offset;

use super::findings::Findings;
use crate::log::batch_file::Placed;
use crate::log::index_file::{self, AbortedEntry};

/// Transactions along a partition's segments.
#[derive(Default)]
pub(super) struct Transactions {
    path: PathBuf,
    /// The current segment's entries, by the offset of the marker that each is about.
    entries: BTreeMap<i64, AbortedEntry>,
    /// Where the records of a producer's open transaction begin, as far as they are still in the log.
    open: BTreeMap<i64, Offset>,
}

impl Transactions {
    pub(super) fn begin_segment(
        &mut self,
        folder: &Path,
        base: Offset,
        findings: &mut Findings,
    ) -> io::Result<()> {
        self.path = FileName::live(base, FileKind::TxnIndex).path(folder);
        self.entries.clear();
        if !self.path.exists() {
            return Ok(());
        }
        let index = index_file::aborted(&self.path)?;
        if index.left_over > 0 {
            findings.add(&self.path, format!("the last {} bytes are no whole entry", index.left_over));
        }
        for entry in index.entries {
            if entry.version != 0 {
                let what = format!("an entry has version {}, but only 0 is known", entry.version);
                findings.add(&self.path, what);
            }
            if entry.first_offset > entry.last_offset {
                let what =
                    format!("an entry reaches from {} back to {}", entry.first_offset, entry.last_offset);
                findings.add(&self.path, what);
            }
            self.entries.insert(entry.last_offset, entry);
        }
        Ok(())
    }

    pub(super) fn see(&mut self, batch: &Placed, header: &BatchHeader, findings: &mut Findings) {
        let producer = header.producer_id.0;
        if !header.attributes.is_control() {
            for entry in self.entries_in(header) {
                let what = format!("an entry ends at {}, where no transaction ends", entry.last_offset);
                findings.add(&self.path, what);
            }
            // Compaction leaves empty batches behind.
            if header.attributes.is_transactional() && header.record_count > 0 {
                self.open.entry(producer).or_insert(header.base_offset);
            }
            return;
        }
        if let Some(entry) = self.entries_in(header).find(|entry| entry.producer_id != producer) {
            let what = format!(
                "an entry says that producer {} aborted at {}, but it was {producer}",
                entry.producer_id, entry.last_offset
            );
            findings.add(&self.path, what);
        }
        let first = self.open.remove(&producer);
        let Some(first) = first.filter(|_| is_abort(batch, header)) else { return };
        if !self.entries_in(header).any(|entry| entry.first_offset <= first.0) {
            let what =
                format!("no entry for what producer {producer} aborted, {first}..{}", header.base_offset);
            findings.add(&self.path, what);
        }
    }

    fn entries_in(&self, header: &BatchHeader) -> impl Iterator<Item = &AbortedEntry> {
        self.entries
            .range(header.base_offset.0..header.next_offset().0.max(header.base_offset.0))
            .map(|(_, one)| one)
    }
}

/// Markers are never compressed.
fn is_abort(batch: &Placed, header: &BatchHeader) -> bool {
    let records = Records::new(header, batch.view().body());
    let mut kinds = records.flatten().map(|record| ControlRecordType::from_key(record.key));
    kinds.any(|kind| kind == Ok(ControlRecordType::Abort))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ottla_protocol::records::{BatchBuilder, BatchOptions, EndTxn, NewRecord, Producer};
    use ottla_types::{ProducerEpoch, ProducerId, Sequence, Timestamp};

    use super::*;

    fn batch(base: i64, producer: i64, end: Option<bool>) -> Placed {
        let id = ProducerId(producer);
        let base_sequence = if end.is_some() { Sequence::NONE } else { Sequence(0) };
        let mut builder = BatchBuilder::new(BatchOptions {
            base_offset: Offset(base),
            producer: Producer { id, epoch: ProducerEpoch(0), base_sequence },
            is_transactional: true,
            is_control: end.is_some(),
            ..BatchOptions::default()
        });
        let _offset = match end {
            Some(is_commit) => {
                let marker = EndTxn { is_commit, coordinator_epoch: 0 };
                builder.append_control(Timestamp(1), marker.record_type(), &marker.value()).unwrap()
            }
            None => builder.append(&NewRecord::default()).unwrap(),
        };
        Placed { position: 0, bytes: builder.finish().unwrap().to_vec().into() }
    }

    /// What is found with these entries: producer, first and last offset. Producer 7 writes at 0 and 2 and aborts at
    /// 3, producer 8 writes at 1 and commits at 4, producer 7 aborts at 5 what it never wrote.
    fn check(entries: &[(i64, i64, i64)], expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let index = entries.iter().flat_map(|(producer, first, last)| {
            let numbers = [producer, first, last, &6].map(|number| number.to_be_bytes());
            [&[0, 0][..], &numbers.concat()].concat()
        });
        fs::write(folder.path().join("00000000000000000000.txnindex"), index.collect::<Vec<_>>()).unwrap();
        let mut findings = Findings::default();
        let mut transactions = Transactions::default();
        transactions.begin_segment(folder.path(), Offset::ZERO, &mut findings).unwrap();
        let history = [
            batch(0, 7, None),
            batch(1, 8, None),
            batch(2, 7, None),
            batch(3, 7, Some(false)),
            batch(4, 8, Some(true)),
            batch(5, 7, Some(false)),
        ];
        for batch in &history {
            transactions.see(batch, batch.view().header(), &mut findings);
        }
        let found: Vec<_> = findings.findings.iter().map(|finding| finding.problem.as_str()).collect();
        assert_eq!(found, expected, "{entries:?}");
    }

    #[test]
    fn what_was_aborted_has_an_entry_and_what_was_not_has_none() {
        check(&[(7, 0, 3)], &[]);
        check(&[], &["no entry for what producer 7 aborted, 0..3"]);
        check(&[(7, 2, 3)], &["no entry for what producer 7 aborted, 0..3"]);
        check(&[(7, 0, 3), (8, 1, 2)], &["an entry ends at 2, where no transaction ends"]);
        check(&[(8, 0, 3)], &["an entry says that producer 8 aborted at 3, but it was 7"]);
    }
}
