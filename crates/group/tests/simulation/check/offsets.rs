//! What was committed is what is fetched, and once acknowledged it is never lost and never goes back.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_group::{Command, GroupRecord, Reply};
use ottla_types::{ErrorCode, TopicPartition};

use super::Event;

type Place = (Arc<str>, TopicPartition);

#[derive(Default)]
pub(super) struct Offsets {
    logged: BTreeMap<Place, i64>,
    /// How long the log was when the last acknowledged commit had been logged.
    acknowledged: usize,
}

impl Offsets {
    pub(super) fn decided(&mut self, event: &Event<'_>) {
        for (command, reply) in event.answers() {
            let (Command::FetchOffsets(fetch), Reply::FetchOffsets(Ok(topics))) = (command, reply) else {
                continue;
            };
            for topic in topics {
                for found in &topic.partitions {
                    let place = TopicPartition::new(Arc::clone(&topic.topic), found.partition);
                    let logged = self.logged.get(&(Arc::clone(&fetch.group), place));
                    assert_eq!(found.offset.0, logged.copied().unwrap_or(-1), "{found:?}");
                }
            }
        }
        event.out.records.iter().for_each(|record| self.log(record));
        if let Some((_, Command::CommitOffsets(commit))) = event.asked {
            self.all_is_logged(event, commit);
        }
    }

    pub(super) fn released(&mut self, command: &Command, reply: &Reply, log_len: usize) {
        if let (Command::CommitOffsets(_), Reply::CommitOffsets(Ok(_))) = (command, reply) {
            self.acknowledged = self.acknowledged.max(log_len);
        }
    }

    pub(super) fn failed_over(&mut self, log: &[GroupRecord]) {
        assert!(log.len() >= self.acknowledged, "what was acknowledged is in the log");
        self.logged.clear();
        log.iter().for_each(|record| self.log(record));
    }

    fn all_is_logged(&self, event: &Event<'_>, commit: &ottla_group::CommitOffsets) {
        let Some(Reply::CommitOffsets(Ok(outcomes))) = event.out.replies.last().map(|(_, reply)| reply)
        else {
            return assert!(event.out.records.is_empty(), "a refused commit logs nothing");
        };
        for (topic, outcome) in commit.topics.iter().zip(outcomes) {
            for (wanted, (_, error)) in topic.partitions.iter().zip(&outcome.partitions) {
                let place = TopicPartition::new(Arc::clone(&topic.topic), wanted.partition);
                let logged = self.logged.get(&(Arc::clone(&commit.group), place));
                assert_eq!(*error, ErrorCode::None);
                assert_eq!(logged, Some(&wanted.offset.0), "an acknowledged offset is logged");
            }
        }
        assert_eq!(event.out.records.len(), outcomes.len(), "nothing else is logged");
    }

    fn log(&mut self, record: &GroupRecord) {
        match record {
            GroupRecord::OffsetCommitted { group, partition, offset } => {
                self.logged.insert((Arc::clone(group), partition.clone()), offset.offset.0);
            }
            GroupRecord::OffsetForgotten { group, partition } => {
                self.logged.remove(&(Arc::clone(group), partition.clone()));
            }
            _ => {}
        }
    }
}
