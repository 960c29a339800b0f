//! The generations of a group never go back: not in the log, and not below the log in what members are told.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_group::{Command, Generation, GroupRecord, Reply};

use super::Event;

#[derive(Default)]
pub(super) struct Generations {
    logged: BTreeMap<Arc<str>, Generation>,
    told: BTreeMap<Arc<str>, Generation>,
}

impl Generations {
    pub(super) fn decided(&mut self, event: &Event<'_>) {
        for (command, reply) in event.answers() {
            if let (Command::Join(join), Reply::Join(Ok(joined))) = (command, reply) {
                let logged = self.logged.get(&join.group).copied().unwrap_or_default();
                assert!(joined.generation >= logged, "told {joined:?}, logged {logged}");
                let before = self.told.insert(Arc::clone(&join.group), joined.generation);
                assert!(
                    before.is_none_or(|before| before <= joined.generation),
                    "told {before:?}, then {joined:?}"
                );
            }
        }
        event.out.records.iter().for_each(|record| self.log(record));
    }

    pub(super) fn failed_over(&mut self, log: &[GroupRecord]) {
        *self = Self::default();
        log.iter().for_each(|record| self.log(record));
    }

    fn log(&mut self, record: &GroupRecord) {
        match record {
            GroupRecord::GroupChanged { group, value } => {
                let before = self.logged.insert(Arc::clone(group), value.generation);
                let is_later = before.is_none_or(|before| before <= value.generation);
                assert!(is_later, "generation {} of {group} after {before:?}", value.generation);
            }
            GroupRecord::GroupForgotten { group } => {
                self.logged.remove(group);
                self.told.remove(group);
            }
            _ => {}
        }
    }
}
