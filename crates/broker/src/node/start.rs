//! Starting a node, step by step.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use ottla_config::{EffectiveConfig, NodeConfig, Startup, Texts};
use ottla_controller::{Bootstrap, Options, RegisterController};
use ottla_group::GroupConfig;
use ottla_metadata::{Endpoint, MetadataImage, MetadataVersion};
use ottla_net::{ConnectionLimits, Cores, FileReads, Shutdown};
use ottla_protocol::metadata_records::MetadataRecord;
use ottla_quorum::{
    ActiveController, ActiveOptions, ControllerHandle, Quorum, QuorumError, QuorumOptions, VoterEndpoint,
};
use ottla_storage::StorageError;
use ottla_storage::disk::Disk;
use ottla_storage::log_dir::{LockedDir, LogDir, LogDirOptions};
use ottla_storage::wal::WalOptions;
use ottla_types::BrokerId;

use super::identity::{Identity, fresh_id};
use super::listeners::{Bound, Doors, bind_all};
use super::{Node, Tasks};
use crate::broker::Broker;
use crate::clock::Clock;
use crate::config_rules::Rules;
use crate::connection_limits::resolve;
use crate::fetch::session::Sessions;
use crate::follower::{Follower, effective_config, topic_config};
use crate::groups::Groups;
use crate::housekeeping::Housekeeping;
use crate::log_config::log_config;
use crate::metadata::Published;
use crate::partitions::Partitions;
use crate::producer_ids::ProducerIds;
use crate::registration::{Applicant, Registration, features};
use crate::response_room::turns;

