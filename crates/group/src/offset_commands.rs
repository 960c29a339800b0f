//! Committing, fetching and deleting offsets.

use std::sync::Arc;

use ottla_machine::Decision;
use ottla_types::{ErrorCode, LeaderEpoch, Offset, Timestamp, TopicPartition, Uuid};

use crate::classic::Group;
use crate::{
    CommitOffsets, CommitPartition, CommittedOffset, DeleteOffsets, FetchOffsets, FetchedPartition,
    FetchedTopic, GroupCoordinator, GroupRecord, TopicOutcome,
};

impl GroupCoordinator {
    pub(crate) fn commit_offsets(
        &mut self,
        now: Timestamp,
        commit: &CommitOffsets,
        out: &mut Decision<Self>,
    ) -> Result<Vec<TopicOutcome>, ErrorCode> {
        self.admit_commit(now, commit, out)?;
        let mut records = Vec::new();
        let mut outcomes = Vec::with_capacity(commit.topics.len());
        for topic in &commit.topics {
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for wanted in &topic.partitions {
                let metadata = wanted.metadata.clone().unwrap_or_default();
                if is_longer(&metadata, self.config.offset_metadata_max) {
                    partitions.push((wanted.partition, ErrorCode::OffsetMetadataTooLarge));
                    continue;
                }
                partitions.push((wanted.partition, ErrorCode::None));
                records.push(GroupRecord::OffsetCommitted {
                    group: Arc::clone(&commit.group),
                    partition: TopicPartition::new(Arc::clone(&topic.topic), wanted.partition),
                    offset: committed(now, commit.retention_ms, topic.topic_id, wanted, metadata),
                });
            }
            outcomes.push(TopicOutcome {
                topic: Arc::clone(&topic.topic),
                topic_id: topic.topic_id,
                partitions,
            });
        }
        if records.iter().map(GroupRecord::bytes_max).sum::<usize>() > self.config.records_bytes_max {
            return Err(ErrorCode::InvalidCommitOffsetSize);
        }
        let is_known = self.groups.contains_key(&commit.group) || self.foreign.find(&commit.group).is_some();
        if !is_known && !records.is_empty() {
            let id = Arc::clone(&commit.group);
            self.groups.insert(Arc::clone(&id), Group::new(id, now));
        }
        out.records.append(&mut records);
        Ok(outcomes)
    }

    /// Whoever is no member of a group that does not exist creates it by committing.
    fn admit_commit(
        &mut self,
        now: Timestamp,
        commit: &CommitOffsets,
        out: &mut Decision<Self>,
    ) -> Result<(), ErrorCode> {
        if let Some((group, mut turn)) = self.turn(now, &commit.group, out) {
            return group.admit_commit(&mut turn, commit);
        }
        match self.foreign.find(&commit.group) {
            Some(foreign) => foreign.admit_commit(commit),
            None if commit.generation.0 < 0 => Ok(()),
            None => Err(ErrorCode::GroupIdNotFound),
        }
    }

    pub(crate) fn fetch_offsets(&self, fetch: &FetchOffsets) -> Result<Vec<FetchedTopic>, ErrorCode> {
        if let Some(foreign) = self.foreign.find(&fetch.group)
            && foreign.has_offsets()
            && (fetch.member_id.is_some() || fetch.member_epoch >= 0)
        {
            return Err(ErrorCode::UnknownMemberId);
        }
        let Some(topics) = &fetch.topics else { return Ok(self.fetch_all(fetch)) };
        let fetched = topics.iter().map(|wanted| FetchedTopic {
            topic: Arc::clone(&wanted.topic),
            topic_id: wanted.topic_id,
            partitions: wanted
                .partitions
                .iter()
                .map(|index| {
                    let found = self.offsets.find(&fetch.group, &wanted.topic, *index);
                    let partition = TopicPartition::new(Arc::clone(&wanted.topic), *index);
                    self.fetched(fetch, &partition, found.filter(|found| is_of(found, wanted.topic_id)))
                })
                .collect(),
        });
        Ok(fetched.collect())
    }

