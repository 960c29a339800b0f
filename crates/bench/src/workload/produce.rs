//! Producers of prebuilt batches in a closed loop.

use crate::error::Result;
use crate::generator::{Producers, Stream, Topic};
use crate::reading::{Metric, Reading};
use crate::turn::Turn;

/// The size of a record's value, unless a workload says otherwise.
pub(super) const RECORD_LEN: usize = 1 << 10;

/// Each connection has a partition of its own, and as many requests under way as Kafka's producer allows itself.
const STREAM: Stream =
    Stream { batch_len: 64 << 10, record_len: RECORD_LEN, acks: -1, connections: 8, in_flight: 5 };

pub(super) fn of_64_kib(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    let bytes = turn.scale().produce_bytes;
    run(turn, STREAM, bytes)
}

pub(super) fn of_16_kib(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    let bytes = turn.scale().produce_bytes;
    run(turn, Stream { batch_len: 16 << 10, ..STREAM }, bytes)
}

pub(super) fn of_small_records(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    let bytes = turn.scale().produce_bytes;
    run(turn, Stream { record_len: 100, ..STREAM }, bytes)
}

pub(super) fn wide(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    let bytes = turn.scale().produce_bytes;
    run(turn, Stream { connections: 32, ..STREAM }, bytes)
}

pub(super) fn sustained(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    let bytes = turn.scale().sustained_bytes;
    run(turn, STREAM, bytes)
}

/// Writes so much, at least, to a new topic and waits until it is on the disk. Returns how many records there are.
pub(super) fn fill(turn: &Turn<'_, '_>, bytes: u64) -> Result<(Topic, u64)> {
    let topic = turn.create_topic("filled", STREAM.connections as i32)?;
    let mut producers = Producers::start(turn.address(), &topic, STREAM)?;
    producers.await_bytes(bytes, turn.scale().limit)?;
    let records = producers.finish()?;
    turn.settle()?;
    Ok((topic, records))
}

/// Several intervals of so many bytes in all, after a warm-up.
fn run(turn: &mut Turn<'_, '_>, stream: Stream, bytes: u64) -> Result<Vec<Reading>> {
    turn.ensure_started()?;
    let scale = turn.scale();
    let topic = turn.create_topic("produced", stream.connections as i32)?;
    let mut producers = Producers::start(turn.address(), &topic, stream)?;
    producers.await_bytes(scale.produce_warm_up_bytes, scale.limit)?;
    let mut readings = Vec::new();
    for _ in 0..scale.intervals {
        let first = producers.acknowledged_bytes();
        let meter = turn.meter()?;
        producers.await_bytes(first + bytes / u64::from(scale.intervals), scale.limit)?;
        let usage = meter.stop()?;
        readings.extend(usage.readings(producers.acknowledged_bytes() - first));
    }
    readings.push(Metric::MemoryLoaded.is(turn.resident_megabytes()?));
    producers.finish()?;
    Ok(readings)
}
