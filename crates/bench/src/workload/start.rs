//! How soon a node is there, and what it holds while nobody asks it for anything.

use std::thread;

use super::produce::fill;
use crate::error::Result;
use crate::reading::{Metric, Reading};
use crate::turn::Turn;

pub(super) fn run(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    let first = turn.start()?;
    // What a node does in the background after its start, a virtual machine's compiler say, belongs to its rest.
    thread::sleep(turn.scale().idle);
    let memory = turn.resident_megabytes()?;
    let mut readings = vec![Metric::FirstStart.is(first.as_secs_f64()), Metric::MemoryIdle.is(memory)];
    if let Some(bytes) = turn.scale().restart_bytes {
        fill(turn, bytes)?;
        turn.node.stop()?;
        turn.settle()?;
        readings.push(Metric::Restart.is(turn.start()?.as_secs_f64()));
    }
    Ok(readings)
}
