//! Groups of other types, left in the log by another broker.

use bytes::Bytes;
use ottla_group::{
    Command, CommitOffsets, FetchOffsets, ForeignKey, Generation, GroupConfig, GroupRecord, Join, List,
    NotDescribed, Reply,
};
use ottla_types::ErrorCode;

use crate::desk::{Desk, GROUP, commit, dynamic, fetch_all};

fn foreign(kinds: &[i16]) -> Vec<GroupRecord> {
    let record = |kind: &i16| {
        let key = Bytes::copy_from_slice(&kind.to_be_bytes());
        GroupRecord::ForeignChanged(ForeignKey { group: GROUP.into(), kind: *kind, key })
    };
    kinds.iter().map(record).collect()
}

fn desk(kinds: &[i16]) -> Desk {
    Desk::on(GroupConfig::default(), foreign(kinds))
}

const CONSUMER: &[i16] = &[3, 5, 6, 7, 8];
const CONSUMER_EMPTY: &[i16] = &[3, 6];
const SHARE: &[i16] = &[10, 11];
const STREAMS: &[i16] = &[17, 19, 23];

#[test]
fn a_classic_member_cannot_join_a_group_of_another_type_that_has_members() {
    for (kinds, error) in [
        (CONSUMER, ErrorCode::GroupIdNotFound),
        (SHARE, ErrorCode::InconsistentGroupProtocol),
        (&[11], ErrorCode::InconsistentGroupProtocol),
        (STREAMS, ErrorCode::InconsistentGroupProtocol),
    ] {
        assert_eq!(desk(kinds).join_error(dynamic("a")), error, "{kinds:?}");
    }
}

#[test]
fn an_empty_consumer_group_becomes_a_classic_one() {
    let mut desk = desk(CONSUMER_EMPTY);
    let stranger = Join { member_id: "x".into(), ..dynamic("a") };
    assert_eq!(desk.join_error(stranger), ErrorCode::UnknownMemberId);
    assert_eq!(desk.log.len(), 2, "a refused join converts nothing");
    desk.stable(&["a"]);
    desk.reload();
    assert_eq!(desk.state(), "Stable");
    let token = desk.ask(Command::List(List::default()));
    let Reply::List(groups) = desk.reply(token) else { panic!() };
    assert_eq!(groups.len(), 1);
}

#[test]
fn members_of_another_type_are_gone_after_the_session_timeout_since_nobody_serves_them() {
    let mut desk = desk(CONSUMER);
    desk.pass_ms(44_999);
    assert_eq!(desk.join_error(dynamic("a")), ErrorCode::GroupIdNotFound);
    desk.pass_ms(1);
    let gone: Vec<_> = desk.log[CONSUMER.len()..]
        .iter()
        .map(|record| match record {
            GroupRecord::ForeignForgotten(key) => key.kind,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(gone, [8, 7, 5]);
    desk.stable(&["a"]);
}

#[test]
fn requests_of_classic_members_do_not_reach_a_group_of_another_type() {
    let mut desk = desk(CONSUMER);
    assert_eq!(desk.beat(&"x".into(), Generation(1)), ErrorCode::UnknownMemberId);
    let token = desk.ask(Command::Describe(vec![GROUP.into()]));
    assert_eq!(desk.reply(token), Reply::Describe(vec![(GROUP.into(), Err(NotDescribed::NotClassic))]));
    let token = desk.ask(Command::DeleteGroups(vec![GROUP.into()]));
    assert_eq!(desk.reply(token), Reply::DeleteGroups(vec![(GROUP.into(), ErrorCode::NonEmptyGroup)]));
}

#[test]
fn a_group_of_another_type_is_listed_as_what_it_is() {
    for (kinds, line) in [
        (CONSUMER, "consumer Unknown consumer"),
        (CONSUMER_EMPTY, "consumer Empty consumer"),
        (SHARE, "share Unknown share"),
        (STREAMS, "streams Unknown streams"),
    ] {
        let mut desk = desk(kinds);
        let token = desk.ask(Command::List(List::default()));
        let Reply::List(groups) = desk.reply(token) else { panic!() };
        let group = &groups[0];
        assert_eq!(format!("{} {} {}", group.protocol_type, group.state, group.group_type), line);
    }
}

#[test]
fn an_administrator_commits_to_a_group_of_another_type_while_it_is_empty() {
    assert_eq!(desk(CONSUMER).commit(commit(5)), ErrorCode::UnknownMemberId);
    assert_eq!(desk(SHARE).commit(commit(5)), ErrorCode::GroupIdNotFound);
    let mut desk = desk(CONSUMER_EMPTY);
    assert_eq!(desk.commit(commit(5)), ErrorCode::None);
    let member = CommitOffsets { generation: Generation(3), member_id: "x".into(), ..commit(6) };
    assert_eq!(desk.commit(member), ErrorCode::UnknownMemberId);
    assert_eq!(desk.fetch("t"), 5);
    let fetch = FetchOffsets { member_id: Some("x".into()), member_epoch: 3, ..fetch_all() };
    let token = desk.ask(Command::FetchOffsets(fetch));
    assert_eq!(desk.reply(token), Reply::FetchOffsets(Err(ErrorCode::UnknownMemberId)));
}

#[test]
fn an_empty_group_of_another_type_is_deleted_with_all_its_records() {
    let mut desk = desk(CONSUMER_EMPTY);
    desk.commit(commit(5));
    let token = desk.ask(Command::DeleteGroups(vec![GROUP.into()]));
    assert_eq!(desk.reply(token), Reply::DeleteGroups(vec![(GROUP.into(), ErrorCode::None)]));
    desk.reload();
    let token = desk.ask(Command::List(List::default()));
    assert_eq!(desk.reply(token), Reply::List(Vec::new()));
    assert_eq!(desk.fetch("t"), -1);
}

#[test]
fn records_of_an_unknown_kind_are_counted_and_left_alone() {
    let key = ForeignKey { group: GROUP.into(), kind: 99, key: Bytes::new() };
    let log = vec![GroupRecord::Unknown { kind: 98 }, GroupRecord::ForeignChanged(key)];
    let desk = Desk::on(GroupConfig::default(), log);
    assert_eq!(desk.machine.ignored_records(), 2);
}
