//! One member of a group, in the classic protocol: when it joins, what it says, and what it may read.
//!
//! It knows no clock and no network: told what happened, it says what to do. A generation goes like this: `Join` is
//! answered when every member has joined; the leader looks up the topics and assigns; `Sync` brings each member its
//! partitions; heartbeats keep the member in, and bring the news of the next rebalance.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ottla_protocol::Str;
use ottla_protocol::embedded::consumer_protocol::TopicPartition as Owned;
use ottla_protocol::embedded::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use ottla_protocol::messages::join_group::JoinGroupRequestProtocol;
use ottla_protocol::messages::sync_group::SyncGroupRequestAssignment;
use ottla_protocol::messages::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, SyncGroupRequest, SyncGroupResponse,
};
use ottla_types::{ErrorCode, PartitionIndex, Timestamp, TopicPartition};

use super::assignor::{Assignment, Assignor, Candidate, Candidates, Topics};
use crate::group_offsets::Committer;
use crate::{Backoff, Error, Result, versioned};

/// What a member is like.
#[derive(Clone, Debug)]
pub(super) struct MemberOptions {
    pub(super) group: Arc<str>,
    pub(super) instance_id: Option<Arc<str>>,
    pub(super) session_timeout_ms: i32,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) heartbeat_interval_ms: i64,
    /// The ways to assign that it knows, the best first. The group settles on one that all members know.
    pub(super) assignors: Vec<Assignor>,
    pub(super) backoff: Backoff,
}

/// Tells apart the times that a member tried to join: an answer may come when its question is long given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attempt(u64);

/// What is to be done.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Send this; tell [`Membership::joined`].
    Join(Attempt, JoinGroupRequest),
    /// Find out how many partitions these have; tell [`Membership::found`].
    Find(Attempt, BTreeSet<Arc<str>>),
    /// Send this; tell [`Membership::synced`].
    Sync(Attempt, SyncGroupRequest),
    /// Send this; tell [`Membership::beaten`].
    Beat(HeartbeatRequest),
    /// Tell the coordinator that the member with this id is gone. Nobody waits for the answer.
    Leave(Arc<str>),
    /// Stop reading these, and commit how far they were read unless they are lost already; then tell
    /// [`Membership::released`].
    Release { partitions: BTreeSet<TopicPartition>, is_lost: bool },
    /// Begin to read these.
    Take(BTreeSet<TopicPartition>),
    /// The member cannot go on.
    Fail(Error),
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    /// Wants nothing.
    Out,
    /// Waits before it joins.
    Resting(Timestamp),
    /// The partitions are being released; what comes then.
    Releasing(Then),
    Joining,
    /// The leader: looks up topics for these members.
    Finding(Candidates),
    Syncing,
    Stable,
    /// Gone for good.
    Ended,
}

#[derive(Debug, PartialEq, Eq)]
enum Then {
    Join,
    /// Take these and join again, so that what was released finds its new owner.
    Take(BTreeSet<TopicPartition>),
    /// The program was too slow: join when it comes back.
    Wait,
    End,
}

/// The subscription's version: with owned partitions, generation and rack.
const SUBSCRIPTION_VERSION: i16 = 3;
/// The assignment's version. Every reader knows it.
const ASSIGNMENT_VERSION: i16 = 0;
const PROTOCOL_TYPE: Str = Str::from_static("consumer");
const NO_GENERATION: i32 = -1;

/// One member of a group.
#[derive(Debug)]
pub(super) struct Membership {
    options: MemberOptions,
    topics: BTreeSet<Arc<str>>,
    phase: Phase,
    member_id: Arc<str>,
    generation: i32,
    /// How the group assigns in this generation.
    assignor: Option<Assignor>,
    is_leader: bool,
    /// The leader came again under its name and everything stays as it was (KIP-814). It has to know the topics all
    /// the same, or it would not see when they change.
    skips_assignment: bool,
    owned: BTreeSet<TopicPartition>,
    next_beat: Timestamp,
    is_beating: bool,
    last_poll: Timestamp,
    /// The topics of the last Join.
    joined_for: BTreeSet<Arc<str>>,
    /// How many releases are not done yet.
    releases: usize,
    attempt: Attempt,
    failures: u32,
    chance: u64,
    actions: VecDeque<Action>,
}

