//! Members against the group coordinator itself, from a seed: they come and go, some under a name that lasts, requests
//! and answers get lost, the coordinator moves to another broker, the program polls late, partitions are added.

use std::collections::BTreeMap;

use ottla_group::{
    Command, Generation, GroupConfig, GroupCoordinator, Heartbeat, Join, Leave, Leaver, Protocol, Reply, Sync,
};
use ottla_machine::{Coordinator, Decision, Token};
use ottla_protocol::Str;
use ottla_protocol::messages::join_group::{JoinGroupRequestProtocol, JoinGroupResponseMember};
use ottla_protocol::messages::{JoinGroupRequest, JoinGroupResponse, SyncGroupResponse};
use ottla_testkit::Chance;
use ottla_types::{BrokerId, ErrorCode, Uuid};

use super::assignor::Topics;
use super::membership::{Action, Attempt, MemberOptions, Membership};
use super::*;
use crate::Backoff;

/// What a request was, so that its answer finds the way.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Join(Attempt),
    Sync(Attempt),
    Beat(i32),
    Leave,
}

struct Client {
    membership: Membership,
    /// The name under which it comes again after a crash.
    instance_id: Option<Arc<str>>,
    /// What the program reads.
    reads: BTreeSet<TopicPartition>,
    releasing: Vec<(BTreeSet<TopicPartition>, bool)>,
    /// After how many moves of the coordinator it joined.
    joined_after: u32,
    /// What it found out about topics last.
    topics: Topics,
    is_leaving: bool,
    /// Connections that broke before the answer came.
    deaf_to: BTreeSet<u64>,
}

struct World {
    seed: u64,
    chance: Chance,
    now: Timestamp,
    coordinator: GroupCoordinator,
    /// How often another broker has taken over.
    moves: u32,
    /// Everything that the coordinator has logged.
    log: Vec<<GroupCoordinator as Coordinator>::Record>,
    topics: Topics,
    assignors: Vec<Assignor>,
    clients: BTreeMap<u64, Client>,
    next_client: u64,
    next_token: u64,
    waiting: BTreeMap<u64, (u64, Asked)>,
    /// Requests on their way to the coordinator.
    sent: Vec<(u64, Asked, Command)>,
}

