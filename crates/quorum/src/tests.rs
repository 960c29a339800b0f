//! Nodes that start, write, stop and start again, on directories of their own and of Apache Kafka's.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ottla_controller::{
    AlteredConfig, Bootstrap, BrokerHeartbeat, Command, ConfigChange, ConfigRules, CreateTopics, NewTopic,
    Options, Refusal, RegisterBroker, RegisterController, Reply,
};
use ottla_metadata::{
    ConfigResource, ConfigValues, FeatureRange, MetadataImage, MetadataVersion, ResourceKind, encode_record,
    invariants,
};
use ottla_protocol::metadata_records::{MetadataRecord, ProducerIdsRecord};
use ottla_storage::disk::RealDisk;
use ottla_types::{BrokerId, LeaderEpoch, Offset, Timestamp, Uuid};
use tempfile::TempDir;

use crate::directory::FOLDER;
use crate::*;

#[derive(Debug)]
struct NoRules;

impl ConfigRules for NoRules {
    fn alter(
        &self,
        _: &ConfigResource,
        _: &ConfigValues,
        _: &[ConfigChange],
    ) -> Result<Vec<AlteredConfig>, Refusal> {
        Ok(Vec::new())
    }

    fn default_value(&self, _: ResourceKind, _: &str) -> Option<Arc<str>> {
        None
    }
}

pub(crate) const DIRECTORY: Uuid = Uuid(*b"a directory's id");

pub(crate) fn options(log_dir: &Path, directory: Uuid) -> QuorumOptions {
    QuorumOptions {
        node: BrokerId(1),
        directory,
        log_dir: log_dir.to_owned(),
        endpoints: vec![VoterEndpoint {
            listener: "CONTROLLER".into(),
            host: "127.0.0.1".into(),
            port: 19293,
        }],
        disk: RealDisk::shared(),
        clock: Arc::new(|| Timestamp(1_800_000_000_000)),
        segment_bytes: 1 << 30,
        segment_ms: i64::MAX,
        snapshot_bytes: 1 << 30,
        snapshot_interval_ms: 0,
        retention_bytes: -1,
        retention_ms: -1,
    }
}

fn active_options(log_dir: &Path) -> ActiveOptions {
    let feature = |name: &str, min, max| FeatureRange { name: name.into(), min, max };
    let features = vec![feature(MetadataVersion::FEATURE, 7, 30)];
    ActiveOptions {
        controller: Options {
            cluster_id: "c".into(),
            features: features.clone(),
            kraft_version: 1,
            default_partitions: 1,
            default_replication_factor: 1,
            session_timeout_ms: 9000,
            config_rules: Arc::new(NoRules),
        },
        bootstrap: Bootstrap {
            features: vec![(MetadataVersion::FEATURE.into(), 30)],
            records: read_bootstrap(&RealDisk, log_dir).unwrap(),
        },
        registration: RegisterController {
            id: BrokerId(1),
            incarnation: Uuid([5; 16]),
            endpoints: Vec::new(),
            features,
        },
    }
}

/// A node with its controller and a broker that is registered and unfenced.
struct Node {
    quorum: Quorum,
    controller: ControllerHandle,
    active: ActiveController,
    images: tokio::sync::watch::Receiver<Arc<MetadataImage>>,
}

impl Node {
    async fn start(options: QuorumOptions) -> Self {
        let (log_dir, directory) = (options.log_dir.clone(), options.directory);
        let quorum = Quorum::start(options).await.unwrap();
        let (controller, active) = quorum.start_controller(active_options(&log_dir));
        let images = quorum.images();
        let node = Self { quorum, controller, active, images };
        let register = RegisterBroker {
            id: BrokerId(1),
            cluster_id: "c".into(),
            incarnation: Uuid(u128::try_from(node.quorum.leadership().epoch.0).unwrap().to_be_bytes()),
            endpoints: Vec::new(),
            features: vec![FeatureRange { name: MetadataVersion::FEATURE.into(), min: 7, max: 30 }],
            rack: None,
            log_dirs: vec![directory],
            previous_epoch: None,
        };
        let reply = node.controller.submit(Command::RegisterBroker(register)).await.unwrap();
        let Reply::RegisterBroker(Ok(epoch)) = reply else { panic!("{reply:?}") };
        let heartbeat = BrokerHeartbeat {
            id: BrokerId(1),
            epoch,
            metadata_offset: Offset(node.image().end_offset().0 - 1),
            wants_fence: false,
            wants_shutdown: false,
            offline_log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        };
        let reply = node.controller.submit(Command::BrokerHeartbeat(heartbeat)).await.unwrap();
        assert!(matches!(reply, Reply::BrokerHeartbeat(Ok(standing)) if !standing.is_fenced), "{reply:?}");
        node
    }

