//! The committed offsets of all groups, as the log has them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ottla_types::{PartitionIndex, ProducerId, TopicPartition};

use crate::CommittedOffset;

/// Offsets by group, topic and partition, and those that wait for the end of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offsets {
    by_group: BTreeMap<Arc<str>, Topics>,
    /// What each open transaction will commit.
    pending: BTreeMap<ProducerId, BTreeMap<(Arc<str>, TopicPartition), Kept>>,
    /// Whose open transactions touch an offset.
    unstable: BTreeMap<Arc<str>, BTreeMap<TopicPartition, BTreeSet<ProducerId>>>,
    /// How many offset records there have been: their order decides between a commit and a transaction that ends.
    written: u64,
    len: usize,
}

type Topics = BTreeMap<Arc<str>, BTreeMap<PartitionIndex, Kept>>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    written: u64,
    offset: CommittedOffset,
}

impl Offsets {
    /// Keeps an offset.
    pub(crate) fn commit(&mut self, group: &Arc<str>, partition: &TopicPartition, offset: CommittedOffset) {
        let kept = self.next(offset);
        self.put(group, partition, kept);
    }

    /// Keeps an offset apart until the transaction ends.
    pub(crate) fn pend(
        &mut self,
        producer_id: ProducerId,
        group: &Arc<str>,
        partition: &TopicPartition,
        offset: CommittedOffset,
    ) {
        let kept = self.next(offset);
        let place = (Arc::clone(group), partition.clone());
        self.pending.entry(producer_id).or_default().insert(place, kept);
        let partitions = self.unstable.entry(Arc::clone(group)).or_default();
        partitions.entry(partition.clone()).or_default().insert(producer_id);
    }

    /// Ends a transaction: what it committed counts now, unless something newer was committed meanwhile.
    pub(crate) fn end_transaction(&mut self, producer_id: ProducerId, is_committed: bool) {
        for ((group, partition), kept) in self.pending.remove(&producer_id).unwrap_or_default() {
            if let Some(partitions) = self.unstable.get_mut(&group) {
                if let Some(producers) = partitions.get_mut(&partition) {
                    producers.remove(&producer_id);
                    if producers.is_empty() {
                        partitions.remove(&partition);
                    }
                }
                if partitions.is_empty() {
                    self.unstable.remove(&group);
                }
            }
            let before = self.kept(&group, &partition.topic, partition.partition);
            if is_committed && before.is_none_or(|before| before.written < kept.written) {
                self.put(&group, &partition, kept);
            }
        }
    }

    /// Forgets an offset, and what open transactions would make of it.
    pub(crate) fn forget(&mut self, group: &Arc<str>, partition: &TopicPartition) {
        if let Some(topics) = self.by_group.get_mut(group) {
            if let Some(partitions) = topics.get_mut(&partition.topic) {
                self.len -= usize::from(partitions.remove(&partition.partition).is_some());
                if partitions.is_empty() {
                    topics.remove(&partition.topic);
                }
            }
            if topics.is_empty() {
                self.by_group.remove(group);
            }
        }
        let Some(partitions) = self.unstable.get_mut(group) else { return };
        let producers = partitions.remove(partition).unwrap_or_default();
        if partitions.is_empty() {
            self.unstable.remove(group);
        }
        let place = (Arc::clone(group), partition.clone());
        for producer_id in producers {
            if let Entry::Occupied(mut pending) = self.pending.entry(producer_id) {
                pending.get_mut().remove(&place);
                if pending.get().is_empty() {
                    pending.remove();
                }
            }
        }
    }

    /// How many offsets are kept.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The offset of a partition.
    pub(crate) fn find(
        &self,
        group: &str,
        topic: &str,
        partition: PartitionIndex,
    ) -> Option<&CommittedOffset> {
        self.kept(group, topic, partition).map(|kept| &kept.offset)
    }

    /// Whether an open transaction is about to change the offset of a partition.
    pub(crate) fn is_unstable(&self, group: &str, partition: &TopicPartition) -> bool {
        self.unstable.get(group).is_some_and(|partitions| partitions.contains_key(partition))
    }

    /// Whether open transactions are about to change any offset of a group.
    pub(crate) fn has_unstable(&self, group: &str) -> bool {
        self.unstable.contains_key(group)
    }

    /// All offsets of a group, by topic and partition.
    pub(crate) fn of_group(&self, group: &str) -> impl Iterator<Item = (TopicPartition, &CommittedOffset)> {
        self.by_group.get(group).into_iter().flatten().flat_map(|(topic, partitions)| {
            partitions
                .iter()
                .map(|(partition, kept)| (TopicPartition::new(Arc::clone(topic), *partition), &kept.offset))
        })
    }

