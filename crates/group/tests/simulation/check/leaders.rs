//! In one generation at most one member is told to divide the work; it is told when the generation starts, and of
//! nobody who has not joined, unless that one is static.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_group::{Command, Generation, GroupRecord, Joined, Reply};

use super::Event;

#[derive(Default)]
pub(super) struct Leaders {
    of_generation: BTreeMap<(Arc<str>, Generation), Arc<str>>,
    logged: BTreeMap<Arc<str>, Generation>,
}

impl Leaders {
    pub(super) fn decided(&mut self, event: &Event<'_>) {
        for (command, reply) in event.answers() {
            let (Command::Join(join), Reply::Join(Ok(joined))) = (command, reply) else { continue };
            let place = (Arc::clone(&join.group), joined.generation);
            let is_logged = self.logged.get(&join.group) == Some(&joined.generation);
            if !is_logged && !self.of_generation.contains_key(&place) {
                starts_with_its_leader(event, &join.group, joined);
            }
            if joined.leader != joined.member_id || joined.skip_assignment {
                continue;
            }
            assert!(
                joined.members.iter().any(|member| member.member_id == joined.member_id),
                "leads itself too"
            );
            let leader = self.of_generation.entry(place).or_insert_with(|| Arc::clone(&joined.member_id));
            assert_eq!(*leader, joined.member_id, "two leaders of generation {}", joined.generation);
        }
        event.out.records.iter().for_each(|record| self.log(record));
    }

    /// A generation that was not logged can begin again, with another leader: nobody has worked in it.
    pub(super) fn failed_over(&mut self, log: &[GroupRecord]) {
        *self = Self::default();
        log.iter().for_each(|record| self.log(record));
    }

    fn log(&mut self, record: &GroupRecord) {
        match record {
            GroupRecord::GroupChanged { group, value } => {
                self.logged.insert(Arc::clone(group), value.generation);
            }
            GroupRecord::GroupForgotten { group } => {
                self.logged.remove(group);
                self.of_generation.retain(|(of, _), _| of != group);
            }
            _ => {}
        }
    }
}

fn starts_with_its_leader(event: &Event<'_>, group: &Arc<str>, first: &Joined) {
    let joined: Vec<_> = event
        .answers()
        .filter_map(|(command, reply)| match (command, reply) {
            (Command::Join(join), Reply::Join(Ok(joined))) if join.group == *group => Some(joined),
            _ => None,
        })
        .collect();
    let leader = joined.iter().find(|joined| joined.member_id == first.leader);
    let leader = leader.unwrap_or_else(|| panic!("the leader of {first:?} has not joined"));
    for member in &leader.members {
        let has_joined = joined.iter().any(|joined| joined.member_id == member.member_id);
        assert!(has_joined || member.instance_id.is_some(), "{member:?} has not joined");
    }
}
