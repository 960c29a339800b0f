//! Listing, describing and deleting groups.

use std::sync::Arc;

use ottla_group::{Command, List, NotDescribed, Reply};
use ottla_types::ErrorCode;

use crate::desk::{Desk, GROUP, commit, dynamic, subscription};

fn list(desk: &mut Desk, states: &[&str], types: &[&str]) -> Vec<String> {
    let texts = |texts: &[&str]| texts.iter().map(|text| Arc::from(*text)).collect();
    let token = desk.ask(Command::List(List { states: texts(states), types: texts(types) }));
    let Reply::List(groups) = desk.reply(token) else { panic!() };
    let line = |group: &ottla_group::ListedGroup| {
        format!("{} {} {} {}", group.group, group.protocol_type, group.state, group.group_type)
    };
    groups.iter().map(line).collect()
}

fn delete(desk: &mut Desk) -> ErrorCode {
    let token = desk.ask(Command::DeleteGroups(vec![GROUP.into()]));
    let Reply::DeleteGroups(groups) = desk.reply(token) else { panic!() };
    groups[0].1
}

#[test]
fn groups_are_listed_by_state_and_type_in_any_case() {
    let mut desk = Desk::new();
    desk.stable(&["a"]);
    let mut other = commit(1);
    other.group = "h".into();
    desk.commit(other);
    assert_eq!(list(&mut desk, &[], &[]), ["g consumer Stable classic", "h  Empty classic"]);
    assert_eq!(list(&mut desk, &[" stable "], &[]), ["g consumer Stable classic"]);
    assert_eq!(list(&mut desk, &["empty", "Dead"], &["CLASSIC"]), ["h  Empty classic"]);
    assert!(list(&mut desk, &[], &["share"]).is_empty());
    assert!(list(&mut desk, &["nonsense"], &[]).is_empty());
}

#[test]
fn a_stable_group_is_described_with_what_its_members_said_and_got() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a"]);
    let description = desk.describe();
    assert_eq!((&*description.protocol_type, &*description.protocol), ("consumer", "range"));
    let member = &description.members[0];
    assert_eq!((&*member.client_id, &*member.client_host), ("a", "/127.0.0.1"));
    assert_eq!(member.metadata, subscription("t"));
    assert_eq!(member.assignment, members[0].member_id.as_bytes());
    desk.join(dynamic("b"));
    let description = desk.describe();
    assert_eq!((&*description.protocol, description.members[0].metadata.len()), ("", 0));
}

#[test]
fn a_group_that_is_not_there_is_not_described() {
    let mut desk = Desk::new();
    let token = desk.ask(Command::Describe(vec![GROUP.into()]));
    assert_eq!(desk.reply(token), Reply::Describe(vec![(GROUP.into(), Err(NotDescribed::NotFound))]));
}

#[test]
fn only_an_empty_group_can_be_deleted_and_its_offsets_go_with_it() {
    let mut desk = Desk::new();
    assert_eq!(delete(&mut desk), ErrorCode::GroupIdNotFound);
    desk.commit(commit(5));
    desk.stable(&["a"]);
    assert_eq!(delete(&mut desk), ErrorCode::NonEmptyGroup);
    desk.pass_ms(60_000);
    assert_eq!(delete(&mut desk), ErrorCode::None);
    assert_eq!((desk.fetch("t"), desk.machine.group_count(), desk.machine.offset_count()), (-1, 0, 0));
    desk.reload();
    assert_eq!((desk.fetch("t"), desk.machine.group_count()), (-1, 0));
    assert_eq!(delete(&mut desk), ErrorCode::GroupIdNotFound);
}