impl Membership {
    pub(super) fn new(options: MemberOptions, now: Timestamp, seed: u64) -> Self {
        Self {
            options,
            topics: BTreeSet::new(),
            phase: Phase::Out,
            member_id: Arc::from(""),
            generation: NO_GENERATION,
            assignor: None,
            is_leader: false,
            skips_assignment: false,
            owned: BTreeSet::new(),
            next_beat: now,
            is_beating: false,
            last_poll: now,
            joined_for: BTreeSet::new(),
            releases: 0,
            attempt: Attempt::default(),
            failures: 0,
            chance: seed,
            actions: VecDeque::new(),
        }
    }

    /// The next thing to do.
    pub(super) fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// In whose name offsets are committed now.
    pub(super) fn committer(&self) -> Committer {
        Committer {
            generation: self.generation,
            member_id: Arc::clone(&self.member_id),
            instance_id: self.options.instance_id.clone(),
        }
    }

    /// Whether it is gone for good.
    pub(super) fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Whether it assigns the partitions, and so has to see when there are others.
    pub(super) const fn is_leader(&self) -> bool {
        self.is_leader
    }

    /// When [`Self::wake`] is to be called, whatever happens.
    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        let slow = self.last_poll.plus_ms(i64::from(self.options.rebalance_timeout_ms));
        match &self.phase {
            Phase::Out | Phase::Ended | Phase::Releasing(Then::Wait) => None,
            Phase::Releasing(Then::End) => (!self.is_beating && self.is_member()).then_some(self.next_beat),
            Phase::Resting(until) => Some((*until).min(slow)),
            Phase::Stable | Phase::Releasing(_) if !self.is_beating && self.is_member() => {
                Some(self.next_beat.min(slow))
            }
            Phase::Joining | Phase::Finding(_) | Phase::Syncing | Phase::Stable | Phase::Releasing(_) => {
                Some(slow)
            }
        }
    }

    /// These topics are wanted from now on.
    pub(super) fn subscribe(&mut self, now: Timestamp, topics: BTreeSet<Arc<str>>) {
        self.last_poll = now;
        if self.topics == topics {
            return;
        }
        self.topics = topics;
        match self.phase {
            Phase::Out | Phase::Stable => self.rejoin(),
            // If a rebalance is under way that began with other topics, another one follows.
            Phase::Joining
            | Phase::Finding(_)
            | Phase::Syncing
            | Phase::Resting(_)
            | Phase::Releasing(_)
            | Phase::Ended => {}
        }
    }

    /// The program asked for records.
    pub(super) fn polled(&mut self, now: Timestamp) {
        self.last_poll = now;
        if self.phase == Phase::Out && !self.topics.is_empty() {
            self.rejoin();
        }
    }

    /// The topics that the leader assigned are not what they were.
    pub(super) fn topics_changed(&mut self) {
        if self.phase == Phase::Stable && self.is_leader {
            self.rejoin();
        }
    }

    /// Time has passed.
    pub(super) fn wake(&mut self, now: Timestamp) {
        let is_slow = now.ms_since(self.last_poll) >= i64::from(self.options.rebalance_timeout_ms);
        match &self.phase {
            Phase::Out | Phase::Ended | Phase::Releasing(Then::Wait) => {}
            Phase::Releasing(Then::End) if self.next_beat > now => {}
            Phase::Releasing(Then::End) => self.beat(now),
            _ if is_slow => self.step_out(),
            Phase::Resting(until) if *until <= now => self.join(),
            Phase::Stable | Phase::Releasing(_) if self.next_beat <= now => self.beat(now),
            _ => {}
        }
    }

    /// The member is to leave for good.
    pub(super) fn leave(&mut self) {
        if self.phase == Phase::Ended {
            return;
        }
        let owned = self.owned.clone();
        self.release(owned, false, Then::End);
    }

    /// What [`Action::Release`] asked for is done.
    pub(super) fn released(&mut self) {
        self.releases -= 1;
        if self.releases > 0 {
            return;
        }
        let Phase::Releasing(then) = std::mem::replace(&mut self.phase, Phase::Out) else { return };
        match then {
            Then::Join => self.join(),
            Then::Take(added) => {
                self.take(added);
                self.rejoin();
            }
            Then::Wait => {}
            Then::End => {
                self.part();
                self.phase = Phase::Ended;
            }
        }
    }

    /// The answer to [`Action::Join`].
    pub(super) fn joined(&mut self, now: Timestamp, attempt: Attempt, answer: Result<JoinGroupResponse>) {
        if self.phase != Phase::Joining || attempt != self.attempt {
            return;
        }
        if let Ok(refused) = &answer
            && refused.error_code == ErrorCode::MemberIdRequired.code()
        {
            self.member_id = Arc::from(refused.member_id.as_str());
            return self.join();
        }
        let answer = match answer.and_then(|answer| self.checked(answer.error_code, answer, "join")) {
            Ok(answer) => answer,
            Err(refused) => return self.not_joined(now, refused),
        };
        self.failures = 0;
        self.generation = answer.generation_id;
        self.member_id = Arc::from(answer.member_id.as_str());
        let name = answer.protocol_name.as_deref().unwrap_or_default();
        let known = self.options.assignors.iter().find(|known| known.name() == name);
        let Some(&assignor) = known else {
            return self
                .fail(Error::Mistake(format!("the group assigns by `{name}`, which is not known here")));
        };
        self.assignor = Some(assignor);
        self.is_leader = answer.leader == *self.member_id;
        if !self.is_leader {
            return self.sync(Assignment::new());
        }
        self.skips_assignment = answer.skip_assignment;
        let candidates: Candidates = answer.members.iter().map(candidate).collect();
        let topics = candidates.values().flat_map(|member| member.topics.iter().cloned()).collect();
        self.phase = Phase::Finding(candidates);
        self.actions.push_back(Action::Find(self.attempt, topics));
    }

    /// The answer to [`Action::Find`]; topics that do not exist are left out.
    pub(super) fn found(&mut self, now: Timestamp, attempt: Attempt, topics: Result<Topics>) {
        let Phase::Finding(candidates) = &self.phase else { return };
        if attempt != self.attempt {
            return;
        }
        match (topics, self.assignor) {
            (Ok(_), _) if self.skips_assignment => self.sync(Assignment::new()),
            (Ok(topics), Some(assignor)) => {
                let assignment = assignor.assign(candidates, &topics);
                self.sync(assignment);
            }
            (Err(error), _) => self.not_joined(now, error),
            (Ok(_), None) => unreachable!("an assignor is known from when the group has settled on one"),
        }
    }

    /// The answer to [`Action::Sync`].
    pub(super) fn synced(&mut self, now: Timestamp, attempt: Attempt, answer: Result<SyncGroupResponse>) {
        if self.phase != Phase::Syncing || attempt != self.attempt {
            return;
        }
        let answer = match answer.and_then(|answer| self.checked(answer.error_code, answer, "sync")) {
            Ok(answer) => answer,
            Err(refused) => return self.not_joined(now, refused),
        };
        self.next_beat = now.plus_ms(self.options.heartbeat_interval_ms);
        let assigned = assigned(&answer.assignment);
        let revoked: BTreeSet<_> = self.owned.difference(&assigned).cloned().collect();
        let added: BTreeSet<_> = assigned.difference(&self.owned).cloned().collect();
        self.phase = Phase::Stable;
        if revoked.is_empty() {
            self.take(added);
            if self.joined_for != self.topics {
                self.rejoin();
            }
        } else {
            self.release(revoked, false, Then::Take(added));
        }
    }

    /// The answer to [`Action::Beat`], which was sent in `generation`.
    pub(super) fn beaten(&mut self, now: Timestamp, generation: i32, answer: Result<i16>) {
        self.is_beating = false;
        let result = answer.and_then(|code| self.checked(code, (), "heartbeat"));
        if generation != self.generation || !matches!(self.phase, Phase::Stable | Phase::Releasing(_)) {
            return;
        }
        let Err(error) = result else { return };
        match error.code() {
            Some(ErrorCode::RebalanceInProgress) if self.phase == Phase::Stable => self.rejoin(),
            Some(ErrorCode::RebalanceInProgress) => {}
            Some(ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration) => self.lose(error.code()),
            _ if error.is_retriable() => {
                self.next_beat = now.after(self.pause(1));
            }
            _ => self.fail(error),
        }
    }

    fn is_member(&self) -> bool {
        self.generation != NO_GENERATION
    }

    fn is_eager(&self) -> bool {
        self.options.assignors.iter().any(|assignor| !assignor.is_cooperative())
    }

    fn checked<T>(&self, code: i16, answer: T, what: &str) -> Result<T> {
        let subject = format_args!("group {}, {what}", self.options.group);
        Error::check(code, None, subject).map(|()| answer)
    }

    fn pause(&mut self, failures: u32) -> Duration {
        self.chance = self.chance.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        self.options.backoff.delay(failures, self.chance >> 33)
    }

    /// Begins a new generation: gives up what must not be kept on the way, then joins.
    fn rejoin(&mut self) {
        let is_eager = self.is_eager();
        let is_given_up = |one: &&TopicPartition| is_eager || !self.topics.contains(&one.topic);
        let given_up: BTreeSet<_> = self.owned.iter().filter(is_given_up).cloned().collect();
        if given_up.is_empty() {
            self.join();
        } else {
            self.release(given_up, false, Then::Join);
        }
    }

    fn join(&mut self) {
        self.phase = Phase::Joining;
        self.attempt.0 += 1;
        self.joined_for.clone_from(&self.topics);
        let metadata = self.subscription();
        let protocol = |assignor: &Assignor| JoinGroupRequestProtocol {
            name: Str::from_static(assignor.name()),
            metadata: metadata.clone(),
            ..JoinGroupRequestProtocol::default()
        };
        self.actions.push_back(Action::Join(
            self.attempt,
            JoinGroupRequest {
                group_id: Str::from(&*self.options.group),
                session_timeout_ms: self.options.session_timeout_ms,
                rebalance_timeout_ms: self.options.rebalance_timeout_ms,
                member_id: Str::from(&*self.member_id),
                group_instance_id: self.options.instance_id.as_ref().map(|id| Str::from(&**id)),
                protocol_type: PROTOCOL_TYPE,
                protocols: self.options.assignors.iter().map(protocol).collect(),
                ..JoinGroupRequest::default()
            },
        ));
    }

    fn sync(&mut self, assignment: Assignment) {
        self.phase = Phase::Syncing;
        let one = |(id, partitions): (Arc<str>, BTreeSet<TopicPartition>)| SyncGroupRequestAssignment {
            member_id: Str::from(&*id),
            assignment: versioned::encode(
                &ConsumerProtocolAssignment { assigned_partitions: by_topic(&partitions), user_data: None },
                ASSIGNMENT_VERSION,
            ),
            ..SyncGroupRequestAssignment::default()
        };
        self.actions.push_back(Action::Sync(
            self.attempt,
            SyncGroupRequest {
                group_id: Str::from(&*self.options.group),
                generation_id: self.generation,
                member_id: Str::from(&*self.member_id),
                group_instance_id: self.options.instance_id.as_ref().map(|id| Str::from(&**id)),
                protocol_type: Some(PROTOCOL_TYPE),
                protocol_name: self.assignor.map(|assignor| Str::from_static(assignor.name())),
                assignments: assignment.into_iter().map(one).collect(),
                ..SyncGroupRequest::default()
            },
        ));
    }

    fn beat(&mut self, now: Timestamp) {
        if self.is_beating || !self.is_member() {
            return;
        }
        self.is_beating = true;
        self.next_beat = now.plus_ms(self.options.heartbeat_interval_ms);
        self.actions.push_back(Action::Beat(HeartbeatRequest {
            group_id: Str::from(&*self.options.group),
            generation_id: self.generation,
            member_id: Str::from(&*self.member_id),
            group_instance_id: self.options.instance_id.as_ref().map(|id| Str::from(&**id)),
            ..HeartbeatRequest::default()
        }));
    }

    /// Join, the lookup of the leader, or Sync did not work out.
    fn not_joined(&mut self, now: Timestamp, error: Error) {
        match error.code() {
            Some(ErrorCode::RebalanceInProgress) => self.rejoin(),
            Some(ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration) => self.lose(error.code()),
            _ if error.is_retriable() => {
                self.failures += 1;
                tracing::debug!(group = %self.options.group, %error, "not joined; trying again");
                let until = now.after(self.pause(self.failures));
                self.phase = Phase::Resting(until);
            }
            _ => self.fail(error),
        }
    }

    /// The coordinator has given this member's partitions to others.
    fn lose(&mut self, code: Option<ErrorCode>) {
        self.generation = NO_GENERATION;
        if code == Some(ErrorCode::UnknownMemberId) {
            self.member_id = Arc::from("");
        }
        if matches!(self.phase, Phase::Releasing(Then::Wait | Then::End)) {
            return;
        }
        let owned = self.owned.clone();
        if !owned.is_empty() {
            self.release(owned, true, Then::Join);
        } else if matches!(self.phase, Phase::Releasing(_)) {
            self.phase = Phase::Releasing(Then::Join);
        } else {
            self.join();
        }
    }

    /// The program has not asked for records for too long: others are to read in its place.
    fn step_out(&mut self) {
        tracing::warn!(
            group = %self.options.group,
            "no poll within max.poll.interval.ms: this consumer leaves the group until the next one"
        );
        self.part();
        let owned = self.owned.clone();
        // Nobody is there who could release them in good order.
        self.release(owned, true, Then::Wait);
    }

    fn release(&mut self, partitions: BTreeSet<TopicPartition>, is_lost: bool, then: Then) {
        self.owned.retain(|partition| !partitions.contains(partition));
        self.phase = Phase::Releasing(then);
        self.releases += 1;
        self.actions.push_back(Action::Release { partitions, is_lost });
    }

    fn take(&mut self, added: BTreeSet<TopicPartition>) {
        self.owned.extend(added.iter().cloned());
        if !added.is_empty() {
            self.actions.push_back(Action::Take(added));
        }
    }

    /// Is no member any more. A static member's place is kept for it, so it leaves no word (KIP-345).
    fn part(&mut self) {
        if !self.member_id.is_empty() && self.options.instance_id.is_none() {
            self.actions.push_back(Action::Leave(Arc::clone(&self.member_id)));
            self.member_id = Arc::from("");
        }
        self.generation = NO_GENERATION;
        self.is_leader = false;
    }

    fn fail(&mut self, error: Error) {
        self.phase = Phase::Ended;
        self.generation = NO_GENERATION;
        self.actions.push_back(Action::Fail(error));
    }

    fn subscription(&self) -> Bytes {
        let subscription = ConsumerProtocolSubscription {
            topics: self.topics.iter().map(|topic| Str::from(&**topic)).collect(),
            user_data: None,
            owned_partitions: by_topic(&self.owned),
            generation_id: self.generation,
            rack_id: None,
        };
        versioned::encode(&subscription, SUBSCRIPTION_VERSION)
    }
}

