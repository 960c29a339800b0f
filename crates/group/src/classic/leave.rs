//! LeaveGroup: members go by their own will or an administrator's.

use std::sync::Arc;

use ottla_types::ErrorCode;

use super::{Group, Phase};
use crate::turn::Turn;
use crate::{Cause, Leave, LeaveOutcome, Leaver};

impl Group {
    /// Lets members go, and starts one rebalance for all of them.
    pub(crate) fn leave(&mut self, turn: &mut Turn<'_>, leave: Leave) -> Vec<LeaveOutcome> {
        let mut gone = Vec::new();
        let mut outcomes = Vec::with_capacity(leave.members.len());
        for leaver in leave.members {
            let error = match self.find_leaver(&leaver) {
                Ok(id) => {
                    self.drop_member(turn, &id);
                    gone.push(id);
                    ErrorCode::None
                }
                Err(error) => error,
            };
            outcomes.push(LeaveOutcome {
                member_id: leaver.member_id,
                instance_id: leaver.instance_id,
                error,
            });
        }
        if !gone.is_empty() && !self.is_empty() {
            match self.phase {
                Phase::Preparing { .. } => self.complete_if_all_joined(turn),
                _ => self.prepare_rebalance(turn, Cause::Left(gone)),
            }
        }
        outcomes
    }

    /// The id of the member that is to go. An administrator names a static member by its instance alone.
    fn find_leaver(&self, leaver: &Leaver) -> Result<Arc<str>, ErrorCode> {
        if leaver.member_id.is_empty() {
            let instance_id = leaver.instance_id.as_deref().ok_or(ErrorCode::UnknownMemberId)?;
            return self.membership.id_of_instance(instance_id).cloned().ok_or(ErrorCode::UnknownMemberId);
        }
        if !self.pending.contains(&leaver.member_id) {
            self.check_member(&leaver.member_id, leaver.instance_id.as_deref())?;
        }
        Ok(Arc::clone(&leaver.member_id))
    }
}
