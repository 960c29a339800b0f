//! Fetch sessions (KIP-227): a broker remembers which partitions a consumer wants, so that each request only says
//! what has changed.

use std::collections::BTreeMap;

use ottla_types::{ErrorCode, LeaderEpoch, Offset, TopicPartition, Uuid};

/// What is wanted of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) topic_id: Uuid,
    pub(super) offset: Offset,
    pub(super) leader_epoch: LeaderEpoch,
}

/// What the next request says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) session_id: i32,
    pub(super) session_epoch: i32,
    /// The partitions that are new, or whose offset has changed; all of them where there is no session.
    pub(super) changed: BTreeMap<TopicPartition, Wanted>,
    /// The partitions that are no longer wanted.
    pub(super) forgotten: BTreeMap<TopicPartition, Uuid>,
}

/// A session with one broker, as the consumer knows it.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    /// 0 while there is none.
    id: i32,
    epoch: i32,
    known: BTreeMap<TopicPartition, Wanted>,
}

/// A request with this epoch opens a session, and closes the one that it names.
const EPOCH_OPEN: i32 = 0;
/// A request with this epoch closes the session that it names.
const EPOCH_CLOSE: i32 = -1;

impl Session {
    /// The next request, for exactly these partitions.
    pub(super) fn next(&mut self, wanted: BTreeMap<TopicPartition, Wanted>) -> Plan {
        // Topics named by id and by name do not go together in one session.
        let named_by_id = |of: &BTreeMap<_, Wanted>| of.values().all(|one| !one.topic_id.is_zero());
        if !self.known.is_empty() && named_by_id(&self.known) != named_by_id(&wanted) {
            self.epoch = EPOCH_OPEN;
        }
        let is_new = self.id == 0 || self.epoch == EPOCH_OPEN;
        let plan = if is_new {
            let changed = wanted.clone();
            Plan { session_id: self.id, session_epoch: EPOCH_OPEN, changed, forgotten: BTreeMap::new() }
        } else {
            let is_changed =
                |(partition, one): &(&TopicPartition, &Wanted)| self.known.get(*partition) != Some(*one);
            let changed = wanted.iter().filter(is_changed).map(|(name, one)| (name.clone(), *one)).collect();
            let is_gone = |(partition, one): &(&TopicPartition, &Wanted)| {
                wanted.get(*partition).is_none_or(|now| now.topic_id != one.topic_id)
            };
            let forgotten = self.known.iter().filter(is_gone);
            let forgotten = forgotten.map(|(name, one)| (name.clone(), one.topic_id)).collect();
            Plan { session_id: self.id, session_epoch: self.epoch, changed, forgotten }
        };
        self.known = wanted;
        plan
    }

    /// The broker answered: `session_id` is 0 if it keeps no session.
    pub(super) fn answered(&mut self, error: ErrorCode, session_id: i32) {
        match error {
            ErrorCode::None if session_id == 0 => *self = Self::default(),
            ErrorCode::None if self.id == session_id && self.epoch != EPOCH_OPEN => {
                // Epoch 0 would open a session, so the count goes on with 1.
                self.epoch = self.epoch.checked_add(1).unwrap_or(1);
            }
            ErrorCode::None => (self.id, self.epoch) = (session_id, 1),
            ErrorCode::FetchSessionIdNotFound => *self = Self::default(),
            _ => self.epoch = EPOCH_OPEN,
        }
    }

    /// No answer came: whether the broker saw the request is unknown.
    pub(super) const fn failed(&mut self) {
        self.epoch = EPOCH_OPEN;
    }

    /// The request that closes the session, if there is one.
    pub(super) fn close(&self) -> Option<Plan> {
        (self.id != 0).then(|| Plan { session_id: self.id, session_epoch: EPOCH_CLOSE, ..Plan::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(of: &[(i32, i64)]) -> BTreeMap<TopicPartition, Wanted> {
        let one = |&(index, offset): &(i32, i64)| {
            let wanted =
                Wanted { topic_id: Uuid([1; 16]), offset: Offset(offset), leader_epoch: LeaderEpoch(0) };
            (TopicPartition::new("t", index), wanted)
        };
        of.iter().map(one).collect()
    }

    fn check(
        session: &mut Session,
        of: &[(i32, i64)],
        id_and_epoch: (i32, i32),
        changed: &[i32],
        gone: &[i32],
    ) {
        let plan = session.next(wanted(of));
        assert_eq!((plan.session_id, plan.session_epoch), id_and_epoch);
        let indexes =
            |names: Vec<&TopicPartition>| names.iter().map(|name| name.partition.0).collect::<Vec<_>>();
        assert_eq!(indexes(plan.changed.keys().collect()), changed);
        assert_eq!(indexes(plan.forgotten.keys().collect()), gone);
    }

    #[test]
    fn only_what_changed_is_said_again() {
        let session = &mut Session::default();
        check(session, &[(0, 5), (1, 5)], (0, 0), &[0, 1], &[]);
        session.answered(ErrorCode::None, 77);
        check(session, &[(0, 5), (1, 6), (2, 0)], (77, 1), &[1, 2], &[]);
        session.answered(ErrorCode::None, 77);
        check(session, &[(0, 5)], (77, 2), &[], &[1, 2]);
        session.answered(ErrorCode::None, 77);
        assert_eq!(session.close().unwrap().session_epoch, -1);
    }

    #[test]
    fn a_session_that_is_lost_is_opened_anew() {
        let session = &mut Session::default();
        check(session, &[(0, 5)], (0, 0), &[0], &[]);
        session.answered(ErrorCode::None, 77);
        session.answered(ErrorCode::FetchSessionIdNotFound, 0);
        check(session, &[(0, 5)], (0, 0), &[0], &[]);
        session.answered(ErrorCode::None, 78);
        session.failed();
        check(session, &[(0, 5)], (78, 0), &[0], &[]);
        session.answered(ErrorCode::None, 79);
        check(session, &[(0, 6)], (79, 1), &[0], &[]);
        session.answered(ErrorCode::None, 0);
        check(session, &[(0, 6)], (0, 0), &[0], &[]);
        assert_eq!(session.close(), None);
    }

    #[test]
    fn a_topic_that_was_created_anew_is_forgotten_first() {
        let session = &mut Session::default();
        session.next(wanted(&[(0, 5)]));
        session.answered(ErrorCode::None, 77);
        let mut other = wanted(&[(0, 0)]);
        other.values_mut().for_each(|one| one.topic_id = Uuid([2; 16]));
        let plan = session.next(other);
        assert_eq!((plan.changed.len(), plan.forgotten.len()), (1, 1));
        assert_eq!(plan.forgotten.values().next(), Some(&Uuid([1; 16])));
    }
}
