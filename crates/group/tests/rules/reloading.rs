//! What survives when the machine is lost and the log is read again.

use std::sync::Arc;

use ottla_group::{Cause, GroupConfig, GroupRecord, Notice};
use ottla_types::ErrorCode;

use crate::desk::{Desk, GROUP, dynamic, known};

#[test]
fn a_completed_generation_survives_and_its_sessions_start_anew() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    desk.pass_ms(9_999);
    desk.reload();
    desk.pass_ms(9_999);
    assert_eq!(desk.state(), "Stable");
    assert_eq!(desk.beat(&members[0].member_id, members[0].generation), ErrorCode::None);
    desk.pass_ms(1);
    assert_eq!(desk.state(), "PreparingRebalance");
    assert_eq!(desk.describe().members.len(), 1);
}

#[test]
fn a_rebalance_that_was_not_complete_is_as_if_it_had_not_begun() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let a = desk.join(known(&members[0], dynamic("a")));
    desk.join(known(&members[1], dynamic("b")));
    assert_eq!(desk.joined(a).generation.0, 2);
    desk.reload();
    assert_eq!(desk.beat(&members[0].member_id, members[0].generation), ErrorCode::None);
}

#[test]
fn a_group_that_never_completed_a_generation_is_there_and_empty() {
    let mut desk = Desk::new();
    desk.join(dynamic("a"));
    desk.reload();
    assert_eq!(desk.state(), "Empty");
}

#[test]
fn a_group_with_more_members_than_allowed_rebalances_after_loading() {
    let mut desk = Desk::new();
    desk.stable(&["a", "b"]);
    let config = GroupConfig { size_max: 1, ..GroupConfig::default() };
    let mut desk = Desk::on(config, desk.log);
    assert_eq!(desk.state(), "PreparingRebalance");
    let notices = desk.machine.take_notices();
    assert!(
        matches!(&notices[..], [Notice::RebalanceStarted { cause: Cause::OverCapacity, .. }]),
        "{notices:?}"
    );
}

#[test]
fn a_log_that_contradicts_itself_is_read_all_the_same() {
    let mut desk = Desk::new();
    let static_members = vec![crate::desk::fixed("i"), crate::desk::fixed("j")];
    desk.stable_of(static_members);
    let Some(GroupRecord::GroupChanged { value, .. }) = desk.log.last() else { panic!() };
    let mut value = value.clone();
    value.members[1].instance_id = value.members[0].instance_id.clone();
    value.leader = Some("nobody".into());
    value.protocol = None;
    let group: Arc<str> = GROUP.into();
    let mut desk = Desk::on(GroupConfig::default(), vec![GroupRecord::GroupChanged { group, value }]);
    assert_eq!(desk.describe().members.len(), 1);
    desk.pass_ms(60_000);
    assert_eq!(desk.state(), "Empty");
}
