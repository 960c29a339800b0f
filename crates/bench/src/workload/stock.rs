//! Clients as people use them. They cost more than the broker: what they show is that it does not get in their way.

use std::process::Command;

use super::produce::{RECORD_LEN, fill};
use crate::cpu::Usage;
use crate::error::{Error, Result};
use crate::reading::{Metric, Reading};
use crate::turn::Turn;

const PARTITIONS: i32 = 8;

pub(super) fn librdkafka_produce(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    turn.ensure_started()?;
    // Clients start with what a broker has at its best: a virtual machine compiles what it runs often.
    fill(turn, turn.scale().stock_warm_up_bytes)?;
    let records = turn.scale().stock_bytes / RECORD_LEN as u64;
    let topic = turn.create_topic("produced", PARTITIONS)?;
    let mut command = turn.python("librdkafka.py")?;
    command.arg("produce").args([turn.node.bootstrap(), topic.name.to_string()]);
    command.args([records.to_string(), RECORD_LEN.to_string()]);
    measure(turn, &mut command, librdkafka_rate, records)
}

pub(super) fn librdkafka_consume(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    turn.ensure_started()?;
    let (topic, records) = fill(turn, turn.scale().stock_bytes)?;
    let mut command = turn.python("librdkafka.py")?;
    command.arg("consume").args([turn.node.bootstrap(), topic.name.to_string()]);
    command.args([records.to_string(), topic.partitions.to_string()]);
    measure(turn, &mut command, librdkafka_rate, records)
}

pub(super) fn java_produce(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    turn.ensure_started()?;
    // Clients start with what a broker has at its best: a virtual machine compiles what it runs often.
    fill(turn, turn.scale().stock_warm_up_bytes)?;
    let records = turn.scale().stock_bytes / RECORD_LEN as u64;
    let topic = turn.create_topic("produced", PARTITIONS)?;
    let mut command = turn.java("org.apache.kafka.tools.ProducerPerformance")?;
    command.args(["--bootstrap-server", &turn.node.bootstrap(), "--topic", &topic.name]);
    command.args(["--num-records", &records.to_string(), "--record-size", &RECORD_LEN.to_string()]);
    command.args(["--throughput", "-1", "--command-property", "acks=all"]);
    command.args(["batch.size=65536", "linger.ms=5", "buffer.memory=67108864"]);
    measure(turn, &mut command, java_produce_rate, records)
}

pub(super) fn java_consume(turn: &mut Turn<'_, '_>) -> Result<Vec<Reading>> {
    turn.ensure_started()?;
    let (topic, records) = fill(turn, turn.scale().stock_bytes)?;
    let mut command = turn.java("org.apache.kafka.tools.ConsumerPerformance")?;
    command.args(["--bootstrap-server", &turn.node.bootstrap(), "--topic", &topic.name]);
    command.args(["--num-records", &records.to_string(), "--timeout", "60000"]);
    measure(turn, &mut command, java_consume_rate, records)
}

/// Runs the client. The rate is what it says itself, so that its own start does not count.
fn measure(
    turn: &mut Turn<'_, '_>,
    command: &mut Command,
    rate: fn(&str) -> Option<f64>,
    records: u64,
) -> Result<Vec<Reading>> {
    let meter = turn.meter()?;
    let said = turn.run(command)?;
    let usage: Usage = meter.stop()?;
    let rate = rate(&said).ok_or_else(|| Error::Found(format!("the client named no rate: {said}")))?;
    Ok(vec![
        Metric::Throughput.is(rate),
        Metric::BrokerPerGigabyte.is(usage.broker_per_gigabyte(records * RECORD_LEN as u64)),
        Metric::OwnProcessors.is(usage.own_processors()),
        Metric::OthersProcessors.is(usage.others_processors()),
    ])
}

fn librdkafka_rate(said: &str) -> Option<f64> {
    let figures: serde_json::Value = serde_json::from_str(said.trim().lines().last()?).ok()?;
    Some(figures["bytes"].as_f64()? / 1e6 / figures["seconds"].as_f64()?)
}

/// "… records sent, 123.4 records/sec (5.67 MB/sec), …", where the tool's megabyte is 2^20 bytes.
fn java_produce_rate(said: &str) -> Option<f64> {
    let line = said.lines().rfind(|line| line.contains("99.9th"))?;
    let (_, rest) = line.split_once('(')?;
    let (mebibytes, _) = rest.split_once(" MB/sec")?;
    Some(mebibytes.parse::<f64>().ok()? * 1.048_576)
}

/// A line of names and one of figures; `data.consumed.in.MB` and `fetch.time.ms` are what counts.
fn java_consume_rate(said: &str) -> Option<f64> {
    let (names, figures) =
        said.lines().zip(said.lines().skip(1)).find(|(names, _)| names.contains("fetch.time.ms"))?;
    let figure = |name: &str| {
        let mut pairs = names.split(", ").zip(figures.split(", "));
        pairs.find(|(known, _)| *known == name)?.1.trim().parse::<f64>().ok()
    };
    Some(figure("data.consumed.in.MB")? * 1.048_576 / (figure("fetch.time.ms")? / 1e3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_say_their_rates() {
        let said = "{\"bytes\": 2000000, \"seconds\": 0.5}\n";
        assert_eq!(librdkafka_rate(said), Some(4.0));
        let said = "100 records sent, 5.0 records/sec (1.00 MB/sec), 1 ms avg\n\
            200 records sent, 10.0 records/sec (100.00 MB/sec), 1.0 ms avg latency, 2 ms 50th, 9 ms 99.9th.\n";
        assert_eq!(java_produce_rate(said).unwrap().round(), 105.0);
        let said = "start.time, end.time, data.consumed.in.MB, MB.sec, rebalance.time.ms, fetch.time.ms\n\
            a, b, 1000.0, 3.0, 500, 2000\n";
        assert_eq!(java_consume_rate(said), Some(524.288));
        assert_eq!(java_consume_rate("nothing"), None);
    }
}
