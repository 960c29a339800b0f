//! How a generation gets its assignment.

use bytes::Bytes;
use ottla_group::{Command, GroupConfig, GroupRecord, Joined, Sync};
use ottla_machine::Token;
use ottla_types::ErrorCode;

use crate::desk::{Desk, dynamic, known, leaver, sync_of};

/// Two members that have joined and not synced, the leader first.
fn joined(desk: &mut Desk) -> (Joined, Joined) {
    let tokens = [desk.join(dynamic("a")), desk.join(dynamic("b"))];
    desk.pass_ms(6_000);
    let [a, b] = tokens.map(|token| desk.joined(token));
    (a, b)
}

fn sync_error(desk: &mut Desk, sync: Sync) -> ErrorCode {
    let token = desk.ask(Command::Sync(sync));
    desk.synced(token).expect_err("the sync is wrong")
}

fn assignment(desk: &mut Desk, token: Token) -> Bytes {
    desk.synced(token).expect("the sync is right").assignment
}

#[test]
fn followers_wait_for_the_leaders_assignment() {
    let mut desk = Desk::new();
    let (a, b) = joined(&mut desk);
    let follower = desk.sync(&b);
    assert!(desk.is_parked(follower));
    assert_eq!(desk.state(), "CompletingRebalance");
    let leader = desk.sync(&a);
    assert_eq!(assignment(&mut desk, follower), b.member_id.as_bytes());
    assert_eq!(assignment(&mut desk, leader), a.member_id.as_bytes());
    assert_eq!(desk.state(), "Stable");
    let Some(GroupRecord::GroupChanged { value, .. }) = desk.log.last() else { panic!("nothing logged") };
    assert_eq!((value.generation, value.members.len()), (a.generation, 2));
    assert_eq!(value.leader, Some(a.member_id));
}

#[test]
fn a_sync_after_the_leaders_is_answered_at_once() {
    let mut desk = Desk::new();
    let (a, b) = joined(&mut desk);
    desk.sync(&a);
    let late = desk.sync(&b);
    assert_eq!(assignment(&mut desk, late), b.member_id.as_bytes());
}

#[test]
fn a_member_that_the_leader_forgot_gets_nothing() {
    let mut desk = Desk::new();
    let (a, b) = joined(&mut desk);
    let follower = desk.sync(&b);
    desk.ask(Command::Sync(Sync { assignments: vec![("nobody".into(), "x".into())], ..sync_of(&a) }));
    assert_eq!(assignment(&mut desk, follower), Bytes::new());
}

#[test]
fn a_sync_must_name_member_generation_and_protocol_rightly() {
    let mut desk = Desk::new();
    let (a, _) = joined(&mut desk);
    for (sync, error) in [
        (Sync { group: "".into(), ..sync_of(&a) }, ErrorCode::InvalidGroupId),
        (Sync { group: "other".into(), ..sync_of(&a) }, ErrorCode::UnknownMemberId),
        (Sync { member_id: "x".into(), ..sync_of(&a) }, ErrorCode::UnknownMemberId),
        (Sync { instance_id: Some("i".into()), ..sync_of(&a) }, ErrorCode::UnknownMemberId),
        (Sync { generation: ottla_group::Generation(0), ..sync_of(&a) }, ErrorCode::IllegalGeneration),
        (Sync { protocol: Some("x".into()), ..sync_of(&a) }, ErrorCode::InconsistentGroupProtocol),
        (Sync { protocol_type: Some("x".into()), ..sync_of(&a) }, ErrorCode::InconsistentGroupProtocol),
    ] {
        assert_eq!(sync_error(&mut desk, sync), error);
    }
    let old_client = desk.ask(Command::Sync(Sync { protocol: None, protocol_type: None, ..sync_of(&a) }));
    desk.synced(old_client).unwrap();
}

#[test]
fn a_sync_while_a_rebalance_is_prepared_is_sent_back_to_join() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    desk.join(known(&members[0], dynamic("a")));
    assert_eq!(sync_error(&mut desk, sync_of(&members[1])), ErrorCode::RebalanceInProgress);
}

#[test]
fn a_new_member_sends_those_who_wait_for_the_leader_back_to_join() {
    let mut desk = Desk::new();
    let (_, b) = joined(&mut desk);
    let follower = desk.sync(&b);
    desk.join(dynamic("c"));
    assert_eq!(desk.synced(follower), Err(ErrorCode::RebalanceInProgress));
    assert_eq!(desk.state(), "PreparingRebalance");
}

#[test]
fn a_second_sync_of_the_same_member_answers_the_first() {
    let mut desk = Desk::new();
    let (_, b) = joined(&mut desk);
    let (first, second) = (desk.sync(&b), desk.sync(&b));
    assert_eq!(desk.synced(first), Err(ErrorCode::RebalanceInProgress));
    assert!(desk.is_parked(second));
}

#[test]
fn whoever_leaves_while_its_sync_is_parked_gets_an_answer() {
    let mut desk = Desk::new();
    let (_, b) = joined(&mut desk);
    let follower = desk.sync(&b);
    desk.leave(vec![leaver(&b.member_id, None)]);
    assert_eq!(desk.synced(follower), Err(ErrorCode::UnknownMemberId));
}

#[test]
fn whoever_does_not_sync_within_the_rebalance_timeout_is_out() {
    let mut desk = Desk::new();
    let (a, b) = joined(&mut desk);
    let leader = desk.sync(&a);
    desk.synced(leader).unwrap();
    for _ in 0..5 {
        desk.pass_ms(5_999);
        assert_eq!(desk.beat(&a.member_id, a.generation), ErrorCode::None);
        assert_eq!(desk.beat(&b.member_id, b.generation), ErrorCode::None);
    }
    desk.pass_ms(5);
    assert_eq!(desk.state(), "PreparingRebalance");
    assert_eq!(desk.beat(&a.member_id, a.generation), ErrorCode::RebalanceInProgress);
    assert_eq!(desk.beat(&b.member_id, b.generation), ErrorCode::UnknownMemberId);
}

#[test]
fn a_group_too_large_for_the_log_is_told_so_and_joins_again() {
    let mut desk = Desk::with(GroupConfig { records_bytes_max: 1_000, ..GroupConfig::default() });
    let (a, b) = joined(&mut desk);
    let follower = desk.sync(&b);
    let assignments = vec![(b.member_id, vec![0; 1_000].into())];
    let leader = desk.ask(Command::Sync(Sync { assignments, ..sync_of(&a) }));
    assert_eq!(desk.synced(follower), Err(ErrorCode::UnknownServerError));
    assert_eq!(desk.synced(leader), Err(ErrorCode::UnknownServerError));
    assert_eq!(desk.state(), "PreparingRebalance");
}
