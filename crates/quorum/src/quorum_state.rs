//! The vote, in Kafka's file `quorum-state`.
//!
//! Beside Kafka's fields stands one of ours, which Apache Kafka passes over and drops when it writes the
//! file: the entry indexes at which snapshots end. Kafka counts records, openraft counts entries, and the
//! number of entries before a snapshot is written nowhere else.

use std::collections::BTreeMap;
use std::path::Path;

use openraft::{LeaderId, Vote};
use ottla_storage::checkpoint::write_atomically;
use ottla_storage::disk::Disk;
use ottla_types::{BrokerId, LeaderEpoch, Offset, Uuid};
use serde_json::{Value, json};

use crate::directory::{SnapshotId, read_whole};
use crate::error::{QuorumError, damaged};

const FILE: &str = "quorum-state";
const SNAPSHOTS: &str = "ottlaSnapshots";

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct QuorumState {
    pub(crate) vote: Vote<BrokerId>,
    /// The index of the last entry of each snapshot.
    pub(crate) snapshots: BTreeMap<SnapshotId, u64>,
}

impl QuorumState {
    pub(crate) fn read(disk: &dyn Disk, folder: &Path, this_node: BrokerId) -> Result<Self, QuorumError> {
        let path = folder.join(FILE);
        let Some(bytes) = read_whole(disk, &path)? else { return Ok(Self::default()) };
        let json: Value = serde_json::from_slice(&bytes).map_err(|error| damaged(&path, error))?;
        let number = |field: &str| json.get(field).and_then(Value::as_i64);
        let epoch = number("leaderEpoch").ok_or_else(|| damaged(&path, "leaderEpoch is missing"))?;
        let node =
            |field| number(field).filter(|&id| id >= 0).and_then(|id| i32::try_from(id).ok()).map(BrokerId);
        let (leader, voted) = (node("leaderId"), node("votedId"));
        let vote = Vote {
            leader_id: LeaderId { term: u64::try_from(epoch).unwrap_or(0), voted_for: leader.or(voted) },
            // A node that led does not go on leading when it starts anew: it stands for election again, so
            // that each life of a leader has an epoch of its own, as with Apache Kafka. That makes its own
            // vote an ordinary one.
            committed: leader.is_some_and(|leader| leader != this_node),
        };
        let mut snapshots = BTreeMap::new();
        for item in json.get(SNAPSHOTS).and_then(Value::as_array).into_iter().flatten() {
            let number = |field: &str| item.get(field).and_then(Value::as_i64);
            let (Some(end), Some(epoch), Some(index)) =
                (number("endOffset"), number("epoch"), number("lastIndex"))
            else {
                return Err(damaged(&path, format!("{SNAPSHOTS} holds {item}")));
            };
            let epoch = i32::try_from(epoch).map_err(|error| damaged(&path, error))?;
            let id = SnapshotId { end_offset: Offset(end), epoch: LeaderEpoch(epoch) };
            snapshots.insert(id, u64::try_from(index).map_err(|error| damaged(&path, error))?);
        }
        Ok(Self { vote, snapshots })
    }

    /// Writes the file and makes it durable. `directory_of` says which directory a voter has.
    pub(crate) fn write(
        &self,
        disk: &dyn Disk,
        folder: &Path,
        directory_of: &dyn Fn(BrokerId) -> Uuid,
    ) -> Result<(), QuorumError> {
        let LeaderId { term, voted_for } = self.vote.leader_id;
        let id = voted_for.unwrap_or(BrokerId::NONE);
        let (leader, voted) = if self.vote.committed { (id, BrokerId::NONE) } else { (BrokerId::NONE, id) };
        let voted_directory = if voted == BrokerId::NONE { Uuid::ZERO } else { directory_of(voted) };
        let snapshots: Vec<Value> = self
            .snapshots
            .iter()
            .map(|(id, index)| json!({"endOffset": id.end_offset.0, "epoch": id.epoch.0, "lastIndex": index}))
            .collect();
        let json = json!({
            "leaderId": leader.0,
            "leaderEpoch": term,
            "votedId": voted.0,
            "votedDirectoryId": voted_directory.to_string(),
            "data_version": 1,
            SNAPSHOTS: snapshots,
        });
        Ok(write_atomically(disk, &folder.join(FILE), json.to_string().as_bytes())?)
    }
}
