//! Apache Kafka's own command-line tools, as operators use them.

use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, Result, ensure};
use crate::install::Kafka;
use crate::process;
use crate::stage::Stage;
use crate::target::Node;

mod groups;
mod records;
mod topics;

const LIMIT: Duration = Duration::from_secs(60);

pub(super) fn run(stage: &mut Stage<'_>) -> Result<()> {
    let kafka = stage.kafka()?;
    let mut node = stage.node(&[])?;
    let tools = Tools { kafka, bootstrap: node.bootstrap(), log: stage.log() };
    tools.kafka.archive_classes(&tools.bootstrap, &tools.log)?;
    stage.check("kafka-broker-api-versions understands every range", |_| api_versions(&tools));
    stage.check("kafka-cluster", |_| cluster(&tools, &node));
    stage.check("kafka-features describe", |_| features(&tools));
    stage.check("kafka-metadata-quorum describe, where it is served", |_| quorum(&tools));
    stage.check("kafka-topics", |_| topics::topics(&tools));
    stage.check("kafka-topics: errors are told", |_| topics::errors(&tools));
    stage.check("kafka-configs: a topic's", |_| topics::configs(&tools));
    stage.check("kafka-configs: a broker's", |_| topics::broker_configs(&tools));
    stage.check("kafka-console-producer and -consumer", |_| records::console(&tools));
    stage.check("kafka-get-offsets", |_| records::offsets(&tools));
    stage.check("kafka-delete-records", |_| records::delete(&tools, &node));
    stage.check("kafka-log-dirs", |_| records::log_dirs(&tools, &node));
    stage.check("kafka-verifiable-producer and -consumer", |_| records::verifiable(&tools));
    stage.check("kafka-producer-perf-test and -consumer-perf-test", |_| records::perf(&tools));
    stage.check("kafka-consumer-groups: describe and list", |_| groups::describe(&tools));
    stage.check("kafka-consumer-groups: reset offsets", |_| groups::reset(&tools));
    stage.check("kafka-consumer-groups: delete", |_| groups::delete(&tools));
    stage.check("the node stops cleanly", |_| node.stop());
    Ok(())
}

/// Runs tools against one node.
struct Tools {
    kafka: Rc<Kafka>,
    bootstrap: String,
    log: PathBuf,
}

impl Tools {
    fn command(&self, tool: &str, arguments: &str) -> Command {
        let mut command = self.kafka.tool(tool);
        command.args(["--bootstrap-server", &self.bootstrap]).args(arguments.split_whitespace());
        command
    }

    /// Runs a tool that must succeed; returns what it said.
    fn run(&self, tool: &str, arguments: &str) -> Result<String> {
        self.feed(tool, arguments, "")
    }

    /// The same with something on its standard input.
    fn feed(&self, tool: &str, arguments: &str, input: &str) -> Result<String> {
        let mut command = self.command(tool, arguments);
        Ok(process::run(&mut command, input.as_bytes(), LIMIT, &self.log)?.stdout)
    }

    /// Runs a tool that must fail and name the reason.
    fn refused(&self, tool: &str, arguments: &str, reason: &str) -> Result<()> {
        let mut command = self.command(tool, arguments);
        let (status, said) = process::run_any(&mut command, &[], LIMIT, &self.log)?;
        ensure(!status.success() && said.all().contains(reason), || {
            format!("{tool} {arguments}: ended with {status} without naming {reason}:\n{}", said.all())
        })
    }
}

fn api_versions(tools: &Tools) -> Result<()> {
    let said = tools.run("broker-api-versions", "")?;
    for name in ["Produce(0): ", "Fetch(1): ", "Metadata(3): ", "ApiVersions(18): ", "JoinGroup(11): "] {
        ensure(said.contains(name), || format!("no {name:?} in\n{said}"))?;
    }
    ensure(said.contains("(id: 1 rack: null isFenced: false)"), || {
        format!("broker 1 was expected in\n{said}")
    })
}

fn cluster(tools: &Tools, node: &Node) -> Result<()> {
    let said = process::run(
        tools.kafka.tool("cluster").args(["cluster-id", "--bootstrap-server", &tools.bootstrap]),
        &[],
        LIMIT,
        &tools.log,
    )?;
    let properties = node.data().join("meta.properties");
    let text = std::fs::read_to_string(&properties).map_err(Error::file(&properties))?;
    let id = text.lines().find_map(|line| line.strip_prefix("cluster.id=")).unwrap_or("none");
    ensure(said.stdout.contains(&format!("Cluster ID: {id}")), || {
        format!("{id} was expected in {}", said.stdout)
    })
}

fn features(tools: &Tools) -> Result<()> {
    let said = process::run(
        tools.kafka.tool("features").args(["--bootstrap-server", &tools.bootstrap, "describe"]),
        &[],
        LIMIT,
        &tools.log,
    )?;
    let line = said.stdout.lines().find(|line| line.contains("metadata.version"));
    ensure(line.is_some_and(|line| line.contains("FinalizedVersionLevel: 4.")), || {
        format!("a finalized metadata.version of 4.x was expected in\n{}", said.stdout)
    })
}

/// DescribeQuorum is asked for only from a node that says that it serves it.
fn quorum(tools: &Tools) -> Result<()> {
    let said = tools.run("broker-api-versions", "")?;
    if said.lines().any(|line| line.contains("DescribeQuorum(55): UNSUPPORTED")) || !said.contains("(55): ") {
        return Ok(());
    }
    let said = process::run(
        tools.kafka.tool("metadata-quorum").args([
            "--bootstrap-server",
            &tools.bootstrap,
            "describe",
            "--status",
        ]),
        &[],
        LIMIT,
        &tools.log,
    )?;
    ensure(
        said.stdout.lines().any(|line| line.starts_with("LeaderId:") && line.trim().ends_with('1')),
        || format!("leader 1 was expected in\n{}", said.stdout),
    )
}

/// The last line that is JSON.
fn json_line(text: &str) -> Result<Value> {
    let found = text.lines().rev().find_map(|line| serde_json::from_str(line).ok());
    found.ok_or_else(|| Error::found(format!("JSON was expected in\n{text}")))
}

/// Fails unless each of the texts is there.
fn expect_all(said: &str, texts: &[&str]) -> Result<()> {
    for text in texts {
        ensure(said.contains(text), || format!("{text:?} was expected in\n{said}"))?;
    }
    Ok(())
}
