//! `ottla cluster`: what the cluster says about itself.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use ottla_client::admin::{LogDir, QuorumReplica};
use ottla_client::{Admin, Error};
use ottla_protocol::ApiKey;
use ottla_types::BrokerId;
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::output::{self, Table};
use crate::remote::{Remote, run};
use crate::span;

/// Show brokers, versions, features, log directories and the metadata quorum.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla cluster describe
  ottla cluster api-versions --broker 1
  ottla cluster log-dirs --output json
  ottla cluster features")]
pub(crate) struct ClusterCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Subcommand)]
enum Action {
    /// Show the cluster's id, its controller, its brokers, and whether all partitions are well
    Describe,
    /// Show which requests a broker understands, in which versions
    ApiVersions {
        /// Which broker; any, if not said
        #[arg(long, value_name = "ID")]
        broker: Option<i32>,
    },
    /// Show the cluster's features: which levels are supported, and which is in force
    Features,
    /// Show the brokers' log directories and how full they are
    LogDirs {
        /// Which broker; all, if not said
        #[arg(long, value_name = "ID")]
        broker: Option<i32>,
        /// Also the partitions in each directory
        #[arg(long)]
        partitions: bool,
    },
    /// Show the quorum that keeps the cluster's metadata
    Quorum,
}

#[derive(Serialize)]
struct Described {
    cluster_id: String,
    controller: Option<i32>,
    /// The finalized level of metadata.version.
    metadata_version: Option<i16>,
    topics: usize,
    partitions: usize,
    partitions_without_leader: usize,
    partitions_under_replicated: usize,
    brokers: Vec<Broker>,
}

#[derive(Serialize)]
struct Broker {
    id: i32,
    host: String,
    port: u16,
    rack: Option<String>,
    fenced: bool,
}

#[derive(Serialize)]
struct Api {
    key: i16,
    name: String,
    min_version: i16,
    max_version: i16,
}

#[derive(Serialize)]
struct Feature {
    feature: String,
    min_supported: Option<i16>,
    max_supported: Option<i16>,
    finalized: Option<i16>,
}

#[derive(Serialize)]
struct Directory {
    broker: i32,
    path: Option<String>,
    error: Option<String>,
    total_bytes: Option<i64>,
    usable_bytes: Option<i64>,
    partitions: Vec<Replica>,
}

#[derive(Serialize)]
struct Replica {
    topic: String,
    partition: i32,
    size_bytes: i64,
    offset_lag: i64,
    future: bool,
}

#[derive(Serialize)]
struct Quorum {
    leader: Option<i32>,
    leader_epoch: i32,
    high_watermark: i64,
    voters: Vec<Node>,
    observers: Vec<Node>,
}

#[derive(Serialize)]
struct Node {
    id: i32,
    directory_id: String,
    log_end_offset: i64,
    lag: i64,
    last_caught_up_ms: Option<i64>,
}

/// The feature that says which metadata records the cluster may write.
const METADATA_VERSION: &str = "metadata.version";

impl ClusterCommand {
    pub(crate) fn run(self) -> ExitCode {
        let remote = self.remote;
        run(async {
            let admin = remote.admin().await?;
            match self.action {
                Action::Describe => describe(&remote, &admin).await,
                Action::ApiVersions { broker } => api_versions(&remote, &admin, broker).await,
                Action::Features => features(&remote, &admin).await,
                Action::LogDirs { broker, partitions } => log_dirs(&remote, &admin, broker, partitions).await,
                Action::Quorum => quorum(&remote, &admin).await,
            }
        })
    }
}

