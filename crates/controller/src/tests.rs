//! The controller under commands of all kinds.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_machine::{Coordinator, Decision, Token};
use ottla_metadata::{
    ConfigResource, ConfigValues, FeatureRange, LeaderRecovery, MetadataImage, MetadataRecord,
    MetadataVersion, ResourceKind, invariants,
};
use ottla_protocol::metadata_records::{
    BeginTransactionRecord, FeatureLevelRecord, TopicRecord, UserScramCredentialRecord,
};
use ottla_types::{BrokerEpoch, BrokerId, ErrorCode, Offset, PartitionIndex, Timestamp, Uuid};

use crate::chance::Chance;
use crate::*;

#[derive(Debug)]
struct Rules;

impl ConfigRules for Rules {
    /// Appends and subtracts to and from whatever is called a policy.
    fn alter(
        &self,
        _: &ConfigResource,
        own: &ConfigValues,
        changes: &[ConfigChange],
    ) -> Result<Vec<AlteredConfig>, Refusal> {
        let alter = |ConfigChange { key, operation }: &ConfigChange| {
            let old = own.get(key).map_or("delete", |old| &**old);
            let items = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
            let value = match operation {
                ConfigOperation::Set(value) => Some(value.clone()),
                ConfigOperation::Delete => None,
                _ if !key.ends_with("policy") => return Err(Refusal::BadConfig(format!("{key} is no list"))),
                ConfigOperation::Append(more) => {
                    Some(Arc::from([items(old), items(more)].concat().join(",")))
                }
                ConfigOperation::Subtract(less) => {
                    let left = items(old).into_iter().filter(|item| !items(less).contains(item));
                    Some(Arc::from(left.collect::<Vec<_>>().join(",")))
                }
            };
            match value.as_deref() {
                Some("bad") => Err(Refusal::BadConfig(format!("{key}: 'bad' is not allowed; give a number"))),
                _ => Ok((key.clone(), value)),
            }
        };
        changes.iter().map(alter).collect()
    }

    fn default_value(&self, _: ResourceKind, _: &str) -> Option<Arc<str>> {
        None
    }
}

/// A controller with a shell that applies what it decides, as the quorum does.
struct Cluster {
    controller: Controller,
    now: Timestamp,
    log: Vec<MetadataRecord>,
    ids: u128,
}

const ELR: &str = "eligible.leader.replicas.version";

impl Cluster {
    /// A new cluster with the given features, with the newest `metadata.version` if they do not name another, and
    /// brokers 1 to `brokers`, unfenced.
    fn new(brokers: i32, features: &[(&str, i16)]) -> Self {
        let controller = Controller::new(options(), MetadataImage::default());
        let mut cluster = Self { controller, now: Timestamp(0), log: Vec::new(), ids: 1000 };
        let mut levels: Vec<(Arc<str>, i16)> =
            features.iter().map(|&(name, level)| (Arc::from(name), level)).collect();
        if !features.iter().any(|&(name, _)| name == MetadataVersion::FEATURE) {
            levels.insert(0, (MetadataVersion::FEATURE.into(), MetadataVersion::LATEST.0));
        }
        assert_eq!(
            cluster.run(Command::Bootstrap(Bootstrap { features: levels, records: Vec::new() })),
            Reply::Bootstrap(true)
        );
        for id in 1..=brokers {
            cluster.start_broker(id);
        }
        cluster
    }

    fn run(&mut self, command: Command) -> Reply {
        let mut out = Decision::default();
        self.controller.handle(self.now, Token(1), command, &mut out);
        let reply = out.replies.pop().expect("every command is answered at once").1;
        self.take(out);
        reply
    }

    fn wake(&mut self) {
        while self.controller.next_deadline().is_some_and(|due| due <= self.now) {
            let mut out = Decision::default();
            self.controller.wake(self.now, &mut out);
            self.take(out);
        }
    }

