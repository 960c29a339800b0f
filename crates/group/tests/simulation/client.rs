//! A consumer, as far as the coordinator sees one: it joins, syncs, works, crashes, comes back and repeats itself.

use std::sync::Arc;

use bytes::Bytes;
use ottla_group::{
    Command, CommitOffsets, CommitPartition, CommitTopic, Generation, Heartbeat, Join, Joined, Leave, Leaver,
    Protocol, Reply, Sync,
};
use ottla_machine::Token;
use ottla_types::{ErrorCode, LeaderEpoch, Offset, PartitionIndex, Uuid};

use crate::chance::Chance;

pub(crate) const PARTITIONS: usize = 4;

/// What the client waits for or does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    Idle,
    Joining(Token),
    MustSync(Joined),
    Syncing(Token),
    Working,
    Crashed,
}

#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) name: Arc<str>,
    pub(crate) group: Arc<str>,
    pub(crate) instance_id: Option<Arc<str>>,
    pub(crate) member_id: Arc<str>,
    pub(crate) generation: Generation,
    pub(crate) phase: Phase,
    /// A client of an old version: no id in advance, no skipped assignment.
    pub(crate) is_old: bool,
    pub(crate) session_timeout_ms: i32,
    pub(crate) rebalance_timeout_ms: i32,
    /// Counts changes of the subscription.
    pub(crate) flavor: u8,
}

impl Client {
    pub(crate) fn join(&self, chance: &mut Chance) -> Command {
        let metadata = subscription(self.flavor);
        let names: &[&str] =
            if self.flavor.is_multiple_of(3) { &["range", "sticky"] } else { &["sticky", "range"] };
        Command::Join(Join {
            group: Arc::clone(&self.group),
            member_id: Arc::clone(&self.member_id),
            instance_id: self.instance_id.clone(),
            client_id: Arc::clone(&self.name),
            client_host: "/127.0.0.1".into(),
            session_timeout_ms: self.session_timeout_ms,
            rebalance_timeout_ms: self.rebalance_timeout_ms,
            protocol_type: "consumer".into(),
            protocols: names
                .iter()
                .map(|name| Protocol { name: (*name).into(), metadata: metadata.clone() })
                .collect(),
            fresh_member: Uuid((u128::from(chance.next()) << 64 | u128::from(chance.next())).to_be_bytes()),
            takes_member_id_first: !self.is_old,
            may_skip_assignment: !self.is_old,
            reason: None,
        })
    }

    /// The leader gives everybody something that says who gave what to whom.
    pub(crate) fn sync(&self, joined: &Joined) -> Command {
        let assignments = if joined.skip_assignment { &[][..] } else { &joined.members };
        let assign =
            |id: &Arc<str>| Bytes::from(format!("{}: {} gives to {id}", joined.generation, joined.member_id));
        Command::Sync(Sync {
            group: Arc::clone(&self.group),
            member_id: Arc::clone(&joined.member_id),
            instance_id: self.instance_id.clone(),
            generation: joined.generation,
            protocol_type: joined.protocol_type.clone(),
            protocol: joined.protocol.clone(),
            assignments: assignments
                .iter()
                .map(|member| (Arc::clone(&member.member_id), assign(&member.member_id)))
                .collect(),
        })
    }

    pub(crate) fn heartbeat(&self) -> Command {
        Command::Heartbeat(Heartbeat {
            group: Arc::clone(&self.group),
            member_id: Arc::clone(&self.member_id),
            instance_id: self.instance_id.clone(),
            generation: self.generation,
        })
    }

    pub(crate) fn leave(&self) -> Command {
        let member = Leaver {
            member_id: Arc::clone(&self.member_id),
            instance_id: self.instance_id.clone(),
            reason: None,
        };
        Command::Leave(Leave { group: Arc::clone(&self.group), members: vec![member] })
    }

    pub(crate) fn commit(&self, chance: &mut Chance, offset: i64) -> Command {
        Command::CommitOffsets(CommitOffsets {
            group: Arc::clone(&self.group),
            member_id: Arc::clone(&self.member_id),
            instance_id: self.instance_id.clone(),
            generation: self.generation,
            retention_ms: None,
            topics: vec![commit_topic(chance, offset)],
        })
    }

    /// Takes in what the coordinator answered.
    pub(crate) fn hear(&mut self, token: Token, reply: &Reply) {
        let is_awaited = matches!(&self.phase, Phase::Joining(own) | Phase::Syncing(own) if *own == token);
        match reply {
            Reply::Join(Ok(joined)) if is_awaited => {
                self.member_id = Arc::clone(&joined.member_id);
                self.generation = joined.generation;
                self.phase = Phase::MustSync(joined.clone());
            }
            Reply::Join(Err(refused)) if is_awaited => {
                if refused.error == ErrorCode::MemberIdRequired {
                    self.member_id = Arc::clone(&refused.member_id);
                }
                self.start_over(refused.error);
            }
            Reply::Sync(Ok(_)) if is_awaited => self.phase = Phase::Working,
            Reply::Sync(Err(error)) if is_awaited => self.start_over(*error),
            Reply::Heartbeat(Err(error)) if self.phase == Phase::Working => self.start_over(*error),
            _ => {}
        }
    }

    /// The coordinator that was asked is no more.
    pub(crate) fn hear_nothing(&mut self, token: Token) {
        if matches!(&self.phase, Phase::Joining(own) | Phase::Syncing(own) if *own == token) {
            self.phase = Phase::Idle;
        }
    }

    fn start_over(&mut self, error: ErrorCode) {
        if matches!(error, ErrorCode::UnknownMemberId | ErrorCode::FencedInstanceId) {
            self.member_id = Arc::default();
        }
        self.phase = Phase::Idle;
    }
}

pub(crate) fn commit_topic(chance: &mut Chance, offset: i64) -> CommitTopic {
    let partition = CommitPartition {
        partition: PartitionIndex(chance.below(PARTITIONS) as i32),
        offset: Offset(offset),
        leader_epoch: LeaderEpoch::NONE,
        metadata: None,
    };
    let topic = chance.pick(&["t", "u"]).into();
    CommitTopic { topic, topic_id: Uuid::ZERO, partitions: vec![partition] }
}

/// To topic `t`, followed by what tells flavors apart.
fn subscription(flavor: u8) -> Bytes {
    vec![0, 0, 0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 1, flavor].into()
}
