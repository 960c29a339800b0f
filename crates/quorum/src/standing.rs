//! How the quorum stands, for whoever asks.

use std::sync::Arc;

use openraft::ServerState;
use ottla_metadata::MetadataImage;
use ottla_types::{BrokerId, LeaderEpoch, Offset, Uuid};
use tokio::sync::watch;

use crate::log::Log;
use crate::quorum::Quorum;
use crate::types::Raft;
use crate::voters::{Voter, VoterEndpoint};

/// Tells how the quorum stands. Cheap to clone.
#[derive(Clone)]
pub struct Standings {
    node: BrokerId,
    kraft_version: i16,
    raft: Raft,
    log: Log,
    latest: watch::Receiver<Arc<MetadataImage>>,
}

/// How the quorum stands at one moment, as this node sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether this node leads. Only the leader knows how far the others are.
    pub leads: bool,
    /// The leader's epoch.
    pub epoch: LeaderEpoch,
    /// Everything below is committed.
    pub high_watermark: Offset,
    /// The voters, ordered by id.
    pub voters: Vec<VoterStanding>,
}

/// How one voter stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoterStanding {
    /// The voter's `node.id`.
    pub id: BrokerId,
    /// The id of the directory that holds its log.
    pub directory: Uuid,
    /// Where it listens.
    pub endpoints: Vec<VoterEndpoint>,
    /// Where its log ends, if that is known.
    pub end: Option<Offset>,
}

impl Quorum {
    /// Tells from now on how the quorum stands.
    #[must_use]
    pub fn standings(&self) -> Standings {
        Standings {
            node: self.node,
            kraft_version: self.kraft_version,
            raft: self.raft.clone(),
            log: self.log.clone(),
            latest: self.latest.clone(),
        }
    }
}

impl Standings {
    /// See [`Quorum::kraft_version`].
    #[must_use]
    pub fn kraft_version(&self) -> i16 {
        self.kraft_version
    }

    /// How it stands now.
    #[must_use]
    pub fn now(&self) -> Standing {
        // What is committed is read first, so that it is not ahead of the log's end.
        let high_watermark = self.latest.borrow().end_offset();
        let end = self.log.lock().end_offset;
        let metrics = self.raft.metrics();
        let metrics = metrics.borrow();
        let voter = |(id, voter): (&BrokerId, &Voter)| VoterStanding {
            id: *id,
            directory: voter.directory,
            endpoints: voter.endpoints.clone(),
            end: (*id == self.node).then_some(end),
        };
        Standing {
            leads: metrics.state == ServerState::Leader,
            epoch: LeaderEpoch(i32::try_from(metrics.current_term).unwrap_or(i32::MAX)),
            high_watermark,
            voters: metrics.membership_config.nodes().map(voter).collect(),
        }
    }
}

impl std::fmt::Debug for Standings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standings").field("node", &self.node).finish_non_exhaustive()
    }
}
