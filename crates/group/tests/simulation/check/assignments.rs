//! A generation is completed by its leader's sync alone, and every member gets what the leader gave to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use ottla_group::{Command, GroupRecord, GroupValue, MemberValue, Reply};

use super::Event;

#[derive(Default)]
pub(super) struct Assignments {
    logged: BTreeMap<Arc<str>, GroupValue>,
}

impl Assignments {
    pub(super) fn decided(&mut self, event: &Event<'_>) {
        for record in &event.out.records {
            if let GroupRecord::GroupChanged { group, value } = record
                && !value.members.is_empty()
            {
                match self.logged.get(group).filter(|before| before.generation == value.generation) {
                    Some(before) => replaces_one_member(before, value),
                    None => is_what_the_leader_gave(event, value),
                }
            }
            self.log(record);
        }
        for (command, reply) in event.answers() {
            if let (Command::Sync(sync), Reply::Sync(Ok(synced))) = (command, reply) {
                let value = &self.logged[&sync.group];
                assert_eq!(value.generation, sync.generation);
                let member = value.members.iter().find(|member| member.member_id == sync.member_id);
                assert_eq!(member.expect("a member syncs").assignment, synced.assignment);
            }
        }
    }

    pub(super) fn failed_over(&mut self, log: &[GroupRecord]) {
        self.logged.clear();
        log.iter().for_each(|record| self.log(record));
    }

    fn log(&mut self, record: &GroupRecord) {
        match record {
            GroupRecord::GroupChanged { group, value } => {
                self.logged.insert(Arc::clone(group), value.clone());
            }
            GroupRecord::GroupForgotten { group } => {
                self.logged.remove(group);
            }
            _ => {}
        }
    }
}

fn is_what_the_leader_gave(event: &Event<'_>, value: &GroupValue) {
    let Some((_, Command::Sync(sync))) = event.asked else { panic!("completed by {:?}", event.asked) };
    assert_eq!(Some(&sync.member_id), value.leader.as_ref(), "completed by its leader");
    assert_eq!(sync.generation, value.generation);
    for member in &value.members {
        let given = sync.assignments.iter().find(|(id, _)| *id == member.member_id);
        assert_eq!(member.assignment, given.map(|(_, bytes)| bytes.clone()).unwrap_or(Bytes::new()));
    }
}

fn replaces_one_member(before: &GroupValue, after: &GroupValue) {
    let is_same = |member: &&MemberValue| before.members.iter().any(|old| old.member_id == member.member_id);
    let new: Vec<_> = after.members.iter().filter(|member| !is_same(member)).collect();
    assert_eq!((new.len(), before.members.len()), (1, after.members.len()), "one member has another id");
    let old = before.members.iter().find(|old| old.instance_id == new[0].instance_id).expect("it is static");
    assert!(old.instance_id.is_some());
    assert_eq!(old.assignment, new[0].assignment, "the place keeps its assignment");
}
