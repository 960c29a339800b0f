//! Consumers that catch up, on raw sockets.

use super::produce::fill;
use crate::error::Result;
use crate::generator::Consumers;
use crate::reading::{Metric, Reading};
use crate::turn::Turn;

const CONNECTIONS: usize = 4;

/// The first reading of what was just written.
pub(super) fn first(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    turn.ensure_started()?;
    let scale = turn.scale();
    let (topic, _) = fill(turn, scale.consume_bytes)?;
    let meter = turn.meter()?;
    let mut consumers = Consumers::start(turn.address(), &topic, CONNECTIONS)?;
    consumers.await_bytes(scale.consume_bytes, scale.limit)?;
    let usage = meter.stop()?;
    let readings = usage.readings(consumers.received_bytes());
    consumers.finish()?;
    Ok(readings.into())
}

/// Readings again and again, once that has been read.
pub(super) fn run(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    turn.ensure_started()?;
    let scale = turn.scale();
    let (topic, _) = fill(turn, scale.consume_bytes)?;
    let mut consumers = Consumers::start(turn.address(), &topic, CONNECTIONS)?;
    consumers.work_for(scale.warm_up)?;
    let mut readings = Vec::new();
    for _ in 0..scale.intervals {
        let first = consumers.received_bytes();
        let meter = turn.meter()?;
        consumers.work_for(scale.measured / scale.intervals)?;
        let usage = meter.stop()?;
        readings.extend(usage.readings(consumers.received_bytes() - first));
    }
    readings.push(Metric::MemoryLoaded.is(turn.resident_megabytes()?));
    consumers.finish()?;
    Ok(readings)
}