    fn take(&mut self, out: Decision<Controller>) {
        for record in out.records {
            self.controller.apply(&record);
            self.log.push(record);
        }
        assert_eq!(self.controller.image().end_offset(), Offset(self.log.len() as i64));
        invariants::check(self.controller.image()).unwrap();
    }

    fn reload(&mut self) {
        let mut image = MetadataImage::default();
        for record in &self.log {
            image.apply(record).unwrap();
        }
        image.set_position(self.controller.image().position());
        assert_eq!(&image, self.controller.image());
        self.controller = Controller::new(options(), image);
        self.controller.loaded(self.now);
    }

    fn register(&mut self, id: i32, previous_epoch: Option<BrokerEpoch>) -> Result<BrokerEpoch, Refusal> {
        self.ids += 1;
        let command = RegisterBroker {
            id: BrokerId(id),
            cluster_id: "c".into(),
            incarnation: Uuid(self.ids.to_be_bytes()),
            endpoints: Vec::new(),
            features: vec![
                FeatureRange { name: KRAFT_VERSION.into(), min: 0, max: 1 },
                FeatureRange { name: MetadataVersion::FEATURE.into(), min: 7, max: 30 },
            ],
            rack: Some(if id % 2 == 0 { "even" } else { "odd" }.into()),
            log_dirs: vec![Uuid([id as u8 + 100; 16])],
            previous_epoch,
        };
        let Reply::RegisterBroker(result) = self.run(Command::RegisterBroker(command)) else { panic!() };
        result
    }

    fn start_broker(&mut self, id: i32) {
        self.register(id, None).unwrap();
        self.beat(id, |_| {}).unwrap();
    }

    fn beat(
        &mut self,
        id: i32,
        change: impl FnOnce(&mut BrokerHeartbeat),
    ) -> Result<BrokerStanding, Refusal> {
        let id = BrokerId(id);
        let epoch = self.controller.image().broker(id).map_or(BrokerEpoch(-1), |broker| broker.epoch);
        let mut command = BrokerHeartbeat {
            id,
            epoch,
            metadata_offset: Offset(self.log.len() as i64 - 1),
            wants_fence: false,
            wants_shutdown: false,
            offline_log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        };
        change(&mut command);
        let Reply::BrokerHeartbeat(result) = self.run(Command::BrokerHeartbeat(command)) else { panic!() };
        result
    }

    fn topic(&mut self, name: &str) -> NewTopic {
        self.ids += 1;
        NewTopic {
            name: name.into(),
            id: Uuid(self.ids.to_be_bytes()),
            partitions: None,
            replication_factor: None,
            assignments: Vec::new(),
            configs: Vec::new(),
        }
    }

    fn create(&mut self, topics: Vec<NewTopic>) -> Vec<(Arc<str>, Result<CreatedTopic, Refusal>)> {
        let command = CreateTopics { topics, validate_only: false, seed: self.ids as u64 };
        let Reply::CreateTopics(results) = self.run(Command::CreateTopics(command)) else { panic!() };
        results
    }

