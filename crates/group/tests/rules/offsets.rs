//! Committing, fetching and deleting offsets.

use std::sync::Arc;

use ottla_group::{
    Command, CommitOffsets, CommittedOffset, DeleteOffsets, FetchOffsets, FetchTopic, Generation,
    GroupConfig, GroupRecord, Join, Reply,
};
use ottla_types::{
    ErrorCode, LeaderEpoch, Offset, PartitionIndex, ProducerId, Timestamp, TopicPartition, Uuid,
};

use crate::desk::{Desk, GROUP, commit, commit_by, commit_to, dynamic, fetch_all, fetch_topic, known};

fn delete(desk: &mut Desk, topic: &str) -> Result<ErrorCode, ErrorCode> {
    let topics = vec![(topic.into(), vec![PartitionIndex(0)])];
    let token = desk.ask(Command::DeleteOffsets(DeleteOffsets { group: GROUP.into(), topics }));
    match desk.reply(token) {
        Reply::DeleteOffsets(result) => result.map(|topics| topics[0].partitions[0].1),
        other => panic!("not a deletion: {other:?}"),
    }
}

#[test]
fn a_client_without_membership_commits_to_a_group_that_nobody_is_in() {
    let mut desk = Desk::new();
    assert_eq!(desk.commit(commit(5)), ErrorCode::None);
    assert_eq!(desk.fetch("t"), 5);
    assert_eq!(desk.state(), "Empty");
    desk.reload();
    assert_eq!((desk.fetch("t"), desk.state()), (5, "Empty"));
}

#[test]
fn a_client_without_membership_cannot_commit_to_a_group_with_members() {
    let mut desk = Desk::new();
    desk.stable(&["a"]);
    assert_eq!(desk.commit(commit(5)), ErrorCode::UnknownMemberId);
}

#[test]
fn a_member_commits_in_its_own_generation() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a"]);
    assert_eq!(desk.commit(commit_by(&members[0], 5)), ErrorCode::None);
    let old = CommitOffsets { generation: Generation(0), ..commit_by(&members[0], 6) };
    assert_eq!(desk.commit(old), ErrorCode::IllegalGeneration);
    let stranger = CommitOffsets { member_id: "x".into(), ..commit_by(&members[0], 6) };
    assert_eq!(desk.commit(stranger), ErrorCode::UnknownMemberId);
    let nobody = CommitOffsets { member_id: Arc::default(), ..commit_by(&members[0], 6) };
    assert_eq!(desk.commit(nobody), ErrorCode::UnknownMemberId);
    assert_eq!(desk.fetch("t"), 5);
}

#[test]
fn members_commit_while_a_rebalance_is_prepared_and_not_while_it_completes() {
    let mut desk = Desk::new();
    let members = desk.stable(&["a", "b"]);
    let a = desk.join(known(&members[0], dynamic("a")));
    assert_eq!(desk.commit(commit_by(&members[1], 5)), ErrorCode::None);
    desk.join(known(&members[1], dynamic("b")));
    let joined = desk.joined(a);
    assert_eq!(desk.commit(commit_by(&members[1], 6)), ErrorCode::IllegalGeneration);
    assert_eq!(desk.commit(commit_by(&joined, 6)), ErrorCode::RebalanceInProgress);
}

#[test]
fn a_member_of_no_group_cannot_commit() {
    let mut desk = Desk::new();
    let member = CommitOffsets { generation: Generation(1), member_id: "x".into(), ..commit(5) };
    assert_eq!(desk.commit(member.clone()), ErrorCode::GroupIdNotFound);
    assert_eq!(desk.commit(commit(5)), ErrorCode::None);
    assert_eq!(desk.commit(member), ErrorCode::UnknownMemberId);
}

#[test]
fn metadata_longer_than_allowed_are_refused_partition_by_partition() {
    let mut desk = Desk::with(GroupConfig { offset_metadata_max: 3, ..GroupConfig::default() });
    let with = |text: &str| {
        let mut commit = commit(5);
        commit.topics[0].partitions[0].metadata = Some(text.into());
        commit
    };
    assert_eq!(desk.commit(with("abcd")), ErrorCode::OffsetMetadataTooLarge);
    assert_eq!(desk.commit(with("äöü")), ErrorCode::None, "three UTF-16 units");
    assert_eq!(desk.commit(with("😀😀")), ErrorCode::OffsetMetadataTooLarge, "four UTF-16 units");
}

#[test]
fn a_commit_too_large_for_the_log_is_refused_whole() {
    let mut desk = Desk::with(GroupConfig { records_bytes_max: 150, ..GroupConfig::default() });
    let mut large = commit(5);
    large.topics.push(commit_to("u", 6).topics.remove(0));
    assert_eq!(desk.commit(large), ErrorCode::InvalidCommitOffsetSize);
    assert_eq!(desk.log.len(), 0);
    assert_eq!(desk.commit(commit(5)), ErrorCode::None);
}

