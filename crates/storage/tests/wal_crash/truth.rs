//! What must be true of a partition after a crash: the memory of somebody who stood beside it.

use ottla_storage::wal::Batch;

/// One partition, over all lives.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    /// The log as its writer sees it.
    pub(crate) batches: Vec<Batch>,
    /// Below this everything was acknowledged.
    pub(crate) acknowledged_to: i64,
    /// Counts the truncations of this life.
    pub(crate) stamp: u64,
    /// The last truncation.
    pub(crate) truncation: Option<Truncation>,
    /// Everything that was ever written.
    pub(crate) ever: Vec<Batch>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Truncation {
    pub(crate) stamp: u64,
    pub(crate) epoch: i32,
    pub(crate) to: i64,
    /// Whether a batch that took the place of what was cut off was acknowledged. Until then, what was cut off may
    /// come back: the new leader has it cut off again.
    pub(crate) is_followed: bool,
}

impl Truth {
    pub(crate) fn next_offset(&self) -> i64 {
        self.batches.last().map_or(0, |batch| batch.next_offset.0)
    }

    /// Judges what a recovery found.
    pub(crate) fn check(&self, recovered: &[Batch]) -> Result<(), String> {
        let mut next = 0;
        for batch in recovered {
            if batch.base_offset.0 != next {
                return Err(format!("{batch:?} does not follow {next}"));
            }
            next = batch.next_offset.0;
            if !self.ever.contains(batch) {
                return Err(format!("{batch:?} was never written"));
            }
        }
        for batch in self.batches.iter().filter(|batch| batch.next_offset.0 <= self.acknowledged_to) {
            if !recovered.contains(batch) {
                return Err(format!("{batch:?} was acknowledged and is gone; left are {recovered:?}"));
            }
        }
        let Some(truncation) = self.truncation.filter(|truncation| truncation.is_followed) else {
            return Ok(());
        };
        let undone = recovered
            .iter()
            .find(|batch| batch.base_offset.0 >= truncation.to && batch.leader_epoch.0 < truncation.epoch);
        match undone {
            Some(batch) => Err(format!("{batch:?} was cut off by {truncation:?} and is back")),
            None => Ok(()),
        }
    }

    /// The recovery's result is what everybody sees from here on.
    pub(crate) fn begin_life(&mut self, recovered: &[Batch]) {
        self.batches = recovered.to_vec();
        self.acknowledged_to = self.next_offset();
        self.stamp = 0;
        self.truncation = None;
    }
}
