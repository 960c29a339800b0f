//! Which requests of a connection wait for an answer.

use std::collections::BTreeMap;

/// Requests that wait, by correlation id. `T` is whoever is told the answer.
#[derive(Debug)]
pub(super) struct InFlight<T> {
    next_id: i32,
    waiting: BTreeMap<i32, T>,
}

impl<T> InFlight<T> {
    pub(super) const fn new() -> Self {
        Self { next_id: 0, waiting: BTreeMap::new() }
    }

    /// A number that no waiting request has.
    pub(super) fn next_id(&mut self) -> i32 {
        loop {
            let id = self.next_id;
            self.next_id = id.checked_add(1).unwrap_or(0);
            if !self.waiting.contains_key(&id) {
                return id;
            }
        }
    }

    /// From now on an answer with this number is for `asker`.
    pub(super) fn wait(&mut self, id: i32, asker: T) {
        self.waiting.insert(id, asker);
    }

    /// Who asked; `None` if nobody did.
    pub(super) fn take(&mut self, id: i32) -> Option<T> {
        self.waiting.remove(&id)
    }

    /// Everybody who waits, the earliest first.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(&mut self.waiting).into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_round_and_pass_over_those_that_wait() {
        let mut in_flight = InFlight::new();
        in_flight.next_id = i32::MAX;
        let last = in_flight.next_id();
        in_flight.wait(last, "last");
        in_flight.wait(0, "first");
        assert_eq!((last, in_flight.next_id()), (i32::MAX, 1));
        assert_eq!(in_flight.take(i32::MAX), Some("last"));
        assert_eq!(in_flight.take(i32::MAX), None);
        assert_eq!(in_flight.take_all().collect::<Vec<_>>(), ["first"]);
    }
}
