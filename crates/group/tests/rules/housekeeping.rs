//! What is forgotten by itself.

use std::sync::Arc;

use ottla_group::{Command, CommitOffsets, DeletedTopic, GroupConfig, Join, Reply, Swept};
use ottla_types::{ErrorCode, Uuid};

use crate::desk::{Desk, commit, commit_by, commit_to, dynamic, leaver};

const DAY_MS: i64 = 24 * 3_600 * 1_000;

fn expire(desk: &mut Desk) -> usize {
    let Swept { tombstones, resume_at } = sweep(desk, Command::ExpireOffsets { resume_at: None });
    assert_eq!(resume_at, None);
    tombstones
}

fn sweep(desk: &mut Desk, command: Command) -> Swept {
    let token = desk.ask(command);
    let Reply::Sweep(swept) = desk.reply(token) else { panic!() };
    swept
}

#[test]
fn an_offset_without_a_group_of_members_expires_by_its_own_age() {
    let mut desk = Desk::new();
    desk.commit(commit_to("t", 1));
    desk.pass_ms(DAY_MS);
    desk.commit(commit_to("u", 2));
    desk.pass_ms(6 * DAY_MS - 1);
    assert_eq!(expire(&mut desk), 0);
    desk.pass_ms(1);
    assert_eq!(expire(&mut desk), 1);
    assert_eq!((desk.fetch("t"), desk.fetch("u")), (-1, 2));
    desk.pass_ms(DAY_MS);
    assert_eq!(expire(&mut desk), 2, "the last offset takes the group with it");
    assert_eq!(desk.machine.group_count(), 0);
}

#[test]
fn offsets_of_a_group_expire_when_it_has_been_empty_for_long() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a"]);
    desk.commit(commit_by(&members[0], 5));
    for _ in 0..10 * DAY_MS / 9_000 {
        desk.now = desk.now.plus_ms(9_000);
        desk.beat(&members[0].member_id, members[0].generation);
    }
    assert_eq!(expire(&mut desk), 0, "somebody reads");
    desk.leave(vec![leaver(&members[0].member_id, None)]);
    desk.pass_ms(7 * DAY_MS - 1);
    assert_eq!(expire(&mut desk), 0);
    desk.pass_ms(1);
    assert_eq!(expire(&mut desk), 2);
    desk.reload();
    assert_eq!((desk.fetch("t"), desk.machine.group_count()), (-1, 0));
}

#[test]
fn the_time_for_which_a_group_has_been_empty_survives_a_reload() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a"]);
    desk.commit(commit_by(&members[0], 5));
    desk.leave(vec![leaver(&members[0].member_id, None)]);
    desk.pass_ms(4 * DAY_MS);
    desk.reload();
    desk.pass_ms(3 * DAY_MS);
    assert_eq!(expire(&mut desk), 2);
}

#[test]
fn a_topic_that_nobody_subscribes_to_any_more_loses_its_offsets_while_the_group_goes_on() {
    let mut desk = Desk::new();
    desk.commit(commit_to("t", 1));
    desk.commit(commit_to("old", 2));
    let members = desk.stable(&["a"]);
    desk.now = desk.now.plus_ms(7 * DAY_MS);
    assert_eq!(expire(&mut desk), 1);
    assert_eq!((desk.fetch("t"), desk.fetch("old")), (1, -1));
    desk.join(crate::desk::known(&members[0], dynamic("a")));
    desk.now = desk.now.plus_ms(7 * DAY_MS);
    assert_eq!(expire(&mut desk), 0);
}

#[test]
fn an_old_client_says_itself_how_long_its_commit_is_kept() {
    let mut desk = Desk::new();
    desk.commit(CommitOffsets { retention_ms: Some(1_000), ..commit(5) });
    desk.pass_ms(999);
    assert_eq!(expire(&mut desk), 0);
    desk.pass_ms(1);
    assert_eq!(expire(&mut desk), 2);
}

#[test]
fn an_empty_group_without_offsets_is_forgotten() {
    let mut desk = Desk::new();
    desk.stable(&["a"]);
    assert_eq!(expire(&mut desk), 0);
    desk.pass_ms(60_000);
    assert_eq!(expire(&mut desk), 1);
    desk.reload();
    assert_eq!(desk.machine.group_count(), 0);
}

#[test]
fn a_group_is_not_forgotten_while_somebody_is_about_to_join_it() {
    let mut desk = Desk::new();
    let join = Join { takes_member_id_first: true, ..dynamic("a") };
    let token = desk.join(join.clone());
    let member_id = desk.refused(token).member_id;
    assert_eq!(expire(&mut desk), 0);
    let token = desk.join(Join { member_id: Arc::clone(&member_id), ..join.clone() });
    desk.pass_ms(3_000);
    assert_eq!(desk.joined(token).member_id, member_id);
    // Who never comes keeps the group only for a session timeout.
    desk.pass_ms(60_000);
    let token = desk.join(join);
    assert_eq!(desk.refused(token).error, ErrorCode::MemberIdRequired);
    desk.pass_ms(9_999);
    assert_eq!(expire(&mut desk), 0);
    desk.pass_ms(1);
    assert_eq!(expire(&mut desk), 1);
}

#[test]
fn a_topic_that_was_deleted_takes_its_offsets_with_it_but_not_those_of_its_successor() {
    let mut desk = Desk::new();
    desk.commit(commit_to("t", 1));
    let mut newer = commit_to("u", 2);
    newer.topics[0].topic_id = Uuid([2; 16]);
    desk.commit(newer);
    desk.commit(commit_to("v", 3));
    let topics = ["t", "u"].map(|name| DeletedTopic { name: name.into(), topic_id: Uuid::ONE }).to_vec();
    let swept = sweep(&mut desk, Command::ForgetTopics { topics, resume_at: None });
    assert_eq!((swept.tombstones, swept.resume_at), (1, None));
    assert_eq!((desk.fetch("t"), desk.fetch("u"), desk.fetch("v")), (-1, 2, 3));
}

#[test]
fn a_sweep_stops_when_the_log_would_take_no_more_and_goes_on_there() {
    let mut desk = Desk::with(GroupConfig { records_bytes_max: 250, ..GroupConfig::default() });
    for group in ["a", "b", "c"] {
        for topic in ["t", "u"] {
            desk.commit(CommitOffsets { group: group.into(), ..commit_to(topic, 1) });
        }
    }
    desk.pass_ms(7 * DAY_MS);
    let (mut tombstones, mut resume_at) = (Vec::new(), None);
    loop {
        let swept = sweep(&mut desk, Command::ExpireOffsets { resume_at });
        tombstones.push(swept.tombstones);
        resume_at = swept.resume_at;
        if resume_at.is_none() {
            break;
        }
    }
    assert_eq!(tombstones, [2, 2, 2, 2, 1]);
    assert_eq!((desk.machine.group_count(), desk.machine.offset_count()), (0, 0));
}