/// Bytes of the latest batches that stay in memory for readers.
const TAIL_BYTES: usize = 128 << 20;
/// `broker.session.timeout.ms` as Kafka has it.
const SESSION_TIMEOUT_MS: i64 = 9_000;
/// The listener that controllers are known by where none is configured.
const CONTROLLER_LISTENER: (&str, &str, u16) = ("CONTROLLER", "localhost", 9093);

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process has the directory.
    #[error("log.dirs: {} is locked by another broker; stop it or choose another directory", .0.display())]
    Locked(PathBuf),
    /// The directory belongs to another node.
    #[error(
        "node.id: the data in {} belongs to node {theirs}, not to {ours}; set node.id={theirs} or choose another directory",
        directory.display()
    )]
    OtherNode {
        /// The directory.
        directory: PathBuf,
        /// Whose it is.
        theirs: BrokerId,
        /// Who wants it.
        ours: BrokerId,
    },
    /// A listener's address cannot be used.
    #[error("listeners: {listener}://{address} cannot be bound: {source}; free that port or choose another")]
    Bind {
        /// The listener's name.
        listener: String,
        /// Its address.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// Files cannot be read or written, or do not hold what they should.
    #[error("log.dirs: {0}")]
    Storage(#[from] StorageError),
    /// The metadata log cannot be opened.
    #[error("the metadata log cannot be opened: {0}")]
    Quorum(#[from] QuorumError),
    /// The controller does not let this broker in.
    #[error("the controller refuses this broker: {0}")]
    Refused(String),
    /// Threads cannot be started.
    #[error("threads cannot be started: {0}")]
    Threads(io::Error),
}

impl Node {
    /// Starts a node on a disk, by a clock; must be called on a tokio runtime, which then carries everything but the
    /// connections.
    pub async fn start(startup: Startup, disk: Arc<dyn Disk>, clock: Clock) -> Result<Self, StartError> {
        let began = Instant::now();
        raise_file_limit();
        let mut config = startup.node;
        let root = PathBuf::from(&config.storage.log_dirs[0]);
        let mut locked = lock(&disk, &root)?;
        let identity = Identity::settle(&mut locked, &config)?;
        config.node_id = identity.node_id;
        let bound = bind_all(&config)?;
        let (effective, _) =
            EffectiveConfig::new(Arc::clone(&startup.settings), &Texts::new(), &Texts::new());
        let effective = Arc::new(ArcSwap::from_pointee(effective));
        let (quorum, handle, controller) =
            Founding { config: &config, identity: &identity, disk: &disk, clock: &clock }
                .start(&effective)
                .await?;
        let image = (**quorum.images().borrow()).clone();
        let registration = register(&config, &identity, &locked, &bound, &handle).await?;
        effective.store(Arc::new(effective_config(&startup.settings, &image, config.node_id)));
        let reads = reading_lanes(&disk)?;
        let dir = open_dir(locked, &config, &effective.load(), &image, &clock, &reads).await?;
        let parts =
            Parts { began, config, identity, quorum, handle, controller, dir, reads, clock, registration };
        parts.assemble(&startup.settings, effective, bound).await
    }
}

/// The parts of a node before they know each other.
struct Parts {
    began: Instant,
    config: NodeConfig,
    identity: Identity,
    quorum: Quorum,
    handle: ControllerHandle,
    controller: ActiveController,
    dir: Arc<LogDir>,
    reads: FileReads,
    clock: Clock,
    registration: Registration,
}

impl Parts {
    async fn assemble(
        self,
        statics: &Arc<ottla_config::StaticConfig>,
        effective: Arc<ArcSwap<EffectiveConfig>>,
        bound: Vec<Bound>,
    ) -> Result<Node, StartError> {
        let threads = self.config.network.threads.unwrap_or_else(cores);
        let (publisher, published) = Published::new(MetadataImage::default());
        let groups = Arc::new(Groups::new(published.clone(), group_config(&self.config), self.clock.clone()));
        let partitions = Arc::new(Partitions::default());
        let limits = ConnectionLimits::new(resolve(&effective.load().dynamic().connections));
        let mut follower = Follower {
            node_id: self.config.node_id,
            images: self.quorum.images(),
            publisher,
            statics: Arc::clone(statics),
            effective: Arc::clone(&effective),
            partitions: Arc::clone(&partitions),
            groups: Arc::clone(&groups),
            dir: Arc::clone(&self.dir),
            reads: self.reads.clone(),
            clock: self.clock.clone(),
            limits: Arc::clone(&limits),
            seen: MetadataImage::default(),
        };
        follower.catch_up().await;
        let broker = Arc::new(Broker {
            large_requests: turns(),
            sessions: Sessions::new(self.config.fetch.sessions_max),
            node: self.config,
            cluster_id: self.identity.cluster_id,
            clock: self.clock,
            published,
            effective,
            partitions,
            dir: Arc::clone(&self.dir),
            reads: self.reads,
            groups,
            controller: self.handle,
            standings: self.quorum.standings(),
            committed: self.quorum.images(),
            producer_ids: ProducerIds::default(),
        });
        let follower = tokio::spawn(follower.run());
        // The first heartbeat lifts the fence: the broker has followed the log.
        self.registration.heartbeat(&broker).await;
        let duties = Housekeeping { broker: Arc::clone(&broker), registration: self.registration };
        let housekeeping = tokio::spawn(duties.run());
        let (shutdown, signal) = Shutdown::new();
        let cores = Arc::new(Cores::start(threads).map_err(StartError::Threads)?);
        let addresses = bound.iter().map(Bound::describe).collect();
        let doors =
            Doors { broker: Arc::clone(&broker), cores: Arc::clone(&cores), limits, shutdown: signal };
        let listeners = doors.open(bound);
        self.dir.started();
        Ok(Node {
            began: self.began,
            broker,
            registration: self.registration,
            quorum: self.quorum,
            controller: self.controller,
            dir: self.dir,
            cores,
            shutdown,
            tasks: Tasks { listeners, follower, housekeeping },
            addresses,
            ready_in_ms: self.began.elapsed().as_millis(),
        })
    }
}

/// What the quorum is founded on.
struct Founding<'a> {
    config: &'a NodeConfig,
    identity: &'a Identity,
    disk: &'a Arc<dyn Disk>,
    clock: &'a Clock,
}

impl Founding<'_> {
    async fn start(
        &self,
        effective: &Arc<ArcSwap<EffectiveConfig>>,
    ) -> Result<(Quorum, ControllerHandle, ActiveController), StartError> {
        let metadata = &self.config.metadata;
        let clock = self.clock.clone();
        let quorum = Quorum::start(QuorumOptions {
            node: self.identity.node_id,
            directory: self.identity.directory_id,
            log_dir: PathBuf::from(&self.config.storage.metadata_log_dir),
            endpoints: self.controller_endpoints(),
            disk: Arc::clone(self.disk),
            clock: Arc::new(move || clock.now()),
            segment_bytes: metadata.segment_bytes.into(),
            segment_ms: metadata.segment_ms,
            snapshot_bytes: metadata.snapshot_bytes.max(0) as u64,
            snapshot_interval_ms: metadata.snapshot_ms.unwrap_or(0),
            retention_bytes: metadata.retention_bytes,
            retention_ms: metadata.retention_ms,
        })
        .await?;
        let endpoints = self.controller_endpoints().into_iter().map(|endpoint| Endpoint {
            listener: endpoint.listener,
            host: endpoint.host,
            port: endpoint.port,
            security_protocol: 0,
        });
        let (handle, controller) = quorum.start_controller(ActiveOptions {
            controller: Options {
                cluster_id: self.identity.cluster_id.as_str().into(),
                features: features(),
                kraft_version: quorum.kraft_version(),
                default_partitions: self.config.topics.partitions,
                default_replication_factor: self.config.topics.replication_factor,
                session_timeout_ms: SESSION_TIMEOUT_MS,
                config_rules: Arc::new(Rules::new(Arc::clone(effective))),
            },
            bootstrap: Bootstrap {
                features: vec![(MetadataVersion::FEATURE.into(), MetadataVersion::LATEST.0)],
                records: self.formatted_records()?,
            },
            registration: RegisterController {
                id: self.identity.node_id,
                incarnation: fresh_id(),
                endpoints: endpoints.collect(),
                features: features(),
            },
        });
        Ok((quorum, handle, controller))
    }

    /// What `kafka-storage format` has left for the first controller.
    fn formatted_records(&self) -> Result<Vec<MetadataRecord>, StartError> {
        let dir = Path::new(&self.config.storage.metadata_log_dir);
        Ok(ottla_quorum::read_bootstrap(&**self.disk, dir)?)
    }

    fn controller_endpoints(&self) -> Vec<VoterEndpoint> {
        let configured = self.config.listeners.controller().map(|listener| {
            let address = listener.advertised.as_ref().unwrap_or(&listener.bind);
            let host = if address.host.is_empty() { CONTROLLER_LISTENER.1 } else { &address.host };
            VoterEndpoint { listener: listener.name.as_str().into(), host: host.into(), port: address.port }
        });
        let endpoints: Vec<_> = configured.collect();
        if !endpoints.is_empty() {
            return endpoints;
        }
        let (listener, host, port) = CONTROLLER_LISTENER;
        vec![VoterEndpoint { listener: listener.into(), host: host.into(), port }]
    }
}