#[test]
fn an_unknown_group_has_no_offsets_and_that_is_no_error() {
    let mut desk = Desk::new();
    assert_eq!(desk.fetch("t"), -1);
    let token = desk.ask(Command::FetchOffsets(fetch_all()));
    assert_eq!(desk.reply(token), Reply::FetchOffsets(Ok(Vec::new())));
}

#[test]
fn all_offsets_can_be_fetched_at_once() {
    let mut desk = Desk::new();
    desk.commit(commit_to("b", 1));
    desk.commit(commit_to("a", 2));
    let token = desk.ask(Command::FetchOffsets(fetch_all()));
    let Reply::FetchOffsets(Ok(topics)) = desk.reply(token) else { panic!() };
    let found: Vec<_> = topics.iter().map(|topic| (&*topic.topic, topic.partitions[0].offset.0)).collect();
    assert_eq!(found, [("a", 2), ("b", 1)]);
}

#[test]
fn an_offset_of_another_topic_of_the_same_name_is_no_answer() {
    let mut desk = Desk::new();
    let mut committed = commit(5);
    committed.topics[0].topic_id = Uuid::ONE;
    desk.commit(committed);
    let mut fetch = |topic_id| {
        let topic = FetchTopic { topic_id, partitions: vec![PartitionIndex(0)], ..fetch_topic("t") };
        let token =
            desk.ask(Command::FetchOffsets(FetchOffsets { topics: Some(vec![topic]), ..fetch_all() }));
        let Reply::FetchOffsets(Ok(topics)) = desk.reply(token) else { panic!() };
        topics[0].partitions[0].offset.0
    };
    assert_eq!((fetch(Uuid::ZERO), fetch(Uuid::ONE), fetch(Uuid([2; 16]))), (5, 5, -1));
}

#[test]
fn an_offset_that_a_transaction_is_about_to_change_is_unstable_to_who_asks() {
    let offset = CommittedOffset {
        offset: Offset(9),
        leader_epoch: LeaderEpoch(3),
        metadata: "".into(),
        committed_at: Timestamp(0),
        expires_at: None,
        topic_id: Uuid::ZERO,
    };
    let (producer_id, partition) = (ProducerId(1), TopicPartition::new("t", 0));
    let pending = GroupRecord::OffsetPending { producer_id, group: GROUP.into(), partition, offset };
    let mut desk = Desk::on(GroupConfig::default(), vec![pending]);
    let fetch = |desk: &mut Desk, require_stable| {
        let topics = Some(vec![FetchTopic { partitions: vec![PartitionIndex(0)], ..fetch_topic("t") }]);
        let token = desk.ask(Command::FetchOffsets(FetchOffsets { require_stable, topics, ..fetch_all() }));
        let Reply::FetchOffsets(Ok(topics)) = desk.reply(token) else { panic!() };
        (topics[0].partitions[0].error, topics[0].partitions[0].offset.0)
    };
    assert_eq!(fetch(&mut desk, true), (ErrorCode::UnstableOffsetCommit, -1));
    assert_eq!(fetch(&mut desk, false), (ErrorCode::None, -1));
    desk.log.push(GroupRecord::TransactionEnded { producer_id, is_committed: true });
    desk.reload();
    assert_eq!(fetch(&mut desk, true), (ErrorCode::None, 9));
}

#[test]
fn offsets_of_topics_that_members_subscribe_to_cannot_be_deleted() {
    let mut desk = Desk::new();
    desk.commit(commit_to("t", 1));
    desk.commit(commit_to("u", 2));
    desk.stable(&["a"]);
    assert_eq!(delete(&mut desk, "t"), Ok(ErrorCode::GroupSubscribedToTopic));
    assert_eq!(delete(&mut desk, "u"), Ok(ErrorCode::None));
    assert_eq!((desk.fetch("t"), desk.fetch("u")), (1, -1));
    desk.reload();
    assert_eq!((desk.fetch("t"), desk.fetch("u")), (1, -1));
    desk.pass_ms(60_000);
    assert_eq!(delete(&mut desk, "t"), Ok(ErrorCode::None), "the group is empty");
}

#[test]
fn offsets_of_a_group_whose_subscriptions_are_not_known_cannot_be_deleted() {
    let mut desk = Desk::new();
    assert_eq!(delete(&mut desk, "t"), Err(ErrorCode::GroupIdNotFound));
    let join = Join { protocol_type: "connect".into(), ..dynamic("a") };
    desk.stable_of(vec![join]);
    assert_eq!(delete(&mut desk, "t"), Err(ErrorCode::NonEmptyGroup));
    let mut other = Desk::new();
    let mut join = dynamic("a");
    join.protocols[0].metadata = "?".into();
    other.stable_of(vec![join]);
    assert_eq!(delete(&mut other, "u"), Ok(ErrorCode::GroupSubscribedToTopic));
}
