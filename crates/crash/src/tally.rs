//! What was done in how many seeds: a check that found nothing says how hard it looked.

use std::fmt;
use std::ops::AddAssign;

/// Counts of events, over one seed or many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Seeds that were run to their end.
    pub seeds: u64,
    /// Crashes that took what was not synced.
    pub power_losses: u64,
    /// Crashes that left the page cache.
    pub kills: u64,
    /// How many of both came while a directory was being opened.
    pub in_recovery: u64,
    /// How many of both came while an operation of the disk was under way.
    pub in_operation: u64,
    /// Lives that ended with a clean stop.
    pub clean_stops: u64,
    /// Lives in which a sync failed.
    pub failed_syncs: u64,
    /// Lives in which the disk was full.
    pub full_disks: u64,
    /// Partitions that were created.
    pub created: u64,
    /// Partitions that were deleted.
    pub deleted: u64,
    /// Batches that were appended.
    pub appended: u64,
    /// Batches whose append was acknowledged.
    pub acknowledged: u64,
    /// Logs that were cut.
    pub truncations: u64,
    /// Log starts that were moved.
    pub starts_moved: u64,
    /// Logs that were looked at after a crash.
    pub logs_checked: u64,
    /// Batches that were found in them.
    pub batches_checked: u64,
    /// Records that write-ahead logs told.
    pub replayed: u64,
    /// Logs that were given back from them what their files had lost.
    pub mended: u64,
}

impl Tally {
    /// All crashes.
    #[must_use]
    pub const fn crashes(&self) -> u64 {
        self.power_losses + self.kills
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.seeds += more.seeds;
        self.power_losses += more.power_losses;
        self.kills += more.kills;
        self.in_recovery += more.in_recovery;
        self.in_operation += more.in_operation;
        self.clean_stops += more.clean_stops;
        self.failed_syncs += more.failed_syncs;
        self.full_disks += more.full_disks;
        self.created += more.created;
        self.deleted += more.deleted;
        self.appended += more.appended;
        self.acknowledged += more.acknowledged;
        self.truncations += more.truncations;
        self.starts_moved += more.starts_moved;
        self.logs_checked += more.logs_checked;
        self.batches_checked += more.batches_checked;
        self.replayed += more.replayed;
        self.mended += more.mended;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} seeds, {} crash points: {} power losses, {} kills",
            self.seeds,
            self.crashes(),
            self.power_losses,
            self.kills
        )?;
        writeln!(
            f,
            "  {} of them in the middle of an operation, {} while recovering from the one before",
            self.in_operation, self.in_recovery
        )?;
        writeln!(
            f,
            "  {} clean stops, {} lives with a failed sync, {} with a full disk",
            self.clean_stops, self.failed_syncs, self.full_disks
        )?;
        writeln!(
            f,
            "  partitions: {} created, {} deleted, {} cut, {} log starts moved",
            self.created, self.deleted, self.truncations, self.starts_moved
        )?;
        writeln!(f, "  batches: {} appended, {} acknowledged", self.appended, self.acknowledged)?;
        write!(
            f,
            "  checked after crashes: {} logs with {} batches; {} records replayed, {} logs mended by them",
            self.logs_checked, self.batches_checked, self.replayed, self.mended
        )
    }
}
