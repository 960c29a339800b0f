//! The coordinator, its shell and everybody who talks to it.
//!
//! The shell logs what is decided and applies it at once, and holds replies until what was logged is committed.
//! A failed append or a failover loses the machine, and of the log's end whatever was not committed (or part of it).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use ottla_group::{
    Command, CommitOffsets, DeleteOffsets, DeletedTopic, FetchOffsets, FetchTopic, Generation, GroupConfig,
    GroupCoordinator, GroupRecord, List, Reply,
};
use ottla_machine::{Coordinator, Decision, Token};
use ottla_types::{PartitionIndex, Timestamp, Uuid};

use crate::chance::Chance;
use crate::check::Checks;
use crate::client::{Client, PARTITIONS, Phase, commit_topic};

const GROUPS: [&str; 2] = ["g", "h"];
const CLIENTS: usize = 8;
/// Half seconds that the groups have to settle: the longest timeouts one after another, and some more.
const ROUNDS_MAX: usize = 400;
/// Half seconds without a change after which they count as settled: longer than the longest session.
const ROUNDS_SETTLED: usize = 90;

/// A reply that waits for the log to be committed this far.
struct Held {
    log_len: usize,
    token: Token,
    reply: Reply,
}

/// Who asked what.
pub(crate) struct Asked {
    pub(crate) client: Option<usize>,
    pub(crate) command: Command,
}

