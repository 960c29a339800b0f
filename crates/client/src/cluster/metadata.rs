//! What a client knows about the cluster. Data alone: whoever asks brokers merges their answers here.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_protocol::messages::MetadataResponse;
use ottla_protocol::messages::metadata::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use ottla_types::{BrokerId, ErrorCode, LeaderEpoch, PartitionIndex, TopicPartition, Uuid};

use crate::Address;

/// Brokers and topics, as far as they were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The cluster's id, once a broker has told it.
    pub cluster_id: Option<Arc<str>>,
    /// The broker that takes administrative requests.
    pub controller: Option<BrokerId>,
    /// The brokers that are alive.
    pub brokers: BTreeMap<BrokerId, Arc<Broker>>,
    /// The topics that were asked for and exist.
    pub topics: BTreeMap<Arc<str>, Arc<Topic>>,
}

/// A broker that is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Its `node.id`.
    pub id: BrokerId,
    /// Where it listens.
    pub address: Address,
    /// Its rack, if it has told one.
    pub rack: Option<Arc<str>>,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: Arc<str>,
    /// Its id; [`Uuid::ZERO`] where the broker is too old to tell.
    pub id: Uuid,
    /// Whether it belongs to the cluster itself, as `__consumer_offsets` does.
    pub is_internal: bool,
    /// Its partitions, by their index.
    pub partitions: BTreeMap<PartitionIndex, Partition>,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Who leads it, if anybody does.
    pub leader: Option<BrokerId>,
    /// How often the leader has changed.
    pub leader_epoch: LeaderEpoch,
    /// The brokers that hold it, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// Those of them that are in sync.
    pub isr: Vec<BrokerId>,
    /// Those of them that are not there.
    pub offline: Vec<BrokerId>,
}

impl Metadata {
    /// What is known after an answer. One that tells about `all_topics` replaces what was known about topics;
    /// any other adds to it. Topics that the answer refuses are returned with the reason, and forgotten.
    #[must_use]
    pub fn merged(
        &self,
        answer: &MetadataResponse,
        all_topics: bool,
    ) -> (Self, BTreeMap<Arc<str>, ErrorCode>) {
        let mut merged = Self {
            cluster_id: answer.cluster_id.as_ref().map(|id| Arc::from(id.as_str())),
            controller: known(answer.controller_id),
            brokers: answer.brokers.iter().filter_map(Broker::of).map(|broker| (broker.id, broker)).collect(),
            topics: if all_topics { BTreeMap::new() } else { self.topics.clone() },
        };
        let mut refused = BTreeMap::new();
        for topic in &answer.topics {
            let Some(name) = topic.name.as_deref().filter(|name| !name.is_empty()) else { continue };
            let name: Arc<str> = Arc::from(name);
            let code = ErrorCode::from_code(topic.error_code).unwrap_or(ErrorCode::UnknownServerError);
            if code.is_error() {
                merged.topics.remove(&name);
                refused.insert(name, code);
            } else {
                let topic = Topic::of(Arc::clone(&name), topic, self.topics.get(&name));
                merged.topics.insert(name, Arc::new(topic));
            }
        }
        (merged, refused)
    }

    /// A partition, if it is known.
    #[must_use]
    pub fn partition(&self, of: &TopicPartition) -> Option<&Partition> {
        self.topics.get(&of.topic)?.partitions.get(&of.partition)
    }

    /// Who leads a partition, if that is known.
    #[must_use]
    pub fn leader(&self, of: &TopicPartition) -> Option<BrokerId> {
        self.partition(of)?.leader.filter(|leader| self.brokers.contains_key(leader))
    }

    /// The id of a topic; [`Uuid::ZERO`] if it is not known.
    #[must_use]
    pub fn topic_id(&self, name: &str) -> Uuid {
        self.topics.get(name).map_or(Uuid::ZERO, |topic| topic.id)
    }

    /// The topic with this id.
    #[must_use]
    pub fn topic_by_id(&self, id: Uuid) -> Option<&Arc<Topic>> {
        self.topics.values().find(|topic| topic.id == id && !id.is_zero())
    }

    /// Notes who leads a partition now, as a broker said when it refused (KIP-951).
    #[must_use]
    pub(crate) fn with_leader(
        &self,
        of: &TopicPartition,
        leader: BrokerId,
        epoch: LeaderEpoch,
    ) -> Option<Self> {
        let topic = self.topics.get(&of.topic)?;
        let partition = topic.partitions.get(&of.partition)?;
        if epoch <= partition.leader_epoch || !self.brokers.contains_key(&leader) {
            return None;
        }
        let partition = Partition { leader: Some(leader), leader_epoch: epoch, ..partition.clone() };
        let mut topic = Topic::clone(topic);
        topic.partitions.insert(of.partition, partition);
        let mut changed = self.clone();
        changed.topics.insert(Arc::clone(&of.topic), Arc::new(topic));
        Some(changed)
    }
}