    /// All partitions of a group that there is anything about, open transactions included.
    pub(crate) fn partitions_of(&self, group: &str) -> BTreeSet<TopicPartition> {
        let unstable = self.unstable.get(group).into_iter().flat_map(BTreeMap::keys).cloned();
        self.of_group(group).map(|(partition, _)| partition).chain(unstable).collect()
    }

    /// The partitions of a topic that there is anything about in a group, with what was or may be committed.
    pub(crate) fn of_topic(&self, group: &str, topic: &Arc<str>) -> Vec<(TopicPartition, &CommittedOffset)> {
        let kept = self.by_group.get(group).and_then(|topics| topics.get(topic)).into_iter().flatten();
        let kept = kept.map(|(index, kept)| (TopicPartition::new(Arc::clone(topic), *index), &kept.offset));
        let unstable =
            self.unstable.get(group).into_iter().flatten().filter(|(place, _)| place.topic == *topic);
        let pending = unstable.flat_map(|(partition, producers)| {
            producers.iter().filter_map(|producer_id| {
                let place = (Arc::from(group), partition.clone());
                let kept = self.pending.get(producer_id)?.get(&place)?;
                Some((partition.clone(), &kept.offset))
            })
        });
        kept.chain(pending).collect()
    }

    /// The groups that there is anything about, in order.
    pub(crate) fn groups(&self) -> BTreeSet<&Arc<str>> {
        self.by_group.keys().chain(self.unstable.keys()).collect()
    }

    fn kept(&self, group: &str, topic: &str, partition: PartitionIndex) -> Option<&Kept> {
        self.by_group.get(group)?.get(topic)?.get(&partition)
    }

    fn next(&mut self, offset: CommittedOffset) -> Kept {
        self.written += 1;
        Kept { written: self.written, offset }
    }

    fn put(&mut self, group: &Arc<str>, partition: &TopicPartition, kept: Kept) {
        // Look before inserting, so that the keys of a hot path are not cloned for nothing.
        if !self.by_group.contains_key(group) {
            self.by_group.insert(Arc::clone(group), Topics::new());
        }
        let topics = self.by_group.get_mut(group).expect("just inserted");
        let partitions = topics.entry(Arc::clone(&partition.topic)).or_default();
        self.len += usize::from(partitions.insert(partition.partition, kept).is_none());
    }
}

#[cfg(test)]
mod tests {
    use ottla_types::{LeaderEpoch, Offset, Timestamp, Uuid};

    use super::*;

    fn offset(offset: i64) -> CommittedOffset {
        CommittedOffset {
            offset: Offset(offset),
            leader_epoch: LeaderEpoch::NONE,
            metadata: Arc::default(),
            committed_at: Timestamp(0),
            expires_at: None,
            topic_id: Uuid::ZERO,
        }
    }

    fn found(offsets: &Offsets) -> Option<i64> {
        offsets.find("g", "t", PartitionIndex(0)).map(|found| found.offset.0)
    }

    fn place() -> (Arc<str>, TopicPartition) {
        ("g".into(), TopicPartition::new("t", 0))
    }

    #[test]
    fn an_offset_of_a_transaction_counts_when_it_commits() {
        let (group, partition) = place();
        let mut offsets = Offsets::default();
        offsets.commit(&group, &partition, offset(1));
        offsets.pend(ProducerId(7), &group, &partition, offset(2));
        assert!(offsets.is_unstable("g", &partition));
        assert_eq!(found(&offsets), Some(1));
        offsets.end_transaction(ProducerId(7), true);
        assert!(!offsets.has_unstable("g"));
        assert_eq!(found(&offsets), Some(2));
    }

    #[test]
    fn an_offset_of_a_transaction_is_nothing_when_it_aborts() {
        let (group, partition) = place();
        let mut offsets = Offsets::default();
        offsets.pend(ProducerId(7), &group, &partition, offset(2));
        offsets.end_transaction(ProducerId(7), false);
        assert_eq!((found(&offsets), offsets.len(), offsets.groups().len()), (None, 0, 0));
    }

    #[test]
    fn a_commit_after_that_of_a_transaction_is_not_overwritten_by_its_end() {
        let (group, partition) = place();
        let mut offsets = Offsets::default();
        offsets.pend(ProducerId(7), &group, &partition, offset(2));
        offsets.commit(&group, &partition, offset(3));
        offsets.end_transaction(ProducerId(7), true);
        assert_eq!(found(&offsets), Some(3));
    }

    #[test]
    fn a_forgotten_offset_does_not_come_back_with_a_transaction() {
        let (group, partition) = place();
        let mut offsets = Offsets::default();
        offsets.pend(ProducerId(7), &group, &partition, offset(2));
        offsets.forget(&group, &partition);
        offsets.end_transaction(ProducerId(7), true);
        assert_eq!((found(&offsets), offsets.len()), (None, 0));
    }
}
