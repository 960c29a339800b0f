//! Whole log directories on a disk that crashes: whatever the crash, everything acknowledged is there afterwards.
//!
//! Deliberately absent: threads, clocks and real files. The world of a seed is a function of the seed alone, so that
//! what fails once fails again.
//!
//! Read first: [`run`], one seed from beginning to end; then `world` for a life of a directory, `history` for what is
//! done to one partition and `survivors` for what is asked of it afterwards.
//!
//! The way of one seed: a directory with a write-ahead log and several partitions is opened, used and crashed a few
//! times. Each life ends at an operation of the disk that the seed chooses: the process is killed, and the page cache
//! stays, or the power fails, and any part of what was not synced is gone. Some lives are cut short by a disk that
//! is full or a sync that fails, some crashes come while the directory recovers from the one before.
//!
//! What is asked after each crash: every acknowledged record is there, with its bytes and at its offset, without a gap
//! before it; nothing is there that was never written; a log start that was acknowledged holds; the indexes find every
//! batch by offset and by time; each producer's last batch is recognized and a gap after it is refused.
//!
//! Invariant: the checks can fail. [`Planted`] has the errors that a storage engine is most likely to make, and every
//! one of them is found.

mod history;
mod one_log;
mod planted;
mod survivors;
mod tally;
mod world;

pub use self::one_log::run_log;
pub use self::planted::Planted;
pub use self::tally::Tally;
pub use self::world::{Broken, run};
