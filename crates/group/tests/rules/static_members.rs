//! Members with a `group.instance.id` (KIP-345, KIP-814).

use ottla_group::{Command, CommitOffsets, Join, Joined, Sync};
use ottla_types::ErrorCode;

use crate::desk::{Desk, commit_by, dynamic, fixed, known, protocols, sync_of};

/// A stable group of static members `i`, which leads, and `j`.
fn stable(desk: &mut Desk) -> (Joined, Joined) {
    let members = desk.stable_of(vec![fixed("i"), fixed("j")]);
    (members[0].clone(), members[1].clone())
}

#[test]
fn a_static_member_that_comes_back_takes_its_place_without_a_rebalance() {
    let mut desk = Desk::new();
    let (_, j) = stable(&mut desk);
    let token = desk.join(fixed("j"));
    let back = desk.joined(token);
    assert_ne!(back.member_id, j.member_id);
    assert_eq!((back.generation, back.skip_assignment, &back.leader), (j.generation, false, &j.leader));
    assert_eq!(desk.state(), "Stable");
    let token = desk.sync(&back);
    assert_eq!(desk.synced(token).unwrap().assignment, j.member_id.as_bytes(), "the place's assignment");
    desk.reload();
    assert_eq!(desk.beat_as(&back.member_id, Some("j"), back.generation), ErrorCode::None);
    let members = desk.describe().members;
    let place = members.iter().find(|member| member.member_id == back.member_id).unwrap();
    assert_eq!(place.assignment, j.member_id.as_bytes(), "the assignment is durable under the new id");
}

#[test]
fn whoever_still_uses_the_old_id_is_fenced() {
    let mut desk = Desk::new();
    let (_, j) = stable(&mut desk);
    desk.join(fixed("j"));
    assert_eq!(desk.beat_as(&j.member_id, Some("j"), j.generation), ErrorCode::FencedInstanceId);
    assert_eq!(desk.join_error(known(&j, fixed("j"))), ErrorCode::FencedInstanceId);
    let commit = CommitOffsets { instance_id: Some("j".into()), ..commit_by(&j, 5) };
    assert_eq!(desk.commit(commit), ErrorCode::FencedInstanceId);
    assert_eq!(desk.commit(commit_by(&j, 5)), ErrorCode::UnknownMemberId);
    let token = desk.ask(Command::Sync(Sync { instance_id: Some("j".into()), ..sync_of(&j) }));
    assert_eq!(desk.synced(token), Err(ErrorCode::FencedInstanceId));
}

#[test]
fn a_leader_that_comes_back_is_told_to_keep_the_assignment() {
    let mut desk = Desk::new();
    stable(&mut desk);
    let token = desk.join(fixed("i"));
    let back = desk.joined(token);
    assert!(back.skip_assignment);
    assert_eq!((&back.leader, back.members.len()), (&back.member_id, 2));
}

#[test]
fn a_leader_that_cannot_be_told_believes_that_its_former_self_leads() {
    let mut desk = Desk::new();
    let (i, _) = stable(&mut desk);
    let token = desk.join(Join { may_skip_assignment: false, ..fixed("i") });
    let back = desk.joined(token);
    assert_eq!((&back.leader, back.members.len(), back.skip_assignment), (&i.member_id, 0, false));
}

#[test]
fn a_static_member_that_changes_the_choice_of_protocol_starts_a_rebalance() {
    let mut desk = Desk::new();
    let both = |instance| Join { protocols: protocols(&["range", "sticky"], "t"), ..fixed(instance) };
    desk.stable_of(vec![both("i"), both("j")]);
    let token = desk.join(Join { protocols: protocols(&["sticky"], "t"), ..fixed("j") });
    assert!(desk.is_parked(token));
    assert_eq!(desk.state(), "PreparingRebalance");
}

#[test]
fn a_static_member_that_comes_back_while_the_leader_divides_starts_a_rebalance() {
    let mut desk = Desk::new();
    let tokens = [desk.join(fixed("i")), desk.join(fixed("j"))];
    desk.pass_ms(6_000);
    let [_, j] = tokens.map(|token| desk.joined(token));
    let old = desk.sync(&j);
    let new = desk.join(fixed("j"));
    assert_eq!(desk.synced(old), Err(ErrorCode::FencedInstanceId));
    assert!(desk.is_parked(new));
    assert_eq!(desk.state(), "PreparingRebalance");
}

