//! Who counts as alive.

use ottla_group::{Generation, Join};
use ottla_machine::Coordinator;
use ottla_types::ErrorCode;

use crate::desk::{Desk, commit_by, dynamic, known, protocols};

#[test]
fn a_heartbeat_is_answered_according_to_the_state() {
    let mut desk = Desk::new();
    assert_eq!(desk.beat(&"x".into(), Generation(1)), ErrorCode::UnknownMemberId);
    let tokens = [desk.join(dynamic("a")), desk.join(dynamic("b"))];
    desk.pass_ms(6_000);
    let [a, b] = tokens.map(|token| desk.joined(token));
    assert_eq!(desk.beat(&a.member_id, a.generation), ErrorCode::None, "completing");
    desk.sync(&a);
    assert_eq!(desk.beat(&a.member_id, a.generation), ErrorCode::None, "stable");
    assert_eq!(desk.beat(&a.member_id, Generation(0)), ErrorCode::IllegalGeneration);
    assert_eq!(desk.beat_as(&a.member_id, Some("i"), a.generation), ErrorCode::UnknownMemberId);
    desk.join(known(&a, dynamic("a")));
    assert_eq!(desk.beat(&b.member_id, b.generation), ErrorCode::RebalanceInProgress, "preparing");
}

#[test]
fn whoever_is_silent_for_its_session_timeout_is_out() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    desk.pass_ms(5_000);
    assert_eq!(desk.beat(&members[0].member_id, members[0].generation), ErrorCode::None);
    desk.pass_ms(4_999);
    assert_eq!(desk.state(), "Stable");
    desk.pass_ms(1);
    assert_eq!(desk.state(), "PreparingRebalance");
    assert_eq!(desk.describe().members.len(), 1);
}

#[test]
fn a_group_whose_members_all_fall_silent_becomes_empty() {
    let mut desk = Desk::new();
    desk.stable(&["a", "b"]);
    desk.pass_ms(40_000);
    assert_eq!(desk.state(), "Empty");
    assert_eq!(desk.machine.next_deadline(), None);
}

#[test]
fn a_commit_counts_as_a_heartbeat() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a"]);
    desk.pass_ms(9_000);
    assert_eq!(desk.commit(commit_by(&members[0], 1)), ErrorCode::None);
    desk.pass_ms(9_000);
    assert_eq!(desk.state(), "Stable");
}

#[test]
fn whoever_waits_for_the_coordinator_is_excused() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let slow = Join { rebalance_timeout_ms: 60_000, ..known(&members[0], dynamic("a")) };
    let a = desk.join(slow);
    for _ in 0..6 {
        desk.pass_ms(9_000);
        assert_eq!(desk.beat(&members[1].member_id, members[1].generation), ErrorCode::RebalanceInProgress);
    }
    assert!(desk.is_parked(a));
    let b = desk.join(known(&members[1], dynamic("b")));
    assert_eq!(desk.joined(a).members.len(), 2);
    desk.joined(b);
}

#[test]
fn a_first_join_is_not_parked_forever() {
    let mut desk = Desk::new();
    let patient =
        |client| Join { rebalance_timeout_ms: 900_000, session_timeout_ms: 900_000, ..dynamic(client) };
    let members = desk.stable_of(vec![patient("a")]);
    let newcomer = desk.join(patient("b"));
    desk.pass_ms(299_999);
    assert!(desk.is_parked(newcomer));
    desk.pass_ms(1);
    let refused = desk.refused(newcomer);
    assert_eq!((refused.error, &*refused.member_id), (ErrorCode::UnknownMemberId, ""));
    assert_eq!(desk.beat(&members[0].member_id, members[0].generation), ErrorCode::RebalanceInProgress);
}

#[test]
fn whoever_was_excused_counts_as_alive_from_the_answer_on_and_no_longer() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let b = desk.join(Join { protocols: protocols(&["range"], "u"), ..known(&members[1], dynamic("b")) });
    for _ in 0..3 {
        desk.pass_ms(9_000);
        assert_eq!(desk.beat(&members[0].member_id, members[0].generation), ErrorCode::RebalanceInProgress);
    }
    let a = desk.join(known(&members[0], dynamic("a")));
    let (a, b) = (desk.joined(a), desk.joined(b));
    desk.sync(&a);
    desk.sync(&b);
    desk.pass_ms(9_999);
    assert_eq!(desk.beat(&a.member_id, a.generation), ErrorCode::None);
    desk.pass_ms(1);
    assert_eq!(desk.beat(&b.member_id, b.generation), ErrorCode::UnknownMemberId);
}
