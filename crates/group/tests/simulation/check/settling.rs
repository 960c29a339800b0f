//! When nothing goes wrong any more, all who want to be members are, and work in one generation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ottla_group::{Command, GroupCoordinator, GroupDescription, GroupState, NotDescribed, Reply};
use ottla_machine::{Coordinator, Decision, Token};
use ottla_types::Timestamp;

use crate::client::{Client, Phase};

pub(crate) fn all_work(clients: &[Client]) {
    let mut generations: BTreeMap<&Arc<str>, BTreeSet<_>> = BTreeMap::new();
    for client in clients {
        assert_eq!(client.phase, Phase::Working, "{client:?}");
        generations.entry(&client.group).or_default().insert(client.generation);
    }
    assert!(generations.values().all(|generations| generations.len() == 1), "{generations:?}");
}

pub(crate) fn all_are_members(machine: &mut GroupCoordinator, clients: &[Client]) {
    let mut wanted: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
    for client in clients {
        wanted.entry(Arc::clone(&client.group)).or_default().insert(Arc::clone(&client.member_id));
    }
    for (id, group) in describe(machine, wanted.keys().cloned().collect()) {
        let group = group.expect("it is there");
        assert_eq!(group.state, GroupState::Stable);
        let members: BTreeSet<_> = group.members.into_iter().map(|member| member.member_id).collect();
        assert_eq!(members, wanted[&id]);
    }
}

pub(crate) fn nobody_is_left(machine: &mut GroupCoordinator, groups: &[&str]) {
    for (id, group) in describe(machine, groups.iter().map(|id| Arc::from(*id)).collect()) {
        assert_eq!(group.expect("it is there").state, GroupState::Empty, "{id}");
    }
}

type Described = Vec<(Arc<str>, Result<GroupDescription, NotDescribed>)>;

fn describe(machine: &mut GroupCoordinator, groups: Vec<Arc<str>>) -> Described {
    let mut out = Decision::default();
    machine.handle(Timestamp(0), Token(0), Command::Describe(groups), &mut out);
    let Some((_, Reply::Describe(groups))) = out.replies.pop() else { panic!("no description") };
    groups
}
