//! What arbitrary bytes may not do to Ottla: panic, take memory out of proportion, or change on the way in and out.
//!
//! Each module is a target: a function that takes any bytes and panics if a promise is broken, and seeds, inputs
//! that reach deep into the code. `cargo xtask fuzz` links each target with libFuzzer and lets it search under
//! coverage; the ordinary tests only run the seeds. `cargo run -p ottla-fuzz -- replay TARGET FILE` runs one input.
//!
//! Deliberately absent: sockets and threads. What is fuzzed are the readers of bytes from outside: from peers, and
//! from a disk that others wrote or damaged.
//!
//! Read first: [`requests`], the simplest target, and [`TARGETS`], the list of all.
//!
//! Invariant: a target is a function of its input alone, so that a crash replays.

pub mod batches;
pub mod checkpoints;
pub mod compression;
pub mod log_files;
pub mod log_records;
mod memory;
mod message_check;
pub mod properties;
pub mod requests;
pub mod responses;
mod vectors;

/// Something to be fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is also that of its program.
    pub name: &'static str,
    /// Takes any bytes; panics if a promise is broken.
    pub run: fn(&[u8]),
    /// Inputs from which a search starts.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "requests", run: requests::run, seeds: requests::seeds },
    Target { name: "responses", run: responses::run, seeds: responses::seeds },
    Target { name: "log-records", run: log_records::run, seeds: log_records::seeds },
    Target { name: "batches", run: batches::run, seeds: batches::seeds },
    Target { name: "compression", run: compression::run, seeds: compression::seeds },
    Target { name: "properties", run: properties::run, seeds: properties::seeds },
    Target { name: "checkpoints", run: checkpoints::run, seeds: checkpoints::seeds },
    Target { name: "log-files", run: log_files::run, seeds: log_files::seeds },
];