    fn create_one(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut NewTopic),
    ) -> Result<CreatedTopic, Refusal> {
        let mut topic = self.topic(name);
        change(&mut topic);
        self.create(vec![topic]).remove(0).1
    }

    fn alter(
        &mut self,
        resource: ConfigResource,
        key: &str,
        operation: ConfigOperation,
    ) -> Result<(), Refusal> {
        let changes = vec![ConfigChange { key: key.into(), operation }];
        let command = AlterConfigs { resources: vec![(resource, changes)], validate_only: false };
        let Reply::AlterConfigs(mut results) = self.run(Command::IncrementalAlterConfigs(command)) else {
            panic!()
        };
        results.remove(0).1
    }

    fn partition(&self, topic: &str, index: i32) -> ottla_metadata::Partition {
        let topic = self.controller.image().topics().by_name(topic).unwrap();
        ottla_metadata::Partition::clone(&topic.partitions[&PartitionIndex(index)])
    }

    /// One command, or passage of time, of any kind.
    fn step(&mut self, chance: &mut Chance) {
        let id = 1 + chance.below(4) as i32;
        let name = format!("t{}{}x", chance.below(6), [".", "_", "-"][chance.below(3)]);
        match chance.below(14) {
            0 | 1 => drop(self.create_one(&name, |topic| {
                topic.partitions = Some(chance.below(4) as i32);
                topic.replication_factor = Some(chance.below(4) as i16);
            })),
            2 => drop(self.run(Command::DeleteTopics(vec![TopicKey::Name(name.into())]))),
            3 => {
                let more =
                    MorePartitions { topic: name.into(), count: chance.below(9) as i32, assignments: None };
                let command =
                    CreatePartitions { topics: vec![more], validate_only: false, seed: chance.next() };
                self.run(Command::CreatePartitions(command));
            }
            4 => {
                let value = ["1", "2", "true"][chance.below(3)];
                let key = ["min.insync.replicas", "unclean.leader.election.enable"][chance.below(2)];
                drop(self.alter(ConfigResource::topic(name), key, ConfigOperation::Set(value.into())));
            }
            5 => drop(self.register(id, Some(BrokerEpoch(chance.below(40) as i64)))),
            6 => drop(self.beat(id, |beat| beat.wants_shutdown = true)),
            7 => drop(self.beat(id, |beat| beat.wants_fence = true)),
            8 => self.change_isr(chance),
            9 => {
                let command = ElectLeaders { unclean: chance.below(2) == 0, partitions: None };
                self.run(Command::ElectLeaders(command));
            }
            10 => {
                self.now = self.now.plus_ms(chance.below(9000) as i64);
                self.wake();
            }
            11 if chance.below(10) == 0 => drop(self.run(Command::UnregisterBroker(BrokerId(id)))),
            12 => {
                let offline = vec![Uuid([id as u8 + 100; 16])];
                drop(self.beat(id, |beat| {
                    beat.offline_log_dirs = if chance.below(20) == 0 { offline } else { Vec::new() }
                }));
            }
            _ => drop(self.beat(id, |beat| beat.cordoned_log_dirs = Some(Vec::new()))),
        }
    }

    fn change_isr(&mut self, chance: &mut Chance) {
        let image = self.controller.image();
        let Some(topic) = image.topics().iter().nth(chance.below(image.topics().len().max(1))).cloned()
        else {
            return;
        };
        for (&index, partition) in &topic.partitions {
            let Some(leader) = image.broker(partition.leader).cloned() else { continue };
            let mut isr = partition.replicas.clone();
            isr.retain(|_| chance.below(3) > 0);
            let change = IsrChange {
                topic: topic.id,
                index,
                leader_epoch: partition.leader_epoch,
                partition_epoch: partition.partition_epoch,
                isr: isr.into_iter().map(|id| (id, None)).collect(),
                leader_recovery: LeaderRecovery::Recovered,
            };
            let command = AlterPartition { broker: leader.id, epoch: leader.epoch, partitions: vec![change] };
            let Reply::AlterPartition(result) = self.run(Command::AlterPartition(command)) else { panic!() };
            result.unwrap();
            return;
        }
    }
}

fn options() -> Options {
    let feature = |name: &str, min, max| FeatureRange { name: name.into(), min, max };
    Options {
        cluster_id: "c".into(),
        features: vec![
            feature("group.version", 0, 1),
            feature(KRAFT_VERSION, 0, 1),
            feature(MetadataVersion::FEATURE, 7, 30),
        ],
        kraft_version: 1,
        default_partitions: 3,
        default_replication_factor: 1,
        session_timeout_ms: 9000,
        config_rules: Arc::new(Rules),
    }
}

#[test]
fn random_commands_keep_every_invariant_and_survive_reloads() {
    for seed in 0..150u64 {
        let features: &[(&str, i16)] = if seed % 2 == 0 { &[] } else { &[(ELR, 1)] };
        let mut chance = Chance::new(seed);
        let mut cluster = Cluster::new(3, features);
        for step in 0..120 {
            let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                cluster.step(&mut chance);
                if chance.below(10) == 0 {
                    cluster.reload();
                }
            }));
            assert!(run.is_ok(), "seed {seed}, step {step}");
        }
    }
}

