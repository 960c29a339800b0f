//! What one command or deadline has at hand while it takes effect on a group.

use std::sync::Arc;

use ottla_machine::{Decision, Token};
use ottla_types::{ErrorCode, Timestamp};

use crate::deadlines::Deadlines;
use crate::notice::Notices;
use crate::{GroupConfig, GroupCoordinator, JoinRefused, Reply};

/// The surroundings of a group for one turn.
pub(crate) struct Turn<'a> {
    /// The time.
    pub(crate) now: Timestamp,
    /// The settings.
    pub(crate) config: &'a GroupConfig,
    /// All groups' deadlines.
    pub(crate) deadlines: &'a mut Deadlines,
    /// For people.
    pub(crate) notices: &'a mut Notices,
    /// Records and replies.
    pub(crate) out: &'a mut Decision<GroupCoordinator>,
}

impl Turn<'_> {
    /// The time `ms` from now; now if that is negative.
    pub(crate) fn after_ms(&self, ms: i32) -> Timestamp {
        self.now.plus_ms(i64::from(ms.max(0)))
    }

    /// Answers a join with an error.
    pub(crate) fn refuse_join(&mut self, token: Token, member_id: &Arc<str>, error: ErrorCode) {
        self.out.reply(token, Reply::Join(Err(JoinRefused { error, member_id: Arc::clone(member_id) })));
    }

    /// Answers a sync with an error.
    pub(crate) fn refuse_sync(&mut self, token: Token, error: ErrorCode) {
        self.out.reply(token, Reply::Sync(Err(error)));
    }
}
