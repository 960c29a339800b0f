//! One classic group: JoinGroup, SyncGroup, Heartbeat, LeaveGroup.
//!
//! ```text
//!            first join                      deadline, or all have joined
//!   Empty ───────────────▶ PreparingRebalance ───────────────────────────▶ CompletingRebalance
//!     ▲                      │   ▲        ▲  join, leave, silence             │          │
//!     └── nobody is left ────┘   │        └───────────────────────────────────┘          │ leader's sync
//!                                │                                                       ▼
//!                                └───── leader's join, new metadata, leave, silence ── Stable
//! ```
//!
//! A change of a method here is a change of what running consumers see. The behavior is Apache Kafka's, with
//! these exceptions, where Kafka would leave a caller without an answer or take back what it just answered:
//! - a join or sync that a later one of the same member takes the place of is answered `REBALANCE_IN_PROGRESS`;
//! - the parked sync of a member that leaves is answered `UNKNOWN_MEMBER_ID`;
//! - when a static member is replaced, the new id also takes over the old one's place among those who have yet to
//!   sync, which spares a rebalance;
//! - housekeeping does not forget an empty group in which somebody was given a member id and has yet to join with it.

mod join;
mod leave;
mod member;
mod membership;
mod offset_rules;
mod overdue;
mod rebalance;
mod sync;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use ottla_types::{ErrorCode, Timestamp};

use self::member::Member;
use self::membership::Membership;
use crate::deadlines::Due;
use crate::subscription::CONSUMER;
use crate::turn::Turn;
use crate::{Generation, GroupDescription, GroupState, GroupValue, Heartbeat};

/// A group and all that is soft about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    id: Arc<str>,
    phase: Phase,
    state_since: Option<Timestamp>,
    generation: Generation,
    protocol_type: Option<Arc<str>>,
    protocol: Option<Arc<str>>,
    membership: Membership,
    /// Ids that were given to members which have yet to join with them.
    pending: BTreeSet<Arc<str>>,
    /// What the members of the generation subscribe to; `None` if not known.
    subscribed: Option<BTreeSet<Arc<str>>>,
}

/// What the group is doing, with what only matters while it does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Empty,
    Preparing {
        /// The group was empty before: give others the time to join as well.
        initial: Option<InitialDelay>,
    },
    Completing {
        /// Who has not asked for its assignment.
        unsynced: BTreeSet<Arc<str>>,
    },
    Stable {
        /// Who has not asked for its assignment.
        unsynced: BTreeSet<Arc<str>>,
    },
}

/// The first rebalance of an empty group is put off while more members arrive, up to their rebalance timeout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct InitialDelay {
    /// How long the delay that is running lasts.
    delay_ms: i32,
    /// How much may be added.
    remaining_ms: i32,
    /// Somebody joined during it.
    has_grown: bool,
}

impl Group {
    /// A group that nobody has joined yet.
    pub(crate) fn new(id: Arc<str>, now: Timestamp) -> Self {
        Self {
            id,
            phase: Phase::Empty,
            state_since: Some(now),
            generation: Generation(0),
            protocol_type: None,
            protocol: None,
            membership: Membership::default(),
            pending: BTreeSet::new(),
            subscribed: None,
        }
    }

    /// A group as the log has it: of whatever went on when it was written last, only completed generations count.
    pub(crate) fn from_value(id: Arc<str>, value: &GroupValue) -> Self {
        let mut membership = Membership::default();
        let protocol = value.protocol.clone().unwrap_or_default();
        for member in &value.members {
            // A log that names an instance twice means the later one.
            let earlier = member.instance_id.as_deref().and_then(|id| membership.id_of_instance(id)).cloned();
            if let Some(earlier) = earlier {
                membership.remove(&earlier);
            }
            membership.remove(&member.member_id);
            membership.add(Member::from_value(member, &protocol));
        }
        membership.restore_leader(value.leader.as_ref());
        let is_empty = membership.is_empty();
        let mut group = Self {
            id,
            phase: if is_empty { Phase::Empty } else { Phase::Stable { unsynced: BTreeSet::new() } },
            state_since: value.state_since,
            generation: value.generation,
            protocol_type: value.protocol_type.clone(),
            protocol: if is_empty { value.protocol.clone() } else { Some(protocol) },
            membership,
            pending: BTreeSet::new(),
            subscribed: None,
        };
        group.refresh_subscribed();
        group
    }

    /// Gives every member that the log knows a session, and starts a rebalance if they are too many by now.
    pub(crate) fn rearm(&mut self, turn: &mut Turn<'_>) {
        let ids: Vec<_> = self.membership.ids().cloned().collect();
        for id in &ids {
            self.renew_session(turn, id);
        }
        if self.membership.len() > turn.config.size_max {
            self.prepare_rebalance(turn, crate::Cause::OverCapacity);
        }
    }

    /// What the group is doing.
    pub(crate) fn state(&self) -> GroupState {
        match self.phase {
            Phase::Empty => GroupState::Empty,
            Phase::Preparing { .. } => GroupState::PreparingRebalance,
            Phase::Completing { .. } => GroupState::CompletingRebalance,
            Phase::Stable { .. } => GroupState::Stable,
        }
    }