fn lock(disk: &Arc<dyn Disk>, root: &Path) -> Result<LockedDir, StartError> {
    LockedDir::lock(Arc::clone(disk), root).map_err(|error| match &error {
        StorageError::Disk(source) if source.kind() == io::ErrorKind::WouldBlock => {
            StartError::Locked(root.to_owned())
        }
        _ => StartError::Storage(error),
    })
}

async fn register(
    config: &NodeConfig,
    identity: &Identity,
    locked: &LockedDir,
    bound: &[Bound],
    handle: &ControllerHandle,
) -> Result<Registration, StartError> {
    let applicant = Applicant {
        id: identity.node_id,
        cluster_id: identity.cluster_id.clone(),
        incarnation: fresh_id(),
        endpoints: bound.iter().map(|bound| bound.endpoint.clone()).collect(),
        rack: config.rack.clone(),
        directory_id: identity.directory_id,
        previous_epoch: locked.clean_epoch()?,
    };
    Registration::register(handle, applicant).await.map_err(StartError::Refused)
}

/// Recovers the partitions, away from the runtime's threads.
async fn open_dir(
    locked: LockedDir,
    config: &NodeConfig,
    effective: &EffectiveConfig,
    image: &MetadataImage,
    clock: &Clock,
    reads: &FileReads,
) -> Result<Arc<LogDir>, StartError> {
    let options = LogDirOptions {
        is_durable: config.storage.is_durable,
        reserve_bytes: config.storage.reserve_bytes,
        tail_bytes: TAIL_BYTES,
        recovery_threads: effective.dynamic().recoveries_max.max(cores()),
        wal: WalOptions { size_bytes: config.storage.wal_bytes, ..WalOptions::default() },
    };
    let (effective, image, now) = (effective.clone(), image.clone(), clock.now());
    let opened = reads.run(move || {
        let expiration = effective.dynamic().producer_id_expiration_ms;
        let config_of = |name: &ottla_types::TopicPartition, topic_id| {
            let topic = image.topics().by_id(topic_id)?;
            topic.partitions.get(&name.partition)?;
            Some(log_config(&topic_config(&effective, &image, &topic.name), expiration))
        };
        locked.open(options, now, config_of, rand::random)
    });
    let (dir, report) = opened.await?;
    tracing::info!("{}: {report}", dir.root().display());
    for (partition, missing) in &report.missing {
        tracing::error!(
            %partition,
            "records were acknowledged that are neither in the partition's files nor in the write-ahead log: from offset \
             {} to {}, and what came after; the files have been damaged",
            missing.start,
            missing.end
        );
    }
    for (partition, recovery) in &report.recovered {
        tracing::debug!(%partition, ?recovery, "recovered");
    }
    Ok(Arc::new(dir))
}

/// Lanes that wait for the device in place of everybody else.
fn reading_lanes(disk: &Arc<dyn Disk>) -> Result<FileReads, StartError> {
    let lanes = (0..cores().max(2)).map(|number| disk.lane(&format!("read-{number}")));
    Ok(FileReads::new(lanes.collect::<io::Result<_>>().map_err(StartError::Threads)?))
}

fn group_config(config: &NodeConfig) -> GroupConfig {
    GroupConfig {
        session_timeout_min_ms: config.groups.session_timeout_ms_min,
        session_timeout_max_ms: config.groups.session_timeout_ms_max,
        initial_rebalance_delay_ms: config.groups.initial_rebalance_delay_ms,
        size_max: config.groups.members_max,
        offsets_retention_ms: config.offsets.retention_ms,
        offset_metadata_max: config.offsets.metadata_bytes_max,
        ..GroupConfig::default()
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A broker has many files open: the soft limit is raised to the hard one.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files cannot be raised");
    }
}
