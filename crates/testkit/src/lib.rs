//! What tests stand on: worlds that misbehave on demand, all of it decided by a seed.
//!
//! Deliberately absent: assertions about a subject. A checker lives beside what it checks.
//!
//! Read first: [`FaultyDisk`], the file system that crashes, and [`Chance`], where every decision comes from.
//!
//! Invariant: the same seed and the same calls in the same order give the same world, on every machine. So there
//! is no clock, no thread and no hash order in here.

mod chance;
pub mod faulty_disk;

pub use self::chance::Chance;
pub use self::faulty_disk::FaultyDisk;