#[test]
fn a_new_cluster_begins_with_the_records_that_kafka_writes() {
    let cluster = Cluster::new(0, &[(ELR, 1), ("group.version", 1)]);
    let json: Vec<String> = cluster
        .log
        .iter()
        .map(|record| format!("{} {}", record.name(), record.to_json(record.versions().last).unwrap()))
        .collect();
    let expected = [
        r#"BeginTransactionRecord {"name":"Bootstrap records"}"#,
        r#"FeatureLevelRecord {"name":"metadata.version","featureLevel":30}"#,
        r#"FeatureLevelRecord {"name":"eligible.leader.replicas.version","featureLevel":1}"#,
        r#"ConfigRecord {"resourceType":4,"resourceName":"","name":"min.insync.replicas","value":"1"}"#,
        r#"FeatureLevelRecord {"name":"group.version","featureLevel":1}"#,
        r#"EndTransactionRecord {}"#,
    ];
    assert_eq!(json, expected);
    let mut again = cluster;
    assert_eq!(
        again.run(Command::Bootstrap(Bootstrap { features: Vec::new(), records: Vec::new() })),
        Reply::Bootstrap(false)
    );
}

#[test]
fn a_formatted_directory_decides_what_a_new_cluster_begins_with() {
    let level = |name: &str, feature_level| {
        MetadataRecord::from(FeatureLevelRecord { name: name.into(), feature_level, ..Default::default() })
    };
    let scram = UserScramCredentialRecord { name: "u".into(), mechanism: 1, ..Default::default() };
    let records = vec![
        level(MetadataVersion::FEATURE, 25),
        level("share.version", 1),
        level("group.version", 9),
        scram.into(),
    ];
    let features = vec![(MetadataVersion::FEATURE.into(), 30), ("group.version".into(), 1)];
    let mut controller = Controller::new(options(), MetadataImage::default());
    let mut out = Decision::default();
    let bootstrap = Command::Bootstrap(Bootstrap { features, records });
    controller.handle(Timestamp(0), Token(1), bootstrap, &mut out);
    out.records.iter().for_each(|record| controller.apply(record));
    let image = controller.image();
    assert_eq!((image.feature(MetadataVersion::FEATURE), image.feature("group.version")), (25, 1));
    assert_eq!((image.feature("share.version"), image.security().scram.len()), (0, 1));
}

#[test]
fn a_transaction_that_a_dead_leader_left_open_is_aborted() {
    let mut cluster = Cluster::new(1, &[]);
    let topic = TopicRecord { name: "half".into(), topic_id: Uuid([9; 16]), ..Default::default() };
    for record in [BeginTransactionRecord::default().into(), MetadataRecord::from(topic)] {
        cluster.controller.apply(&record);
        cluster.log.push(record);
    }
    let bootstrap = Bootstrap { features: Vec::new(), records: Vec::new() };
    assert_eq!(cluster.run(Command::Bootstrap(bootstrap)), Reply::Bootstrap(false));
    assert!(!cluster.controller.image().in_transaction());
    assert!(cluster.controller.image().topics().by_name("half").is_none());
}

