//! The files, both ways: what the target wrote, Apache Kafka reads and serves, and the other way round.
//!
//! A script describes everything that a node serves as one JSON value: records, offsets, configurations, ids. Whoever
//! starts next on the same files must serve the same value.

use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

mod dump;

use crate::companion::Companion;
use crate::compare;
use crate::error::{Error, Result, ensure};
use crate::install::{Kafka, Python};
use crate::report::Report;
use crate::script;
use crate::stage::Stage;
use crate::target::{Node, Target};

/// Small segments, so that there are several, and an interval that fills the indexes.
const PROPERTIES: &[(&str, &str)] =
    &[("log.segment.bytes", "1048576"), ("offsets.topic.num.partitions", "5")];

const LIMIT: Duration = Duration::from_secs(150);

pub(super) fn run(stage: &mut Stage<'_>) -> Result<()> {
    let python = stage.python()?;
    let kafka = stage.kafka()?;
    let disk = Disk {
        python,
        reference: Target::Kafka(Rc::clone(&kafka)),
        kafka,
        target: stage.target().clone(),
        log: stage.log(),
    };
    written_here(stage, &disk)?;
    written_there(stage, &disk)?;
    formatted_there(stage, &disk)
}

struct Disk {
    python: Python,
    kafka: Rc<Kafka>,
    reference: Target,
    target: Target,
    log: std::path::PathBuf,
}

/// The target writes; Apache Kafka reads, serves and adds; the target goes on; and again after a crash.
fn written_here(stage: &mut Stage<'_>, disk: &Disk) -> Result<()> {
    let folder = stage.folder().join("written-here");
    let name = disk.target.name();
    let begun = stage.check(&format!("{name} writes"), |report| {
        let node = Node::start_new(&disk.target, &folder, PROPERTIES)?;
        disk.script(report, &node, &["write"])?;
        let state = disk.state(report, &node)?;
        Ok((node, state))
    });
    let Some((mut node, state)) = begun else { return Ok(()) };
    let mut holder = Companion::start(&mut disk.command(&node, &["hold"]), &disk.log)?;
    stage.check("an idempotent producer begins", |_| send(&mut holder, 0));
    let state = stage.check("the state with its record", |report| disk.state(report, &node)).unwrap_or(state);
    stage.check("it stops cleanly", |_| node.stop());
    stage.check("kafka-dump-log reads every file without a complaint", |_| {
        dump::every_file(&disk.kafka, &node.data(), records(&state), &disk.log)
    });
    stage.check("Apache Kafka serves the same", |report| {
        disk.hand_over(report, &mut node, &disk.reference, &state)
    });
    stage.check("the producer goes on where it was", |_| send(&mut holder, 1));
    let added = stage.check("Apache Kafka adds to it and stops", |report| {
        disk.script(report, &node, &["extend", "1"])?;
        let state = disk.state(report, &node)?;
        node.stop()?;
        Ok(state)
    });
    let Some(state) = added else { return Ok(()) };
    stage.check(&format!("{name} serves the same"), |report| {
        disk.hand_over(report, &mut node, &disk.target, &state)
    });
    stage.check("the producer still goes on", |_| send(&mut holder, 2));
    let added = stage.check("it adds to it and is killed", |report| {
        disk.extend_before_crash(report, &node, "2", &disk.target)?;
        let state = disk.state(report, &node)?;
        node.crash()?;
        Ok(state)
    });
    let Some(state) = added else { return Ok(()) };
    stage.check("its files are made plain again", |_| recover(disk, &mut node));
    stage.check("kafka-dump-log reads every file of the recovered folder", |_| {
        dump::every_file(&disk.kafka, &node.data(), records(&state), &disk.log)
    });
    stage.check("Apache Kafka serves the same after the crash", |report| {
        disk.hand_over(report, &mut node, &disk.reference, &state)
    });
    stage.check("the producer goes on after the crash", |_| send(&mut holder, 3));
    stage.check("Apache Kafka stops", |_| node.stop());
    Ok(())
}

/// Apache Kafka writes; the target serves the same after a clean stop and after a crash.
fn written_there(stage: &mut Stage<'_>, disk: &Disk) -> Result<()> {
    let folder = stage.folder().join("written-there");
    let name = disk.target.name();
    let begun = stage.check("Apache Kafka writes", |report| {
        let mut node = Node::start_new(&disk.reference, &folder, PROPERTIES)?;
        disk.script(report, &node, &["write"])?;
        let state = disk.state(report, &node)?;
        node.stop()?;
        Ok((node, state))
    });
    let Some((mut node, state)) = begun else { return Ok(()) };
    stage.check(&format!("{name} serves the same"), |report| {
        disk.hand_over(report, &mut node, &disk.target, &state)
    });
    stage.check("it stops cleanly", |_| node.stop());
    let crashed = stage.check("Apache Kafka adds to it and is killed", |report| {
        disk.hand_over(report, &mut node, &disk.reference, &state)?;
        disk.extend_before_crash(report, &node, "1", &disk.reference)?;
        let state = disk.state(report, &node)?;
        node.crash()?;
        Ok(state)
    });
    let Some(state) = crashed else { return Ok(()) };
    stage.check(&format!("{name} serves the same after that crash"), |report| {
        disk.hand_over(report, &mut node, &disk.target, &state)
    });
    stage.check("it stops cleanly again", |_| node.stop());
    stage.check("kafka-dump-log reads what it left", |_| {
        dump::every_file(&disk.kafka, &node.data(), records(&state), &disk.log)
    });
    Ok(())
}