async fn describe(remote: &Remote, admin: &Admin) -> Outcome {
    let cluster = admin.describe_cluster().await?;
    let broker = |one: ottla_client::admin::BrokerDescription| Broker {
        id: one.id.0,
        host: one.address.host.to_string(),
        port: one.address.port,
        rack: one.rack,
        fenced: one.is_fenced,
    };
    let topics = admin.topics().await?;
    let partitions = || topics.values().flat_map(|topic| topic.partitions.values());
    let versions = admin.api_versions(broker_or_any(admin, None)?).await?;
    let described = Described {
        cluster_id: cluster.id,
        controller: cluster.controller.map(|id| id.0),
        metadata_version: versions.features.get(METADATA_VERSION).and_then(|feature| feature.finalized),
        topics: topics.len(),
        partitions: partitions().count(),
        partitions_without_leader: partitions().filter(|one| one.leader.is_none()).count(),
        partitions_under_replicated: partitions().filter(|one| one.isr.len() < one.replicas.len()).count(),
        brokers: cluster.brokers.into_iter().map(broker).collect(),
    };
    output::print(remote.output, &described, |out| {
        writeln!(
            out,
            "Cluster {}, controller {}, metadata.version {}",
            described.cluster_id,
            output::or_dash(described.controller),
            output::or_dash(described.metadata_version)
        )?;
        writeln!(
            out,
            "{}, {}, {} without a leader, {} under-replicated",
            output::count(described.topics, "topic"),
            output::count(described.partitions, "partition"),
            described.partitions_without_leader,
            described.partitions_under_replicated
        )?;
        let mut table = Table::new(&["BROKER", "HOST", "PORT", "RACK", "STATE"]).indented(2);
        for one in &described.brokers {
            let state = if one.fenced { "fenced" } else { "alive" };
            let rack = output::or_dash(one.rack.as_ref());
            table.row([one.id.to_string(), one.host.clone(), one.port.to_string(), rack, state.to_owned()]);
        }
        table.write(out)
    })
}

async fn api_versions(remote: &Remote, admin: &Admin, broker: Option<i32>) -> Outcome {
    let versions = admin.api_versions(broker_or_any(admin, broker)?).await?;
    let name = |key| ApiKey::from_code(key).map_or_else(|| "?".to_owned(), |known| known.name().to_owned());
    let apis: Vec<_> = versions
        .iter()
        .map(|(key, versions)| Api {
            key,
            name: name(key),
            min_version: versions.first,
            max_version: versions.last,
        })
        .collect();
    output::print(remote.output, &apis, |out| {
        let mut table = Table::new(&["KEY", "REQUEST", "VERSIONS"]);
        for one in &apis {
            let versions = format!("{}-{}", one.min_version, one.max_version);
            table.row([one.key.to_string(), one.name.clone(), versions]);
        }
        table.write(out)
    })
}

async fn features(remote: &Remote, admin: &Admin) -> Outcome {
    let versions = admin.api_versions(broker_or_any(admin, None)?).await?;
    let feature = |(name, one): (String, ottla_client::Feature)| Feature {
        feature: name,
        min_supported: one.supported.map(|levels| levels.first),
        max_supported: one.supported.map(|levels| levels.last),
        finalized: one.finalized,
    };
    let features: Vec<_> = versions.features.into_iter().map(feature).collect();
    output::print(remote.output, &features, |out| {
        let mut table = Table::new(&["FEATURE", "SUPPORTED", "IN FORCE"]);
        for one in &features {
            let supported = match (one.min_supported, one.max_supported) {
                (Some(min), Some(max)) => format!("{min}-{max}"),
                _ => "-".to_owned(),
            };
            table.row([one.feature.clone(), supported, output::or_dash(one.finalized)]);
        }
        table.write(out)
    })
}

async fn log_dirs(remote: &Remote, admin: &Admin, broker: Option<i32>, partitions: bool) -> Outcome {
    let brokers: Vec<_> = match broker {
        Some(id) => vec![BrokerId(id)],
        None => admin.cluster().metadata().brokers.keys().copied().collect(),
    };
    let mut directories = Vec::new();
    for broker in brokers {
        let dirs = admin.log_dirs(broker).await?;
        directories.extend(dirs.into_iter().map(|dir| Directory::of(broker, dir)));
    }
    output::print(remote.output, &directories, |out| {
        let mut table = Table::new(&["BROKER", "DIRECTORY", "PARTITIONS", "LOGS", "FREE", "VOLUME", "STATE"]);
        for one in &directories {
            let size: i64 = one.partitions.iter().map(|replica| replica.size_bytes).sum();
            table.row([
                one.broker.to_string(),
                output::or_dash(one.path.as_ref()),
                one.partitions.len().to_string(),
                output::bytes(size),
                output::or_dash(one.usable_bytes.map(output::bytes)),
                output::or_dash(one.total_bytes.map(output::bytes)),
                one.error.clone().unwrap_or_else(|| "online".to_owned()),
            ]);
        }
        table.write(out)?;
        if partitions { write_replicas(out, &directories) } else { Ok(()) }
    })
}

