//! Images out of random but possible logs.

use std::collections::BTreeMap;

use bytes::Bytes;
use ottla_protocol::metadata_records::client_quota::EntityData;
use ottla_protocol::metadata_records::register_broker::{BrokerEndpoint, BrokerFeature};
use ottla_protocol::metadata_records::*;
use ottla_types::{BrokerId, Offset, PartitionIndex, Uuid};

use crate::*;

/// A log that a controller could have written, from a seed.
struct Log {
    state: u64,
    image: MetadataImage,
    records: Vec<MetadataRecord>,
}

impl Log {
    fn new(seed: u64) -> Self {
        let mut log = Self { state: seed, image: MetadataImage::default(), records: Vec::new() };
        let version = FeatureLevelRecord {
            name: MetadataVersion::FEATURE.into(),
            feature_level: MetadataVersion::LATEST.0,
            ..Default::default()
        };
        log.push(version);
        let elr = FeatureLevelRecord {
            name: "eligible.leader.replicas.version".into(),
            feature_level: 1,
            ..Default::default()
        };
        log.push(elr);
        log
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % bound
    }

    fn push(&mut self, record: impl Into<MetadataRecord>) {
        let record = record.into();
        self.image.apply(&record).unwrap();
        self.records.push(record);
    }

    fn some_topic(&mut self) -> Option<(Uuid, String, usize)> {
        let count = self.image.topics().len();
        let at = self.below(count.max(1) as u64) as usize;
        self.image.topics().iter().nth(at).map(|t| (t.id, t.name.to_string(), t.partitions.len()))
    }

    fn step(&mut self) {
        match self.below(12) {
            0 | 1 => self.create_topic(),
            2 => {
                if let Some((topic_id, ..)) = self.some_topic() {
                    self.push(RemoveTopicRecord { topic_id, ..Default::default() });
                }
            }
            3..=5 => self.change_partition(),
            6 => {
                if let Some((_, name, _)) = self.some_topic() {
                    self.config(2, &name);
                }
            }
            7 => self.config(4, ""),
            8 => self.register_broker(),
            9 => self.change_broker(),
            10 => self.security(),
            _ => {
                let next = self.image.next_producer_id().0 + 1000;
                self.push(ProducerIdsRecord { next_producer_id: next, ..Default::default() });
            }
        }
    }

    fn create_topic(&mut self) {
        let name = format!("t{}.{}_x", self.below(20), self.below(3));
        if self.image.topics().by_name(&name).is_some() {
            return;
        }
        let topic_id = Uuid(u128::from(self.state).to_be_bytes());
        self.push(TopicRecord { name: name.as_str().into(), topic_id, ..Default::default() });
        for partition_id in 0..1 + self.below(3) as i32 {
            self.push(PartitionRecord {
                partition_id,
                topic_id,
                replicas: vec![1, 2],
                isr: vec![1],
                leader: 1,
                leader_epoch: 0,
                partition_epoch: 0,
                directories: vec![Uuid::ONE, Uuid::ZERO],
                eligible_leader_replicas: (partition_id == 1).then(|| vec![2]),
                ..Default::default()
            });
        }
    }

    fn change_partition(&mut self) {
        let Some((topic_id, _, partitions)) = self.some_topic() else { return };
        let partition_id = self.below(partitions as u64) as i32;
        let (isr, leader) = match self.below(4) {
            0 => (None, -1),
            1 => (Some(vec![1, 2]), -2),
            2 => (Some(vec![2]), 2),
            _ => (Some(vec![1]), 1),
        };
        self.push(PartitionChangeRecord {
            partition_id,
            topic_id,
            isr,
            leader,
            eligible_leader_replicas: Some(Vec::new()),
            ..Default::default()
        });
    }

    fn config(&mut self, resource_type: i8, resource: &str) {
        let name = format!("key{}", self.below(3));
        let value = (self.below(3) > 0).then(|| name.as_str().into());
        self.push(ConfigRecord {
            resource_type,
            resource_name: resource.into(),
            name: name.as_str().into(),
            value,
            ..Default::default()
        });
    }

