//! Creating and deleting topics, and adding partitions to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ottla_machine::Decision;
use ottla_metadata::{ConfigResource, ConfigValues, MetadataRecord, Partition, UNASSIGNED, partition_record};
use ottla_protocol::metadata_records::{RemoveTopicRecord, TopicRecord};
use ottla_types::{BrokerId, LeaderEpoch, PartitionEpoch, PartitionIndex, Uuid};

use crate::command::{
    ConfigChange, ConfigOperation, ConfigPair, CreatePartitions, CreateTopics, CreatedTopic, DeletedTopic,
    MorePartitions, NewTopic, TopicKey,
};
use crate::configs::config_record;
use crate::controller::Controller;
use crate::placement::Placer;
use crate::refusal::{BadAssignment, Refusal};
use crate::topic_name::{METADATA_TOPIC, check_topic_name};

/// One request makes at most so many partitions (KIP-599): its records are one entry of the metadata log.
const PARTITIONS_PER_REQUEST_MAX: u64 = 10_000;

impl Controller {
    pub(crate) fn create_topics(
        &self,
        command: CreateTopics,
        out: &mut Decision<Self>,
    ) -> Vec<(Arc<str>, Result<CreatedTopic, Refusal>)> {
        let asked = command.topics.iter().map(|topic| self.partitions_asked(topic)).sum();
        let too_many = (asked > PARTITIONS_PER_REQUEST_MAX)
            .then_some(Refusal::TooManyPartitions { asked, limit: PARTITIONS_PER_REQUEST_MAX });
        let repeated = repeated(command.topics.iter().map(|topic| &topic.name));
        let mut placer = Placer::new(&self.image, command.seed);
        let mut seen = BTreeSet::new();
        let mut results = Vec::with_capacity(command.topics.len());
        for topic in command.topics {
            let name = topic.name.clone();
            if !seen.insert(name.clone()) {
                continue;
            }
            let result = match &too_many {
                Some(refusal) => Err(refusal.clone()),
                None if repeated.contains(&name) => Err(Refusal::DuplicateTopic(name.clone())),
                None => self.create_topic(&topic, &mut placer),
            };
            let result = result.map(|(created, records)| {
                if !command.validate_only {
                    out.records.extend(records);
                }
                created
            });
            results.push((name, result));
        }
        results
    }

    fn partitions_asked(&self, topic: &NewTopic) -> u64 {
        if topic.assignments.is_empty() {
            u64::try_from(topic.partitions.unwrap_or(self.options.default_partitions)).unwrap_or(0)
        } else {
            topic.assignments.len() as u64
        }
    }

    fn create_topic(
        &self,
        topic: &NewTopic,
        placer: &mut Placer,
    ) -> Result<(CreatedTopic, Vec<MetadataRecord>), Refusal> {
        let NewTopic { name, id, .. } = topic;
        self.check_new_name(name)?;
        let configs = self.checked_configs(topic)?;
        let partitions = self.partitions_of(topic, placer)?;
        let replication_factor = partitions.first().map_or(0, |partition| partition.replicas.len()) as i16;
        let created =
            CreatedTopic { id: *id, partitions: partitions.len() as i32, replication_factor, configs };

        let mut records = Vec::with_capacity(1 + created.configs.len() + partitions.len());
        let head = TopicRecord { name: (&**name).into(), topic_id: *id, ..Default::default() };
        records.push(head.into());
        let resource = ConfigResource::topic(name.clone());
        for (key, value) in &created.configs {
            records.push(config_record(&resource, (key.clone(), Some(value.clone()))));
        }
        for (index, partition) in (0..).map(PartitionIndex).zip(&partitions) {
            records.push(self.new_partition_record(*id, index, partition));
        }
        Ok((created, records))
    }

    fn check_new_name(&self, name: &Arc<str>) -> Result<(), Refusal> {
        if &**name == METADATA_TOPIC {
            return Err(Refusal::MetadataTopic(name.clone()));
        }
        check_topic_name(name)?;
        if self.image.topics().by_name(name).is_some() {
            return Err(Refusal::TopicExists(name.clone()));
        }
        // Topics of one request may collide with each other, as with Kafka, which looks for those that exist.
        match self.image.topics().colliding_with(name) {
            Some(existing) => Err(Refusal::TopicCollides { name: name.clone(), existing: existing.clone() }),
            None => Ok(()),
        }
    }

