//! Consumers that catch up, on raw sockets.

use super::produce::fill;
use crate::error::Result;
use crate::generator::Consumers;
use crate::reading::{Metric, Reading};
use crate::turn::Turn;

const PARTITIONS: i32 = 8;
const CONNECTIONS: usize = 4;

pub(super) fn run(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    turn.ensure_started()?;
    let scale = turn.scale();
    let (topic, _) = fill(turn, PARTITIONS, scale.consume_bytes)?;
    let mut consumers = Consumers::start(turn.address(), &topic, CONNECTIONS)?;
    consumers.work_for(scale.warm_up)?;
    let first = consumers.received_bytes();
    let meter = turn.meter()?;
    consumers.work_for(scale.measured)?;
    let usage = meter.stop()?;
    let done = consumers.received_bytes() - first;
    let memory = turn.resident_megabytes()?;
    consumers.finish()?;
    Ok(vec![
        Metric::Throughput.is(usage.megabytes_per_second(done)),
        Metric::BrokerPerGigabyte.is(usage.broker_per_gigabyte(done)),
        Metric::MemoryLoaded.is(memory),
        Metric::OwnProcessors.is(usage.own_processors()),
        Metric::OthersProcessors.is(usage.others_processors()),
    ])
}
