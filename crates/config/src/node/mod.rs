//! What a node needs to know to run, typed and checked: everything that only a restart changes.

mod listeners;
mod metadata;
mod network;
mod services;
mod storage;

pub use listeners::{Listener, Listeners, SecurityProtocol};
pub use metadata::{MetadataConfig, QuorumConfig};
pub use network::NetworkConfig;
pub use services::{
    CompressionCodec, FetchConfig, GroupsConfig, OffsetsConfig, ProducersConfig, Replicas, TopicsConfig,
    TransactionsConfig,
};
pub use storage::StorageConfig;

use ottla_types::BrokerId;

use crate::checks;
use crate::error::Problem;
use crate::values::Values;

/// Everything about a node that only a restart changes. What may change while it runs is in
/// [`DynamicConfig`](crate::DynamicConfig).
#[derive(Clone, Debug, PartialEq)]
pub struct NodeConfig {
    /// The node's number.
    pub node_id: BrokerId,
    /// Whether somebody chose that number. If not, a data directory that carries another one decides.
    pub is_node_id_given: bool,
    /// What the process does.
    pub roles: Roles,
    /// The rack or zone that the node stands in.
    pub rack: Option<String>,
    /// Where it listens.
    pub listeners: Listeners,
    /// The controllers.
    pub quorum: QuorumConfig,
    /// Sockets and requests.
    pub network: NetworkConfig,
    /// Directories and the work on them.
    pub storage: StorageConfig,
    /// The metadata log.
    pub metadata: MetadataConfig,
    /// How topics come and go.
    pub topics: TopicsConfig,
    /// Fetches.
    pub fetch: FetchConfig,
    /// Idempotent producers.
    pub producers: ProducersConfig,
    /// Committed offsets.
    pub offsets: OffsetsConfig,
    /// Classic groups.
    pub groups: GroupsConfig,
    /// Transactions.
    pub transactions: TransactionsConfig,
}

/// What a process does; at least one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Serves clients.
    pub is_broker: bool,
    /// Keeps the cluster's metadata.
    pub is_controller: bool,
}

impl NodeConfig {
    pub(crate) fn read(values: &Values, problems: &mut Vec<Problem>, warnings: &mut Vec<String>) -> Self {
        checks::check(values, problems, warnings);
        let roles = values.list("process.roles");
        let node = Self {
            node_id: node_id(values, problems),
            is_node_id_given: values.is_given("node.id") || values.is_given("broker.id"),
            roles: Roles {
                is_broker: roles.iter().any(|role| role == "broker"),
                is_controller: roles.iter().any(|role| role == "controller"),
            },
            rack: values.optional_text("broker.rack"),
            listeners: Listeners::read(values, problems),
            quorum: QuorumConfig::read(values),
            network: NetworkConfig::read(values),
            storage: StorageConfig::read(values),
            metadata: MetadataConfig::read(values),
            topics: TopicsConfig::read(values),
            fetch: FetchConfig::read(values),
            producers: ProducersConfig::read(values),
            offsets: OffsetsConfig::read(values, problems),
            groups: GroupsConfig::read(values),
            transactions: TransactionsConfig::read(values),
        };
        node.check_quorum(values, problems);
        node.check_directories(values, problems);
        node
    }

    /// Whether values that a running node is to take up go together.
    pub(crate) fn check(values: &Values, problems: &mut Vec<Problem>) {
        let mut ignored = Vec::new();
        Self::read(values, problems, &mut ignored);
    }

    fn check_quorum(&self, values: &Values, problems: &mut Vec<Problem>) {
        let voters = &self.quorum.voters;
        let votes = voters.iter().any(|voter| voter.id == self.node_id);
        if self.roles.is_controller && !voters.is_empty() && !votes {
            let text = format!("a controller must be among the voters, and {} is not", self.node_id);
            problems.push(values.problem("controller.quorum.voters", text));
        }
        if let Some(voter) = voters.iter().find(|voter| voter.address.host == "0.0.0.0") {
            let text = format!(
                "nobody can connect to 0.0.0.0; give voter {} an address that others reach",
                voter.id
            );
            problems.push(values.problem("controller.quorum.voters", text));
        }
    }

    fn check_directories(&self, values: &Values, problems: &mut Vec<Problem>) {
        const KEY: &str = "cordoned.log.dirs";
        let cordoned = values.list(KEY);
        if cordoned.iter().any(|entry| entry == "*") {
            if cordoned.len() > 1 {
                problems.push(values.problem(KEY, "`*` is every directory and must stand alone"));
            }
        } else if let Some(other) = cordoned.iter().find(|entry| !self.storage.log_dirs.contains(entry)) {
            problems.push(values.problem(KEY, format!("{other} is not one of log.dirs")));
        }
    }
}

/// `node.id`, or its old name.
fn node_id(values: &Values, problems: &mut Vec<Problem>) -> BrokerId {
    let (new, old) = ("node.id", "broker.id");
    match (values.find_given(new).is_some(), values.find_given(old).is_some()) {
        (true, true) if values.whole(new) != values.whole(old) => {
            problems.push(
                values.problem(old, format!("it is the old name of {new}, which says {}", values.whole(new))),
            );
        }
        (false, true) if values.whole(old) < 0 => {
            problems.push(values.problem(old, "it must be at least 0"));
        }
        (false, true) => return BrokerId(values.number(old)),
        _ => {}
    }
    BrokerId(values.number(new))
}
