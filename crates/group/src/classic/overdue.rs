//! What happens when a deadline of the group passes.

use std::sync::Arc;

use super::{Group, Phase};
use crate::Cause;
use crate::deadlines::Due;
use crate::turn::Turn;

impl Group {
    /// A deadline has passed, and is no longer set.
    pub(crate) fn is_due(&mut self, turn: &mut Turn<'_>, due: Due) {
        match due {
            Due::Join => self.join_is_due(turn),
            Due::Sync => self.sync_is_due(turn),
            Due::Session(member_id) => self.session_is_due(turn, member_id),
            Due::Foreign => {}
        }
    }

    /// Whoever has not asked for its assignment by now is out.
    fn sync_is_due(&mut self, turn: &mut Turn<'_>) {
        let (Phase::Completing { unsynced } | Phase::Stable { unsynced }) = &self.phase else { return };
        if unsynced.is_empty() {
            return;
        }
        let missing: Vec<_> = unsynced.iter().cloned().collect();
        for id in &missing {
            self.drop_member(turn, id);
        }
        self.prepare_rebalance(turn, Cause::SyncOverdue(missing));
    }

    /// A member has been silent for too long, unless it waits for us.
    fn session_is_due(&mut self, turn: &mut Turn<'_>, member_id: Arc<str>) {
        let member = self.membership.find(&member_id);
        if member.is_some_and(super::Member::is_excused) {
            return;
        }
        // Only a rebalance that is being prepared waits for one that is pending.
        let is_pending = member.is_none();
        self.drop_member(turn, &member_id);
        match self.phase {
            Phase::Preparing { .. } if self.have_all_joined() => self.complete_join(turn),
            Phase::Completing { .. } | Phase::Stable { .. } if !is_pending => {
                self.prepare_rebalance(turn, Cause::SessionExpired(member_id));
            }
            Phase::Empty | Phase::Preparing { .. } | Phase::Completing { .. } | Phase::Stable { .. } => {}
        }
    }
}