fn group_config() -> GroupConfig {
    GroupConfig { initial_rebalance_delay_ms: 100, session_timeout_min_ms: 1, ..GroupConfig::default() }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut chance = Chance::from_seed(seed);
        let assignors = match chance.below(4) {
            0 => vec![Assignor::Range],
            1 => vec![Assignor::RoundRobin, Assignor::CooperativeSticky],
            _ => vec![Assignor::CooperativeSticky],
        };
        Self {
            seed,
            now: Timestamp(1_000_000),
            coordinator: GroupCoordinator::new(group_config()),
            moves: 0,
            log: Vec::new(),
            topics: Topics::from([(Arc::from("t"), 5), (Arc::from("u"), 3)]),
            assignors,
            clients: BTreeMap::new(),
            next_client: 0,
            next_token: 0,
            waiting: BTreeMap::new(),
            sent: Vec::new(),
            chance,
        }
    }

    fn add_client(&mut self, instance_id: Option<Arc<str>>) {
        let options = MemberOptions {
            group: Arc::from("g"),
            instance_id: instance_id.clone(),
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 20_000,
            heartbeat_interval_ms: 1000,
            assignors: self.assignors.clone(),
            backoff: Backoff::default(),
        };
        let mut membership = Membership::new(options, self.now, self.chance.bits());
        membership.subscribe(self.now, BTreeSet::from([Arc::from("t"), Arc::from("u")]));
        let client = Client {
            membership,
            instance_id,
            reads: BTreeSet::new(),
            releasing: Vec::new(),
            joined_after: 0,
            topics: Topics::new(),
            is_leaving: false,
            deaf_to: BTreeSet::new(),
        };
        self.clients.insert(self.next_client, client);
        self.next_client += 1;
    }

    /// Does what the members want done.
    fn act(&mut self, id: u64) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        while let Some(action) = client.membership.next_action() {
            match action {
                Action::Join(attempt, request) => {
                    let fresh_member = Uuid(u128::from(self.chance.bits()).to_be_bytes());
                    self.sent.push((id, Asked::Join(attempt), join_command(&request, fresh_member)));
                }
                Action::Find(attempt, topics) => {
                    let found = self.topics.iter().filter(|(name, _)| topics.contains(*name));
                    client.topics = found.map(|(name, &count)| (Arc::clone(name), count)).collect();
                    client.membership.found(self.now, attempt, Ok(client.topics.clone()));
                }
                Action::Sync(attempt, request) => {
                    let assignments = request.assignments.iter();
                    let sync = Sync {
                        group: Arc::from("g"),
                        member_id: Arc::from(request.member_id.as_str()),
                        instance_id: request.group_instance_id.as_deref().map(Arc::from),
                        generation: Generation(request.generation_id),
                        protocol_type: request.protocol_type.as_deref().map(Arc::from),
                        protocol: request.protocol_name.as_deref().map(Arc::from),
                        assignments: assignments
                            .map(|one| (Arc::from(one.member_id.as_str()), one.assignment.clone()))
                            .collect(),
                    };
                    self.sent.push((id, Asked::Sync(attempt), Command::Sync(sync)));
                }
                Action::Beat(request) => {
                    let beat = Heartbeat {
                        group: Arc::from("g"),
                        member_id: Arc::from(request.member_id.as_str()),
                        instance_id: request.group_instance_id.as_deref().map(Arc::from),
                        generation: Generation(request.generation_id),
                    };
                    self.sent.push((id, Asked::Beat(request.generation_id), Command::Heartbeat(beat)));
                }
                Action::Leave(member_id) => {
                    let leaver = Leaver { member_id, instance_id: None, reason: None };
                    let leave = Leave { group: Arc::from("g"), members: vec![leaver] };
                    self.sent.push((id, Asked::Leave, Command::Leave(leave)));
                }
                Action::Release { partitions, is_lost } => client.releasing.push((partitions, is_lost)),
                Action::Take(partitions) => client.reads.extend(partitions),
                // A coordinator that is replaced during a rebalance forgets that a member came again under its name:
                // to the new one, the member that it knew before has been taken over. The program starts again.
                Action::Fail(error)
                    if self.moves > 0 && error.code() == Some(ErrorCode::FencedInstanceId) =>
                {
                    return self.crash(id);
                }
                Action::Fail(error) => panic!("seed {}: {error}", self.seed),
            }
        }
    }

    /// The program does what the group asked for.
    fn release(&mut self, id: u64) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        for (partitions, _) in std::mem::take(&mut client.releasing) {
            client.reads.retain(|partition| !partitions.contains(partition));
            client.membership.released();
        }
    }

    fn poll(&mut self, id: u64) {
        self.release(id);
        let now = self.now;
        if let Some(client) = self.clients.get_mut(&id) {
            client.membership.polled(now);
        }
        self.act(id);
    }

    /// The oldest request of some member arrives.
    fn deliver(&mut self, is_kind: bool) {
        if self.sent.is_empty() {
            return;
        }
        let from = self.sent[self.chance.index(self.sent.len())].0;
        let oldest = self.sent.iter().position(|(client, ..)| *client == from).unwrap();
        let (id, asked, command) = self.sent.remove(oldest);
        let is_unkind = !is_kind && self.chance.percent(5);
        if is_unkind && self.chance.percent(50) {
            return self.answer(id, asked, None);
        }
        let token = self.next_token;
        self.next_token += 1;
        self.waiting.insert(token, (id, asked));
        if is_unkind && let Some(client) = self.clients.get_mut(&id) {
            client.deaf_to.insert(token);
        }
        let mut out = Decision::default();
        self.coordinator.handle(self.now, Token(token), command, &mut out);
        self.decided(out);
        if is_unkind && self.waiting.remove(&token).is_some() {
            // The connection broke while the answer was waited for.
            self.answer(id, asked, None);
        }
    }

    fn decided(&mut self, out: Decision<GroupCoordinator>) {
        for record in out.records {
            self.coordinator.apply(&record);
            self.log.push(record);
        }
        for (token, reply) in out.replies {
            let Some((id, asked)) = self.waiting.remove(&token.0) else { continue };
            let is_deaf = self.clients.get_mut(&id).is_some_and(|client| client.deaf_to.remove(&token.0));
            self.answer(id, asked, Some(reply).filter(|_| !is_deaf));
        }
    }

    /// Another broker takes over: it knows what was logged, and nobody gets an answer from the old one.
    fn move_coordinator(&mut self) {
        self.moves += 1;
        self.coordinator = GroupCoordinator::new(group_config());
        for record in &self.log {
            self.coordinator.apply(record);
        }
        self.coordinator.loaded(self.now);
        for (id, asked) in std::mem::take(&mut self.waiting).into_values() {
            self.answer(id, asked, None);
        }
    }

    fn crash(&mut self, id: u64) {
        let Some(client) = self.clients.remove(&id) else { return };
        let Some(instance_id) = client.instance_id else { return };
        // What it had sent comes from the broken connection no more.
        self.sent.retain(|(from, ..)| *from != id);
        if self.chance.percent(70) {
            self.add_client(Some(instance_id));
            self.act(self.next_client - 1);
        }
    }

    /// Two that are in the same generation never read the same partition. A new coordinator may count again up to a
    /// generation that the old one had begun and not logged: that is another one.
    fn check(&self) {
        let mut readers = BTreeMap::new();
        for (id, client) in &self.clients {
            let generation = client.membership.committer().generation;
            for partition in client.reads.iter().filter(|_| generation >= 0) {
                let other = readers.insert((client.joined_after, generation, partition), id);
                assert_eq!(other, None, "seed {}: {partition} is read twice in {generation}", self.seed);
            }
        }
    }

    fn answer(&mut self, id: u64, asked: Asked, reply: Option<Reply>) {
        let now = self.now;
        let Some(client) = self.clients.get_mut(&id) else { return };
        let lost = || Error::UnknownBroker(BrokerId(0));
        match (asked, reply) {
            (Asked::Join(attempt), Some(Reply::Join(result))) => {
                client.joined_after = self.moves;
                client.membership.joined(now, attempt, Ok(join_response(result)));
            }
            (Asked::Join(attempt), _) => client.membership.joined(now, attempt, Err(lost())),
            (Asked::Sync(attempt), Some(Reply::Sync(result))) => {
                let (error, assignment) = match result {
                    Ok(synced) => (ErrorCode::None, synced.assignment),
                    Err(error) => (error, bytes::Bytes::new()),
                };
                let answer = SyncGroupResponse {
                    error_code: error.code(),
                    assignment,
                    ..SyncGroupResponse::default()
                };
                client.membership.synced(now, attempt, Ok(answer));
            }
            (Asked::Sync(attempt), _) => client.membership.synced(now, attempt, Err(lost())),
            (Asked::Beat(generation), Some(Reply::Heartbeat(result))) => {
                let code = result.err().unwrap_or(ErrorCode::None).code();
                client.membership.beaten(now, generation, Ok(code));
            }
            (Asked::Beat(generation), _) => client.membership.beaten(now, generation, Err(lost())),
            (Asked::Leave, _) => {}
        }
        self.act(id);
    }

    fn pass(&mut self, ms: i64) {
        self.now = self.now.plus_ms(ms);
        let mut out = Decision::default();
        self.coordinator.wake(self.now, &mut out);
        self.decided(out);
        for id in self.clients.keys().copied().collect::<Vec<_>>() {
            let now = self.now;
            if let Some(client) = self.clients.get_mut(&id)
                && client.membership.next_deadline().is_some_and(|at| at <= now)
            {
                client.membership.wake(now);
                let deadline = client.membership.next_deadline();
                assert!(deadline.is_none_or(|at| at > now), "seed {}: woken in vain", self.seed);
            }
            self.act(id);
        }
    }

    /// Leaders look now and then whether the topics by which they assigned are what they were.
    fn look(&mut self) {
        for client in self.clients.values_mut().filter(|client| client.membership.is_leader()) {
            if client.topics.iter().any(|(name, count)| self.topics.get(name) != Some(count)) {
                client.membership.topics_changed();
            }
        }
        self.clients.keys().copied().collect::<Vec<_>>().into_iter().for_each(|id| self.act(id));
    }

    fn some_client(&mut self) -> Option<u64> {
        let ids: Vec<_> = self.clients.keys().copied().collect();
        (!ids.is_empty()).then(|| ids[self.chance.index(ids.len())])
    }

    fn step(&mut self) {
        match self.chance.below(100) {
            0..3 if self.clients.len() < 5 => {
                let name = self.chance.percent(30).then(|| Arc::from(format!("i{}", self.next_client)));
                self.add_client(name);
                self.act(self.next_client - 1);
            }
            3..5 => {
                if let Some(id) = self.some_client() {
                    let client = self.clients.get_mut(&id).unwrap();
                    client.is_leaving = true;
                    client.membership.leave();
                    self.act(id);
                }
            }
            // It crashes: nobody is told.
            5 => {
                if let Some(id) = self.some_client() {
                    self.crash(id);
                }
            }
            71 if self.chance.percent(20) => self.move_coordinator(),
            6 => {
                let count = self.topics.get_mut("t").unwrap();
                *count = (*count + 1).min(9);
            }
            72 => self.look(),
            7..60 => self.deliver(false),
            60..70 => self.pass(self.chance.clone().below(400) as i64),
            // The program is busy for long.
            70 => self.pass(self.chance.clone().below(25_000) as i64),
            _ => {
                if let Some(id) = self.some_client() {
                    self.poll(id);
                }
            }
        }
        self.chance.bits();
        self.clients.retain(|_, client| !(client.is_leaving && client.membership.has_ended()));
        self.check();
    }

    /// Everybody is well for a while: then the group must be at rest, and read everything once. A leader that came again
    /// under its name learns nothing of what changed while it was away (KIP-814), but of everything that changes after.
    fn settle(&mut self) {
        self.pass(11_000);
        for _ in 0..100 {
            let ids: Vec<_> = self.clients.keys().copied().collect();
            ids.into_iter().for_each(|id| self.poll(id));
            self.pass(100);
            while !self.sent.is_empty() {
                self.deliver(true);
            }
        }
        *self.topics.get_mut("u").unwrap() += 1;
        for _ in 0..800 {
            for id in self.clients.keys().copied().collect::<Vec<_>>() {
                self.poll(id);
            }
            for round in 0.. {
                assert!(round < 500, "seed {}: it never rests: {:?}", self.seed, self.sent);
                if self.sent.is_empty() {
                    break;
                }
                self.deliver(true);
            }
            self.pass(100);
            self.look();
        }
        let mut readers: BTreeMap<TopicPartition, u64> = BTreeMap::new();
        for (id, client) in self.clients.iter().filter(|(_, client)| !client.is_leaving) {
            for partition in &client.reads {
                let other = readers.insert(partition.clone(), *id);
                assert_eq!(other, None, "seed {}: {partition} is read twice", self.seed);
            }
        }
        let all: i32 = self.topics.values().sum();
        let is_anybody = self.clients.values().any(|client| !client.is_leaving);
        assert_eq!(readers.len(), if is_anybody { all as usize } else { 0 }, "seed {}", self.seed);
    }
}

