//! A coordinator with a log and a clock of its own: what the tests of single rules talk to.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use ottla_group::{
    Command, CommitOffsets, CommitPartition, CommitTopic, FetchOffsets, FetchTopic, Generation, GroupConfig,
    GroupCoordinator, GroupDescription, GroupRecord, Heartbeat, Join, JoinRefused, Joined, Leave,
    LeaveOutcome, Leaver, Protocol, Reply, Sync, Synced,
};
use ottla_machine::{Coordinator, Decision, Token};
use ottla_types::{ErrorCode, LeaderEpoch, Offset, PartitionIndex, Timestamp, Uuid};

/// The group that nearly every test is about.
pub(crate) const GROUP: &str = "g";

/// A coordinator as its shell sees it, where everything logged is committed at once.
pub(crate) struct Desk {
    pub(crate) machine: GroupCoordinator,
    pub(crate) now: Timestamp,
    pub(crate) log: Vec<GroupRecord>,
    replies: BTreeMap<Token, Reply>,
    asked: u64,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(GroupConfig::default())
    }

    pub(crate) fn with(config: GroupConfig) -> Self {
        Self::on(config, Vec::new())
    }

    /// On a log that is there already.
    pub(crate) fn on(config: GroupConfig, log: Vec<GroupRecord>) -> Self {
        let now = Timestamp(1_000_000);
        let machine = load(config, &log, now);
        Self { machine, now, log, replies: BTreeMap::new(), asked: 0 }
    }

    /// The machine is lost with whoever waited, and loaded from the log.
    pub(crate) fn reload(&mut self) {
        self.machine = load(GroupConfig::default(), &self.log, self.now);
        self.replies.clear();
    }

    pub(crate) fn ask(&mut self, command: Command) -> Token {
        self.asked += 1;
        let token = Token(self.asked);
        let mut out = Decision::default();
        self.machine.handle(self.now, token, command, &mut out);
        self.carry_out(out);
        token
    }

    /// Lets time pass, deadline by deadline.
    pub(crate) fn pass_ms(&mut self, ms: i64) {
        let end = self.now.plus_ms(ms);
        while let Some(due) = self.machine.next_deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let mut out = Decision::default();
            self.machine.wake(self.now, &mut out);
            self.carry_out(out);
        }
        self.now = end;
    }

    pub(crate) fn is_parked(&self, token: Token) -> bool {
        !self.replies.contains_key(&token)
    }

    pub(crate) fn reply(&mut self, token: Token) -> Reply {
        self.replies.remove(&token).unwrap_or_else(|| panic!("{token:?} is still parked"))
    }

    pub(crate) fn join(&mut self, mut join: Join) -> Token {
        join.fresh_member = Uuid(u128::from(self.asked + 1).to_be_bytes());
        self.ask(Command::Join(join))
    }

    pub(crate) fn joined(&mut self, token: Token) -> Joined {
        match self.reply(token) {
            Reply::Join(Ok(joined)) => joined,
            other => panic!("not joined: {other:?}"),
        }
    }

    pub(crate) fn refused(&mut self, token: Token) -> JoinRefused {
        match self.reply(token) {
            Reply::Join(Err(refused)) => refused,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) fn join_error(&mut self, join: Join) -> ErrorCode {
        let token = self.join(join);
        self.refused(token).error
    }

    /// Sends a sync; of the leader it carries one assignment for everybody: its member id.
    pub(crate) fn sync(&mut self, joined: &Joined) -> Token {
        let own = |id: &Arc<str>| (Arc::clone(id), Bytes::copy_from_slice(id.as_bytes()));
        let assignments = joined.members.iter().map(|member| own(&member.member_id)).collect();
        self.ask(Command::Sync(Sync { assignments, ..sync_of(joined) }))
    }

    pub(crate) fn synced(&mut self, token: Token) -> Result<Synced, ErrorCode> {
        match self.reply(token) {
            Reply::Sync(synced) => synced,
            other => panic!("not a sync: {other:?}"),
        }
    }

    pub(crate) fn beat(&mut self, member_id: &Arc<str>, generation: Generation) -> ErrorCode {
        self.beat_as(member_id, None, generation)
    }

    pub(crate) fn beat_as(
        &mut self,
        member_id: &Arc<str>,
        instance: Option<&str>,
        generation: Generation,
    ) -> ErrorCode {
        let token = self.ask(Command::Heartbeat(Heartbeat {
            group: GROUP.into(),
            member_id: Arc::clone(member_id),
            instance_id: instance.map(Into::into),
            generation,
        }));
        match self.reply(token) {
            Reply::Heartbeat(result) => result.err().unwrap_or_default(),
            other => panic!("not a heartbeat: {other:?}"),
        }
    }

    pub(crate) fn leave(&mut self, leavers: Vec<Leaver>) -> Vec<LeaveOutcome> {
        let token = self.ask(Command::Leave(Leave { group: GROUP.into(), members: leavers }));
        match self.reply(token) {
            Reply::Leave(outcomes) => outcomes.expect("the group id is not empty"),
            other => panic!("not a leave: {other:?}"),
        }
    }

    /// A stable group of dynamic members, the leader first.
    pub(crate) fn stable(&mut self, clients: &[&str]) -> Vec<Joined> {
        self.stable_of(clients.iter().map(|client| dynamic(client)).collect())
    }

    pub(crate) fn stable_of(&mut self, joins: Vec<Join>) -> Vec<Joined> {
        let tokens: Vec<_> = joins.into_iter().map(|join| self.join(join)).collect();
        self.pass_ms(6_000);
        let members: Vec<_> = tokens.into_iter().map(|token| self.joined(token)).collect();
        assert_eq!(members[0].leader, members[0].member_id);
        for token in members.iter().rev().map(|joined| self.sync(joined)).collect::<Vec<_>>() {
            self.synced(token).expect("all members sync");
        }
        assert_eq!(self.state(), "Stable");
        members
    }

    pub(crate) fn describe(&mut self) -> GroupDescription {
        let token = self.ask(Command::Describe(vec![GROUP.into()]));
        match self.reply(token) {
            Reply::Describe(mut groups) => groups.remove(0).1.expect("the group is there"),
            other => panic!("not a description: {other:?}"),
        }
    }

    pub(crate) fn state(&mut self) -> &'static str {
        self.describe().state.as_str()
    }

    pub(crate) fn commit(&mut self, commit: CommitOffsets) -> ErrorCode {
        let token = self.ask(Command::CommitOffsets(commit));
        match self.reply(token) {
            Reply::CommitOffsets(Ok(topics)) => topics[0].partitions[0].1,
            Reply::CommitOffsets(Err(error)) => error,
            other => panic!("not a commit: {other:?}"),
        }
    }

    /// The offset of partition 0 of a topic.
    pub(crate) fn fetch(&mut self, topic: &str) -> i64 {
        let topics = Some(vec![FetchTopic { partitions: vec![PartitionIndex(0)], ..fetch_topic(topic) }]);
        let token = self.ask(Command::FetchOffsets(FetchOffsets { topics, ..fetch_all() }));
        match self.reply(token) {
            Reply::FetchOffsets(Ok(topics)) => topics[0].partitions[0].offset.0,
            other => panic!("no offset: {other:?}"),
        }
    }

    fn carry_out(&mut self, out: Decision<GroupCoordinator>) {
        for record in &out.records {
            self.machine.apply(record);
        }
        self.log.extend(out.records);
        self.machine.assert_consistent();
        for (token, reply) in out.replies {
            assert_eq!(self.replies.insert(token, reply), None, "{token:?} was answered before");
        }
    }
}