    fn image(&self) -> Arc<MetadataImage> {
        self.images.borrow().clone()
    }

    async fn create_topic(&self, name: &str) {
        let mut id = [7; 16];
        id[..name.len()].copy_from_slice(name.as_bytes());
        let topic = NewTopic {
            name: name.into(),
            id: Uuid(id),
            partitions: None,
            replication_factor: None,
            assignments: Vec::new(),
            configs: vec![("retention.ms".into(), Some("5".into()))],
        };
        let command = CreateTopics { topics: vec![topic], validate_only: false, seed: 1 };
        let reply = self.controller.submit(Command::CreateTopics(command)).await.unwrap();
        assert!(matches!(&reply, Reply::CreateTopics(results) if results[0].1.is_ok()), "{reply:?}");
        // The reply waits for the commit, and the commit for the image.
        assert!(self.image().topics().by_name(name).is_some());
    }

    fn topic_names(&self) -> Vec<String> {
        self.image().topics().iter().map(|topic| topic.name.to_string()).collect()
    }

    async fn stop(self) {
        self.active.shutdown().await;
        self.quorum.shutdown().await.unwrap();
    }
}

pub(crate) fn producer_ids(next: i64) -> bytes::Bytes {
    let record = ProducerIdsRecord { next_producer_id: next, ..Default::default() };
    encode_record(&MetadataRecord::from(record), MetadataVersion::LATEST).unwrap()
}

fn files(log_dir: &Path, suffix: &str) -> Vec<String> {
    let names = fs::read_dir(log_dir.join(FOLDER)).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(suffix)).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_node_that_starts_again_finds_everything() {
    let dir = TempDir::new().unwrap();
    let first = Node::start(options(dir.path(), DIRECTORY)).await;
    assert_eq!(first.quorum.leadership().epoch, LeaderEpoch(1));
    assert!(first.image().is_bootstrapped());
    assert!(first.image().controller(BrokerId(1)).is_some());
    first.create_topic("a").await;
    let end = first.image().end_offset();
    first.stop().await;
    for round in 0..3 {
        let again = Node::start(options(dir.path(), DIRECTORY)).await;
        assert_eq!(again.quorum.leadership().epoch, LeaderEpoch(2 + round));
        assert!(again.image().end_offset() > end);
        invariants::check(&again.image()).unwrap();
        again.create_topic(["b", "c", "d"][round as usize]).await;
        assert_eq!(again.topic_names(), ["a", "b", "c", "d"][..2 + round as usize]);
        again.stop().await;
    }
}

#[tokio::test]
async fn records_for_another_offset_are_not_written() {
    let dir = TempDir::new().unwrap();
    let quorum = Quorum::start(options(dir.path(), DIRECTORY)).await.unwrap();
    let end = quorum.images().borrow().end_offset();
    let actual = Err(ProposeError::Moved { expected: Offset(end.0 + 5), actual: end });
    assert_eq!(quorum.propose(Offset(end.0 + 5), vec![producer_ids(1), producer_ids(2)]).await, actual);
    // One record that says nothing stands where they would have stood.
    let next = end.next();
    assert_eq!(quorum.propose(next, vec![producer_ids(3), producer_ids(4)]).await, Ok(next.plus(2)));
    quorum.shutdown().await.unwrap();
    let again = Quorum::start(options(dir.path(), DIRECTORY)).await.unwrap();
    assert_eq!(again.images().borrow().next_producer_id().0, 4);
    // The leader change of the new epoch is one more.
    assert_eq!(again.images().borrow().end_offset(), next.plus(3));
    again.shutdown().await.unwrap();
}