    fn checked_configs(&self, topic: &NewTopic) -> Result<Vec<ConfigPair>, Refusal> {
        let empty: Vec<&str> =
            topic.configs.iter().filter(|(_, value)| value.is_none()).map(|(key, _)| &**key).collect();
        if !empty.is_empty() {
            return Err(Refusal::NullConfig(empty.join(", ")));
        }
        // Where a key is there twice, the last one counts.
        let values: BTreeMap<Arc<str>, Arc<str>> =
            topic.configs.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect();
        let set = |(key, value)| ConfigChange { key, operation: ConfigOperation::Set(value) };
        let changes: Vec<ConfigChange> = values.into_iter().map(set).collect();
        let resource = ConfigResource::topic(topic.name.clone());
        let altered = self.options.config_rules.alter(&resource, &ConfigValues::default(), &changes)?;
        Ok(altered.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
    }

    fn partitions_of(&self, topic: &NewTopic, placer: &mut Placer) -> Result<Vec<Partition>, Refusal> {
        if !topic.assignments.is_empty() {
            return self.assigned_partitions(topic);
        }
        let replication_factor = topic.replication_factor.unwrap_or(self.options.default_replication_factor);
        if replication_factor < 1 {
            return Err(Refusal::BadReplicationFactor(replication_factor));
        }
        let count = topic.partitions.unwrap_or(self.options.default_partitions);
        if count < 1 {
            return Err(Refusal::BadPartitionCount(count));
        }
        (0..count).map(|_| self.placed_partition(placer, replication_factor)).collect()
    }

    fn assigned_partitions(&self, topic: &NewTopic) -> Result<Vec<Partition>, Refusal> {
        if let Some(value) = topic.replication_factor {
            return Err(Refusal::AssignmentAndCount { field: "the replication factor", value: value.into() });
        }
        if let Some(value) = topic.partitions {
            return Err(Refusal::AssignmentAndCount { field: "the number of partitions", value });
        }
        let mut partitions = BTreeMap::new();
        let mut expected = None;
        for (index, replicas) in &topic.assignments {
            if partitions.contains_key(index) {
                return Err(Refusal::BadAssignment { index: *index, reason: BadAssignment::Repeated });
            }
            partitions.insert(*index, self.assigned_partition(*index, replicas, expected)?);
            expected = Some(replicas.len());
        }
        let needed = partitions.len();
        if partitions.keys().map(|index| index.0).ne(0..needed as i32) {
            return Err(Refusal::AssignmentCount { assigned: topic.assignments.len(), needed, first: 0 });
        }
        Ok(partitions.into_values().collect())
    }

    fn assigned_partition(
        &self,
        index: PartitionIndex,
        replicas: &[BrokerId],
        expected: Option<usize>,
    ) -> Result<Partition, Refusal> {
        let refuse = |reason| Refusal::BadAssignment { index, reason };
        if replicas.is_empty() {
            return Err(refuse(BadAssignment::Empty));
        }
        for (at, &id) in replicas.iter().enumerate() {
            let broker = self.image.broker(id).ok_or(refuse(BadAssignment::UnknownBroker(id)))?;
            if !broker.has_uncordoned_dir() {
                return Err(refuse(BadAssignment::Cordoned(id)));
            }
            if replicas[..at].contains(&id) {
                return Err(refuse(BadAssignment::Twice(id)));
            }
        }
        if let Some(expected) = expected.filter(|&expected| expected != replicas.len()) {
            return Err(refuse(BadAssignment::Uneven { actual: replicas.len(), expected }));
        }
        self.new_partition(replicas.to_vec()).ok_or(refuse(BadAssignment::NoneActive))
    }

    fn placed_partition(&self, placer: &mut Placer, replication_factor: i16) -> Result<Partition, Refusal> {
        let replicas = placer.place(replication_factor)?;
        self.new_partition(replicas).ok_or(Refusal::NoActiveBroker)
    }

    /// A partition whose active replicas are in its ISR and whose first active one leads; `None` if none is
    /// active.
    fn new_partition(&self, replicas: Vec<BrokerId>) -> Option<Partition> {
        let isr: Vec<BrokerId> = replicas.iter().copied().filter(|&id| self.image.is_active(id)).collect();
        Some(Partition {
            leader: *isr.first()?,
            directories: replicas.iter().map(|&id| self.default_dir(id)).collect(),
            leader_epoch: LeaderEpoch(0),
            partition_epoch: PartitionEpoch(0),
            replicas,
            isr,
            ..Partition::default()
        })
    }

    /// The directory that a new replica on `broker` is assigned to.
    pub(crate) fn default_dir(&self, broker: BrokerId) -> Uuid {
        self.image.broker(broker).map_or(UNASSIGNED, |broker| broker.default_dir())
    }

    fn new_partition_record(
        &self,
        topic: Uuid,
        index: PartitionIndex,
        partition: &Partition,
    ) -> MetadataRecord {
        let (version, keeps_elr) =
            (self.image.metadata_version(), self.image.keeps_eligible_leader_replicas());
        partition_record(topic, index, partition, version, keeps_elr).into()
    }

    pub(crate) fn delete_topics(
        &self,
        topics: Vec<TopicKey>,
        out: &mut Decision<Self>,
    ) -> Vec<Result<DeletedTopic, (TopicKey, Refusal)>> {
        let mut deleted = BTreeSet::new();
        let mut results = Vec::with_capacity(topics.len());
        for key in topics {
            let found = match &key {
                TopicKey::Name(name) if &**name == METADATA_TOPIC => {
                    Err(Refusal::MetadataTopic(name.clone()))
                }
                TopicKey::Name(name) => {
                    self.image.topics().by_name(name).ok_or_else(|| Refusal::UnknownTopic(name.clone()))
                }
                TopicKey::Id(id) => self.image.topics().by_id(*id).ok_or(Refusal::UnknownTopicId(*id)),
            };
            // Once by its name and once by its id is still once.
            let result = found.and_then(|topic| match deleted.insert(topic.id) {
                true => Ok(topic),
                false => Err(Refusal::DuplicateTopic(topic.name.clone())),
            });
            results.push(match result {
                Ok(topic) => {
                    out.record(RemoveTopicRecord { topic_id: topic.id, ..Default::default() }.into());
                    Ok(DeletedTopic { name: topic.name.clone(), id: topic.id })
                }
                Err(refusal) => Err((key, refusal)),
            });
        }
        results
    }

    pub(crate) fn create_partitions(
        &self,
        command: &CreatePartitions,
        out: &mut Decision<Self>,
    ) -> Vec<(Arc<str>, Result<(), Refusal>)> {
        let repeated = repeated(command.topics.iter().map(|topic| &topic.topic));
        let mut placer = Placer::new(&self.image, command.seed);
        let mut left = PARTITIONS_PER_REQUEST_MAX;
        let mut seen = BTreeSet::new();
        let mut results = Vec::with_capacity(command.topics.len());
        for more in &command.topics {
            let name = more.topic.clone();
            if !seen.insert(name.clone()) {
                continue;
            }
            let result = match repeated.contains(&name) {
                true => Err(Refusal::DuplicateTopic(name.clone())),
                false => self.add_partitions(more, &mut placer, left),
            };
            let result = result.map(|records| {
                left -= records.len() as u64;
                if !command.validate_only {
                    out.records.extend(records);
                }
            });
            results.push((name, result));
        }
        results
    }

    fn add_partitions(
        &self,
        more: &MorePartitions,
        placer: &mut Placer,
        limit: u64,
    ) -> Result<Vec<MetadataRecord>, Refusal> {
        let topic = self
            .image
            .topics()
            .by_name(&more.topic)
            .ok_or_else(|| Refusal::UnknownTopic(more.topic.clone()))?;
        let current = topic.partitions.len();
        let count = usize::try_from(more.count).unwrap_or(0);
        if count <= current {
            return Err(Refusal::NoIncrease { topic: topic.name.clone(), current, asked: more.count });
        }
        let needed = count - current;
        if needed as u64 > limit {
            return Err(Refusal::TooManyPartitions { asked: needed as u64, limit });
        }
        // A topic is created with at least one partition and never loses one.
        let replication_factor =
            topic.partitions.values().next().map_or(1, |partition| partition.replicas.len());
        let new_indexes = (current as i32..more.count).map(PartitionIndex);
        let partitions: Vec<Partition> = match &more.assignments {
            Some(assignments) if assignments.len() != needed => {
                let assigned = assignments.len();
                return Err(Refusal::AssignmentCount { assigned, needed, first: current });
            }
            Some(assignments) => new_indexes
                .clone()
                .zip(assignments)
                .map(|(index, replicas)| self.assigned_partition(index, replicas, Some(replication_factor)))
                .collect::<Result<_, _>>()?,
            None => (0..needed)
                .map(|_| self.placed_partition(placer, replication_factor as i16))
                .collect::<Result<_, _>>()?,
        };
        let record = |(index, partition): (PartitionIndex, &Partition)| {
            self.new_partition_record(topic.id, index, partition)
        };
        Ok(new_indexes.zip(&partitions).map(record).collect())
    }
}

/// The names that are there more than once.
fn repeated<'a>(names: impl Iterator<Item = &'a Arc<str>>) -> BTreeSet<Arc<str>> {
    let mut seen = BTreeSet::new();
    names.filter(|name| !seen.insert(*name)).cloned().collect()
}
