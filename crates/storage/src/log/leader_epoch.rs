//! Which leader wrote what: the start offset of each leader epoch in a log (KIP-101).

use ottla_types::{LeaderEpoch, Offset};

use crate::checkpoint::EpochStart;

/// The leader epochs that have records in a log, or would have; both epochs and offsets rise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EpochCache {
    entries: Vec<EpochStart>,
    /// Whether it differs from what the checkpoint holds.
    is_dirty: bool,
}

impl EpochCache {
    /// What a checkpoint held. Entries that contradict later ones are dropped.
    pub(super) fn new(entries: &[EpochStart]) -> Self {
        let mut cache = Self::default();
        for entry in entries {
            cache.assign(entry.epoch, entry.start);
        }
        cache.is_dirty = cache.entries != entries;
        cache
    }

    pub(super) fn entries(&self) -> &[EpochStart] {
        &self.entries
    }

    /// Whether the checkpoint has to be written.
    pub(super) fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    pub(super) fn mark_clean(&mut self) {
        self.is_dirty = false;
    }

    pub(super) fn mark_dirty(&mut self) {
        self.is_dirty = true;
    }

    pub(super) fn latest(&self) -> Option<EpochStart> {
        self.entries.last().copied()
    }

    /// A leader of this epoch writes from `start` on. Entries that this contradicts are of leaders whose records
    /// were never kept.
    pub(super) fn assign(&mut self, epoch: LeaderEpoch, start: Offset) {
        if epoch.0 < 0 || start.0 < 0 {
            return;
        }
        if self.latest().is_some_and(|latest| latest.epoch == epoch && latest.start <= start) {
            return;
        }
        while self.latest().is_some_and(|latest| latest.epoch >= epoch || latest.start >= start) {
            self.entries.pop();
        }
        self.entries.push(EpochStart { epoch, start });
        self.is_dirty = true;
    }

    /// The log ends at `end` now.
    pub(super) fn truncate_from_end(&mut self, end: Offset) {
        let keep = self.entries.partition_point(|entry| entry.start < end);
        self.is_dirty |= keep < self.entries.len();
        self.entries.truncate(keep);
    }

    /// The log starts at `start` now. The epoch that is in force there starts there.
    pub(super) fn truncate_from_start(&mut self, start: Offset) {
        let passed = self.entries.partition_point(|entry| entry.start <= start);
        let Some(last_passed) = passed.checked_sub(1) else { return };
        if last_passed == 0 && self.entries[0].start == start {
            return;
        }
        self.entries.drain(..last_passed);
        self.entries[0].start = start;
        self.is_dirty = true;
    }

    pub(super) fn clear(&mut self) {
        self.is_dirty |= !self.entries.is_empty();
        self.entries.clear();
    }

    /// The largest epoch up to `epoch`, and where it ends: what a follower asks to find out where its log departs
    /// from this one, which ends at `log_end`. `None` if the log does not know.
    pub(super) fn end_offset_for(&self, epoch: LeaderEpoch, log_end: Offset) -> Option<EpochEnd> {
        if epoch == LeaderEpoch::NONE {
            return None;
        }
        if self.latest().is_some_and(|latest| latest.epoch == epoch) {
            return Some(EpochEnd { epoch, end: log_end });
        }
        let higher = self.entries.partition_point(|entry| entry.epoch <= epoch);
        let end = self.entries.get(higher)?.start;
        // Without an earlier epoch, all there was of it is gone already.
        let epoch = higher.checked_sub(1).map_or(epoch, |floor| self.entries[floor].epoch);
        Some(EpochEnd { epoch, end })
    }

    /// The epoch of the leader that wrote the record at `offset`.
    pub(super) fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        let after = self.entries.partition_point(|entry| entry.start <= offset);
        after.checked_sub(1).map(|at| self.entries[at].epoch)
    }
}

/// Where the records of an epoch end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochEnd {
    /// The epoch that the answer is about: the one asked for or, if the log has nothing of it, the one before.
    pub epoch: LeaderEpoch,
    /// The offset after its last record.
    pub end: Offset,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(entries: &[(i32, i64)]) -> EpochCache {
        let entries: Vec<_> = entries.iter().map(|&(epoch, start)| entry(epoch, start)).collect();
        EpochCache::new(&entries)
    }

    fn entry(epoch: i32, start: i64) -> EpochStart {
        EpochStart { epoch: LeaderEpoch(epoch), start: Offset(start) }
    }

    #[test]
    fn the_end_of_an_epoch_is_where_the_next_starts() {
        let cache = cache(&[(2, 10), (4, 20), (7, 50)]);
        for (asked, epoch, end) in
            [(0, 0, 10), (1, 1, 10), (2, 2, 20), (3, 2, 20), (4, 4, 50), (6, 4, 50), (7, 7, 99)]
        {
            let expected = EpochEnd { epoch: LeaderEpoch(epoch), end: Offset(end) };
            assert_eq!(cache.end_offset_for(LeaderEpoch(asked), Offset(99)), Some(expected), "{asked}");
        }
        assert_eq!(cache.end_offset_for(LeaderEpoch(8), Offset(99)), None);
        assert_eq!(cache.end_offset_for(LeaderEpoch::NONE, Offset(99)), None);
    }

    #[test]
    fn a_later_leader_overrules_what_it_contradicts() {
        let mut cache = cache(&[(2, 10), (4, 20)]);
        cache.assign(LeaderEpoch(4), Offset(30));
        assert_eq!(cache.entries(), [entry(2, 10), entry(4, 20)]);
        cache.assign(LeaderEpoch(5), Offset(20));
        assert_eq!(cache.entries(), [entry(2, 10), entry(5, 20)]);
        cache.assign(LeaderEpoch(3), Offset(40));
        assert_eq!(cache.entries(), [entry(2, 10), entry(3, 40)]);
    }

    #[test]
    fn truncation_keeps_the_epoch_in_force_at_the_start() {
        let whole = cache(&[(2, 10), (4, 20), (7, 50)]);
        let cut = |start: i64, end: i64| {
            let mut cache = whole.clone();
            cache.truncate_from_start(Offset(start));
            cache.truncate_from_end(Offset(end));
            cache.entries
        };
        assert_eq!(cut(0, 99), whole.entries());
        assert_eq!(cut(15, 99), [entry(2, 15), entry(4, 20), entry(7, 50)]);
        assert_eq!(cut(20, 51), [entry(4, 20), entry(7, 50)]);
        assert_eq!(cut(70, 99), [entry(7, 70)]);
        assert_eq!(cut(0, 50), [entry(2, 10), entry(4, 20)]);
        assert_eq!(cut(0, 10), []);
    }

    #[test]
    fn an_offset_belongs_to_the_epoch_that_was_in_force() {
        let cache = cache(&[(2, 10), (4, 20)]);
        assert_eq!(cache.epoch_of(Offset(9)), None);
        assert_eq!(cache.epoch_of(Offset(10)), Some(LeaderEpoch(2)));
        assert_eq!(cache.epoch_of(Offset(21)), Some(LeaderEpoch(4)));
    }
}
