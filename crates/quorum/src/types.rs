//! What openraft is told about entries, nodes and snapshots.

use std::fmt;

use openraft::entry::{FromAppData, RaftEntry, RaftPayload};
use openraft::{LogId, Membership, RaftLogId};
use ottla_types::{BrokerId, Offset, Timestamp};

use crate::batch::StoredBatch;
use crate::checkpoint::Checkpoint;
use crate::voters::Voter;

openraft::declare_raft_types!(
    /// The types of the metadata quorum.
    pub(crate) TypeConfig:
        D = Proposal,
        R = Outcome,
        NodeId = BrokerId,
        Node = Voter,
        Entry = Entry,
        SnapshotData = Checkpoint,
);

pub(crate) type Raft = openraft::Raft<TypeConfig>;
pub(crate) type RaftLogIdOf = LogId<BrokerId>;
pub(crate) type Voters = Membership<BrokerId, Voter>;

/// Records that are to become one entry.
#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    /// The offset that the first record must get. Elsewhere the records mean something else, or nothing.
    pub(crate) base: Offset,
    /// The encoded records.
    pub(crate) values: Vec<bytes::Bytes>,
    pub(crate) timestamp: Timestamp,
}

/// Where an entry came to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) base_offset: Offset,
    pub(crate) next_offset: Offset,
}

/// One entry, which is one batch.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) log_id: RaftLogIdOf,
    pub(crate) content: Content,
    /// The batch as it stands in the log, once it does. Whoever gets an entry from another node stores the
    /// same bytes.
    pub(crate) batch: Option<StoredBatch>,
}

/// What an entry holds.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// A leader begins its term: a control batch.
    LeaderChange,
    /// The voters: a control batch.
    Voters(Voters),
    /// Metadata records.
    Records(Proposal),
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::LeaderChange => write!(f, "{}: leader change", self.log_id),
            Content::Voters(voters) => write!(f, "{}: voters {voters}", self.log_id),
            Content::Records(records) => write!(f, "{}: {} records", self.log_id, records.values.len()),
        }
    }
}

impl RaftPayload<BrokerId, Voter> for Entry {
    fn is_blank(&self) -> bool {
        matches!(self.content, Content::LeaderChange)
    }

    fn get_membership(&self) -> Option<&Voters> {
        match &self.content {
            Content::Voters(voters) => Some(voters),
            _ => None,
        }
    }
}

impl RaftLogId<BrokerId> for Entry {
    fn get_log_id(&self) -> &RaftLogIdOf {
        &self.log_id
    }

    fn set_log_id(&mut self, log_id: &RaftLogIdOf) {
        self.log_id = *log_id;
    }
}

impl RaftEntry<BrokerId, Voter> for Entry {
    fn new_blank(log_id: RaftLogIdOf) -> Self {
        Self { log_id, content: Content::LeaderChange, batch: None }
    }

    fn new_membership(log_id: RaftLogIdOf, voters: Voters) -> Self {
        Self { log_id, content: Content::Voters(voters), batch: None }
    }
}

impl FromAppData<Proposal> for Entry {
    fn from_app_data(proposal: Proposal) -> Self {
        Self { log_id: LogId::default(), content: Content::Records(proposal), batch: None }
    }
}
