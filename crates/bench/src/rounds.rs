//! Rounds of turns. In a round each contestant has two turns, mirrored (A B B A), so that a drift of the machine falls
//! on all alike.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use ottla_interop::Report;
use serde_json::{Value, json};

use crate::contestant::Contestant;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::reading::{Metric, Reading, figure};
use crate::turn::Hall;
use crate::workload::Workload;

/// What all turns yielded: the figures of one kind in the order in which they were measured, so that those of two
/// contestants with the same index were measured side by side.
#[derive(Debug, Default)]
pub(crate) struct Results {
    figures: BTreeMap<(&'static str, Metric, Contestant), Vec<f64>>,
    pub(crate) failures: Vec<String>,
}

impl Results {
    /// All figures of a kind.
    pub(crate) fn figures(&self, workload: &'static str, metric: Metric, contestant: Contestant) -> &[f64] {
        self.figures.get(&(workload, metric, contestant)).map_or(&[], Vec::as_slice)
    }

    /// Adds what a turn yielded.
    pub(crate) fn add(&mut self, workload: &'static str, contestant: Contestant, readings: &[Reading]) {
        for Reading { metric, value } in readings {
            self.figures.entry((workload, *metric, contestant)).or_default().push(*value);
        }
    }
}

/// Who does what in one turn.
pub(crate) struct Appointment {
    pub(crate) contestant: Contestant,
    pub(crate) workloads: Vec<&'static Workload>,
}

/// The order of the turns when figures count: a node of its own for each workload, in mirrored rounds.
pub(crate) fn in_rounds(
    workloads: &[&'static Workload],
    contestants: &[Contestant],
    rounds: usize,
) -> Vec<Appointment> {
    let round = contestants.iter().chain(contestants.iter().rev()).copied().collect::<Vec<_>>();
    let turns = round.repeat(rounds);
    let mut appointments = Vec::new();
    for workload in workloads {
        let concerned = turns.iter().filter(|contestant| workload.concerns(**contestant));
        let appoint =
            |contestant: &Contestant| Appointment { contestant: *contestant, workloads: vec![*workload] };
        appointments.extend(concerned.map(appoint));
    }
    appointments
}

/// The order when only running counts: one node for everything.
pub(crate) fn at_once(workloads: &[&'static Workload], contestants: &[Contestant]) -> Vec<Appointment> {
    let appoint = |contestant: &Contestant| {
        let concerning = workloads.iter().filter(|workload| workload.concerns(*contestant));
        Appointment { contestant: *contestant, workloads: concerning.copied().collect() }
    };
    contestants.iter().map(appoint).collect()
}

/// Lets everybody take turns. What goes wrong in one is told and counted, and the rest goes on; only an interrupt ends all.
pub(crate) fn run(
    hall: &Hall<'_>,
    appointments: &[Appointment],
    mut log: Log,
    report: &mut Report,
) -> Result<Results> {
    let mut results = Results::default();
    for (index, Appointment { contestant, workloads }) in appointments.iter().enumerate() {
        let place = format!("{}/{} {}", index + 1, appointments.len(), contestant.name());
        report.progress(&place);
        let outcome = hall.turn(*contestant, workloads, report, |workload, outcome, report| {
            match outcome {
                Ok(readings) if readings.is_empty() || readings.iter().any(|one| !one.value.is_finite()) => {
                    let said = in_words(&readings);
                    results.failures.push(format!(
                        "{}: {}: no figures: {said}",
                        workload.name,
                        contestant.name()
                    ));
                }
                Ok(readings) => {
                    report.note(&format!("{place}, {}: {}", workload.name, in_words(&readings)));
                    results.add(workload.name, *contestant, &readings);
                    log.add(workload, *contestant, &readings)?;
                }
                Err(error) if error.is_unavailable() && !crate::must_run_everything() => {
                    report.note(&format!("skipped: {}: {error}", workload.name));
                }
                Err(error) => {
                    results.failures.push(format!("{}: {}: {error}", workload.name, contestant.name()));
                }
            }
            Ok(())
        });
        interrupt::check()?;
        if let Err(error) = outcome {
            results.failures.push(format!("{}: {error}", contestant.name()));
        }
    }
    Ok(results)
}

fn in_words(readings: &[Reading]) -> String {
    let reading = |reading: &Reading| format!("{} {}", reading.metric.label(), figure(reading.value));
    readings.iter().map(reading).collect::<Vec<_>>().join("; ")
}

/// Every turn as JSON, for those who want to judge the spread themselves. The file is whole after each turn.
pub(crate) struct Log {
    path: PathBuf,
    content: Value,
}

impl Log {
    /// A log that will be written to `path`. The machine is part of it.
    pub(crate) fn new(path: PathBuf, machine: &str) -> Self {
        let content =
            json!({ "machine": machine, "apache_kafka": ottla_interop::KAFKA_VERSION, "turns": [] });
        Self { path, content }
    }

    fn add(&mut self, workload: &Workload, contestant: Contestant, readings: &[Reading]) -> Result<()> {
        let figures = readings.iter().map(|reading| (reading.metric.label(), reading.value));
        let figures = figures.collect::<BTreeMap<_, _>>();
        let turn = json!({ "workload": workload.name, "contestant": contestant.name(), "figures": figures });
        self.content["turns"].as_array_mut().expect("it was made as an array").push(turn);
        fs::write(&self.path, format!("{:#}\n", self.content)).map_err(Error::file(&self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::choose;

    #[test]
    fn a_round_is_its_own_mirror_image() {
        use Contestant::{Kafka, Ottla, OttlaPageCache};
        let order = |contestants: &[Contestant]| {
            let workloads = choose(&["latency-1k".into()], false).unwrap();
            in_rounds(&workloads, contestants, 1).iter().map(|turn| turn.contestant).collect::<Vec<_>>()
        };
        assert_eq!(order(&[Ottla, Kafka]), [Ottla, Kafka, Kafka, Ottla]);
        let mut mirrored = order(&Contestant::ALL);
        mirrored.reverse();
        assert_eq!(mirrored, order(&Contestant::ALL));
        assert_eq!(mirrored[2..4], [OttlaPageCache; 2]);
    }

    #[test]
    fn figures_keep_their_order() {
        let mut results = Results::default();
        for value in [2.0, 1.0] {
            results.add("w", Contestant::Kafka, &[Metric::Throughput.is(value)]);
        }
        assert_eq!(results.figures("w", Metric::Throughput, Contestant::Kafka), [2.0, 1.0]);
        assert!(results.figures("w", Metric::Throughput, Contestant::Ottla).is_empty());
    }

    #[test]
    fn the_log_is_json_after_every_turn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("figures.json");
        let mut log = Log::new(path.clone(), "a machine");
        for value in [1.0, 2.0] {
            let workload = choose(&["consume".into()], false).unwrap()[0];
            log.add(workload, Contestant::Kafka, &[Metric::Throughput.is(value)]).unwrap();
        }
        let read: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(read["turns"][1]["figures"]["throughput, MB/s"], 2.0);
    }
}
