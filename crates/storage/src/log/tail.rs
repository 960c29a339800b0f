//! The latest batches of a log, still in memory: most readers want nothing else.
//!
//! A batch is a slice of the frame that brought it, and keeps the whole frame alive: so the frame is what counts
//! against the budget that all logs share. Batches that are in no file yet stay whatever the budget says: readers find
//! them nowhere else. What bounds them is the write-ahead log, which has them too and wants them written.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use ottla_types::{Offset, Timestamp};

use super::segment::Segment;
use super::write_out::Unwritten;

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

    fn charge_beyond(&self, bytes: usize) {
        self.used_bytes.fetch_add(bytes, Ordering::Relaxed);
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
    /// Where it goes, as long as it is not there.
    pub(super) destination: Option<Destination>,
}

/// A place in a file that is still to be written.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    pub(super) segment: Arc<Segment>,
    pub(super) position: u64,
}

impl TailBatch {
    pub(super) fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }
}

/// The batches at the end of one log, in their order and up to its end.
#[derive(Debug)]
pub(super) struct Tail {
    budget: Arc<TailBudget>,
    batches: VecDeque<TailBatch>,
    /// So many of the last are not in the files.
    unwritten: usize,
    unwritten_bytes: usize,
    /// How much of the first of those is.
    begun_bytes: usize,
}

impl Tail {
    pub(super) fn new(budget: Arc<TailBudget>) -> Self {
        Self { budget, batches: VecDeque::new(), unwritten: 0, unwritten_bytes: 0, begun_bytes: 0 }
    }

    /// Takes the batch that was appended last, giving up older ones for it.
    pub(super) fn push(&mut self, batch: TailBatch) {
        while !self.budget.charge(batch.frame_bytes) {
            if !self.drop_oldest() {
                if batch.destination.is_none() {
                    return;
                }
                self.budget.charge_beyond(batch.frame_bytes);
                break;
            }
        }
        if batch.destination.is_some() {
            self.unwritten += 1;
            self.unwritten_bytes += batch.len();
        }
        self.batches.push_back(batch);
    }

    /// Gives up what was appended before `time`, as far as it is in the files.
    pub(super) fn drop_before(&mut self, time: Timestamp) {
        while self.batches.front().is_some_and(|oldest| oldest.appended < time) && self.drop_oldest() {}
    }

    /// Gives up everything, in the files or not.
    pub(super) fn clear(&mut self) {
        self.forget_unwritten(|_| true);
        while self.drop_oldest() {}
    }

    fn drop_oldest(&mut self) -> bool {
        if self.batches.len() == self.unwritten {
            return false;
        }
        let Some(oldest) = self.batches.pop_front() else { return false };
        self.budget.release(oldest.frame_bytes);
        true
    }

    /// How many bytes are not in the files.
    pub(super) const fn unwritten_bytes(&self) -> usize {
        self.unwritten_bytes
    }

    /// When the first of the batches was appended that are not in the files.
    pub(super) fn oldest_unwritten(&self) -> Option<Timestamp> {
        let first = self.batches.len() - self.unwritten;
        self.batches.get(first).map(|batch| batch.appended)
    }

    /// The next bytes that are to be written to a file: all that go into the same one, but no more than `len_max`.
    pub(super) fn unwritten(&self, len_max: usize) -> Option<Unwritten> {
        let mut waiting = self.batches.range(self.batches.len() - self.unwritten..).peekable();
        let first = waiting.peek()?.destination.as_ref()?;
        let mut next = Unwritten {
            segment: Arc::clone(&first.segment),
            position: first.position + self.begun_bytes as u64,
            parts: Vec::new(),
            len: 0,
            ends_segment: false,
        };
        let mut skipped = self.begun_bytes;
        for batch in waiting {
            let is_same = |destination: &Destination| Arc::ptr_eq(&destination.segment, &next.segment);
            if !batch.destination.as_ref().is_some_and(is_same) {
                next.ends_segment = true;
                break;
            }
            for part in [&batch.head, &batch.body] {
                let begun = skipped.min(part.len());
                skipped -= begun;
                let end = part.len().min(begun.saturating_add(len_max - next.len));
                next.parts.push(part.slice(begun..end));
                next.len += end - begun;
            }
            if next.len == len_max {
                break;
            }
        }
        Some(next)
    }