/// `kafka-storage` formats and nobody has started: the target starts there, and Apache Kafka after it.
fn formatted_there(stage: &mut Stage<'_>, disk: &Disk) -> Result<()> {
    let folder = stage.folder().join("formatted-there");
    let name = disk.target.name();
    let begun = stage.check(&format!("{name} starts on what kafka-storage formatted"), |report| {
        let mut node = Node::prepare(&disk.target, &folder, PROPERTIES)?;
        node.format(&disk.kafka)?;
        let id = cluster_id(&node)?;
        node.start()?;
        disk.script(report, &node, &["write"])?;
        let state = disk.state(report, &node)?;
        ensure(state["cluster"] == id.as_str(), || format!("the cluster is {}, not {id}", state["cluster"]))?;
        node.stop()?;
        Ok((node, state))
    });
    let Some((mut node, state)) = begun else { return Ok(()) };
    stage.check("Apache Kafka serves the same from there", |report| {
        disk.hand_over(report, &mut node, &disk.reference, &state)
    });
    stage.check("Apache Kafka stops there", |_| node.stop());
    Ok(())
}

impl Disk {
    fn command(&self, node: &Node, arguments: &[&str]) -> Command {
        let mut command = self.python.script("disk.py");
        command.arg(node.bootstrap()).args(arguments);
        command
    }

    fn script(&self, report: &mut Report, node: &Node, arguments: &[&str]) -> Result<Option<Value>> {
        script::run(report, &mut self.command(node, arguments), &self.log)
    }

    /// Adds what must outlive a crash. Apache Kafka notes a log's new start only once a minute.
    fn extend_before_crash(&self, report: &mut Report, node: &Node, n: &str, server: &Target) -> Result<()> {
        let arguments = if server.is_ottla() { vec!["extend", n] } else { vec!["extend", n, "keep"] };
        self.script(report, node, &arguments).map(drop)
    }

    /// Everything that the node serves.
    fn state(&self, report: &mut Report, node: &Node) -> Result<Value> {
        let state = self.script(report, node, &["state"])?;
        state.ok_or_else(|| Error::found("the script described nothing"))
    }

    /// Starts the node as another kind of server, which must serve what the one before it did.
    fn hand_over(&self, report: &mut Report, node: &mut Node, to: &Target, expected: &Value) -> Result<()> {
        node.become_target(to);
        node.start()?;
        let found = self.state(report, node)?;
        compare::same(expected, &found)
    }
}

/// Sends the `n`th record of a producer that has seen every change.
fn send(holder: &mut Companion, n: i64) -> Result<()> {
    let said = holder.ask(&format!("record {n}"), LIMIT)?;
    ensure(said == format!("sent {n}"), || format!("record {n} at offset {n} was expected: {said}"))
}

/// Makes plain Kafka files of what a killed node left.
fn recover(disk: &Disk, node: &mut Node) -> Result<()> {
    match &disk.target {
        Target::Ottla(binary) => {
            let mut command = Command::new(binary);
            command.args(["log", "recover"]).arg(node.data());
            crate::process::run(&mut command, &[], LIMIT, &disk.log)?;
            Ok(())
        }
        // Apache Kafka has no such command: it recovers when it starts.
        Target::Kafka(_) => {
            node.start()?;
            node.stop()
        }
    }
}

fn cluster_id(node: &Node) -> Result<String> {
    let file = node.data().join("meta.properties");
    let text = std::fs::read_to_string(&file).map_err(Error::file(&file))?;
    let id = text.lines().find_map(|line| line.strip_prefix("cluster.id="));
    id.map(str::to_owned).ok_or_else(|| Error::found(format!("no cluster.id in {}", file.display())))
}

/// How many records of ours a state has, all topics together.
fn records(state: &Value) -> u64 {
    let topics = state["topics"].as_object().into_iter().flatten();
    let partitions = topics.flat_map(|(_, topic)| topic["partitions"].as_array().into_iter().flatten());
    partitions.filter_map(|partition| partition["records"].as_u64()).sum()
}

/// A file's name without what numbers it.
fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn records_are_summed_over_partitions_and_topics() {
        let partitions = json!({"partitions": [{"records": 2}, {"records": 3}]});
        assert_eq!(records(&json!({"topics": {"a": partitions, "b": partitions}})), 10);
    }
}