#[test]
fn a_topic_is_refused_with_the_code_that_kafka_gives() {
    let mut cluster = Cluster::new(1, &[]);
    cluster.create_one("a.b", |_| {}).unwrap();
    type Case = (&'static str, ErrorCode, fn(&mut NewTopic));
    let cases: &[Case] = &[
        ("a.b", ErrorCode::TopicAlreadyExists, |_| {}),
        ("a_b", ErrorCode::InvalidTopicException, |_| {}),
        ("a b", ErrorCode::InvalidTopicException, |_| {}),
        (METADATA_TOPIC, ErrorCode::TopicAuthorizationFailed, |_| {}),
        ("n", ErrorCode::InvalidPartitions, |topic| topic.partitions = Some(0)),
        ("n", ErrorCode::PolicyViolation, |topic| topic.partitions = Some(10_001)),
        ("n", ErrorCode::InvalidReplicationFactor, |topic| topic.replication_factor = Some(0)),
        ("n", ErrorCode::InvalidReplicationFactor, |topic| topic.replication_factor = Some(2)),
        ("n", ErrorCode::InvalidConfig, |topic| topic.configs = vec![("k".into(), None)]),
        ("n", ErrorCode::InvalidConfig, |topic| topic.configs = vec![("k".into(), Some("bad".into()))]),
        ("n", ErrorCode::InvalidReplicaAssignment, |topic| {
            topic.assignments = vec![(PartitionIndex(0), vec![BrokerId(7)])];
        }),
        ("n", ErrorCode::InvalidReplicaAssignment, |topic| {
            topic.assignments = vec![(PartitionIndex(1), vec![BrokerId(1)])];
        }),
        ("n", ErrorCode::InvalidRequest, |topic| {
            topic.assignments = vec![(PartitionIndex(0), vec![BrokerId(1)])];
            topic.partitions = Some(1);
        }),
    ];
    let before = cluster.log.len();
    for (name, code, change) in cases {
        let refusal = cluster.create_one(name, change).unwrap_err();
        assert_eq!(refusal.code(), *code, "{refusal}");
    }
    let (twice, also) = (cluster.topic("twice"), cluster.topic("twice"));
    let results = cluster.create(vec![twice, also]);
    assert_eq!((results.len(), results[0].1.as_ref().unwrap_err().code()), (1, ErrorCode::InvalidRequest));
    assert_eq!(cluster.log.len(), before, "a refused command leaves no record");
    // Only what exists is collided with.
    let (dot, dash) = (cluster.topic("x.y"), cluster.topic("x_y"));
    let results = cluster.create(vec![dot, dash]);
    assert!(results.iter().all(|(_, result)| result.is_ok()));
}

#[test]
fn a_refusal_names_limit_value_and_remedy() {
    let mut cluster = Cluster::new(1, &[]);
    let refusal = cluster.create_one("n", |topic| topic.partitions = Some(20_000)).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the request asks for 20000 partitions; one request may create at most 10000: split it"
    );
    let refusal = cluster.create_one("n", |topic| topic.replication_factor = Some(3)).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the replication factor is 3, but only 1 broker(s) are registered that can take replicas"
    );
}

#[test]
fn validation_alone_changes_nothing() {
    let mut cluster = Cluster::new(1, &[]);
    let before = cluster.log.len();
    let topics = vec![cluster.topic("t")];
    let command = CreateTopics { topics, validate_only: true, seed: 1 };
    let Reply::CreateTopics(results) = cluster.run(Command::CreateTopics(command)) else { panic!() };
    assert_eq!(results[0].1.as_ref().unwrap().partitions, 3);
    assert_eq!(cluster.log.len(), before);
}

#[test]
fn replicas_are_spread_over_racks_and_brokers() {
    let mut cluster = Cluster::new(4, &[]);
    let change = |topic: &mut NewTopic| {
        topic.partitions = Some(40);
        topic.replication_factor = Some(2);
    };
    cluster.create_one("t", change).unwrap();
    let mut led: BTreeMap<BrokerId, usize> = BTreeMap::new();
    for index in 0..40 {
        let partition = cluster.partition("t", index);
        *led.entry(partition.leader).or_default() += 1;
        assert_eq!(partition.replicas.iter().map(|id| id.0 % 2).sum::<i32>(), 1, "one replica in each rack");
        assert_eq!(partition.directories[0], Uuid([partition.leader.0 as u8 + 100; 16]));
    }
    assert!(led.values().all(|&count| count == 10), "{led:?}");
}

