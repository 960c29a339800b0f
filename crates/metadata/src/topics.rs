//! Topics and their partitions, with the indexes that keep every question about them cheap.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use ottla_types::{BrokerId, LeaderEpoch, PartitionEpoch, PartitionIndex, Uuid};

use crate::brokers::UNASSIGNED;

/// Whether a leader that was elected outside the ISR has made up for it (KIP-704).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LeaderRecovery {
    /// The ordinary state.
    #[default]
    Recovered,
    /// The leader came from outside the ISR and must be alone in it until it has recovered.
    Recovering,
}

impl LeaderRecovery {
    /// Kafka's number for it.
    #[must_use]
    pub const fn value(self) -> i8 {
        match self {
            Self::Recovered => 0,
            Self::Recovering => 1,
        }
    }

    /// What Kafka's number means.
    #[must_use]
    pub const fn from_value(value: i8) -> Option<Self> {
        match value {
            0 => Some(Self::Recovered),
            1 => Some(Self::Recovering),
            _ => None,
        }
    }
}

/// Who holds a partition and who leads it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Partition {
    /// All brokers that hold it, the preferred leader first.
    pub replicas: Vec<BrokerId>,
    /// The log directory of each replica, in the order of `replicas`.
    pub directories: Vec<Uuid>,
    /// The replicas that have everything that was acknowledged.
    pub isr: Vec<BrokerId>,
    /// Replicas that a reassignment is taking away.
    pub removing_replicas: Vec<BrokerId>,
    /// Replicas that a reassignment is adding.
    pub adding_replicas: Vec<BrokerId>,
    /// Who leads, or [`BrokerId::NONE`].
    pub leader: BrokerId,
    /// Whether the leader must still recover from an unclean election.
    pub leader_recovery: LeaderRecovery,
    /// Rises with every change of leader.
    pub leader_epoch: LeaderEpoch,
    /// Rises with every change of the partition.
    pub partition_epoch: PartitionEpoch,
    /// Replicas outside the ISR that are known to have everything below the high watermark (KIP-966).
    pub elr: Vec<BrokerId>,
    /// The last members of `elr` that fell out of it.
    pub last_known_elr: Vec<BrokerId>,
}

impl Partition {
    /// The directory that holds the replica on `broker`.
    #[must_use]
    pub fn directory(&self, broker: BrokerId) -> Uuid {
        self.replicas
            .iter()
            .position(|&replica| replica == broker)
            .and_then(|index| self.directories.get(index).copied())
            .unwrap_or(UNASSIGNED)
    }

    /// Whether a replica on `leader` would be the one that the assignment prefers.
    #[must_use]
    pub fn has_preferred_leader(&self) -> bool {
        self.replicas.first() == Some(&self.leader)
    }

    /// Whether a reassignment is under way.
    #[must_use]
    pub fn is_reassigning(&self) -> bool {
        !self.removing_replicas.is_empty() || !self.adding_replicas.is_empty()
    }
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: Arc<str>,
    /// Its id, which no other topic ever had.
    pub id: Uuid,
    /// Its partitions.
    pub partitions: OrdMap<PartitionIndex, Arc<Partition>>,
}

/// All topics.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Topics {
    by_id: OrdMap<Uuid, Arc<Topic>>,
    by_name: OrdMap<Arc<str>, Uuid>,
    /// Names with a dot or an underscore, under their spelling with underscores alone: metric names fold the
    /// two.
    by_folded_name: OrdMap<Arc<str>, OrdSet<Arc<str>>>,
    /// Which partitions a broker holds, so that nothing has to walk all of them.
    by_replica: OrdSet<(BrokerId, Uuid, PartitionIndex)>,
    leaderless: OrdSet<(Uuid, PartitionIndex)>,
    partition_count: usize,
}

impl Topics {
    /// The topic with this id.
    #[must_use]
    pub fn by_id(&self, id: Uuid) -> Option<&Arc<Topic>> {
        self.by_id.get(&id)
    }