#[tokio::test]
async fn commands_that_come_together_are_committed_together() {
    let dir = TempDir::new().unwrap();
    let node = Node::start(options(dir.path(), DIRECTORY)).await;
    let names: Vec<String> = (0..50).map(|number| format!("t{number:02}")).collect();
    let mut tasks = tokio::task::JoinSet::new();
    let before = fs::metadata(dir.path().join(FOLDER).join(&files(dir.path(), ".log")[0])).unwrap().len();
    for name in names.clone() {
        let topic = NewTopic {
            id: Uuid([7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, name.as_bytes()[1], name.as_bytes()[2]]),
            name: name.into(),
            partitions: None,
            replication_factor: None,
            assignments: Vec::new(),
            configs: Vec::new(),
        };
        let command = CreateTopics { topics: vec![topic], validate_only: false, seed: 1 };
        let controller = node.controller.clone();
        tasks.spawn(async move { controller.submit(Command::CreateTopics(command)).await });
    }
    for reply in tasks.join_all().await {
        assert!(matches!(reply, Ok(Reply::CreateTopics(results)) if results[0].1.is_ok()));
    }
    assert_eq!(node.topic_names(), names);
    let after = fs::metadata(dir.path().join(FOLDER).join(&files(dir.path(), ".log")[0])).unwrap().len();
    // Fifty batches would have fifty headers of 61 bytes; the records are about 110 bytes for each topic.
    assert!(after - before < 50 * 125, "{}", after - before);
    node.stop().await;
}