#[test]
fn a_broker_that_is_not_heard_is_fenced_and_led_around() {
    let mut cluster = Cluster::new(2, &[]);
    let change = |topic: &mut NewTopic| {
        topic.partitions = Some(1);
        topic.assignments = Vec::new();
        topic.replication_factor = Some(2);
    };
    cluster.create_one("t", change).unwrap();
    let first = cluster.partition("t", 0);
    let other = first.replicas[1];
    cluster.now = Timestamp(8999);
    cluster.beat(other.0, |_| {}).unwrap();
    cluster.now = Timestamp(9000);
    cluster.wake();
    let second = cluster.partition("t", 0);
    assert_eq!((second.leader, &second.isr[..], second.leader_epoch.0), (other, &[other][..], 1));
    // The last one alive keeps its place in the ISR when it goes: nobody else has everything.
    cluster.now = Timestamp(30_000);
    cluster.wake();
    let third = cluster.partition("t", 0);
    assert_eq!((third.leader, &third.isr[..]), (BrokerId::NONE, &[other][..]));
    cluster.beat(first.leader.0, |_| {}).unwrap();
    assert_eq!(cluster.partition("t", 0).leader, BrokerId::NONE);
    cluster.beat(other.0, |_| {}).unwrap();
    assert_eq!(cluster.partition("t", 0).leader, other);
}

#[test]
fn a_broker_that_wants_to_stop_hands_over_first() {
    let mut cluster = Cluster::new(2, &[]);
    cluster.create_one("t", |topic| topic.replication_factor = Some(2)).unwrap();
    let standing = cluster.beat(1, |beat| beat.wants_shutdown = true).unwrap();
    assert!(!standing.may_shut_down);
    assert!((0..3).all(|index| cluster.partition("t", index).leader == BrokerId(2)));
    // Broker 2 has not followed the log yet, so clients that ask it would still be sent to broker 1.
    assert!(!cluster.beat(1, |beat| beat.wants_shutdown = true).unwrap().may_shut_down);
    cluster.beat(2, |_| {}).unwrap();
    assert!(cluster.beat(1, |beat| beat.wants_shutdown = true).unwrap().may_shut_down);
    assert!(cluster.controller.image().broker(BrokerId(1)).unwrap().is_fenced);
}

#[test]
fn a_single_node_leads_again_after_any_restart() {
    for features in [&[][..], &[(ELR, 1)]] {
        let mut cluster = Cluster::new(1, features);
        cluster.create_one("t", |_| {}).unwrap();
        for round in 0..3 {
            cluster.now = cluster.now.plus_ms(60_000);
            let clean = (round == 1).then(|| cluster.controller.image().broker(BrokerId(1)).unwrap().epoch);
            cluster.reload();
            cluster.now = cluster.now.plus_ms(60_000);
            cluster.register(1, clean).unwrap();
            assert_eq!(cluster.partition("t", 0).leader, BrokerId::NONE);
            cluster.beat(1, |_| {}).unwrap();
            assert_eq!(cluster.partition("t", 0).leader, BrokerId(1), "{features:?}");
            assert_eq!(cluster.partition("t", 0).isr, [BrokerId(1)]);
        }
    }
}

#[test]
fn two_processes_cannot_be_one_broker() {
    let mut cluster = Cluster::new(1, &[]);
    assert_eq!(cluster.register(1, None), Err(Refusal::DuplicateBroker(BrokerId(1))));
    cluster.now = Timestamp(9000);
    assert!(cluster.register(1, None).is_ok());
    let stale = cluster.beat(1, |beat| beat.epoch = BrokerEpoch(0));
    assert_eq!(stale.unwrap_err().code(), ErrorCode::StaleBrokerEpoch);
}

