//! LeaveGroup.

use ottla_group::Join;
use ottla_machine::Coordinator;
use ottla_types::ErrorCode;

use crate::desk::{Desk, dynamic, fixed, known, leaver};

fn errors(desk: &mut Desk, leavers: Vec<ottla_group::Leaver>) -> Vec<ErrorCode> {
    desk.leave(leavers).into_iter().map(|outcome| outcome.error).collect()
}

#[test]
fn a_member_that_leaves_starts_a_rebalance() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    assert_eq!(errors(&mut desk, vec![leaver(&members[0].member_id, None)]), [ErrorCode::None]);
    assert_eq!(desk.state(), "PreparingRebalance");
    let token = desk.join(known(&members[1], dynamic("b")));
    let joined = desk.joined(token);
    assert_eq!(joined.leader, joined.member_id);
}

#[test]
fn the_last_member_that_leaves_leaves_an_empty_group() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let all = members.iter().map(|joined| leaver(&joined.member_id, None)).collect();
    assert_eq!(errors(&mut desk, all), [ErrorCode::None, ErrorCode::None]);
    assert_eq!(desk.state(), "Empty");
    desk.reload();
    assert_eq!(desk.state(), "Empty");
}

#[test]
fn whoever_is_no_member_cannot_leave() {
    let mut desk = Desk::new();
    let unknown = || vec![leaver("x", None), leaver("", Some("i")), leaver("", None)];
    assert_eq!(errors(&mut desk, unknown()), [ErrorCode::UnknownMemberId; 3]);
    desk.stable(&["a"]);
    assert_eq!(errors(&mut desk, unknown()), [ErrorCode::UnknownMemberId; 3]);
    assert_eq!(desk.state(), "Stable");
}

#[test]
fn an_administrator_removes_a_static_member_by_its_instance() {
    let mut desk = Desk::new();
    let members = desk.stable_of(vec![fixed("i"), fixed("j")]);
    let leavers = vec![leaver("", Some("i")), leaver(&members[0].member_id, Some("j"))];
    assert_eq!(errors(&mut desk, leavers), [ErrorCode::None, ErrorCode::FencedInstanceId]);
    assert_eq!(desk.describe().members.len(), 1);
}

#[test]
fn a_member_that_has_only_been_given_an_id_can_leave() {
    let mut desk = Desk::new();
    let token = desk.join(Join { takes_member_id_first: true, ..dynamic("a") });
    let member_id = desk.refused(token).member_id;
    assert_eq!(errors(&mut desk, vec![leaver(&member_id, None)]), [ErrorCode::None]);
    assert_eq!(errors(&mut desk, vec![leaver(&member_id, None)]), [ErrorCode::UnknownMemberId]);
    assert_eq!(desk.machine.next_deadline(), None);
}

#[test]
fn a_member_that_leaves_while_its_join_is_parked_gets_an_answer() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let a = desk.join(known(&members[0], dynamic("a")));
    desk.leave(vec![leaver(&members[0].member_id, None)]);
    assert_eq!(desk.refused(a).error, ErrorCode::UnknownMemberId);
}

#[test]
fn a_rebalance_no_longer_waits_for_whoever_left() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let a = desk.join(known(&members[0], dynamic("a")));
    desk.leave(vec![leaver(&members[1].member_id, None)]);
    assert_eq!(desk.joined(a).members.len(), 1);
}