fn by_topic(partitions: &BTreeSet<TopicPartition>) -> Vec<Owned> {
    let mut topics: Vec<Owned> = Vec::new();
    for partition in partitions {
        if topics.last().is_none_or(|topic| topic.topic != *partition.topic) {
            topics.push(Owned { topic: Str::from(&*partition.topic), partitions: Vec::new() });
        }
        topics.last_mut().expect("pushed above").partitions.push(partition.partition.0);
    }
    topics
}

fn of_topics(topics: &[Owned]) -> BTreeSet<TopicPartition> {
    let of = |topic: &Owned| {
        let name: Arc<str> = Arc::from(topic.topic.as_str());
        let partition = move |&index: &i32| TopicPartition::new(Arc::clone(&name), PartitionIndex(index));
        topic.partitions.iter().map(partition).collect::<Vec<_>>()
    };
    topics.iter().flat_map(of).collect()
}

/// What another member said of itself. One that says nothing readable gets nothing.
fn candidate(
    member: &ottla_protocol::messages::join_group::JoinGroupResponseMember,
) -> (Arc<str>, Candidate) {
    let subscription =
        versioned::decode::<ConsumerProtocolSubscription>(&member.metadata).unwrap_or_default();
    let candidate = Candidate {
        instance_id: member.group_instance_id.as_ref().map(|id| Arc::from(id.as_str())),
        topics: subscription.topics.iter().map(|topic| Arc::from(topic.as_str())).collect(),
        owned: of_topics(&subscription.owned_partitions),
        generation: subscription.generation_id,
    };
    (Arc::from(member.member_id.as_str()), candidate)
}

fn assigned(bytes: &Bytes) -> BTreeSet<TopicPartition> {
    let assignment = versioned::decode::<ConsumerProtocolAssignment>(bytes).unwrap_or_default();
    of_topics(&assignment.assigned_partitions)
}
