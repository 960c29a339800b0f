//! JoinGroup: who may be a member, under which id, and whether that starts a rebalance.

use std::sync::Arc;

use bytes::Bytes;
use ottla_machine::Token;
use ottla_types::{ErrorCode, Uuid};

use super::{Group, Member, Phase};
use crate::deadlines::Due;
use crate::turn::Turn;
use crate::{Cause, GroupRecord, Join, Joined, Protocol, Reply};

impl Group {
    /// A consumer wants to be a member.
    pub(crate) fn join(&mut self, turn: &mut Turn<'_>, token: Token, join: Join) {
        if !self.has_room_for(&join.member_id, turn.config.size_max) {
            self.drop_member(turn, &join.member_id);
            return turn.refuse_join(token, &Arc::default(), ErrorCode::GroupMaxSizeReached);
        }
        if !self.is_compatible(&join.protocol_type, &join.protocols) {
            return turn.refuse_join(token, &join.member_id, ErrorCode::InconsistentGroupProtocol);
        }
        if join.member_id.is_empty() {
            self.join_without_id(turn, token, join);
        } else {
            self.join_with_id(turn, token, join);
        }
    }

    /// An answer that names the generation as it stands.
    pub(super) fn joined(&self, member_id: &Arc<str>) -> Joined {
        let is_leader = self.membership.is_leader(member_id);
        let protocol = self.protocol.as_deref().unwrap_or_default();
        Joined {
            member_id: Arc::clone(member_id),
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.membership.leader().cloned().unwrap_or_default(),
            skip_assignment: false,
            members: if is_leader {
                self.membership.iter().map(|member| member.joined(protocol)).collect()
            } else {
                Vec::new()
            },
        }
    }

    /// Whether one more is allowed. During a rebalance those count who have rejoined: so a group that is too
    /// large, because the limit was lowered, loses whoever comes last.
    fn has_room_for(&self, member_id: &str, size_max: usize) -> bool {
        let member = self.membership.find(member_id);
        match self.phase {
            Phase::Empty => true,
            Phase::Preparing { .. } => {
                member.is_some_and(|member| member.join.is_some())
                    || self.membership.parked_joins() < size_max
            }
            Phase::Completing { .. } | Phase::Stable { .. } => {
                member.is_some() || self.membership.len() < size_max
            }
        }
    }

    /// Whether the protocols go with those of the group.
    fn is_compatible(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.is_empty() {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type) && self.membership.shares_protocol(protocols)
    }

    fn join_without_id(&mut self, turn: &mut Turn<'_>, token: Token, join: Join) {
        let fresh_id = fresh_member_id(&join);
        if let Some(instance_id) = &join.instance_id {
            match self.membership.id_of_instance(instance_id).cloned() {
                Some(old_id) => self.replace_static(turn, token, join, &old_id, fresh_id),
                None => self.add_member(turn, token, join, fresh_id),
            }
        } else if !join.takes_member_id_first {
            self.add_member(turn, token, join, fresh_id);
        } else if self.pending.len() >= turn.config.pending_members_max {
            turn.refuse_join(token, &Arc::default(), ErrorCode::GroupMaxSizeReached);
        } else {
            let at = turn.after_ms(join.session_timeout_ms);
            turn.deadlines.set(&self.id, Due::Session(Arc::clone(&fresh_id)), at);
            turn.refuse_join(token, &fresh_id, ErrorCode::MemberIdRequired);
            self.pending.insert(fresh_id);
        }
    }

    fn join_with_id(&mut self, turn: &mut Turn<'_>, token: Token, join: Join) {
        let id = Arc::clone(&join.member_id);
        if self.pending.contains(&id) {
            if join.instance_id.is_some() {
                // Only dynamic members are given an id first, so this client contradicts itself.
                return turn.refuse_join(token, &Arc::default(), ErrorCode::UnknownServerError);
            }
            return self.add_member(turn, token, join, id);
        }
        if let Err(error) = self.check_member(&id, join.instance_id.as_deref()) {
            return turn.refuse_join(token, &id, error);
        }
        let says_the_same =
            self.membership.find(&id).is_some_and(|member| member.protocols == join.protocols);
        let changes_nothing = match self.phase {
            Phase::Empty => return turn.refuse_join(token, &id, ErrorCode::UnknownMemberId),
            Phase::Preparing { .. } => false,
            // The first answer may have been lost on its way.
            Phase::Completing { .. } => says_the_same,
            // A leader that joins again wants a rebalance: it may have seen what members do not tell, such as
            // new partitions.
            Phase::Stable { .. } => says_the_same && !self.membership.is_leader(&id),
        };
        if changes_nothing {
            let joined = self.joined(&id);
            return turn.out.reply(token, Reply::Join(Ok(joined)));
        }
        self.membership.update(&id, &join);
        self.park_join(turn, &id, token);
        self.rebalance_or_complete(turn, Cause::Rejoined(id, join.reason));
    }

