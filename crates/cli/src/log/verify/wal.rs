//! The write-ahead log of a directory against the partitions' own files.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use ottla_protocol::records::BatchView;
use ottla_storage::disk::Disk;
use ottla_storage::wal::{self, Batch, Change, PartitionId, ReplayError};
use ottla_types::{Offset, TopicPartition};
use serde::Serialize;

use super::findings::Findings;
use super::partition::Extent;

/// What the write-ahead log holds, and what of it the partitions' files do not have.
#[derive(Debug, Default, Serialize)]
pub(super) struct WalReport {
    pub(super) records: u64,
    /// Records that lie behind the end of their partition's files: the next start puts them back.
    pub(super) missing_in_files: u64,
}

/// What is known of one partition on the way through the write-ahead log.
struct Followed {
    name: TopicPartition,
    /// Where the files end.
    end: Offset,
    /// Where the files end once everything seen so far is put back.
    reach: Offset,
}

/// Reads the write-ahead log and changes nothing; `None` where there is none, as after a clean stop. The extents reach
/// as far as it does afterwards.
pub(super) fn verify(
    disk: &dyn Disk,
    root: &Path,
    extents: &mut BTreeMap<TopicPartition, Extent>,
    findings: &mut Findings,
) -> io::Result<Option<WalReport>> {
    if !wal::is_present(disk, root)? {
        return Ok(None);
    }
    let mut partitions: BTreeMap<PartitionId, Followed> = BTreeMap::new();
    for (name, extent) in &*extents {
        let Some(topic_id) = extent.topic_id else { continue };
        let id = PartitionId { topic_id, partition: name.partition };
        partitions.insert(id, Followed { name: name.clone(), end: extent.end, reach: extent.end });
    }
    let mut missing_in_files = 0;
    let told = wal::inspect(disk, root, |id, change| {
        match &change {
            Change::Deleted => drop(partitions.remove(&id)),
            // Its folder need not be there yet: a start creates it again.
            Change::Created { topic } => {
                let name = TopicPartition::new(topic.clone(), id.partition);
                partitions.entry(id).or_insert(Followed { name, end: Offset::ZERO, reach: Offset::ZERO });
            }
            Change::Batch(_) | Change::Truncate { .. } | Change::LogStart(_) => {}
        }
        // One that is not there was deleted, and is passed over at the next start too.
        if let Some(partition) = partitions.get_mut(&id) {
            missing_in_files += u64::from(partition.see(root, &change, findings));
        }
        Ok(())
    });
    let reaches: BTreeMap<_, _> =
        partitions.into_values().map(|followed| (followed.name, followed.reach)).collect();
    for (name, extent) in extents {
        let reach = reaches.get(name).copied().unwrap_or(extent.end);
        // What ends within a batch goes on with that batch, or nobody has it.
        if let Some((path, how)) = extent.tear.take().filter(|_| reach == extent.end) {
            findings.add(&path, how);
        }
        extent.end = reach;
    }
    match told {
        Ok(records) => Ok(Some(WalReport { records, missing_in_files })),
        Err(ReplayError::Disk(error)) => Err(error),
        Err(ReplayError::Damaged { path, what }) => {
            findings.add(&path, format!("the write-ahead log is damaged: {what}"));
            Ok(Some(WalReport::default()))
        }
    }
}

impl Followed {
    /// Says whether the files do not have this yet.
    fn see(&mut self, root: &Path, change: &Change, findings: &mut Findings) -> bool {
        let batch = match change {
            Change::Batch(batch) => batch,
            Change::LogStart(start) => {
                self.reach = self.reach.max(*start);
                return false;
            }
            Change::Created { .. } | Change::Truncate { .. } | Change::Deleted => return false,
        };
        if let Err(problem) = check_batch(batch) {
            let what =
                format!("the write-ahead log: {}: batch at {}: {problem}", self.name, batch.base_offset);
            findings.add(root, what);
        }
        if batch.base_offset > self.reach {
            let (from, to) = (self.reach, batch.base_offset);
            let what =
                format!("{}: {from}..{to} is neither in its files nor in the write-ahead log", self.name);
            findings.add(root, what);
        }
        self.reach = self.reach.max(batch.next_offset);
        batch.next_offset > self.end
    }
}

fn check_batch(batch: &Batch) -> Result<(), String> {
    let bytes = [&batch.head, &batch.body[..]].concat();
    let view = BatchView::parse(&bytes).map_err(|error| error.to_string())?;
    view.check_crc().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use ottla_types::LeaderEpoch;

    use super::*;

    /// What is found when the files end at 10 and the write-ahead log says this.
    fn found(changes: &[Change]) -> (u64, Vec<String>) {
        let mut partition =
            Followed { name: TopicPartition::new("t", 0), end: Offset(10), reach: Offset(10) };
        let mut findings = Findings::default();
        let missing =
            changes.iter().filter(|change| partition.see(Path::new("d"), change, &mut findings)).count();
        (missing as u64, findings.findings.into_iter().map(|finding| finding.problem).collect())
    }

    fn batch(base: i64) -> Change {
        let mut builder = ottla_protocol::records::BatchBuilder::new(ottla_protocol::records::BatchOptions {
            base_offset: Offset(base),
            ..Default::default()
        });
        builder.append(&ottla_protocol::records::NewRecord::default()).unwrap();
        let bytes = builder.finish().unwrap();
        Change::Batch(Batch {
            leader_epoch: LeaderEpoch(0),
            base_offset: Offset(base),
            next_offset: Offset(base + 1),
            head: bytes[..Batch::HEAD_LEN].try_into().unwrap(),
            body: bytes::Bytes::copy_from_slice(&bytes[Batch::HEAD_LEN..]),
        })
    }

    #[test]
    fn what_goes_on_where_the_files_end_is_to_be_put_back() {
        assert_eq!(found(&[batch(8), batch(9), batch(10), batch(11)]), (2, Vec::new()));
        assert_eq!(found(&[Change::LogStart(Offset(20)), batch(20)]), (1, Vec::new()));
    }

    #[test]
    fn a_gap_is_found_once() {
        let gap = "t-0: 10..12 is neither in its files nor in the write-ahead log".to_owned();
        assert_eq!(found(&[batch(12), batch(13)]), (2, vec![gap]));
    }

    #[test]
    fn a_batch_whose_checksum_is_wrong_is_found() {
        let Change::Batch(mut changed) = batch(10) else { unreachable!() };
        changed.body = bytes::Bytes::from(vec![1; changed.body.len()]);
        let (_, problems) = found(&[Change::Batch(changed)]);
        assert!(problems.len() == 1 && problems[0].contains("t-0: batch at 10"), "{problems:?}");
    }
}