fn write_replicas(out: &mut dyn Write, directories: &[Directory]) -> std::io::Result<()> {
    writeln!(out)?;
    let mut table = Table::new(&["BROKER", "TOPIC", "PARTITION", "SIZE", "LAG", "DIRECTORY"]);
    for directory in directories {
        for one in &directory.partitions {
            let path = directory.path.as_deref().unwrap_or("-");
            let note = if one.future { format!("{path} (moving in)") } else { path.to_owned() };
            table.row([
                directory.broker.to_string(),
                one.topic.clone(),
                one.partition.to_string(),
                one.size_bytes.to_string(),
                one.offset_lag.to_string(),
                note,
            ]);
        }
    }
    table.write(out)
}

async fn quorum(remote: &Remote, admin: &Admin) -> Outcome {
    let quorum = admin.describe_quorum().await?;
    let ends: BTreeMap<_, _> = quorum.voters.iter().map(|voter| (voter.id, voter.log_end_offset)).collect();
    let end = quorum.leader.and_then(|leader| ends.get(&leader)).map_or(quorum.high_watermark.0, |end| end.0);
    let node = |one: &QuorumReplica| Node {
        id: one.id.0,
        directory_id: one.directory_id.to_string(),
        log_end_offset: one.log_end_offset.0,
        lag: (end - one.log_end_offset.0).max(0),
        last_caught_up_ms: one.last_caught_up.map(|time| time.0),
    };
    let answer = Quorum {
        leader: quorum.leader.map(|id| id.0),
        leader_epoch: quorum.leader_epoch.0,
        high_watermark: quorum.high_watermark.0,
        voters: quorum.voters.iter().map(node).collect(),
        observers: quorum.observers.iter().map(node).collect(),
    };
    output::print(remote.output, &answer, |out| {
        let leader = output::or_dash(answer.leader);
        writeln!(out, "Leader {leader}, epoch {}, committed {}", answer.leader_epoch, answer.high_watermark)?;
        let mut table = Table::new(&["NODE", "ROLE", "LOG END", "LAG", "CAUGHT UP"]).indented(2);
        for (role, nodes) in [("voter", &answer.voters), ("observer", &answer.observers)] {
            for one in nodes {
                let caught_up = one.last_caught_up_ms.map(|ms| span::show(ottla_types::Timestamp(ms)));
                table.row([
                    one.id.to_string(),
                    role.to_owned(),
                    one.log_end_offset.to_string(),
                    one.lag.to_string(),
                    output::or_dash(caught_up),
                ]);
            }
        }
        table.write(out)
    })
}

impl Directory {
    fn of(broker: BrokerId, dir: Result<LogDir, Error>) -> Self {
        let (dir, error) = match dir {
            Ok(dir) => (Some(dir), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let replicas = dir.iter().flat_map(|dir| &dir.replicas).map(|(name, replica)| Replica {
            topic: name.topic.to_string(),
            partition: name.partition.0,
            size_bytes: replica.size_bytes,
            offset_lag: replica.offset_lag,
            future: replica.is_future,
        });
        Self {
            broker: broker.0,
            error,
            total_bytes: dir.as_ref().and_then(|dir| dir.total_bytes),
            usable_bytes: dir.as_ref().and_then(|dir| dir.usable_bytes),
            partitions: replicas.collect(),
            path: dir.map(|dir| dir.path),
        }
    }
}

fn broker_or_any(admin: &Admin, broker: Option<i32>) -> Result<BrokerId, Failure> {
    let metadata = admin.cluster().metadata();
    match broker {
        Some(id) => Ok(BrokerId(id)),
        None => metadata.brokers.keys().next().copied().ok_or_else(|| {
            Failure::Other(
                "the cluster names no broker; is it still starting? Try again in a moment".to_owned(),
            )
        }),
    }
}
