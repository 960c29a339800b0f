//! Housekeeping: what nobody needs any more is forgotten, a bounded number of records at a time.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use ottla_machine::Decision;
use ottla_types::{Timestamp, TopicPartition};

use crate::{CommittedOffset, DeletedTopic, GroupCoordinator, GroupRecord, Swept};

/// How many groups are looked at in one go, so that nobody else waits long.
const GROUPS_MAX: usize = 10_000;

/// What one go may still log.
struct Budget<'a> {
    out: &'a mut Decision<GroupCoordinator>,
    bytes: usize,
    records: usize,
}

/// The go is over before the group is done.
struct Exhausted;

impl Budget<'_> {
    /// Logs a record if there is room for it. The first one always has room.
    fn spend(&mut self, record: GroupRecord) -> Result<(), Exhausted> {
        let bytes = record.bytes_max();
        if bytes > self.bytes && self.records > 0 {
            return Err(Exhausted);
        }
        self.bytes = self.bytes.saturating_sub(bytes);
        self.records += 1;
        self.out.record(record);
        Ok(())
    }
}

impl GroupCoordinator {
    pub(crate) fn expire_offsets(
        &mut self,
        now: Timestamp,
        resume_at: Option<&Arc<str>>,
        out: &mut Decision<Self>,
    ) -> Swept {
        let from = resume_at.map_or(Bound::Unbounded, Bound::Included);
        let classic =
            self.groups.range::<Arc<str>, _>((from, Bound::Unbounded)).map(|(id, _)| Arc::clone(id));
        let mut ids: BTreeSet<Arc<str>> = classic.take(GROUPS_MAX + 1).collect();
        let is_due = |id: &Arc<str>| resume_at.is_none_or(|first| id >= first);
        ids.extend(self.foreign.iter().map(|(id, _)| Arc::clone(id)).filter(is_due));
        self.sweep(ids, out, |this, id, budget| this.expire_group(now, id, budget))
    }

    pub(crate) fn forget_topics(
        &mut self,
        topics: &[DeletedTopic],
        resume_at: Option<&Arc<str>>,
        out: &mut Decision<Self>,
    ) -> Swept {
        let is_due = |id: &&Arc<str>| resume_at.is_none_or(|first| *id >= first);
        let ids = self.offsets.groups().into_iter().filter(is_due).take(GROUPS_MAX + 1).cloned().collect();
        self.sweep(ids, out, |this, id, budget| this.forget_topics_of(topics, id, budget))
    }

    fn sweep(
        &mut self,
        ids: BTreeSet<Arc<str>>,
        out: &mut Decision<Self>,
        visit: impl Fn(&mut Self, &Arc<str>, &mut Budget<'_>) -> Result<(), Exhausted>,
    ) -> Swept {
        let mut budget = Budget { out, bytes: self.config.records_bytes_max, records: 0 };
        for (visited, id) in ids.into_iter().enumerate() {
            if visited == GROUPS_MAX || visit(self, &id, &mut budget).is_err() {
                return Swept { tombstones: budget.records, resume_at: Some(id) };
            }
        }
        Swept { tombstones: budget.records, resume_at: None }
    }

    /// Forgets the expired offsets of a group, and the group if nobody is in it or about to be, and none is left.
    fn expire_group(
        &mut self,
        now: Timestamp,
        id: &Arc<str>,
        budget: &mut Budget<'_>,
    ) -> Result<(), Exhausted> {
        let mut is_done = !self.offsets.has_unstable(id);
        for (partition, offset) in self.offsets.of_group(id) {
            if self.has_expired(now, id, &partition, offset) {
                budget.spend(GroupRecord::OffsetForgotten { group: Arc::clone(id), partition })?;
            } else {
                is_done = false;
            }
        }
        if !is_done {
            return Ok(());
        }
        if let Some(group) = self.groups.get(id) {
            if group.is_abandoned() {
                budget.spend(GroupRecord::GroupForgotten { group: Arc::clone(id) })?;
                self.drop_group(id);
            }
        } else if let Some(foreign) = self.foreign.find(id)
            && foreign.has_offsets()
            && !foreign.has_members()
        {
            for record in foreign.forget_all(id) {
                budget.spend(record)?;
            }
        }
        Ok(())
    }

    fn has_expired(
        &self,
        now: Timestamp,
        id: &Arc<str>,
        partition: &TopicPartition,
        offset: &CommittedOffset,
    ) -> bool {
        if self.offsets.is_unstable(id, partition) {
            return false;
        }
        let retention_ms = self.config.offsets_retention_ms;
        match (self.groups.get(id), self.foreign.find(id)) {
            (Some(group), _) => {
                !group.is_subscribed_to(&partition.topic) && group.has_expired(offset, now, retention_ms)
            }
            // What members subscribe to is not known, so all is kept as long as there are any.
            (None, Some(foreign)) => {
                !foreign.has_members() && now.ms_since(offset.committed_at) >= retention_ms
            }
            (None, None) => false,
        }
    }

    fn forget_topics_of(
        &mut self,
        topics: &[DeletedTopic],
        id: &Arc<str>,
        budget: &mut Budget<'_>,
    ) -> Result<(), Exhausted> {
        let mut partitions = BTreeSet::new();
        for topic in topics {
            for (partition, offset) in self.offsets.of_topic(id, &topic.name) {
                if offset.topic_id.is_zero() || offset.topic_id == topic.topic_id {
                    partitions.insert(partition);
                }
            }
        }
        for partition in partitions {
            budget.spend(GroupRecord::OffsetForgotten { group: Arc::clone(id), partition })?;
        }
        Ok(())
    }
}