fn join_command(request: &JoinGroupRequest, fresh_member: Uuid) -> Command {
    let protocol = |one: &JoinGroupRequestProtocol| Protocol {
        name: Arc::from(one.name.as_str()),
        metadata: one.metadata.clone(),
    };
    Command::Join(Join {
        group: Arc::from("g"),
        member_id: Arc::from(request.member_id.as_str()),
        instance_id: request.group_instance_id.as_deref().map(Arc::from),
        client_id: Arc::from("c"),
        client_host: Arc::from("/h"),
        session_timeout_ms: request.session_timeout_ms,
        rebalance_timeout_ms: request.rebalance_timeout_ms,
        protocol_type: Arc::from(request.protocol_type.as_str()),
        protocols: request.protocols.iter().map(protocol).collect(),
        fresh_member,
        takes_member_id_first: true,
        may_skip_assignment: true,
        reason: None,
    })
}

fn join_response(result: Result<ottla_group::Joined, ottla_group::JoinRefused>) -> JoinGroupResponse {
    let text = |text: &Arc<str>| Str::from(&**text);
    match result {
        Err(refused) => JoinGroupResponse {
            error_code: refused.error.code(),
            member_id: text(&refused.member_id),
            ..JoinGroupResponse::default()
        },
        Ok(joined) => JoinGroupResponse {
            generation_id: joined.generation.0,
            protocol_name: joined.protocol.as_ref().map(text),
            leader: text(&joined.leader),
            skip_assignment: joined.skip_assignment,
            member_id: text(&joined.member_id),
            members: joined
                .members
                .iter()
                .map(|member| JoinGroupResponseMember {
                    member_id: text(&member.member_id),
                    metadata: member.metadata.clone(),
                    ..JoinGroupResponseMember::default()
                })
                .collect(),
            ..JoinGroupResponse::default()
        },
    }
}

