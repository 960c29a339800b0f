//! The metadata quorum: what a node starts, proposes to, follows and stops.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::Bytes;
use openraft::error::{ClientWriteError, RaftError};
use openraft::{ChangeMembers, Config, ServerState, SnapshotPolicy};
use ottla_metadata::MetadataImage;
use ottla_storage::disk::{Disk, Lane};
use ottla_types::{BrokerId, LeaderEpoch, Offset, Timestamp, Uuid};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::directory::FOLDER;
use crate::error::{ProposeError, QuorumError};
use crate::keeper::{Keeper, Retention};
use crate::load::{Loaded, load};
use crate::log::{Log, LogOptions};
use crate::network::NoPeers;
use crate::state_machine::{StateMachine, snapshot_membership, snapshot_meta};
use crate::types::{Proposal, Raft};
use crate::voters::{KRAFT_VERSION, KRAFT_VERSIONS, Voter, VoterEndpoint};

/// Tells the time. The only clock of this crate.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the quorum is told once.
#[derive(Clone)]
pub struct QuorumOptions {
    /// `node.id`.
    pub node: BrokerId,
    /// The `directory.id` of the log directory that holds the metadata log.
    pub directory: Uuid,
    /// That log directory: `metadata.log.dir`, or the first of `log.dirs`.
    pub log_dir: PathBuf,
    /// Where this node listens as a controller, as others reach it.
    pub endpoints: Vec<VoterEndpoint>,
    /// Where files are.
    pub disk: Arc<dyn Disk>,
    /// What time it is.
    pub clock: Clock,
    /// `metadata.log.segment.bytes`.
    pub segment_bytes: u64,
    /// `metadata.log.segment.ms`.
    pub segment_ms: i64,
    /// `metadata.log.max.record.bytes.between.snapshots`.
    pub snapshot_bytes: u64,
    /// `metadata.log.max.snapshot.interval.ms`; 0 for never.
    pub snapshot_interval_ms: i64,
    /// `metadata.max.retention.bytes`; negative for no limit.
    pub retention_bytes: i64,
    /// `metadata.max.retention.ms`; negative for no limit.
    pub retention_ms: i64,
}

impl fmt::Debug for QuorumOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuorumOptions")
            .field("node", &self.node)
            .field("log_dir", &self.log_dir)
            .finish_non_exhaustive()
    }
}

/// Who leads the quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leadership {
    /// The leader, if there is one.
    pub leader: Option<BrokerId>,
    /// Its epoch.
    pub epoch: LeaderEpoch,
}

/// A running member of the metadata quorum.
pub struct Quorum {
    pub(crate) node: BrokerId,
    pub(crate) kraft_version: i16,
    pub(crate) raft: Raft,
    pub(crate) images: watch::Receiver<Arc<MetadataImage>>,
    pub(crate) latest: watch::Receiver<Arc<MetadataImage>>,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
    stop: watch::Sender<bool>,
    keeper: JoinHandle<()>,
}

impl fmt::Debug for Quorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quorum").field("node", &self.node).finish_non_exhaustive()
    }
}

/// How long a quorum of one may take to elect itself and to apply its log: forever, practically. It is
/// bounded so that a start that cannot succeed says so.
const ELECTION_WAIT: Duration = Duration::from_secs(60);

impl Quorum {
    /// Reads the log directory, makes a new log in an empty one, and returns when this node leads and has
    /// applied everything. Its tasks run on the runtime that this is called from.
    pub async fn start(options: QuorumOptions) -> Result<Self, QuorumError> {
        let lane =
            options.disk.lane("metadata-log").map_err(crate::error::io_error(options.log_dir.clone()))?;
        let log_options = LogOptions {
            folder: options.log_dir.join(FOLDER),
            node: options.node,
            segment_bytes: options.segment_bytes,
            segment_ms: options.segment_ms,
            clock: options.clock.clone(),
        };
        let this = Voter {
            directory: options.directory,
            endpoints: options.endpoints.clone(),
            kraft_versions: KRAFT_VERSIONS,
        };
        let loaded = load_on(&lane, options.disk.clone(), log_options.clone(), this.clone()).await?;
        let Loaded {
            state,
            image,
            snapshot,
            snapshot_log_id,
            snapshot_voters,
            keeps_voters,
            voters_are_current,
        } = loaded;
        let log = Log::new(log_options, options.disk.clone(), lane, state);
        let membership = snapshot_membership(snapshot_log_id, snapshot_voters);
        let (published, images) = watch::channel(Arc::new(image.committed().clone()));
        let (newest, latest) = watch::channel(Arc::new(image.clone()));
        let applied_bytes = Arc::new(AtomicU64::new(0));
        let machine = StateMachine {
            log: log.clone(),
            applied: snapshot_log_id,
            snapshot: snapshot
                .filter(|_| snapshot_log_id.is_some())
                .map(|id| (id, snapshot_meta(id, snapshot_log_id, membership.clone()))),
            membership,
            keeps_voters,
            image,
            published,
            newest,
            applied_bytes: applied_bytes.clone(),
        };
        let raft = Raft::new(options.node, Arc::new(config()?), NoPeers, log.clone(), machine).await;
        let raft = raft.map_err(stopped)?;
        lead(&raft, options.node).await?;
        if keeps_voters && !voters_are_current {
            let nodes = [(options.node, this)].into();
            raft.change_membership(ChangeMembers::SetNodes(nodes), true).await.map_err(stopped)?;
        }
        let (stop, stopping) = watch::channel(false);
        let keeper = Keeper {
            raft: raft.clone(),
            log: log.clone(),
            latest: latest.clone(),
            applied_bytes,
            snapshot_bytes: options.snapshot_bytes,
            snapshot_interval_ms: options.snapshot_interval_ms,
            snapshot_end: snapshot.map_or(Offset::ZERO, |id| id.end_offset),
            retention: Retention { bytes: options.retention_bytes, ms: options.retention_ms },
        };
        let keeper = tokio::spawn(keeper.run(stopping));
        let kraft_version = if keeps_voters { KRAFT_VERSION } else { 0 };
        let (node, clock) = (options.node, options.clock);
        Ok(Self { node, kraft_version, raft, images, latest, clock, log, stop, keeper })
    }