    fn add_member(&mut self, turn: &mut Turn<'_>, token: Token, join: Join, id: Arc<str>) {
        if self.membership.is_empty() {
            self.protocol_type = Some(Arc::clone(&join.protocol_type));
        }
        if let Phase::Preparing { initial: Some(initial) } = &mut self.phase {
            initial.has_grown = true;
        }
        self.pending.remove(&id);
        self.membership.add(Member {
            id: Arc::clone(&id),
            instance_id: join.instance_id,
            client_id: join.client_id,
            client_host: join.client_host,
            rebalance_timeout_ms: join.rebalance_timeout_ms,
            session_timeout_ms: join.session_timeout_ms,
            protocols: join.protocols,
            assignment: Bytes::new(),
            is_new: true,
            join: Some(token),
            sync: None,
        });
        let at = turn.after_ms(turn.config.new_member_join_timeout_ms);
        turn.deadlines.set(&self.id, Due::Session(Arc::clone(&id)), at);
        self.rebalance_or_complete(turn, Cause::Joined(id, join.reason));
    }

    /// A static member that has lost its id is back: whoever still uses the old id is fenced.
    fn replace_static(
        &mut self,
        turn: &mut Turn<'_>,
        token: Token,
        join: Join,
        old_id: &Arc<str>,
        id: Arc<str>,
    ) {
        let old_leader = self.membership.leader().cloned().unwrap_or_default();
        self.rename_member(turn, old_id, &id);
        self.membership.update(&id, &join);
        match &self.phase {
            Phase::Stable { .. } if self.membership.select_protocol() == self.protocol => {
                let value = self.value(|member| member.assignment.clone());
                let record = GroupRecord::GroupChanged { group: Arc::clone(&self.id), value };
                if record.bytes_max() <= turn.config.records_bytes_max {
                    let joined = self.joined_as_replacement(&id, old_leader, join.may_skip_assignment);
                    turn.out.record(record);
                    turn.out.reply(token, Reply::Join(Ok(joined)));
                } else {
                    self.park_join(turn, &id, token);
                    self.prepare_rebalance(turn, Cause::TooLarge);
                }
            }
            // While the rebalance completes, the leader may already have been told of the old id.
            Phase::Stable { .. } | Phase::Completing { .. } => {
                self.park_join(turn, &id, token);
                self.prepare_rebalance(turn, Cause::Replaced(id, join.reason));
            }
            Phase::Preparing { .. } => {
                self.park_join(turn, &id, token);
                self.complete_if_all_joined(turn);
            }
            Phase::Empty => unreachable!("an empty group has no static member to replace"),
        }
    }

    /// What the replacement of a member of a stable generation is told. An old client that leads would divide
    /// the work anew if it knew, so it is told that its former self leads.
    fn joined_as_replacement(
        &self,
        id: &Arc<str>,
        old_leader: Arc<str>,
        may_skip_assignment: bool,
    ) -> Joined {
        let joined = self.joined(id);
        if may_skip_assignment {
            Joined { skip_assignment: self.membership.is_leader(id), ..joined }
        } else {
            Joined { leader: old_leader, members: Vec::new(), ..joined }
        }
    }

    fn rename_member(&mut self, turn: &mut Turn<'_>, old_id: &Arc<str>, id: &Arc<str>) {
        let (join, sync) = self.membership.rename(old_id, id);
        if let Some(token) = join {
            turn.refuse_join(token, old_id, ErrorCode::FencedInstanceId);
        }
        if let Some(token) = sync {
            turn.refuse_sync(token, ErrorCode::FencedInstanceId);
        }
        if let Phase::Completing { unsynced } | Phase::Stable { unsynced } = &mut self.phase
            && unsynced.remove(old_id)
        {
            unsynced.insert(Arc::clone(id));
        }
        turn.deadlines.cancel(&self.id, Due::Session(Arc::clone(old_id)));
        self.renew_session(turn, id);
    }

    fn park_join(&mut self, turn: &mut Turn<'_>, id: &Arc<str>, token: Token) {
        if let Some(earlier) = self.membership.park_join(id, token) {
            turn.refuse_join(earlier, id, ErrorCode::RebalanceInProgress);
        }
    }
}

/// An id for a new member, made the way Kafka makes it: people look for their client's name in it.
fn fresh_member_id(join: &Join) -> Arc<str> {
    let name = join.name();
    let Uuid(bytes) = Uuid::from_random(join.fresh_member.0);
    let bits = u128::from_be_bytes(bytes);
    let part = |shift: u32, digits: u32| (bits >> shift) & ((1 << (4 * digits)) - 1);
    format!(
        "{name}-{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(96, 8),
        part(80, 4),
        part(64, 4),
        part(48, 4),
        part(0, 12)
    )
    .into()
}
