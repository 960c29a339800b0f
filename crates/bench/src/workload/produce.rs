//! Producers of prebuilt batches in a closed loop.

use crate::error::Result;
use crate::generator::{Producers, Stream, Topic};
use crate::reading::{Metric, Reading};
use crate::turn::Turn;

/// Eight partitions on four connections with five requests under way: the in-flight limit of Kafka's producer, and
/// enough of them to keep two processors busy.
const PARTITIONS: i32 = 8;

/// 64 KiB, records of 1 KiB, acks=all.
pub(super) const STREAM: Stream =
    Stream { batch_len: 64 << 10, record_len: 1 << 10, acks: -1, connections: 4, in_flight: 5 };

pub(super) fn of_64_kib(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    let bytes = turn.scale().produce_bytes;
    run(turn, STREAM, bytes)
}

pub(super) fn of_64_kib_acks_1(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    let bytes = turn.scale().produce_bytes;
    run(turn, Stream { acks: 1, ..STREAM }, bytes)
}

pub(super) fn of_small_records(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    let bytes = turn.scale().produce_bytes;
    run(turn, Stream { record_len: 100, ..STREAM }, bytes)
}

pub(super) fn of_16_kib(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    let bytes = turn.scale().produce_bytes;
    run(turn, Stream { batch_len: 16 << 10, ..STREAM }, bytes)
}

pub(super) fn sustained(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    let bytes = turn.scale().sustained_bytes;
    run(turn, STREAM, bytes)
}

/// Writes so much to a new topic and waits until it is on the disk.
pub(super) fn fill(turn: &Turn<'_, '_>, partitions: i32, bytes: u64) -> Result<(Topic, u64)> {
    let topic = turn.create_topic(partitions)?;
    let connections = STREAM.connections.min(partitions as usize);
    let stream = Stream { connections, ..STREAM };
    let mut producers = Producers::start(turn.address(), &topic, stream)?;
    producers.await_bytes(bytes, turn.scale().limit)?;
    let written = producers.finish()?;
    turn.settle()?;
    Ok((topic, written))
}

fn run(turn: &mut Turn<'_, '_>, stream: Stream, bytes: u64) -> Result<Vec<Reading>> {
    turn.ensure_started()?;
    let scale = turn.scale();
    let topic = turn.create_topic(PARTITIONS)?;
    let mut producers = Producers::start(turn.address(), &topic, stream)?;
    producers.await_bytes(scale.produce_warm_up_bytes, scale.limit)?;
    let first = producers.acknowledged_bytes();
    let meter = turn.meter()?;
    producers.await_bytes(first + bytes, scale.limit)?;
    let usage = meter.stop()?;
    let done = producers.acknowledged_bytes() - first;
    let memory = turn.resident_megabytes()?;
    producers.finish()?;
    Ok(vec![
        Metric::Throughput.is(usage.megabytes_per_second(done)),
        Metric::BrokerPerGigabyte.is(usage.broker_per_gigabyte(done)),
        Metric::MemoryLoaded.is(memory),
        Metric::OwnProcessors.is(usage.own_processors()),
        Metric::OthersProcessors.is(usage.others_processors()),
    ])
}
