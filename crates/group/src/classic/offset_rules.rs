//! What the state of a group says about its offsets: who may commit, what may be deleted, what expires.

use ottla_types::{ErrorCode, Timestamp};

use super::{Group, Phase};
use crate::turn::Turn;
use crate::{CommitOffsets, CommittedOffset, Generation};

impl Group {
    /// Whether the commit may happen. It also tells that the member is alive.
    pub(crate) fn admit_commit(&self, turn: &mut Turn<'_>, commit: &CommitOffsets) -> Result<(), ErrorCode> {
        let is_member = commit.generation > Generation::NONE
            || !commit.member_id.is_empty()
            || commit.instance_id.is_some();
        if commit.generation <= Generation::NONE && self.is_empty() {
            // An administrator, or a consumer that assigns partitions to itself.
            return Ok(());
        }
        if !is_member {
            return Err(ErrorCode::UnknownMemberId);
        }
        self.check_member(&commit.member_id, commit.instance_id.as_deref())?;
        if commit.generation != self.generation {
            return Err(ErrorCode::IllegalGeneration);
        }
        if matches!(self.phase, Phase::Completing { .. }) {
            // The member has joined this generation already, so what it read belongs to the one before.
            return Err(ErrorCode::RebalanceInProgress);
        }
        self.renew_session(turn, &commit.member_id);
        Ok(())
    }

    /// Whether offsets may be deleted at all: of a group with members only if it is known what they read.
    pub(crate) fn admit_offset_deletion(&self) -> Result<(), ErrorCode> {
        if self.is_empty() || self.is_of_consumers() { Ok(()) } else { Err(ErrorCode::NonEmptyGroup) }
    }

    /// Whether members subscribe to a topic, or may do so for all that is known.
    pub(crate) fn is_subscribed_to(&self, topic: &str) -> bool {
        self.subscribed.as_ref().map_or(self.is_of_consumers(), |topics| topics.contains(topic))
    }

    /// Whether an offset has been kept long enough.
    pub(crate) fn has_expired(&self, offset: &CommittedOffset, now: Timestamp, retention_ms: i64) -> bool {
        let Some(since) = self.retention_starts(offset) else { return false };
        match offset.expires_at {
            Some(expires_at) => now >= expires_at,
            None => now.ms_since(since) >= retention_ms,
        }
    }

    /// From when on the retention of an offset counts; `None` if it must be kept.
    fn retention_starts(&self, offset: &CommittedOffset) -> Option<Timestamp> {
        match self.phase {
            // Nobody ever joined: each commit counts for itself.
            _ if self.protocol_type.is_none() => Some(offset.committed_at),
            // As long as somebody reads, no offset of the group expires; so what counts is when the last one left.
            Phase::Empty => Some(self.state_since.unwrap_or(offset.committed_at)),
            // A topic that nobody subscribes to any more, in a group that goes on.
            Phase::Stable { .. } if self.subscribed.is_some() => Some(offset.committed_at),
            Phase::Preparing { .. } | Phase::Completing { .. } | Phase::Stable { .. } => None,
        }
    }
}
