//! The latest batches of a log, still in memory: most readers want nothing else.
//!
//! A batch is a slice of the frame that brought it, and keeps the whole frame alive: so the frame is what counts
//! against the budget that all logs share.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use ottla_types::{Offset, Timestamp};

/// How many bytes of frames the logs of a process may keep alive for their readers.
#[derive(Debug)]
pub struct TailBudget {
    limit_bytes: usize,
    used_bytes: AtomicUsize,
}

impl TailBudget {
    /// A budget for all logs that are opened with it; 0 keeps nothing.
    #[must_use]
    pub fn new(limit_bytes: usize) -> Arc<Self> {
        Arc::new(Self { limit_bytes, used_bytes: AtomicUsize::new(0) })
    }

    /// How much is in use.
    #[must_use]
    pub fn used_bytes(&self) -> usize {
        self.used_bytes.load(Ordering::Relaxed)
    }

    fn charge(&self, bytes: usize) -> bool {
        let charge = |used: usize| used.checked_add(bytes).filter(|&sum| sum <= self.limit_bytes);
        self.used_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, charge).is_ok()
    }

    fn release(&self, bytes: usize) {
        let before = self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
        debug_assert!(before >= bytes, "only what was charged is released");
    }
}

/// A batch in memory.
#[derive(Clone, Debug)]
pub(super) struct TailBatch {
    pub(super) base: Offset,
    pub(super) next: Offset,
    pub(super) head: Bytes,
    pub(super) body: Bytes,
    /// The size of the frame that `body` is a slice of.
    pub(super) frame_bytes: usize,
    pub(super) appended: Timestamp,
}

impl TailBatch {
    pub(super) fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }
}

/// The batches at the end of one log, without a gap up to its end.
#[derive(Debug)]
pub(super) struct Tail {
    budget: Arc<TailBudget>,
    batches: VecDeque<TailBatch>,
}

impl Tail {
    pub(super) fn new(budget: Arc<TailBudget>) -> Self {
        Self { budget, batches: VecDeque::new() }
    }

    /// Takes the batch that was appended last, giving up older ones for it.
    pub(super) fn push(&mut self, batch: TailBatch) {
        while !self.budget.charge(batch.frame_bytes) {
            if !self.drop_oldest() {
                return;
            }
        }
        self.batches.push_back(batch);
    }

    /// Gives up what was appended before `time`.
    pub(super) fn drop_before(&mut self, time: Timestamp) {
        while self.batches.front().is_some_and(|oldest| oldest.appended < time) {
            self.drop_oldest();
        }
    }

    pub(super) fn clear(&mut self) {
        while self.drop_oldest() {}
    }

    fn drop_oldest(&mut self) -> bool {
        let Some(oldest) = self.batches.pop_front() else { return false };
        self.budget.release(oldest.frame_bytes);
        true
    }

    /// The batches that a reader from `from` to `upper` gets, if the first of them is still here. All are whole;
    /// `max_bytes` is exceeded only by the first, and only if `at_least_one`.
    pub(super) fn read(
        &self,
        from: Offset,
        upper: Offset,
        max_bytes: usize,
        at_least_one: bool,
    ) -> Option<Vec<TailBatch>> {
        let first = self.batches.partition_point(|batch| batch.next <= from);
        let starts_here = self.batches.get(first).is_some_and(|batch| batch.base <= from || first > 0);
        if !starts_here {
            return None;
        }
        let mut taken = Vec::new();
        let mut bytes = 0;
        for batch in self.batches.range(first..) {
            bytes += batch.len();
            let fits = bytes <= max_bytes || (at_least_one && taken.is_empty());
            if batch.next > upper || !fits {
                break;
            }
            taken.push(batch.clone());
        }
        Some(taken)
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(base: i64, frame_bytes: usize) -> TailBatch {
        TailBatch {
            base: Offset(base),
            next: Offset(base + 10),
            head: Bytes::from_static(b"head"),
            body: Bytes::from_static(b"and body"),
            frame_bytes,
            appended: Timestamp(base),
        }
    }

    fn bases(tail: &Tail, from: i64, upper: i64, max_bytes: usize, at_least_one: bool) -> Option<Vec<i64>> {
        let read = tail.read(Offset(from), Offset(upper), max_bytes, at_least_one)?;
        Some(read.iter().map(|batch| batch.base.0).collect())
    }

    #[test]
    fn whole_batches_up_to_the_limits_are_read() {
        let mut tail = Tail::new(TailBudget::new(1000));
        (0..5).for_each(|n| tail.push(batch(100 + n * 10, 100)));
        assert_eq!(bases(&tail, 99, 200, 999, true), None);
        assert_eq!(bases(&tail, 100, 200, 999, true), Some(vec![100, 110, 120, 130, 140]));
        assert_eq!(bases(&tail, 115, 135, 999, true), Some(vec![110, 120]));
        assert_eq!(bases(&tail, 115, 200, 24, true), Some(vec![110, 120]));
        assert_eq!(bases(&tail, 115, 200, 5, true), Some(vec![110]));
        assert_eq!(bases(&tail, 115, 200, 5, false), Some(vec![]));
        assert_eq!(bases(&tail, 150, 200, 999, true), None);
    }

    #[test]
    fn the_budget_is_shared_and_given_back() {
        let budget = TailBudget::new(300);
        let (mut one, mut two) = (Tail::new(Arc::clone(&budget)), Tail::new(Arc::clone(&budget)));
        (0..4).for_each(|n| one.push(batch(n * 10, 100)));
        assert_eq!(bases(&one, 10, 99, 999, true), Some(vec![10, 20, 30]));
        two.push(batch(0, 100));
        assert_eq!(bases(&two, 0, 99, 999, true), None);
        one.drop_before(Timestamp(20));
        two.push(batch(0, 100));
        assert_eq!(bases(&two, 0, 99, 999, true), Some(vec![0]));
        one.push(batch(40, 900));
        assert_eq!(budget.used_bytes(), 100);
        drop(two);
        assert_eq!(budget.used_bytes(), 0);
    }
}
