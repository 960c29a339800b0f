//! How long an acknowledgement takes at a load that does not wait for it.

use super::produce::RECORD_LEN;
use crate::error::{Error, Result};
use crate::generator::{OpenLoop, Producers, Stream};
use crate::reading::{Metric, Reading};
use crate::turn::Turn;

const PARTITIONS: i32 = 4;
const CONNECTIONS: usize = 4;

/// A record's framing and its share of the batch's header, in batches of up to ten.
const RECORD_OVERHEAD_MAX: usize = 96;

pub(super) fn at_1_000(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    run(turn, 1_000, 1)
}

pub(super) fn at_10_000(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    run(turn, 10_000, 1)
}

pub(super) fn at_10_000_by_10(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    run(turn, 1_000, 10)
}

/// So many requests per second, with so many records in each.
fn run(turn: &mut Turn<'_, '_>, requests_per_second: u32, records: usize) -> Result<Vec<Reading>> {
    turn.ensure_started()?;
    let scale = turn.scale();
    warm_up(turn)?;
    let topic = turn.create_topic("timed", PARTITIONS)?;
    let load = OpenLoop {
        requests_per_second,
        // What frames a record fits between this and one record more.
        batch_len: records * (RECORD_LEN + RECORD_OVERHEAD_MAX),
        record_len: RECORD_LEN,
        acks: -1,
        connections: CONNECTIONS,
        warm_up: scale.latency_lead,
        measured: scale.latency,
    };
    let mut meter = None;
    let mut usage = None;
    let (latencies, late) = load.run(turn.address(), &topic, || match &meter {
        None => meter = Some(turn.meter()),
        Some(Ok(meter)) => usage = Some(meter.stop()),
        Some(Err(_)) => {}
    })?;
    if let Some(Err(error)) = meter {
        return Err(error);
    }
    let usage = usage.ok_or_else(|| Error::Found("no latencies were measured".into()))??;
    Ok(vec![
        Metric::LatencyP50.is(latencies.per_mille_ms(500)),
        Metric::LatencyP99.is(latencies.per_mille_ms(990)),
        Metric::LatencyP999.is(latencies.per_mille_ms(999)),
        Metric::BrokerProcessors.is(usage.broker_processors()),
        Metric::OwnProcessors.is(usage.own_processors()),
        Metric::OthersProcessors.is(usage.others_processors()),
        Metric::SentLateP99.is(late.per_mille_ms(990)),
    ])
}

/// Small requests as fast as they are answered, from producers that wait: an open loop would pile up in front of a virtual
/// machine that has not compiled anything yet, and measure how long the pile takes to go away.
fn warm_up(turn: &Turn<'_, '_>) -> Result<()> {
    let topic = turn.create_topic("warm-up", PARTITIONS)?;
    let stream =
        Stream { batch_len: 0, record_len: RECORD_LEN, acks: -1, connections: CONNECTIONS, in_flight: 5 };
    let mut producers = Producers::start(turn.address(), &topic, stream)?;
    producers.work_for(turn.scale().latency_warm_up)?;
    producers.finish()?;
    Ok(())
}
