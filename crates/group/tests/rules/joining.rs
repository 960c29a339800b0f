//! Who may join, how long it takes, and what starts a rebalance.

use std::sync::Arc;

use ottla_group::{GroupConfig, Join};
use ottla_types::ErrorCode;

use crate::desk::{Desk, dynamic, known, leaver, protocols};

#[test]
fn a_first_join_waits_for_the_initial_delay_and_then_leads() {
    let mut desk = Desk::new();
    let token = desk.join(dynamic("a"));
    desk.pass_ms(2_999);
    assert!(desk.is_parked(token));
    desk.pass_ms(1);
    let joined = desk.joined(token);
    assert_eq!(joined.generation.0, 1);
    assert_eq!(&*joined.member_id, "a-00000000-0000-4000-8000-000000000001");
    assert_eq!((&joined.leader, joined.members.len()), (&joined.member_id, 1));
    assert_eq!(joined.protocol.as_deref(), Some("range"));
}

#[test]
fn the_initial_delay_is_extended_while_members_arrive_up_to_their_rebalance_timeout() {
    let mut desk = Desk::new();
    let join = |client| Join { rebalance_timeout_ms: 8_000, ..dynamic(client) };
    let first = desk.join(join("a"));
    for client in ["b", "c", "d"] {
        desk.pass_ms(2_000);
        desk.join(join(client));
    }
    // 3 seconds, 3 more, and the 2 that are left of 8.
    desk.pass_ms(1_999);
    assert!(desk.is_parked(first));
    desk.pass_ms(1);
    assert_eq!(desk.joined(first).members.len(), 4);
}

#[test]
fn a_client_that_understands_it_is_given_its_id_first() {
    let mut desk = Desk::new();
    let join = Join { takes_member_id_first: true, ..dynamic("a") };
    let token = desk.join(join.clone());
    let refused = desk.refused(token);
    assert_eq!(refused.error, ErrorCode::MemberIdRequired);
    let token = desk.join(Join { member_id: Arc::clone(&refused.member_id), ..join });
    desk.pass_ms(3_000);
    assert_eq!(desk.joined(token).member_id, refused.member_id);
}

#[test]
fn a_given_id_is_forgotten_after_the_session_timeout() {
    let mut desk = Desk::new();
    let join = Join { takes_member_id_first: true, ..dynamic("a") };
    let token = desk.join(join.clone());
    let member_id = desk.refused(token).member_id;
    desk.pass_ms(10_000);
    assert_eq!(desk.join_error(Join { member_id, ..join }), ErrorCode::UnknownMemberId);
}

#[test]
fn a_rebalance_waits_for_members_that_were_given_an_id() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a"]);
    let join = Join { takes_member_id_first: true, ..dynamic("b") };
    let token = desk.join(join.clone());
    let member_id = desk.refused(token).member_id;
    assert_eq!(desk.state(), "Stable");
    let a = desk.join(known(&members[0], dynamic("a")));
    assert!(desk.is_parked(a));
    let b = desk.join(Join { member_id, ..join });
    assert_eq!(desk.joined(a).members.len(), 2);
    assert_eq!(desk.joined(b).generation.0, 2);
}

#[test]
fn the_number_of_ids_given_in_advance_is_bounded() {
    let mut desk = Desk::with(GroupConfig { pending_members_max: 1, ..GroupConfig::default() });
    let join = Join { takes_member_id_first: true, ..dynamic("a") };
    assert_eq!(desk.join_error(join.clone()), ErrorCode::MemberIdRequired);
    assert_eq!(desk.join_error(join), ErrorCode::GroupMaxSizeReached);
}

#[test]
fn a_session_timeout_out_of_range_is_refused() {
    let mut desk = Desk::new();
    for session_timeout_ms in [5_999, 1_800_001] {
        let error = desk.join_error(Join { session_timeout_ms, ..dynamic("a") });
        assert_eq!(error, ErrorCode::InvalidSessionTimeout);
    }
}

#[test]
fn an_empty_group_id_is_refused() {
    let error = Desk::new().join_error(Join { group: "".into(), ..dynamic("a") });
    assert_eq!(error, ErrorCode::InvalidGroupId);
}

#[test]
fn a_client_whose_name_is_too_long_for_a_member_id_is_refused() {
    let mut desk = Desk::new();
    let error = desk.join_error(Join { client_id: "x".repeat(32_731).into(), ..dynamic("") });
    assert_eq!(error, ErrorCode::InvalidRequest);
    assert_eq!(desk.machine.group_count(), 0);
    desk.stable_of(vec![Join { client_id: "x".repeat(32_730).into(), ..dynamic("") }]);
    desk.log.iter().for_each(|record| drop(record.encode().unwrap()));
}

#[test]
fn a_member_id_that_nobody_gave_is_refused() {
    let mut desk = Desk::new();
    let join = Join { member_id: "x".into(), ..dynamic("a") };
    assert_eq!(desk.join_error(join.clone()), ErrorCode::UnknownMemberId);
    desk.stable(&["a"]);
    assert_eq!(desk.join_error(join), ErrorCode::UnknownMemberId);
}