    /// The newest image with everything that is committed. Whoever acts on metadata keeps the image that it
    /// last acted on and asks `Changes::between` what is new; images that come faster than they are looked at
    /// are passed over.
    #[must_use]
    pub fn images(&self) -> watch::Receiver<Arc<MetadataImage>> {
        self.images.clone()
    }

    /// Who leads now.
    #[must_use]
    pub fn leadership(&self) -> Leadership {
        let metrics = self.raft.metrics();
        let metrics = metrics.borrow();
        Leadership {
            leader: metrics.current_leader,
            epoch: LeaderEpoch(i32::try_from(metrics.current_term).unwrap_or(i32::MAX)),
        }
    }

    /// The level of the feature `kraft.version`, which stands in the log's control records and not in the image: 1 where
    /// the log keeps the voters (KIP-853), 0 where everybody's configuration does.
    #[must_use]
    pub fn kraft_version(&self) -> i16 {
        self.kraft_version
    }

    /// Where the local log ends, committed or not.
    #[must_use]
    pub fn log_end_offset(&self) -> Offset {
        self.log.lock().end_offset
    }

    /// Commits encoded metadata records as one batch that begins at `base`, and returns the offset after it.
    /// When this returns, the published image has them.
    pub async fn propose(&self, base: Offset, values: Vec<Bytes>) -> Result<Offset, ProposeError> {
        propose(&self.raft, Proposal { base, values, timestamp: (self.clock)() }).await
    }

    /// Takes a snapshot now, whatever the settings say, and waits until it is there.
    pub async fn snapshot(&self) -> Result<(), QuorumError> {
        let end = self.latest.borrow().end_offset();
        crate::keeper::snapshot(&self.raft, &self.log, end).await
    }

    /// Completes when the quorum cannot go on, because its disk failed or its log is damaged.
    pub async fn failed(&self) -> QuorumError {
        let mut metrics = self.raft.metrics();
        let result = metrics.wait_for(|metrics| metrics.running_state.is_err()).await;
        match result {
            Ok(metrics) => QuorumError::Stopped(match &metrics.running_state {
                Err(fatal) => fatal.to_string(),
                Ok(()) => "for no reason that is known".to_owned(),
            }),
            Err(_) => QuorumError::Stopped("it was shut down".to_owned()),
        }
    }

    /// Stops; everything that was acknowledged is on disk already.
    pub async fn shutdown(self) -> Result<(), QuorumError> {
        self.stop.send_replace(true);
        self.keeper.await.map_err(stopped)?;
        self.raft.shutdown().await.map_err(stopped)?;
        // What is queued on the lane is written before the folder is anybody else's.
        self.log.on_lane(|_| Ok(())).await
    }
}

pub(crate) async fn propose(raft: &Raft, proposal: Proposal) -> Result<Offset, ProposeError> {
    let expected = proposal.base;
    match raft.client_write(proposal).await {
        Ok(response) if response.data.base_offset == expected => Ok(response.data.next_offset),
        Ok(response) => Err(ProposeError::Moved { expected, actual: response.data.base_offset }),
        Err(RaftError::APIError(ClientWriteError::ForwardToLeader(_))) => Err(ProposeError::NotLeader),
        Err(error) => Err(ProposeError::Stopped(error.to_string())),
    }
}

async fn load_on(
    lane: &Arc<dyn Lane>,
    disk: Arc<dyn Disk>,
    options: LogOptions,
    this: Voter,
) -> Result<Loaded, QuorumError> {
    let (sender, receiver) = oneshot::channel();
    lane.submit(Box::new(move || drop(sender.send(load(&disk, &options, &this)))));
    receiver.await.unwrap_or_else(|_| Err(QuorumError::Stopped("its disk thread has ended".to_owned())))
}

/// A quorum of one waits for nobody, so the timers only matter once there are others.
fn config() -> Result<Config, QuorumError> {
    let config = Config {
        cluster_name: "metadata".to_owned(),
        heartbeat_interval: 500,
        election_timeout_min: 1000,
        election_timeout_max: 2000,
        // The keeper says when: openraft counts entries, Kafka's settings count bytes and time.
        snapshot_policy: SnapshotPolicy::Never,
        ..Config::default()
    };
    config.validate().map_err(stopped)
}

/// Elects this node at once, and waits until what earlier leaders left is applied.
async fn lead(raft: &Raft, node: BrokerId) -> Result<(), QuorumError> {
    raft.trigger().elect().await.map_err(stopped)?;
    let is_ready = |metrics: &openraft::RaftMetrics<BrokerId, Voter>| {
        metrics.running_state.is_err()
            || metrics.state == ServerState::Leader
                && metrics.current_leader == Some(node)
                && metrics.last_applied.is_some_and(|applied| applied.leader_id.term == metrics.current_term)
    };
    let metrics = raft.wait(Some(ELECTION_WAIT)).metrics(is_ready, "leading").await.map_err(stopped)?;
    metrics.running_state.map_err(stopped)
}

pub(crate) fn stopped(error: impl fmt::Display) -> QuorumError {
    QuorumError::Stopped(error.to_string())
}