impl Broker {
    fn of(broker: &MetadataResponseBroker) -> Option<Arc<Self>> {
        let port = u16::try_from(broker.port).ok()?;
        Some(Arc::new(Self {
            id: BrokerId(broker.node_id),
            address: Address::new(broker.host.as_str(), port),
            rack: broker.rack.as_ref().map(|rack| Arc::from(rack.as_str())),
        }))
    }
}

impl Topic {
    fn of(name: Arc<str>, answer: &MetadataResponseTopic, before: Option<&Arc<Self>>) -> Self {
        let before = before.filter(|before| before.id == answer.topic_id);
        let partition = |answer: &MetadataResponsePartition| {
            let index = PartitionIndex(answer.partition_index);
            let new = Partition::of(answer);
            // A broker that lags behind must not lead back to an earlier leader (KIP-320).
            let newer = before
                .and_then(|before| before.partitions.get(&index))
                .filter(|old| new.leader_epoch != LeaderEpoch::NONE && old.leader_epoch > new.leader_epoch);
            (index, newer.cloned().unwrap_or(new))
        };
        let partitions = answer.partitions.iter().map(partition).collect();
        Self { name, id: answer.topic_id, is_internal: answer.is_internal, partitions }
    }

    /// The names of its partitions.
    pub fn topic_partitions(&self) -> impl Iterator<Item = TopicPartition> {
        self.partitions.keys().map(|&index| TopicPartition::new(Arc::clone(&self.name), index))
    }
}

impl Partition {
    fn of(answer: &MetadataResponsePartition) -> Self {
        let brokers = |ids: &[i32]| ids.iter().copied().map(BrokerId).collect();
        Self {
            leader: known(answer.leader_id),
            leader_epoch: LeaderEpoch(answer.leader_epoch),
            replicas: brokers(&answer.replica_nodes),
            isr: brokers(&answer.isr_nodes),
            offline: brokers(&answer.offline_replicas),
        }
    }
}

fn known(id: i32) -> Option<BrokerId> {
    (id >= 0).then_some(BrokerId(id))
}

#[cfg(test)]
mod tests {
    use ottla_protocol::Str;

    use super::*;

    fn answer(id: u8, leader: i32, leader_epoch: i32, error: ErrorCode) -> MetadataResponse {
        let partition = MetadataResponsePartition { leader_id: leader, leader_epoch, ..Default::default() };
        let topic = MetadataResponseTopic {
            error_code: error.code(),
            name: Some(Str::from_static("t")),
            topic_id: Uuid([id; 16]),
            partitions: vec![partition],
            ..Default::default()
        };
        let broker = |node_id| MetadataResponseBroker {
            node_id,
            host: Str::from_static("h"),
            port: 9092,
            ..Default::default()
        };
        let brokers = vec![broker(1), broker(2)];
        MetadataResponse { brokers, topics: vec![topic], ..Default::default() }
    }

    #[test]
    fn a_broker_that_lags_behind_does_not_bring_back_an_earlier_leader() {
        let partition = TopicPartition::new("t", 0);
        let leader = |metadata: &Metadata| metadata.leader(&partition).map(|id| id.0);
        let (first, _) = Metadata::default().merged(&answer(1, 2, 5, ErrorCode::None), false);
        assert_eq!(leader(&first), Some(2));
        let (stale, _) = first.merged(&answer(1, 1, 4, ErrorCode::None), false);
        assert_eq!(leader(&stale), Some(2));
        let (newer, _) = first.merged(&answer(1, 1, 6, ErrorCode::None), false);
        assert_eq!(leader(&newer), Some(1));
        // Created anew: its epochs start again.
        let (other, _) = first.merged(&answer(9, 1, 0, ErrorCode::None), false);
        assert_eq!(leader(&other), Some(1));
        let hinted = first.with_leader(&partition, BrokerId(1), LeaderEpoch(7)).unwrap();
        assert_eq!(leader(&hinted), Some(1));
        assert_eq!(first.with_leader(&partition, BrokerId(1), LeaderEpoch(5)), None);
    }

    #[test]
    fn a_topic_that_is_refused_is_forgotten() {
        let (known, _) = Metadata::default().merged(&answer(1, 1, 0, ErrorCode::None), false);
        let (gone, refused) = known.merged(&answer(1, 1, 0, ErrorCode::UnknownTopicOrPartition), false);
        assert!(gone.topics.is_empty());
        assert_eq!(refused["t"], ErrorCode::UnknownTopicOrPartition);
        let (kept, _) = known.merged(&MetadataResponse::default(), false);
        assert_eq!(kept.topics.len(), 1);
        let (emptied, _) = known.merged(&MetadataResponse::default(), true);
        assert_eq!(emptied.topics.len(), 0);
    }
}
