//! When something happens by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ottla_types::Timestamp;

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// Whoever has not rejoined by now is out.
    Join,
    /// Whoever has not asked for its assignment by now is out.
    Sync,
    /// This member has not been heard of for too long.
    Session(Arc<str>),
    /// The members of a group of another type are gone.
    Foreign,
}

/// Each group has at most one deadline of each kind, and one for each member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deadlines {
    by_name: BTreeMap<(Arc<str>, Due), Timestamp>,
    by_time: BTreeSet<(Timestamp, Arc<str>, Due)>,
}

impl Deadlines {
    /// Sets a deadline, or moves it.
    pub(crate) fn set(&mut self, group: &Arc<str>, due: Due, at: Timestamp) {
        if let Some(before) = self.by_name.insert((Arc::clone(group), due.clone()), at) {
            self.by_time.remove(&(before, Arc::clone(group), due.clone()));
        }
        self.by_time.insert((at, Arc::clone(group), due));
    }

    /// Takes a deadline away. Whether there was one.
    pub(crate) fn cancel(&mut self, group: &Arc<str>, due: Due) -> bool {
        let name = (Arc::clone(group), due);
        let Some(at) = self.by_name.remove(&name) else { return false };
        self.by_time.remove(&(at, name.0, name.1))
    }

    /// Takes all deadlines of a group away.
    pub(crate) fn cancel_all(&mut self, group: &Arc<str>) {
        let first = (Arc::clone(group), Due::Join);
        let names: Vec<_> = self
            .by_name
            .range(first..)
            .map(|(name, _)| name.clone())
            .take_while(|name| name.0 == *group)
            .collect();
        for (group, due) in names {
            self.cancel(&group, due);
        }
    }

    /// When the next one is.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, ..)| *at)
    }

    /// All that have passed, in order. They stay until cancelled.
    pub(crate) fn passed(&self, now: Timestamp) -> Vec<(Timestamp, Arc<str>, Due)> {
        self.by_time.iter().take_while(|(at, ..)| *at <= now).cloned().collect()
    }

    /// Whether the deadline is still set for this time.
    pub(crate) fn is_set(&self, group: &Arc<str>, due: &Due, at: Timestamp) -> bool {
        self.by_name.get(&(Arc::clone(group), due.clone())) == Some(&at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_moves_is_due_once() {
        let mut deadlines = Deadlines::default();
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        deadlines.set(&a, Due::Join, Timestamp(5));
        deadlines.set(&b, Due::Sync, Timestamp(6));
        deadlines.set(&a, Due::Join, Timestamp(7));
        assert_eq!(deadlines.next(), Some(Timestamp(6)));
        let passed = deadlines.passed(Timestamp(7));
        assert_eq!(passed, [(Timestamp(6), b, Due::Sync), (Timestamp(7), a, Due::Join)]);
    }

    #[test]
    fn a_group_that_goes_takes_its_deadlines_with_it_and_no_others() {
        let mut deadlines = Deadlines::default();
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        for group in [&a, &b] {
            deadlines.set(group, Due::Join, Timestamp(1));
            deadlines.set(group, Due::Session("m".into()), Timestamp(2));
        }
        deadlines.cancel_all(&a);
        assert_eq!(deadlines.passed(Timestamp(9)).len(), 2);
        assert!(deadlines.passed(Timestamp(9)).iter().all(|(_, group, _)| *group == b));
    }
}