    /// A segment's file holds everything up to `end` now.
    pub(super) fn note_written(&mut self, segment: &Arc<Segment>, end: u64) {
        let mut whole = None;
        let mut begun_bytes = 0;
        let mut written = 0;
        for batch in self.batches.range(self.batches.len() - self.unwritten..) {
            let Some(destination) = &batch.destination else { break };
            if !Arc::ptr_eq(&destination.segment, segment) || destination.position >= end {
                break;
            }
            let batch_end = destination.position + batch.len() as u64;
            if batch_end > end {
                begun_bytes = (end - destination.position) as usize;
                break;
            }
            whole = Some(batch_end);
            written += 1;
        }
        // Whoever does not find it here any more finds it there.
        if let Some(whole) = whole {
            segment.set_written(whole);
        }
        self.leave(written);
        self.begun_bytes = begun_bytes;
    }

    /// Batches whose segment goes need not be written.
    pub(super) fn forget_unwritten(&mut self, goes: impl Fn(&Arc<Segment>) -> bool) {
        let is_going = |batch: &&TailBatch| {
            batch.destination.as_ref().is_some_and(|destination| goes(&destination.segment))
        };
        let waiting = self.batches.range(self.batches.len() - self.unwritten..);
        let going = waiting.take_while(is_going).count();
        if going > 0 {
            self.leave(going);
            self.begun_bytes = 0;
        }
    }

    /// The first of those that are not in the files do not wait to be written any more.
    fn leave(&mut self, count: usize) {
        let first = self.batches.len() - self.unwritten;
        for batch in self.batches.range_mut(first..first + count) {
            batch.destination = None;
            self.unwritten_bytes -= batch.len();
        }
        self.unwritten -= count;
    }

    /// The offset at which the batches begin, if all are after `from` and the first is in no file.
    pub(super) fn first_after(&self, from: Offset) -> Option<Offset> {
        let first = self.batches.front().filter(|first| first.destination.is_some())?;
        (first.base > from).then_some(first.base)
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
            destination: None,
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

    fn segment(base: i64) -> Arc<Segment> {
        let disk = crate::disk::RealDisk::shared();
        Arc::new(Segment::expect(&disk, std::path::Path::new("/nowhere"), Offset(base), Default::default()))
    }

    /// A batch of 12 bytes that is to go into this segment.
    fn waiting(base: i64, segment: &Arc<Segment>, position: u64) -> TailBatch {
        let destination = Some(Destination { segment: Arc::clone(segment), position });
        TailBatch { destination, ..batch(base, 100) }
    }

    #[test]
    fn what_is_in_no_file_stays_beyond_the_budget_until_it_is() {
        let budget = TailBudget::new(200);
        let mut tail = Tail::new(Arc::clone(&budget));
        let (first, second) = (segment(0), segment(30));
        (0..3).for_each(|n| tail.push(waiting(n * 10, &first, n as u64 * 12)));
        tail.push(waiting(30, &second, 0));
        assert_eq!((budget.used_bytes(), tail.unwritten_bytes()), (400, 48));
        tail.drop_before(Timestamp(1000));
        assert_eq!(bases(&tail, 0, 99, 999, true), Some(vec![0, 10, 20, 30]));
        // A batch and a half, then the rest, of which nothing goes into the other segment.
        let next = tail.unwritten(18).unwrap();
        assert_eq!((next.position, next.len, next.ends_segment), (0, 18, false));
        tail.note_written(&first, 18);
        assert_eq!((first.written(), tail.unwritten_bytes()), (12, 36));
        let next = tail.unwritten(usize::MAX).unwrap();
        assert_eq!((next.position, next.len, next.ends_segment), (18, 18, true));
        assert_eq!(next.parts.concat(), *b"d bodyheadand body".last_chunk::<18>().unwrap());
        tail.note_written(&first, 36);
        assert_eq!((first.written(), tail.oldest_unwritten()), (36, Some(Timestamp(30))));
        tail.drop_before(Timestamp(1000));
        assert_eq!((bases(&tail, 20, 99, 999, true), budget.used_bytes()), (None, 100));
        assert_eq!(tail.first_after(Offset(20)), Some(Offset(30)));
        tail.forget_unwritten(|going| Arc::ptr_eq(going, &second));
        assert!(tail.unwritten(usize::MAX).is_none() && tail.first_after(Offset(20)).is_none());
        tail.clear();
        assert_eq!((budget.used_bytes(), tail.unwritten_bytes()), (0, 0));
    }
}