#[test]
fn protocols_that_do_not_go_with_those_of_the_group_are_refused() {
    let mut desk = Desk::new();
    assert_eq!(
        desk.join_error(Join { protocols: Vec::new(), ..dynamic("a") }),
        ErrorCode::InconsistentGroupProtocol
    );
    desk.stable(&["a"]);
    for join in [
        Join { protocol_type: "connect".into(), ..dynamic("b") },
        Join { protocols: protocols(&["sticky"], "t"), ..dynamic("b") },
        Join { protocols: Vec::new(), ..dynamic("b") },
    ] {
        assert_eq!(desk.join_error(join), ErrorCode::InconsistentGroupProtocol);
    }
}

#[test]
fn of_the_protocols_that_all_know_the_one_that_most_prefer_is_chosen() {
    let mut desk = Desk::new();
    let tokens = [&["x", "b", "a"][..], &["b", "a"], &["a", "b", "x"]]
        .map(|names| desk.join(Join { protocols: protocols(names, "t"), ..dynamic("m") }));
    desk.pass_ms(6_000);
    for token in tokens {
        assert_eq!(desk.joined(token).protocol.as_deref(), Some("b"));
    }
}

#[test]
fn a_full_group_takes_no_more_members() {
    let mut desk = Desk::with(GroupConfig { size_max: 2, ..GroupConfig::default() });
    desk.stable(&["a", "b"]);
    assert_eq!(desk.join_error(dynamic("c")), ErrorCode::GroupMaxSizeReached);
    assert_eq!(desk.state(), "Stable");
}

#[test]
fn a_group_that_became_too_large_loses_whoever_rejoins_last() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b", "c"]);
    desk.machine.set_config(GroupConfig { size_max: 2, ..GroupConfig::default() });
    let a = desk.join(known(&members[0], dynamic("a")));
    let b = desk.join(known(&members[1], dynamic("b")));
    assert_eq!(desk.join_error(known(&members[2], dynamic("c"))), ErrorCode::GroupMaxSizeReached);
    desk.pass_ms(30_000);
    assert_eq!(desk.joined(a).members.len(), 2);
    desk.joined(b);
}

#[test]
fn a_follower_with_nothing_new_to_say_is_told_the_generation_as_it_is() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let token = desk.join(known(&members[1], dynamic("b")));
    assert_eq!(desk.joined(token), members[1]);
    assert_eq!(desk.state(), "Stable");
}

#[test]
fn a_leader_that_joins_again_starts_a_rebalance() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let token = desk.join(known(&members[0], dynamic("a")));
    assert!(desk.is_parked(token));
    assert_eq!(desk.state(), "PreparingRebalance");
}

#[test]
fn new_metadata_start_a_rebalance_in_any_state() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let changed = || Join { protocols: protocols(&["range"], "u"), ..dynamic("b") };
    let b = desk.join(known(&members[1], changed()));
    let a = desk.join(known(&members[0], dynamic("a")));
    assert_eq!((desk.joined(a).generation.0, desk.joined(b).generation.0), (2, 2));
    assert_eq!(desk.state(), "CompletingRebalance");
    let b = desk.join(known(&members[1], dynamic("b")));
    assert!(desk.is_parked(b));
    assert_eq!(desk.state(), "PreparingRebalance");
}

#[test]
fn a_join_whose_answer_was_lost_is_answered_again() {
    let mut desk = Desk::new();
    let tokens = [desk.join(dynamic("a")), desk.join(dynamic("b"))];
    desk.pass_ms(6_000);
    for (client, token) in ["a", "b"].into_iter().zip(tokens) {
        let joined = desk.joined(token);
        let again = desk.join(known(&joined, dynamic(client)));
        assert_eq!(desk.joined(again), joined);
    }
}

#[test]
fn whoever_does_not_rejoin_in_time_is_out_and_another_one_leads() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let token = desk.join(Join { protocols: protocols(&["range"], "u"), ..known(&members[1], dynamic("b")) });
    for _ in 0..6 {
        desk.pass_ms(4_999);
        assert!(desk.is_parked(token));
        assert_eq!(desk.beat(&members[0].member_id, members[0].generation), ErrorCode::RebalanceInProgress);
    }
    desk.pass_ms(6);
    let joined = desk.joined(token);
    assert_eq!((joined.leader, joined.members.len()), (joined.member_id, 1));
    assert_eq!(desk.beat(&members[0].member_id, members[0].generation), ErrorCode::UnknownMemberId);
}

#[test]
fn a_second_join_of_the_same_member_answers_the_first() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let first = desk.join(known(&members[0], dynamic("a")));
    let second = desk.join(known(&members[0], dynamic("a")));
    assert_eq!(desk.refused(first).error, ErrorCode::RebalanceInProgress);
    assert!(desk.is_parked(second));
}

#[test]
fn a_first_rebalance_that_all_have_left_makes_an_empty_generation() {
    let mut desk = Desk::new();
    let token = desk.join(dynamic("a"));
    let member_id = desk.describe().members[0].member_id.clone();
    desk.leave(vec![leaver(&member_id, None)]);
    assert_eq!(desk.refused(token).error, ErrorCode::UnknownMemberId);
    assert_eq!(desk.state(), "PreparingRebalance");
    desk.pass_ms(3_000);
    assert_eq!(desk.state(), "Empty");
}