    /// The topic with this name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Arc<Topic>> {
        self.by_id.get(self.by_name.get(name)?)
    }

    /// A partition by its topic's id.
    #[must_use]
    pub fn partition(&self, topic: Uuid, index: PartitionIndex) -> Option<&Arc<Partition>> {
        self.by_id.get(&topic)?.partitions.get(&index)
    }

    /// All topics, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Topic>> + '_ {
        self.by_name.values().filter_map(|id| self.by_id.get(id))
    }

    /// All topics, ordered by id.
    pub fn iter_by_id(&self) -> impl Iterator<Item = &Arc<Topic>> + '_ {
        self.by_id.values()
    }

    /// Topics whose names come after `name`, ordered by name.
    pub fn iter_after<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Topic>> + 'a {
        use std::ops::Bound::{Excluded, Unbounded};
        self.by_name.range::<_, str>((Excluded(name), Unbounded)).filter_map(|(_, id)| self.by_id.get(id))
    }

    /// How many topics there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is no topic.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// How many partitions all topics have together.
    #[must_use]
    pub fn partition_count(&self) -> usize {
        self.partition_count
    }

    /// The partitions that have a replica on `broker`, ordered by topic id and index.
    pub fn held_by(&self, broker: BrokerId) -> impl Iterator<Item = (Uuid, PartitionIndex)> + '_ {
        let from = (broker, Uuid::ZERO, PartitionIndex(i32::MIN));
        self.by_replica
            .range(from..)
            .take_while(move |(holder, _, _)| *holder == broker)
            .map(|&(_, topic, index)| (topic, index))
    }

    /// The partitions that nobody leads.
    pub fn leaderless(&self) -> impl Iterator<Item = (Uuid, PartitionIndex)> + '_ {
        self.leaderless.iter().copied()
    }

    /// A topic whose name differs from `name` only in dots and underscores, if there is one.
    #[must_use]
    pub fn colliding_with(&self, name: &str) -> Option<&Arc<str>> {
        self.by_folded_name.get(&*folded(name)?)?.iter().next()
    }

    pub(crate) fn add(&mut self, name: Arc<str>, id: Uuid) {
        if let Some(folded) = folded(&name) {
            self.by_folded_name.entry(folded).or_default().insert(name.clone());
        }
        self.by_name.insert(name.clone(), id);
        self.by_id.insert(id, Arc::new(Topic { name, id, partitions: OrdMap::new() }));
    }

    pub(crate) fn remove(&mut self, id: Uuid) -> Option<Arc<Topic>> {
        let topic = self.by_id.remove(&id)?;
        self.by_name.remove(&topic.name);
        if let Some(folded) = folded(&topic.name)
            && let Some(names) = self.by_folded_name.get_mut(&folded)
        {
            names.remove(&topic.name);
            if names.is_empty() {
                self.by_folded_name.remove(&folded);
            }
        }
        for (&index, partition) in &topic.partitions {
            self.unindex(id, index, partition);
        }
        Some(topic)
    }

    /// Sets a partition; `false` if there is no such topic.
    pub(crate) fn set_partition(&mut self, id: Uuid, index: PartitionIndex, partition: Partition) -> bool {
        let Some(mut topic) = self.by_id.get(&id).cloned() else { return false };
        // One copy of the topic's head; its partitions stay shared but for the path to this one.
        let partition = Arc::new(partition);
        let old = Arc::make_mut(&mut topic).partitions.insert(index, partition.clone());
        self.by_id.insert(id, topic);
        if let Some(old) = old {
            self.unindex(id, index, &old);
        }
        self.index(id, index, &partition);
        true
    }

    fn index(&mut self, id: Uuid, index: PartitionIndex, partition: &Partition) {
        for &replica in &partition.replicas {
            self.by_replica.insert((replica, id, index));
        }
        if partition.leader == BrokerId::NONE {
            self.leaderless.insert((id, index));
        }
        self.partition_count += 1;
    }

    fn unindex(&mut self, id: Uuid, index: PartitionIndex, partition: &Partition) {
        for &replica in &partition.replicas {
            self.by_replica.remove(&(replica, id, index));
        }
        self.leaderless.remove(&(id, index));
        self.partition_count -= 1;
    }

    pub(crate) fn id_map(&self) -> &OrdMap<Uuid, Arc<Topic>> {
        &self.by_id
    }

    pub(crate) fn name_map(&self) -> &OrdMap<Arc<str>, Uuid> {
        &self.by_name
    }

    pub(crate) fn replica_index(&self) -> &OrdSet<(BrokerId, Uuid, PartitionIndex)> {
        &self.by_replica
    }
}

/// The name with underscores for dots, if it has one of either.
fn folded(name: &str) -> Option<Arc<str>> {
    name.contains(['.', '_']).then(|| Arc::from(name.replace('.', "_")))
}