pub(crate) struct World {
    machine: GroupCoordinator,
    config: GroupConfig,
    now: Timestamp,
    chance: Chance,
    log: Vec<GroupRecord>,
    committed: usize,
    held: VecDeque<Held>,
    waiting: BTreeMap<Token, Asked>,
    clients: Vec<Client>,
    /// Former selves of static members that do not know that they have been replaced.
    ghosts: Vec<Client>,
    checks: Checks,
    is_faulty: bool,
    tokens: u64,
    offsets: i64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let config = GroupConfig {
            initial_rebalance_delay_ms: chance.pick(&[0, 500, 3_000]),
            size_max: chance.pick(&[3, 100, 100]),
            pending_members_max: chance.pick(&[2, 100]),
            offsets_retention_ms: chance.pick(&[20_000, 1_000_000_000]),
            records_bytes_max: chance.pick(&[900, 1_000_000, 1_000_000]),
            ..GroupConfig::default()
        };
        let clients = (0..CLIENTS).map(|number| new_client(&mut chance, number)).collect();
        Self {
            machine: GroupCoordinator::new(config.clone()),
            config,
            now: Timestamp(1_000_000),
            chance,
            log: Vec::new(),
            committed: 0,
            held: VecDeque::new(),
            waiting: BTreeMap::new(),
            clients,
            ghosts: Vec::new(),
            checks: Checks::default(),
            is_faulty: true,
            tokens: 0,
            offsets: 0,
        }
    }

    /// Lets anything happen, once.
    pub(crate) fn step(&mut self) {
        match self.chance.below(100) {
            0 => self.fail_over(),
            1..=20 => self.pass_time(),
            21..=35 => self.commit_log(),
            36..=41 => self.administer(),
            42..=48 => self.haunt(),
            49..=52 => self.checks.deadlines.nothing_is_due_early(&self.machine, self.now, &mut self.chance),
            _ => {
                let client = self.chance.below(CLIENTS);
                self.act(client);
            }
        }
        self.machine.assert_consistent();
    }

    /// The faults end and clients behave: the groups must settle.
    pub(crate) fn settle(&mut self) {
        self.is_faulty = false;
        self.ghosts.clear();
        self.config.size_max = 100;
        self.config.records_bytes_max = 1_000_000;
        self.config.pending_members_max = 100;
        self.machine.set_config(self.config.clone());
        for client in &mut self.clients {
            if client.phase == Phase::Crashed || matches!(client.phase, Phase::Joining(_) | Phase::Syncing(_))
            {
                client.phase = Phase::Idle;
            }
        }
        let mut settled_rounds = 0;
        for _ in 0..ROUNDS_MAX {
            for number in 0..CLIENTS {
                self.behave(number);
            }
            self.wake_until(self.now.plus_ms(500));
            let is_settled = self.clients.iter().all(|client| client.phase == Phase::Working);
            settled_rounds = if is_settled { settled_rounds + 1 } else { 0 };
            if settled_rounds == ROUNDS_SETTLED {
                break;
            }
        }
        crate::check::settling::all_work(&self.clients);
        crate::check::settling::all_are_members(&mut self.machine, &self.clients);
    }

    /// Everybody falls silent for good: nobody may be left waiting, and nothing may be left to happen.
    pub(crate) fn fall_silent(&mut self) {
        for client in &mut self.clients {
            client.phase = Phase::Crashed;
        }
        for _ in 0..10_000 {
            let Some(next) = self.machine.next_deadline() else { break };
            self.wake_until(next);
        }
        assert_eq!(self.machine.next_deadline(), None, "nothing is left to happen");
        crate::check::settling::nobody_is_left(&mut self.machine, &GROUPS);
        self.checks.callers.all_answered(&self.waiting);
    }

    fn act(&mut self, number: usize) {
        let client = self.clients[number].clone();
        let dice = self.chance.below(100);
        match client.phase {
            Phase::Crashed if dice < 20 => self.restart(number),
            Phase::Crashed => {}
            _ if dice < 2 => self.clients[number].phase = Phase::Crashed,
            Phase::Joining(_) | Phase::Syncing(_) if dice < 6 => self.clients[number].phase = Phase::Idle,
            Phase::Joining(_) | Phase::Syncing(_) if dice < 8 => self.leave(number),
            Phase::Joining(_) | Phase::Syncing(_) => {}
            Phase::Working if dice < 40 => {
                self.offsets += 1;
                let command = client.commit(&mut self.chance, self.offsets);
                self.ask(Some(number), &command);
            }
            Phase::Working if dice < 44 => {
                self.clients[number].flavor = client.flavor.wrapping_add(1);
                self.clients[number].phase = Phase::Idle;
            }
            Phase::Working if dice < 47 => self.leave(number),
            Phase::Working if dice < 50 && client.instance_id.is_some() => self.restart(number),
            _ => self.behave(number),
        }
    }

    /// What a client does next if nothing is wrong with it.
    fn behave(&mut self, number: usize) {
        let client = self.clients[number].clone();
        match &client.phase {
            Phase::Idle => {
                let command = client.join(&mut self.chance);
                let token = self.token();
                self.clients[number].phase = Phase::Joining(token);
                self.ask_as(token, Some(number), &command);
            }
            Phase::MustSync(joined) => {
                let token = self.token();
                self.clients[number].phase = Phase::Syncing(token);
                self.ask_as(token, Some(number), &client.sync(joined));
            }
            Phase::Working => self.ask(Some(number), &client.heartbeat()),
            Phase::Joining(_) | Phase::Syncing(_) | Phase::Crashed => {}
        }
    }

    /// A client starts anew and has forgotten its id. A static one may go on in another place.
    fn restart(&mut self, number: usize) {
        let client = &mut self.clients[number];
        if client.instance_id.is_some() && !client.member_id.is_empty() && self.ghosts.len() < 4 {
            self.ghosts.push(client.clone());
        }
        client.member_id = Arc::default();
        client.phase = Phase::Idle;
    }

    fn leave(&mut self, number: usize) {
        let command = self.clients[number].leave();
        self.ask(Some(number), &command);
        self.clients[number].member_id = Arc::default();
        self.clients[number].phase = Phase::Crashed;
    }

    /// A former self does something.
    fn haunt(&mut self) {
        if self.ghosts.is_empty() {
            return;
        }
        let number = self.chance.below(self.ghosts.len());
        let ghost = self.ghosts[number].clone();
        self.offsets += 1;
        let command = match self.chance.below(4) {
            0 => ghost.heartbeat(),
            1 => ghost.join(&mut self.chance),
            2 => match &ghost.phase {
                Phase::MustSync(joined) => ghost.sync(joined),
                _ => ghost.heartbeat(),
            },
            _ => ghost.commit(&mut self.chance, self.offsets),
        };
        self.ask(None, &command);
        if self.chance.percent(20) {
            self.ghosts.remove(number);
        }
    }

    fn administer(&mut self) {
        let group: Arc<str> = self.chance.pick(&GROUPS).into();
        let topic: Arc<str> = self.chance.pick(&["t", "u"]).into();
        self.offsets += 1;
        let command = match self.chance.below(12) {
            0 => Command::DeleteGroups(vec![group]),
            1 => Command::DeleteOffsets(DeleteOffsets {
                group,
                topics: vec![(topic, vec![PartitionIndex(self.chance.below(PARTITIONS) as i32)])],
            }),
            2 => Command::ExpireOffsets { resume_at: None },
            3 if self.chance.percent(30) => Command::ForgetTopics {
                topics: vec![DeletedTopic { name: topic, topic_id: Uuid::ONE }],
                resume_at: None,
            },
            4 => Command::List(List::default()),
            5 => Command::Describe(vec![group]),
            6 | 7 => Command::CommitOffsets(CommitOffsets {
                group,
                member_id: Arc::default(),
                instance_id: None,
                generation: Generation::NONE,
                retention_ms: None,
                topics: vec![commit_topic(&mut self.chance, self.offsets)],
            }),
            _ => {
                let partitions = (0..PARTITIONS as i32).map(PartitionIndex).collect();
                let topics = Some(vec![FetchTopic { topic, topic_id: Uuid::ZERO, partitions }]);
                Command::FetchOffsets(FetchOffsets {
                    group,
                    member_id: None,
                    member_epoch: -1,
                    require_stable: true,
                    topics,
                })
            }
        };
        self.ask(None, &command);
    }

    /// Time passes, with the deadlines met on time or late.
    fn pass_time(&mut self) {
        let ms = self.chance.pick(&[1, 50, 500, 2_000, 8_000]);
        let end = self.now.plus_ms(self.chance.below(ms) as i64);
        if self.chance.percent(50) {
            self.now = end;
        }
        self.wake_until(end);
    }

    fn wake_until(&mut self, end: Timestamp) {
        // A deadline may move to the same moment again, but not for ever.
        for _ in 0..1_000 {
            let Some(due) = self.machine.next_deadline().filter(|due| *due <= end) else { break };
            self.now = self.now.max(due);
            let mut out = Decision::default();
            self.machine.wake(self.now, &mut out);
            self.carry_out(None, out);
        }
        self.now = self.now.max(end);
    }

    fn token(&mut self) -> Token {
        self.tokens += 1;
        Token(self.tokens)
    }

    fn ask(&mut self, client: Option<usize>, command: &Command) {
        let token = self.token();
        self.ask_as(token, client, command);
    }

    fn ask_as(&mut self, token: Token, client: Option<usize>, command: &Command) {
        let mut out = Decision::default();
        self.machine.handle(self.now, token, command.clone(), &mut out);
        self.waiting.insert(token, Asked { client, command: command.clone() });
        self.carry_out(Some((token, command)), out);
    }

    fn carry_out(&mut self, asked: Option<(Token, &Command)>, out: Decision<GroupCoordinator>) {
        if self.is_faulty && !out.records.is_empty() && self.chance.percent(4) {
            return self.fail_over();
        }
        self.checks.decided(asked, &out, &self.waiting);
        for record in out.records {
            self.machine.apply(&record);
            self.log.push(record);
        }
        let log_len = self.log.len();
        self.held.extend(out.replies.into_iter().map(|(token, reply)| Held { log_len, token, reply }));
        if !self.is_faulty || self.chance.percent(60) {
            self.committed = log_len;
        }
        self.release();
    }

    fn commit_log(&mut self) {
        self.committed += self.chance.below(self.log.len() - self.committed + 1);
        self.release();
    }

    /// Hands out the replies that nothing uncommitted stands before.
    fn release(&mut self) {
        while let Some(held) = self.held.pop_front_if(|held| held.log_len <= self.committed) {
            let asked = self.waiting.remove(&held.token).expect("checked when it was decided");
            self.checks.released(&asked, &held.reply, held.log_len);
            let is_lost = self.is_faulty && self.chance.percent(3);
            if let Some(number) = asked.client.filter(|_| !is_lost) {
                self.clients[number].hear(held.token, &held.reply);
            }
        }
    }

    /// Another node takes over, with the committed log and perhaps some more of it.
    fn fail_over(&mut self) {
        let loaded = load(&self.config, &self.log, self.now);
        crate::check::durability::live_equals_loaded(&self.machine, &loaded);
        let kept = self.committed + self.chance.below(self.log.len() - self.committed + 1);
        self.log.truncate(kept);
        self.committed = kept;
        self.machine = load(&self.config, &self.log, self.now);
        self.held.clear();
        for (token, asked) in std::mem::take(&mut self.waiting) {
            if let Some(number) = asked.client {
                self.clients[number].hear_nothing(token);
            }
        }
        self.checks.failed_over(&self.log);
    }
}

fn load(config: &GroupConfig, log: &[GroupRecord], now: Timestamp) -> GroupCoordinator {
    let mut machine = GroupCoordinator::new(config.clone());
    log.iter().for_each(|record| machine.apply(record));
    machine.loaded(now);
    machine
}

fn new_client(chance: &mut Chance, number: usize) -> Client {
    let is_static = chance.percent(40);
    Client {
        name: format!("c{number}").into(),
        group: GROUPS[usize::from(number * 3 >= CLIENTS * 2)].into(),
        instance_id: is_static.then(|| format!("i{number}").into()),
        member_id: Arc::default(),
        generation: Generation::NONE,
        phase: Phase::Idle,
        is_old: chance.percent(30),
        session_timeout_ms: chance.pick(&[6_000, 10_000, 40_000]),
        rebalance_timeout_ms: chance.pick(&[2_000, 10_000, 30_000]),
        flavor: 0,
    }
}