    fn register_broker(&mut self) {
        let broker_id = 1 + self.below(3) as i32;
        self.push(RegisterBrokerRecord {
            broker_id,
            incarnation_id: Uuid(u128::from(self.state).to_be_bytes()),
            broker_epoch: self.records.len() as i64,
            end_points: vec![BrokerEndpoint {
                name: "PLAINTEXT".into(),
                host: "h".into(),
                port: 65535,
                ..Default::default()
            }],
            features: vec![BrokerFeature { name: "metadata.version".into(), ..Default::default() }],
            rack: (broker_id == 2).then(|| "r".into()),
            log_dirs: vec![Uuid([7; 16])],
            cordoned_log_dirs: (broker_id == 3).then(Vec::new),
            ..Default::default()
        });
    }

    fn change_broker(&mut self) {
        let Some(broker) = self.image.broker(BrokerId(1)).cloned() else { return };
        self.push(BrokerRegistrationChangeRecord {
            broker_id: 1,
            broker_epoch: broker.epoch.0,
            fenced: if broker.is_fenced { -1 } else { 1 },
            ..Default::default()
        });
    }

    fn security(&mut self) {
        let id = self.below(4);
        let quota = ClientQuotaRecord {
            entity: vec![EntityData { entity_type: "user".into(), entity_name: None, ..Default::default() }],
            key: format!("quota{id}").into(),
            value: 0.5,
            remove: self.below(2) == 0,
            ..Default::default()
        };
        self.push(quota);
        let acl = AccessControlEntryRecord {
            id: Uuid([id as u8; 16]),
            principal: "User:a".into(),
            ..Default::default()
        };
        self.push(acl);
        self.push(UserScramCredentialRecord {
            name: "a".into(),
            mechanism: 1,
            salt: Bytes::from_static(b"salt"),
            iterations: 4096,
            ..Default::default()
        });
        let token = DelegationTokenRecord {
            token_id: format!("{id}").into(),
            max_timestamp: 5,
            ..Default::default()
        };
        self.push(token);
        if id == 3 {
            self.push(RemoveAccessControlEntryRecord { id: Uuid([3; 16]), ..Default::default() });
            self.push(RemoveUserScramCredentialRecord {
                name: "a".into(),
                mechanism: 1,
                ..Default::default()
            });
            self.push(RemoveDelegationTokenRecord { token_id: "3".into(), ..Default::default() });
        }
    }
}

fn image_of(records: impl IntoIterator<Item = MetadataRecord>) -> MetadataImage {
    let mut image = MetadataImage::default();
    for record in records {
        image.apply(&record).unwrap();
    }
    image
}

#[test]
fn an_image_survives_the_way_through_a_snapshot() {
    for seed in 0..60 {
        let mut log = Log::new(seed);
        for _ in 0..120 {
            log.step();
        }
        invariants::names_and_ids_agree(&log.image).unwrap();
        invariants::indexes_tell_the_truth(&log.image).unwrap();
        invariants::configs_belong_to_topics_that_exist(&log.image).unwrap();
        assert_eq!(image_of(log.image.to_records()), log.image, "seed {seed}");
        let decoded = log.image.to_records().map(|record| {
            let bytes = encode_record(&record, log.image.metadata_version()).unwrap();
            MetadataRecord::decode(bytes).unwrap().0
        });
        assert_eq!(image_of(decoded), log.image, "seed {seed}");
    }
}

#[test]
fn changes_between_two_images_name_exactly_what_differs() {
    for seed in 0..60 {
        let mut log = Log::new(seed);
        for _ in 0..40 {
            log.step();
        }
        let old = log.image.clone();
        for _ in 0..seed % 25 {
            log.step();
        }
        let new = &log.image;
        let changes = Changes::between(&old, new);
        let mut expected = BTreeMap::new();
        for topic in old.topics().iter().filter(|topic| new.topics().by_id(topic.id).is_none()) {
            expected.insert(topic.id, TopicChange::Deleted(topic.clone()));
        }
        for topic in new.topics().iter() {
            let change = match old.topics().by_id(topic.id) {
                None => TopicChange::Created(topic.clone()),
                Some(before) if before == topic => continue,
                Some(before) => {
                    let differs =
                        |index: &PartitionIndex| before.partitions.get(index) != topic.partitions.get(index);
                    let partitions = topic.partitions.keys().copied().filter(differs).collect();
                    TopicChange::Changed { topic: topic.clone(), partitions }
                }
            };
            expected.insert(topic.id, change);
        }
        assert_eq!(changes.topics, expected, "seed {seed}");
        for (resource, values) in new.configs().iter() {
            assert_eq!(
                changes.configs.contains(resource),
                old.configs().of(resource) != Some(values),
                "seed {seed}"
            );
        }
        assert_eq!(changes.quotas, old.security().quotas != new.security().quotas, "seed {seed}");
    }
}