fn load(config: GroupConfig, log: &[GroupRecord], now: Timestamp) -> GroupCoordinator {
    let mut machine = GroupCoordinator::new(config);
    log.iter().for_each(|record| machine.apply(record));
    machine.loaded(now);
    machine.assert_consistent();
    machine
}

/// What a consumer that subscribes to one topic says about itself.
pub(crate) fn subscription(topic: &str) -> Bytes {
    let mut bytes = vec![0, 1, 0, 0, 0, 1, 0, topic.len() as u8];
    bytes.extend(topic.as_bytes());
    bytes.extend([0xff; 4]);
    bytes.into()
}

pub(crate) fn protocols(names: &[&str], topic: &str) -> Vec<Protocol> {
    names.iter().map(|name| Protocol { name: (*name).into(), metadata: subscription(topic) }).collect()
}

/// A dynamic consumer that reads topic `t` and has no id yet.
pub(crate) fn dynamic(client: &str) -> Join {
    Join {
        group: GROUP.into(),
        member_id: "".into(),
        instance_id: None,
        client_id: client.into(),
        client_host: "/127.0.0.1".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "consumer".into(),
        protocols: protocols(&["range"], "t"),
        fresh_member: Uuid::ZERO,
        takes_member_id_first: false,
        may_skip_assignment: true,
        reason: None,
    }
}

/// A static consumer.
pub(crate) fn fixed(instance: &str) -> Join {
    Join { instance_id: Some(instance.into()), ..dynamic("static") }
}

/// The same consumer, with the id that it has been given.
pub(crate) fn known(joined: &Joined, join: Join) -> Join {
    Join { member_id: Arc::clone(&joined.member_id), ..join }
}

pub(crate) fn sync_of(joined: &Joined) -> Sync {
    Sync {
        group: GROUP.into(),
        member_id: Arc::clone(&joined.member_id),
        instance_id: None,
        generation: joined.generation,
        protocol_type: joined.protocol_type.clone(),
        protocol: joined.protocol.clone(),
        assignments: Vec::new(),
    }
}

pub(crate) fn leaver(member_id: &str, instance_id: Option<&str>) -> Leaver {
    Leaver { member_id: member_id.into(), instance_id: instance_id.map(Into::into), reason: None }
}

/// A commit for partition 0 of topic `t` by nobody in particular.
pub(crate) fn commit(offset: i64) -> CommitOffsets {
    commit_to("t", offset)
}

pub(crate) fn commit_to(topic: &str, offset: i64) -> CommitOffsets {
    let partition = CommitPartition {
        partition: PartitionIndex(0),
        offset: Offset(offset),
        leader_epoch: LeaderEpoch::NONE,
        metadata: None,
    };
    CommitOffsets {
        group: GROUP.into(),
        member_id: "".into(),
        instance_id: None,
        generation: Generation::NONE,
        retention_ms: None,
        topics: vec![CommitTopic { topic: topic.into(), topic_id: Uuid::ZERO, partitions: vec![partition] }],
    }
}

pub(crate) fn commit_by(joined: &Joined, offset: i64) -> CommitOffsets {
    CommitOffsets {
        member_id: Arc::clone(&joined.member_id),
        generation: joined.generation,
        ..commit(offset)
    }
}

pub(crate) fn fetch_all() -> FetchOffsets {
    FetchOffsets {
        group: GROUP.into(),
        member_id: None,
        member_epoch: -1,
        require_stable: false,
        topics: None,
    }
}

pub(crate) fn fetch_topic(topic: &str) -> FetchTopic {
    FetchTopic { topic: topic.into(), topic_id: Uuid::ZERO, partitions: Vec::new() }
}
