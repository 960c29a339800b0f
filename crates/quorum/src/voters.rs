//! The voters of the quorum, as openraft and as Kafka's control records have them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use openraft::Membership;
use ottla_protocol::control_records::VotersRecord;
use ottla_protocol::control_records::voters::{Endpoint, KRaftVersionFeature, Voter as WireVoter};
use ottla_types::{BrokerId, Uuid};

use crate::types::Voters;

/// The levels of `kraft.version` that this node works with.
pub(crate) const KRAFT_VERSIONS: (i16, i16) = (0, 1);
/// The level that lets voters be kept in the log (KIP-853).
pub(crate) const KRAFT_VERSION: i16 = 1;

/// Where a voter listens.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct VoterEndpoint {
    /// The listener's name.
    pub listener: Arc<str>,
    /// The host, as others reach it.
    pub host: Arc<str>,
    /// The port.
    pub port: u16,
}

/// One voter, without its id.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Voter {
    /// The id of the directory that holds its log: another directory is another voter.
    pub(crate) directory: Uuid,
    pub(crate) endpoints: Vec<VoterEndpoint>,
    pub(crate) kraft_versions: (i16, i16),
}

/// Out of Kafka's record.
pub(crate) fn from_record(record: &VotersRecord) -> Voters {
    let voter = |voter: &WireVoter| {
        let endpoint = |endpoint: &Endpoint| VoterEndpoint {
            listener: Arc::from(&*endpoint.name),
            host: Arc::from(&*endpoint.host),
            port: endpoint.port,
        };
        let levels = &voter.k_raft_version_feature;
        Voter {
            directory: voter.voter_directory_id,
            endpoints: voter.endpoints.iter().map(endpoint).collect(),
            kraft_versions: (levels.min_supported_version, levels.max_supported_version),
        }
    };
    let nodes: BTreeMap<BrokerId, Voter> =
        record.voters.iter().map(|wire| (BrokerId(wire.voter_id), voter(wire))).collect();
    Membership::new(vec![nodes.keys().copied().collect::<BTreeSet<_>>()], nodes)
}

/// As Kafka's record.
pub(crate) fn to_record(voters: &Voters) -> VotersRecord {
    let wire = |(id, voter): (&BrokerId, &Voter)| {
        let endpoint = |endpoint: &VoterEndpoint| Endpoint {
            name: (&*endpoint.listener).into(),
            host: (&*endpoint.host).into(),
            port: endpoint.port,
            ..Default::default()
        };
        let (min_supported_version, max_supported_version) = voter.kraft_versions;
        WireVoter {
            voter_id: id.0,
            voter_directory_id: voter.directory,
            endpoints: voter.endpoints.iter().map(endpoint).collect(),
            k_raft_version_feature: KRaftVersionFeature {
                min_supported_version,
                max_supported_version,
                ..Default::default()
            },
            ..Default::default()
        }
    };
    let ids: BTreeSet<BrokerId> = voters.voter_ids().collect();
    VotersRecord {
        voters: voters.nodes().filter(|(id, _)| ids.contains(id)).map(wire).collect(),
        ..Default::default()
    }
}

/// A quorum of one.
pub(crate) fn only(id: BrokerId, voter: Voter) -> Voters {
    Membership::new(vec![BTreeSet::from([id])], BTreeMap::from([(id, voter)]))
}

/// For messages: ids with directories.
pub(crate) fn describe(voters: &Voters) -> String {
    let names: Vec<String> =
        voters.nodes().map(|(id, voter)| format!("{id} ({})", voter.directory)).collect();
    names.join(", ")
}