#[test]
fn a_group_that_is_left_in_peace_reads_every_partition_once() {
    for seed in 0..150 {
        let mut world = World::new(seed);
        for _ in 0..3 {
            for _ in 0..400 {
                world.step();
            }
            world.settle();
        }
    }
}

#[test]
fn a_leader_that_comes_again_under_its_name_keeps_watch_over_the_topics() {
    let mut world = World::new(0);
    world.assignors = vec![Assignor::CooperativeSticky];
    world.add_client(Some(Arc::from("i")));
    let (now, member) = (world.now, &mut world.clients.get_mut(&0).unwrap().membership);
    let Some(Action::Join(attempt, request)) = member.next_action() else { panic!("it joins first") };
    let answer = JoinGroupResponse {
        generation_id: 3,
        protocol_name: Some(request.protocols[0].name.clone()),
        member_id: Str::from("m"),
        leader: Str::from("m"),
        skip_assignment: true,
        members: vec![JoinGroupResponseMember {
            member_id: Str::from("m"),
            metadata: request.protocols[0].metadata.clone(),
            ..JoinGroupResponseMember::default()
        }],
        ..JoinGroupResponse::default()
    };
    member.joined(now, attempt, Ok(answer));
    let Some(Action::Find(attempt, topics)) = member.next_action() else { panic!("it looks at the topics") };
    assert_eq!(topics.len(), 2);
    member.found(now, attempt, Ok(Topics::new()));
    let Some(Action::Sync(attempt, request)) = member.next_action() else { panic!("it asks for its part") };
    assert!(request.assignments.is_empty(), "everything stays as it was");
    member.synced(now, attempt, Ok(SyncGroupResponse::default()));
    member.topics_changed();
    assert!(std::iter::from_fn(|| member.next_action()).any(|action| matches!(action, Action::Join(..))));
}