    fn fetch_all(&self, fetch: &FetchOffsets) -> Vec<FetchedTopic> {
        let mut topics: Vec<FetchedTopic> = Vec::new();
        for (partition, found) in self.offsets.of_group(&fetch.group) {
            let fetched = self.fetched(fetch, &partition, Some(found));
            match topics.last_mut() {
                Some(last) if last.topic == partition.topic => last.partitions.push(fetched),
                _ => topics.push(FetchedTopic {
                    topic: partition.topic,
                    topic_id: Uuid::ZERO,
                    partitions: vec![fetched],
                }),
            }
        }
        topics
    }

    fn fetched(
        &self,
        fetch: &FetchOffsets,
        partition: &TopicPartition,
        found: Option<&CommittedOffset>,
    ) -> FetchedPartition {
        let is_unstable = fetch.require_stable && self.offsets.is_unstable(&fetch.group, partition);
        let found = found.filter(|_| !is_unstable);
        FetchedPartition {
            partition: partition.partition,
            offset: found.map_or(Offset::NONE, |found| found.offset),
            leader_epoch: found.map_or(LeaderEpoch::NONE, |found| found.leader_epoch),
            metadata: found.map(|found| Arc::clone(&found.metadata)).unwrap_or_default(),
            error: if is_unstable { ErrorCode::UnstableOffsetCommit } else { ErrorCode::None },
        }
    }

    pub(crate) fn delete_offsets(
        &self,
        delete: &DeleteOffsets,
        out: &mut Decision<Self>,
    ) -> Result<Vec<TopicOutcome>, ErrorCode> {
        let group = self.groups.get(&delete.group);
        let foreign = self.foreign.find(&delete.group).filter(|foreign| foreign.has_offsets());
        match (group, foreign) {
            (Some(group), _) => group.admit_offset_deletion()?,
            (None, Some(_)) => {}
            (None, None) => return Err(ErrorCode::GroupIdNotFound),
        }
        let is_subscribed_to = |topic: &str| match (group, foreign) {
            (Some(group), _) => group.is_subscribed_to(topic),
            // What its members subscribe to is not known here.
            (None, foreign) => foreign.is_some_and(crate::foreign::ForeignGroup::has_members),
        };
        let mut outcomes = Vec::with_capacity(delete.topics.len());
        for (topic, partitions) in &delete.topics {
            let is_subscribed = is_subscribed_to(topic);
            let error = if is_subscribed { ErrorCode::GroupSubscribedToTopic } else { ErrorCode::None };
            for index in partitions.iter().filter(|_| !is_subscribed) {
                let partition = TopicPartition::new(Arc::clone(topic), *index);
                let is_kept = self.offsets.find(&delete.group, topic, *index).is_some();
                if is_kept || self.offsets.is_unstable(&delete.group, &partition) {
                    out.record(GroupRecord::OffsetForgotten { group: Arc::clone(&delete.group), partition });
                }
            }
            outcomes.push(TopicOutcome {
                topic: Arc::clone(topic),
                topic_id: Uuid::ZERO,
                partitions: partitions.iter().map(|index| (*index, error)).collect(),
            });
        }
        Ok(outcomes)
    }
}

fn committed(
    now: Timestamp,
    retention_ms: Option<i64>,
    topic_id: Uuid,
    wanted: &CommitPartition,
    metadata: Arc<str>,
) -> CommittedOffset {
    CommittedOffset {
        offset: wanted.offset,
        leader_epoch: wanted.leader_epoch,
        metadata,
        committed_at: now,
        expires_at: retention_ms.map(|retention_ms| now.plus_ms(retention_ms)),
        topic_id,
    }
}

/// Whether a text has more UTF-16 units than `max`; a text has never more of them than bytes.
fn is_longer(text: &str, max: usize) -> bool {
    text.len() > max && text.encode_utf16().count() > max
}

/// Whether the offset was committed for this topic, and not for another that had the same name.
fn is_of(found: &CommittedOffset, topic_id: Uuid) -> bool {
    found.topic_id.is_zero() || topic_id.is_zero() || found.topic_id == topic_id
}
