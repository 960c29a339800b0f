//! How a rebalance starts, waits for the members and becomes a generation.

use std::sync::Arc;

use bytes::Bytes;
use ottla_types::ErrorCode;

use super::{Group, InitialDelay, Phase};
use crate::deadlines::Due;
use crate::turn::Turn;
use crate::{Cause, GroupRecord, Notice, Reply};

impl Group {
    /// Starts a rebalance, or sees whether the one that is running is ready.
    pub(super) fn rebalance_or_complete(&mut self, turn: &mut Turn<'_>, cause: Cause) {
        if matches!(self.phase, Phase::Preparing { .. }) {
            self.complete_if_all_joined(turn);
        } else {
            self.prepare_rebalance(turn, cause);
        }
    }

    /// Starts a rebalance.
    pub(super) fn prepare_rebalance(&mut self, turn: &mut Turn<'_>, cause: Cause) {
        if matches!(self.phase, Phase::Completing { .. }) {
            self.fail_syncs(turn, ErrorCode::RebalanceInProgress);
        }
        turn.deadlines.cancel(&self.id, Due::Sync);
        let group = Arc::clone(&self.id);
        turn.notices.push(Notice::RebalanceStarted { group, generation: self.generation, cause });
        self.state_since = Some(turn.now);
        if self.is_empty() {
            let delay_ms = turn.config.initial_rebalance_delay_ms.max(0);
            let remaining_ms = (self.membership.rebalance_timeout_ms() - delay_ms).max(0);
            let initial = InitialDelay { delay_ms, remaining_ms, has_grown: false };
            self.phase = Phase::Preparing { initial: Some(initial) };
            turn.deadlines.set(&self.id, Due::Join, turn.after_ms(delay_ms));
        } else {
            self.phase = Phase::Preparing { initial: None };
            if self.have_all_joined() {
                self.complete_join(turn);
            } else {
                let at = turn.after_ms(self.membership.rebalance_timeout_ms());
                turn.deadlines.set(&self.id, Due::Join, at);
            }
        }
    }

    /// Starts the generation if nobody is missing. The first rebalance of a group takes its time all the same.
    pub(super) fn complete_if_all_joined(&mut self, turn: &mut Turn<'_>) {
        if matches!(self.phase, Phase::Preparing { initial: None }) && self.have_all_joined() {
            self.complete_join(turn);
        }
    }

    /// Whether nobody is missing.
    pub(super) fn have_all_joined(&self) -> bool {
        self.membership.parked_joins() == self.membership.len() && self.pending.is_empty()
    }

    /// The time to join is over.
    pub(super) fn join_is_due(&mut self, turn: &mut Turn<'_>) {
        match &mut self.phase {
            Phase::Preparing { initial: Some(initial) } if initial.has_grown && initial.remaining_ms > 0 => {
                let delay_ms = turn.config.initial_rebalance_delay_ms.max(0).min(initial.remaining_ms);
                let remaining_ms = (initial.remaining_ms - initial.delay_ms).max(0);
                *initial = InitialDelay { delay_ms, remaining_ms, has_grown: false };
                turn.deadlines.set(&self.id, Due::Join, turn.after_ms(delay_ms));
            }
            Phase::Preparing { .. } => self.complete_join(turn),
            Phase::Empty | Phase::Completing { .. } | Phase::Stable { .. } => {}
        }
    }

    /// Goes on with those who joined. Static members that did not are kept: they may be restarting.
    pub(super) fn complete_join(&mut self, turn: &mut Turn<'_>) {
        turn.deadlines.cancel(&self.id, Due::Join);
        let is_missing = |member: &&super::Member| member.join.is_none() && member.instance_id.is_none();
        let missing: Vec<_> =
            self.membership.iter().filter(is_missing).map(|member| Arc::clone(&member.id)).collect();
        for id in &missing {
            self.drop_member(turn, id);
        }
        if !self.membership.is_empty() && !self.membership.elect_joined_leader() {
            // Only static members are left and none is back. Their sessions will end this if nothing else does.
            turn.notices.push(Notice::NobodyRejoined { group: Arc::clone(&self.id) });
            self.phase = Phase::Preparing { initial: None };
            let at = turn.after_ms(self.membership.rebalance_timeout_ms().max(1));
            turn.deadlines.set(&self.id, Due::Join, at);
            return;
        }
        self.generation = self.generation.next();
        self.state_since = Some(turn.now);
        self.protocol = self.membership.select_protocol();
        self.refresh_subscribed();
        if self.membership.is_empty() {
            self.become_empty(turn);
        } else {
            self.start_generation(turn);
        }
    }

    fn become_empty(&mut self, turn: &mut Turn<'_>) {
        self.phase = Phase::Empty;
        let group = Arc::clone(&self.id);
        turn.notices.push(Notice::GroupEmptied { group: Arc::clone(&group), generation: self.generation });
        turn.out.record(GroupRecord::GroupChanged { group, value: self.value(|_| Bytes::new()) });
    }

    fn start_generation(&mut self, turn: &mut Turn<'_>) {
        let ids: Vec<_> = self.membership.ids().cloned().collect();
        turn.notices.push(Notice::GenerationStarted {
            group: Arc::clone(&self.id),
            generation: self.generation,
            members: ids.len(),
        });
        for id in &ids {
            if let Some(token) = self.membership.take_join(id) {
                let joined = self.joined(id);
                turn.out.reply(token, Reply::Join(Ok(joined)));
            }
            self.renew_session(turn, id);
            self.membership.settle(id);
        }
        self.phase = Phase::Completing { unsynced: ids.into_iter().collect() };
        let at = turn.after_ms(self.membership.rebalance_timeout_ms());
        turn.deadlines.set(&self.id, Due::Sync, at);
    }
}
