//! How long an acknowledgement takes at a load that does not wait for it.

use crate::error::{Error, Result};
use crate::generator::OpenLoop;
use crate::reading::{Metric, Reading};
use crate::turn::Turn;

const PARTITIONS: i32 = 4;

pub(super) fn at_1_000(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    run(turn, 1_000)
}

pub(super) fn at_10_000(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    run(turn, 10_000)
}

fn run(turn: &mut Turn<'_, '_>, records_per_second: u32) -> Result<Vec<Reading>> {
    turn.ensure_started()?;
    let scale = turn.scale();
    let topic = turn.create_topic("timed", PARTITIONS)?;
    let load = OpenLoop {
        records_per_second,
        record_len: 1 << 10,
        acks: -1,
        connections: 4,
        warm_up: scale.warm_up,
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