#[test]
fn a_broker_is_unfenced_when_it_has_its_own_registration() {
    let mut cluster = Cluster::new(0, &[]);
    let epoch = cluster.register(1, None).unwrap();
    assert_eq!(epoch.0 as usize, cluster.log.len() - 1, "the epoch is the offset of the registration");
    let behind = cluster.beat(1, |beat| beat.metadata_offset = Offset(epoch.0 - 1)).unwrap();
    assert_eq!((behind.is_caught_up, behind.is_fenced), (false, true));
    let there = cluster.beat(1, |beat| beat.metadata_offset = Offset(epoch.0)).unwrap();
    assert_eq!((there.is_caught_up, there.is_fenced), (true, false));
}

#[test]
fn settings_are_set_appended_subtracted_and_taken_back() {
    let mut cluster = Cluster::new(1, &[]);
    cluster.create_one("t", |_| {}).unwrap();
    let topic = ConfigResource::topic("t");
    let value = |cluster: &Cluster| {
        cluster.controller.image().configs().value(&ConfigResource::topic("t"), "cleanup.policy").cloned()
    };
    cluster.alter(topic.clone(), "cleanup.policy", ConfigOperation::Append("compact".into())).unwrap();
    assert_eq!(value(&cluster).as_deref(), Some("delete,compact"));
    cluster.alter(topic.clone(), "cleanup.policy", ConfigOperation::Subtract("delete".into())).unwrap();
    assert_eq!(value(&cluster).as_deref(), Some("compact"));
    cluster.alter(topic.clone(), "cleanup.policy", ConfigOperation::Delete).unwrap();
    assert_eq!(value(&cluster), None);
    let long = || ConfigOperation::Append("x".repeat(20_000).into());
    cluster.alter(topic.clone(), "cleanup.policy", long()).unwrap();
    let refused = cluster.alter(topic.clone(), "cleanup.policy", long());
    assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidConfig, "the log could not hold it");
    cluster.alter(topic.clone(), "cleanup.policy", ConfigOperation::Delete).unwrap();
    let refused = cluster.alter(topic.clone(), "retention.ms", ConfigOperation::Append("1".into()));
    assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidConfig);
    let refused = cluster.alter(ConfigResource::topic("no"), "retention.ms", ConfigOperation::Delete);
    assert_eq!(refused.unwrap_err().code(), ErrorCode::UnknownTopicOrPartition);
    // The older way takes back what it does not name.
    cluster.alter(topic.clone(), "retention.ms", ConfigOperation::Set("5".into())).unwrap();
    let all = vec![(topic.clone(), vec![("segment.ms".into(), "7".into())])];
    cluster.run(Command::AlterConfigs(AlterConfigs { resources: all, validate_only: false }));
    let left = cluster.controller.image().configs().of(&topic).unwrap();
    assert_eq!(left.keys().map(|key| &**key).collect::<Vec<_>>(), ["segment.ms"]);
}

#[test]
fn blocks_of_producer_ids_do_not_overlap() {
    let mut cluster = Cluster::new(1, &[]);
    let epoch = cluster.controller.image().broker(BrokerId(1)).unwrap().epoch;
    let mut firsts = Vec::new();
    for _ in 0..3 {
        let Reply::AllocateProducerIds(first) =
            cluster.run(Command::AllocateProducerIds { broker: BrokerId(1), epoch })
        else {
            panic!()
        };
        firsts.push(first.unwrap().0);
        cluster.reload();
    }
    assert_eq!(firsts, [0, 1000, 2000]);
}

#[test]
fn only_whole_features_are_finalized() {
    let mut cluster = Cluster::new(1, &[]);
    let update = |cluster: &mut Cluster, name: &str, level, allows_downgrade: bool| {
        let upgrade_type = if allows_downgrade { UpgradeType::SafeDowngrade } else { UpgradeType::Upgrade };
        let updates = vec![FeatureUpdate { name: name.into(), level, upgrade_type }];
        let command = Command::UpdateFeatures(UpdateFeatures { updates, validate_only: false });
        let Reply::UpdateFeatures(result) = cluster.run(command) else { panic!() };
        result.map_err(|refusal| refusal.code())
    };
    assert_eq!(update(&mut cluster, "share.version", 1, false), Err(ErrorCode::InvalidUpdateVersion));
    assert_eq!(
        update(&mut cluster, MetadataVersion::FEATURE, 31, false),
        Err(ErrorCode::InvalidUpdateVersion)
    );
    assert_eq!(
        update(&mut cluster, MetadataVersion::FEATURE, 29, true),
        Err(ErrorCode::InvalidUpdateVersion)
    );
    // The broker says that it does not know groups of version 1.
    assert_eq!(update(&mut cluster, "group.version", 1, false), Err(ErrorCode::InvalidUpdateVersion));
    assert_eq!(update(&mut cluster, MetadataVersion::FEATURE, 30, false), Ok(()));
}

