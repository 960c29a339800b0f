//! SyncGroup: the leader's assignment completes the generation, and everybody gets its part.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use ottla_machine::Token;
use ottla_types::ErrorCode;

use super::{Group, Phase};
use crate::deadlines::Due;
use crate::turn::Turn;
use crate::{Cause, GroupRecord, Notice, Reply, Sync, Synced};

impl Group {
    /// A member asks for its assignment.
    pub(crate) fn sync(&mut self, turn: &mut Turn<'_>, token: Token, sync: Sync) {
        if let Err(error) = self.check_sync(&sync) {
            return turn.refuse_sync(token, error);
        }
        match &mut self.phase {
            Phase::Empty => turn.refuse_sync(token, ErrorCode::UnknownMemberId),
            Phase::Preparing { .. } => turn.refuse_sync(token, ErrorCode::RebalanceInProgress),
            Phase::Completing { unsynced } => {
                unsynced.remove(&sync.member_id);
                if unsynced.is_empty() {
                    turn.deadlines.cancel(&self.id, Due::Sync);
                }
                if let Some(earlier) = self.membership.park_sync(&sync.member_id, token) {
                    turn.refuse_sync(earlier, ErrorCode::RebalanceInProgress);
                }
                if self.membership.is_leader(&sync.member_id) {
                    self.complete_generation(turn, sync.assignments);
                }
            }
            Phase::Stable { unsynced } => {
                unsynced.remove(&sync.member_id);
                if unsynced.is_empty() {
                    turn.deadlines.cancel(&self.id, Due::Sync);
                }
                let assignment =
                    self.membership.find(&sync.member_id).map(|member| member.assignment.clone());
                let synced = self.synced(assignment.unwrap_or_default());
                turn.out.reply(token, Reply::Sync(Ok(synced)));
            }
        }
    }

    /// Answers all parked syncs with an error. What members had been given no longer counts.
    pub(super) fn fail_syncs(&mut self, turn: &mut Turn<'_>, error: ErrorCode) {
        let ids: Vec<_> = self.membership.ids().cloned().collect();
        for id in &ids {
            self.membership.assign(id, Bytes::new());
            if let Some(token) = self.membership.take_sync(id) {
                turn.refuse_sync(token, error);
                self.renew_session(turn, id);
            }
        }
    }

    fn check_sync(&self, sync: &Sync) -> Result<(), ErrorCode> {
        self.check_member(&sync.member_id, sync.instance_id.as_deref())?;
        if sync.generation != self.generation {
            return Err(ErrorCode::IllegalGeneration);
        }
        let differs = |theirs: &Option<Arc<str>>, ours: &Option<Arc<str>>| {
            theirs.as_ref().zip(ours.as_ref()).is_some_and(|(theirs, ours)| theirs != ours)
        };
        if differs(&sync.protocol_type, &self.protocol_type) || differs(&sync.protocol, &self.protocol) {
            return Err(ErrorCode::InconsistentGroupProtocol);
        }
        Ok(())
    }

    fn complete_generation(&mut self, turn: &mut Turn<'_>, assignments: Vec<(Arc<str>, Bytes)>) {
        // A member that the leader forgot gets nothing; whom it names beside the members is nobody.
        let assignments: BTreeMap<Arc<str>, Bytes> = assignments.into_iter().collect();
        let value = self.value(|member| assignments.get(&member.id).cloned().unwrap_or_default());
        let record = GroupRecord::GroupChanged { group: Arc::clone(&self.id), value };
        if record.bytes_max() > turn.config.records_bytes_max {
            self.fail_syncs(turn, ErrorCode::UnknownServerError);
            return self.prepare_rebalance(turn, Cause::TooLarge);
        }
        turn.out.record(record);
        let group = Arc::clone(&self.id);
        turn.notices.push(Notice::GenerationCompleted { group, generation: self.generation });
        let ids: Vec<_> = self.membership.ids().cloned().collect();
        for id in &ids {
            let assignment = assignments.get(id).cloned().unwrap_or_default();
            self.membership.assign(id, assignment.clone());
            if let Some(token) = self.membership.take_sync(id) {
                let synced = self.synced(assignment);
                turn.out.reply(token, Reply::Sync(Ok(synced)));
                self.renew_session(turn, id);
            }
        }
        if let Phase::Completing { unsynced } = &mut self.phase {
            self.phase = Phase::Stable { unsynced: std::mem::take(unsynced) };
        }
        self.state_since = Some(turn.now);
    }

    fn synced(&self, assignment: Bytes) -> Synced {
        Synced { protocol_type: self.protocol_type.clone(), protocol: self.protocol.clone(), assignment }
    }
}