    /// Whether it is [`GroupState::Empty`]. During the first rebalance it is not, though it may have no members.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.phase, Phase::Empty)
    }

    /// Whether it is empty and nobody is about to join. Who was just given a member id is not in any record, and
    /// would be told that the id is unknown if the group went now.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.is_empty() && self.pending.is_empty()
    }

    /// What the protocols are for; empty if nobody ever joined.
    pub(crate) fn protocol_type(&self) -> Arc<str> {
        self.protocol_type.clone().unwrap_or_default()
    }

    /// The group in detail. What members said is shown when it is settled under which protocol.
    pub(crate) fn describe(&self) -> GroupDescription {
        let protocol = self.protocol.as_ref().filter(|_| matches!(self.phase, Phase::Stable { .. }));
        GroupDescription {
            state: self.state(),
            protocol_type: self.protocol_type(),
            protocol: protocol.cloned().unwrap_or_default(),
            members: self
                .membership
                .iter()
                .map(|member| member.describe(protocol.map(|name| &**name)))
                .collect(),
        }
    }

    /// A member is alive.
    pub(crate) fn heartbeat(&mut self, turn: &mut Turn<'_>, beat: &Heartbeat) -> Result<(), ErrorCode> {
        self.check_member(&beat.member_id, beat.instance_id.as_deref())?;
        if beat.generation != self.generation {
            return Err(ErrorCode::IllegalGeneration);
        }
        self.renew_session(turn, &beat.member_id);
        match self.phase {
            Phase::Empty => Err(ErrorCode::UnknownMemberId),
            Phase::Preparing { .. } => Err(ErrorCode::RebalanceInProgress),
            Phase::Completing { .. } | Phase::Stable { .. } => Ok(()),
        }
    }

    /// Our own bug if it does not hold.
    pub(crate) fn assert_consistent(&self) {
        self.membership.assert_consistent();
        assert!(!self.is_empty() || self.membership.is_empty(), "an empty group has no members");
        let unsynced = match &self.phase {
            Phase::Completing { unsynced } | Phase::Stable { unsynced } => unsynced,
            Phase::Empty | Phase::Preparing { .. } => &BTreeSet::new(),
        };
        assert!(
            unsynced.iter().all(|id| self.membership.find(id).is_some()),
            "only members have yet to sync"
        );
        assert!(self.pending.iter().all(|id| self.membership.find(id).is_none()), "a member is not pending");
        for member in self.membership.iter() {
            let is_preparing = matches!(self.phase, Phase::Preparing { .. });
            let is_completing = matches!(self.phase, Phase::Completing { .. });
            assert!(member.join.is_none() || is_preparing, "joins are parked while a rebalance is prepared");
            assert!(member.sync.is_none() || is_completing, "syncs are parked while it is completed");
        }
    }

    /// Whether somebody may speak for a member.
    fn check_member(&self, member_id: &str, instance_id: Option<&str>) -> Result<(), ErrorCode> {
        if let Some(instance_id) = instance_id {
            match self.membership.id_of_instance(instance_id) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(current) if **current != *member_id => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.membership.find(member_id).is_none() {
            return Err(ErrorCode::UnknownMemberId);
        }
        Ok(())
    }

    /// The member has been heard of.
    fn renew_session(&self, turn: &mut Turn<'_>, member_id: &str) {
        if let Some(member) = self.membership.find(member_id) {
            let at = turn.after_ms(member.session_timeout_ms);
            turn.deadlines.set(&self.id, Due::Session(Arc::clone(&member.id)), at);
        }
    }

    /// Lets a member go and answers its callers. Says nothing about what the group does then.
    fn drop_member(&mut self, turn: &mut Turn<'_>, member_id: &Arc<str>) {
        turn.deadlines.cancel(&self.id, Due::Session(Arc::clone(member_id)));
        self.pending.remove(member_id);
        if let Phase::Completing { unsynced } | Phase::Stable { unsynced } = &mut self.phase {
            unsynced.remove(member_id);
        }
        let Some(member) = self.membership.remove(member_id) else { return };
        if let Some(token) = member.join {
            turn.refuse_join(token, &Arc::default(), ErrorCode::UnknownMemberId);
        }
        if let Some(token) = member.sync {
            turn.refuse_sync(token, ErrorCode::UnknownMemberId);
        }
    }

    /// Whether the metadata of the protocols are subscriptions.
    fn is_of_consumers(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER)
    }

    /// Reads the subscriptions of the generation.
    fn refresh_subscribed(&mut self) {
        self.subscribed = match &self.protocol {
            _ if !self.is_of_consumers() => None,
            _ if self.membership.is_empty() => Some(BTreeSet::new()),
            Some(protocol) => self.membership.subscribed_topics(protocol),
            None => None,
        };
    }

    /// What the log is told, where `assignment` says what each member has.
    fn value(&self, assignment: impl Fn(&Member) -> Bytes) -> GroupValue {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        GroupValue {
            protocol_type: self.protocol_type.clone(),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.membership.leader().cloned(),
            state_since: self.state_since,
            members: self
                .membership
                .iter()
                .map(|member| member.value(protocol, assignment(member)))
                .collect(),
        }
    }
}
