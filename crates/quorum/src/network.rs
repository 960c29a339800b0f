//! The way to other voters. A quorum of one has none, and larger ones are refused at the start, so whatever
//! would be sent has nowhere to go.

use std::io;

use openraft::error::{Fatal, RPCError, RaftError, ReplicationClosed, StreamingError, Unreachable};
use openraft::network::{RPCOption, RaftNetwork, RaftNetworkFactory};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, SnapshotResponse, VoteRequest, VoteResponse,
};
use openraft::{OptionalSend, Snapshot, Vote};
use ottla_types::BrokerId;

use crate::types::TypeConfig;
use crate::voters::Voter;

/// Nobody to send to.
pub(crate) struct NoPeers;

fn unreachable() -> Unreachable {
    Unreachable::new(&io::Error::from(io::ErrorKind::HostUnreachable))
}

impl RaftNetworkFactory<TypeConfig> for NoPeers {
    type Network = Self;

    async fn new_client(&mut self, _: BrokerId, _: &Voter) -> Self {
        Self
    }
}

impl RaftNetwork<TypeConfig> for NoPeers {
    async fn append_entries(
        &mut self,
        _: AppendEntriesRequest<TypeConfig>,
        _: RPCOption,
    ) -> Result<AppendEntriesResponse<BrokerId>, RPCError<BrokerId, Voter, RaftError<BrokerId>>> {
        Err(RPCError::Unreachable(unreachable()))
    }

    async fn vote(
        &mut self,
        _: VoteRequest<BrokerId>,
        _: RPCOption,
    ) -> Result<VoteResponse<BrokerId>, RPCError<BrokerId, Voter, RaftError<BrokerId>>> {
        Err(RPCError::Unreachable(unreachable()))
    }

    async fn full_snapshot(
        &mut self,
        _: Vote<BrokerId>,
        _: Snapshot<TypeConfig>,
        _: impl Future<Output = ReplicationClosed> + OptionalSend + 'static,
        _: RPCOption,
    ) -> Result<SnapshotResponse<BrokerId>, StreamingError<TypeConfig, Fatal<BrokerId>>> {
        Err(StreamingError::Unreachable(unreachable()))
    }
}