#[test]
fn an_aborted_transaction_leaves_no_trace() {
    let mut log = Log::new(1);
    for _ in 0..30 {
        log.step();
    }
    let before = log.image.clone();
    log.push(BeginTransactionRecord::default());
    for _ in 0..30 {
        log.step();
    }
    assert_eq!(log.image.committed(), &before);
    log.image.set_position(Position { end_offset: Offset(99), ..Position::default() });
    log.push(AbortTransactionRecord::default());
    assert_eq!(log.image.end_offset(), Offset(99));
    log.image.set_position(before.position());
    assert_eq!(log.image, before);
    assert!(log.image.apply(&EndTransactionRecord::default().into()).is_err());
}

#[test]
fn a_committed_transaction_shows_at_its_end() {
    let mut image = image_of(Log::new(1).records);
    let topic = TopicRecord { name: "t".into(), topic_id: Uuid([1; 16]), ..Default::default() };
    image.apply(&BeginTransactionRecord::default().into()).unwrap();
    image.apply(&topic.into()).unwrap();
    assert!(image.apply(&BeginTransactionRecord::default().into()).is_err());
    assert!(image.committed().topics().by_name("t").is_none());
    image.apply(&EndTransactionRecord::default().into()).unwrap();
    assert!(image.committed().topics().by_name("t").is_some());
}

#[test]
fn a_partition_changes_as_its_record_says() {
    let mut image = image_of(Log::new(1).records);
    let topic_id = Uuid([1; 16]);
    let index = PartitionIndex(0);
    let head = TopicRecord { name: "t".into(), topic_id, ..Default::default() };
    let partition = PartitionRecord {
        partition_id: 0,
        topic_id,
        replicas: vec![1, 2],
        isr: vec![1, 2],
        leader: 1,
        leader_epoch: 4,
        partition_epoch: 9,
        ..Default::default()
    };
    image.apply(&head.into()).unwrap();
    image.apply(&partition.into()).unwrap();
    assert_eq!(image.topics().partition(topic_id, index).unwrap().directories, [MIGRATING, MIGRATING]);
    let change =
        PartitionChangeRecord { partition_id: 0, topic_id, isr: Some(vec![2]), ..Default::default() };
    image.apply(&change.clone().into()).unwrap();
    let partition = image.topics().partition(topic_id, index).unwrap().clone();
    assert_eq!(
        (partition.leader_epoch.0, partition.partition_epoch.0, partition.leader),
        (4, 10, BrokerId(1))
    );
    image.apply(&PartitionChangeRecord { leader: -1, isr: None, ..change }.into()).unwrap();
    let partition = image.topics().partition(topic_id, index).unwrap().clone();
    assert_eq!(
        (partition.leader_epoch.0, partition.partition_epoch.0, partition.leader),
        (5, 11, BrokerId::NONE)
    );
    assert_eq!(image.topics().leaderless().collect::<Vec<_>>(), [(topic_id, index)]);
    let unknown = PartitionChangeRecord { partition_id: 7, topic_id, ..Default::default() };
    assert!(matches!(image.apply(&unknown.into()), Err(ApplyError::UnknownPartition { .. })));
}

#[test]
fn publishing_a_change_costs_what_changed() {
    let mut image = image_of(Log::new(1).records);
    for number in 0..2_000u128 {
        let topic_id = Uuid((number + 1000).to_be_bytes());
        let name = format!("t{number}");
        image.apply(&TopicRecord { name: name.into(), topic_id, ..Default::default() }.into()).unwrap();
    }
    // Nothing that is left alone is copied: all other topics are the same allocation in both images.
    let before = image.clone();
    let touched = Uuid(1500u128.to_be_bytes());
    let partition = PartitionRecord { partition_id: 0, topic_id: touched, ..Default::default() };
    image.apply(&partition.into()).unwrap();
    let shared = before.topics().iter().zip(image.topics().iter());
    assert_eq!(shared.filter(|(a, b)| !std::sync::Arc::ptr_eq(a, b)).count(), 1);
    assert_eq!(Changes::between(&before, &image).topics.len(), 1);
}