#[test]
fn a_feature_goes_the_way_that_was_asked_for_or_not_at_all() {
    const FEATURE: &str = MetadataVersion::FEATURE;
    use UpgradeType::{SafeDowngrade, Unknown, UnsafeDowngrade, Upgrade};
    let mut cluster = Cluster::new(1, &[(FEATURE, 29)]);
    let update = |cluster: &mut Cluster, name: &str, level, upgrade_type, validate_only| {
        let end = cluster.controller.image().end_offset();
        let updates = vec![FeatureUpdate { name: name.into(), level, upgrade_type }];
        let command = Command::UpdateFeatures(UpdateFeatures { updates, validate_only });
        let Reply::UpdateFeatures(result) = cluster.run(command) else { panic!() };
        assert!(result.is_ok() || cluster.controller.image().end_offset() == end);
        result.is_ok()
    };
    for (level, upgrade_type, works) in [
        (29, Unknown(0), false),
        (29, Unknown(4), false),
        (28, Upgrade, false),
        (30, SafeDowngrade, false),
        (-1, SafeDowngrade, false),
        (0, SafeDowngrade, false),
        (22, SafeDowngrade, false),
        (22, UnsafeDowngrade, false),
        (29, SafeDowngrade, true),
        (29, Upgrade, true),
        (28, SafeDowngrade, true),
        (30, Upgrade, true),
        (29, SafeDowngrade, false),
    ] {
        let before = cluster.controller.image().metadata_version();
        assert_eq!(
            update(&mut cluster, FEATURE, level, upgrade_type, true),
            works,
            "{level} {upgrade_type:?}"
        );
        assert_eq!(cluster.controller.image().metadata_version(), before, "a trial changes nothing");
        assert_eq!(
            update(&mut cluster, FEATURE, level, upgrade_type, false),
            works,
            "{level} {upgrade_type:?}"
        );
        let after = if works { MetadataVersion(level) } else { before };
        assert_eq!(cluster.controller.image().metadata_version(), after);
    }
    // What the quorum keeps is never written down as a feature, and stays what it is.
    for (level, upgrade_type, works) in [(1, Upgrade, true), (0, SafeDowngrade, false), (2, Upgrade, false)] {
        assert_eq!(update(&mut cluster, KRAFT_VERSION, level, upgrade_type, false), works);
        assert_eq!(cluster.controller.image().feature(KRAFT_VERSION), 0);
    }
}

#[test]
fn topics_are_deleted_by_name_or_id_once() {
    let mut cluster = Cluster::new(1, &[]);
    let id =
        cluster.create_one("t", |topic| topic.configs = vec![("k".into(), Some("v".into()))]).unwrap().id;
    let keys = vec![TopicKey::Name("t".into()), TopicKey::Id(id), TopicKey::Name("no".into())];
    let Reply::DeleteTopics(results) = cluster.run(Command::DeleteTopics(keys)) else { panic!() };
    let codes: Vec<ErrorCode> = results
        .iter()
        .map(|result| result.as_ref().map_or_else(|(_, refusal)| refusal.code(), |_| ErrorCode::None))
        .collect();
    assert_eq!(codes, [ErrorCode::None, ErrorCode::InvalidRequest, ErrorCode::UnknownTopicOrPartition]);
    assert!(cluster.controller.image().topics().is_empty());
}