#[tokio::test]
async fn snapshots_replace_the_log_that_they_hold() {
    let dir = TempDir::new().unwrap();
    let mut with_retention = options(dir.path(), DIRECTORY);
    with_retention.segment_bytes = 2000;
    with_retention.retention_bytes = 5000;
    let mut names = Vec::new();
    for round in 0..6 {
        let node = Node::start(with_retention.clone()).await;
        assert_eq!(node.topic_names(), names);
        for number in 0..10 {
            let name = format!("t{round}{number}");
            node.create_topic(&name).await;
            names.push(name);
            if number % 4 == 3 {
                node.quorum.snapshot().await.unwrap();
            }
        }
        node.stop().await;
    }
    let last = Quorum::start(with_retention).await.unwrap();
    let image = last.images().borrow().clone();
    assert_eq!(image.topics().iter().map(|topic| &*topic.name).collect::<Vec<_>>(), names);
    invariants::check(&image).unwrap();
    last.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_snapshot_is_taken_when_enough_was_written_and_old_files_go() {
    let dir = TempDir::new().unwrap();
    let mut small = options(dir.path(), DIRECTORY);
    small.segment_bytes = 1000;
    small.snapshot_bytes = 1500;
    small.retention_bytes = 4000;
    let node = Node::start(small.clone()).await;
    let mut images = node.quorum.images();
    for number in 0..60 {
        node.create_topic(&format!("t{number:02}")).await;
        images.borrow_and_update();
        tokio::task::yield_now().await;
    }
    node.stop().await;
    assert!(files(dir.path(), ".log").len() < 8, "{:?}", files(dir.path(), ".log"));
    assert!(!files(dir.path(), ".log").contains(&"00000000000000000000.log".to_owned()));
    assert!(
        !files(dir.path(), ".checkpoint").contains(&"00000000000000000000-0000000000.checkpoint".to_owned())
    );
    let again = Node::start(small).await;
    assert_eq!(again.topic_names().len(), 60);
    again.stop().await;
}

#[tokio::test]
async fn a_write_that_a_crash_cut_short_is_cut_off() {
    let dir = TempDir::new().unwrap();
    let node = Node::start(options(dir.path(), DIRECTORY)).await;
    node.create_topic("a").await;
    node.stop().await;
    let log = dir.path().join(FOLDER).join("00000000000000000000.log");
    let whole = fs::read(&log).unwrap();
    for torn in [&whole[..100], &[0; 4000], &[1; 10]] {
        fs::write(&log, [&whole[..], torn].concat()).unwrap();
        let quorum = Quorum::start(options(dir.path(), DIRECTORY)).await.unwrap();
        assert!(quorum.images().borrow().topics().by_name("a").is_some());
        quorum.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn damage_before_the_end_stops_the_start() {
    let dir = TempDir::new().unwrap();
    let mut small = options(dir.path(), DIRECTORY);
    small.segment_bytes = 600;
    let node = Node::start(small.clone()).await;
    for name in ["a", "b", "c", "d", "e"] {
        node.create_topic(name).await;
    }
    node.stop().await;
    let logs = files(dir.path(), ".log");
    assert!(logs.len() > 2, "{logs:?}");
    let log = dir.path().join(FOLDER).join(&logs[0]);
    let mut bytes = fs::read(&log).unwrap();
    bytes[65] ^= 1;
    fs::write(&log, bytes).unwrap();
    let error = Quorum::start(small).await.unwrap_err().to_string();
    assert!(error.contains("00000000000000000000.log: the checksum in the header"), "{error}");
}

#[tokio::test]
async fn another_node_or_directory_cannot_take_over_the_log() {
    let dir = TempDir::new().unwrap();
    Quorum::start(options(dir.path(), DIRECTORY)).await.unwrap().shutdown().await.unwrap();
    let mut other = options(dir.path(), DIRECTORY);
    other.node = BrokerId(2);
    assert!(matches!(Quorum::start(other).await, Err(QuorumError::NotAVoter { .. })));
    let replaced = options(dir.path(), Uuid([9; 16]));
    assert!(matches!(Quorum::start(replaced).await, Err(QuorumError::NotAVoter { .. })));
}

/// Copies what Apache Kafka 4.3.1 wrote, and says the id of its directory.
fn kafka_directory(name: &str) -> (TempDir, Uuid) {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join(FOLDER);
    fs::create_dir_all(&folder).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/kafka-4.3.1").join(name);
    for entry in fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        let is_bootstrap = entry.file_name() == "bootstrap.checkpoint";
        let target = if is_bootstrap { dir.path() } else { &folder };
        fs::copy(entry.path(), target.join(entry.file_name())).unwrap();
    }
    (dir, "qvJjanaHTEmjZfEjPNbE2w".parse().unwrap())
}

#[tokio::test]
async fn a_directory_that_kafka_formatted_is_a_new_cluster() {
    let (dir, directory) = kafka_directory("formatted");
    let node = Node::start(options(dir.path(), directory)).await;
    let image = node.image();
    assert_eq!(image.metadata_version(), MetadataVersion::LATEST);
    assert_eq!(image.feature("share.version"), 0, "what is not whole is not finalized");
    assert_eq!(node.quorum.leadership().epoch, LeaderEpoch(1));
    node.stop().await;
}

#[tokio::test]
async fn what_kafka_left_is_found_and_gone_on_with() {
    for name in ["killed", "stopped"] {
        let (dir, directory) = kafka_directory(name);
        let epoch = if name == "killed" { 1 } else { 2 };
        for round in 1..4 {
            let node = Node::start(options(dir.path(), directory)).await;
            assert_eq!(node.quorum.leadership().epoch, LeaderEpoch(epoch + round), "{name}");
            let image = node.image();
            invariants::check(&image).unwrap();
            let flights = image.topics().by_name("flights").unwrap();
            assert_eq!((flights.partitions.len(), image.topics().by_name("planes")), (3, None));
            assert_eq!(
                image.configs().value(&ConfigResource::topic("flights"), "retention.ms").unwrap(),
                &"86400000".into()
            );
            assert_eq!((image.security().scram.len(), image.security().quotas.len()), (1, 1));
            assert_eq!(image.feature("share.version"), 1);
            node.create_topic(["x", "y", "z"][round as usize - 1]).await;
            assert_eq!(node.image().topics().len(), 1 + round as usize);
            if round == 2 {
                node.quorum.snapshot().await.unwrap();
            }
            node.stop().await;
        }
    }
}