#[test]
fn the_parked_join_of_a_replaced_member_is_fenced() {
    let mut desk = Desk::new();
    let first = desk.join(fixed("i"));
    let second = desk.join(fixed("i"));
    let refused = desk.refused(first);
    assert_eq!(refused.error, ErrorCode::FencedInstanceId);
    assert_eq!(&*refused.member_id, "i-00000000-0000-4000-8000-000000000001");
    desk.pass_ms(3_000);
    assert_eq!(desk.joined(second).members.len(), 1);
}

#[test]
fn a_static_member_that_does_not_rejoin_keeps_its_place_until_its_session_ends() {
    let mut desk = Desk::new();
    let slow = |instance| Join { session_timeout_ms: 60_000, ..fixed(instance) };
    let members = desk.stable_of(vec![slow("i"), slow("j")]);
    let token = desk.join(known(&members[1], Join { protocols: protocols(&["range"], "u"), ..slow("j") }));
    desk.pass_ms(30_000);
    let joined = desk.joined(token);
    assert_eq!((&joined.leader, joined.members.len()), (&joined.member_id, 2), "j leads now, i is kept");
}

#[test]
fn a_rebalance_that_nobody_rejoins_is_tried_again_until_the_sessions_end() {
    let mut desk = Desk::new();
    let slow = |instance| Join { session_timeout_ms: 90_000, ..fixed(instance) };
    let members = desk.stable_of(vec![slow("i"), slow("j"), dynamic("k")]);
    desk.leave(vec![crate::desk::leaver(&members[2].member_id, None)]);
    desk.pass_ms(65_000);
    assert_eq!((desk.state(), desk.describe().members.len()), ("PreparingRebalance", 2));
    desk.pass_ms(60_000);
    assert_eq!(desk.state(), "Empty");
}

#[test]
fn a_static_member_without_an_id_is_not_sent_away_for_one() {
    let mut desk = Desk::new();
    let token = desk.join(Join { takes_member_id_first: true, ..fixed("i") });
    desk.pass_ms(3_000);
    assert!(desk.joined(token).member_id.starts_with("i-"));
}

#[test]
fn an_id_that_was_given_in_advance_is_no_static_members() {
    let mut desk = Desk::new();
    let token = desk.join(Join { takes_member_id_first: true, ..dynamic("a") });
    let member_id = desk.refused(token).member_id;
    assert_eq!(desk.join_error(Join { member_id, ..fixed("i") }), ErrorCode::UnknownServerError);
}

#[test]
fn a_replaced_member_that_has_not_synced_leaves_nothing_overdue() {
    let mut desk = Desk::new();
    let tokens = [desk.join(fixed("i")), desk.join(fixed("j"))];
    desk.pass_ms(6_000);
    let [i, _] = tokens.map(|token| desk.joined(token));
    desk.sync(&i);
    let token = desk.join(fixed("j"));
    let j = desk.joined(token);
    desk.sync(&j);
    for _ in 0..8 {
        desk.pass_ms(5_000);
        assert_eq!(desk.beat_as(&i.member_id, Some("i"), i.generation), ErrorCode::None);
        assert_eq!(desk.beat_as(&j.member_id, Some("j"), j.generation), ErrorCode::None);
    }
}

#[test]
fn a_replaced_member_that_has_not_synced_must_do_so_under_its_new_id() {
    let mut desk = Desk::new();
    let patient = |instance| Join { session_timeout_ms: 60_000, ..fixed(instance) };
    let tokens = [desk.join(patient("i")), desk.join(patient("j"))];
    desk.pass_ms(6_000);
    let [i, _] = tokens.map(|token| desk.joined(token));
    desk.sync(&i);
    let token = desk.join(patient("j"));
    let j = desk.joined(token);
    desk.pass_ms(30_000);
    assert_eq!(desk.beat_as(&i.member_id, Some("i"), i.generation), ErrorCode::RebalanceInProgress);
    assert_eq!(desk.beat_as(&j.member_id, Some("j"), j.generation), ErrorCode::UnknownMemberId);
}
