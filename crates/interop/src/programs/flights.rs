//! Three million flights, produced by each of three clients and consumed by the other two in groups.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use crate::companion::Companion;
use crate::error::{Error, Result};
use crate::install::{Kafka, Node as NodeJs, Python};
use crate::report::Report;
use crate::stage::Stage;
use crate::target::Node;
use crate::{compare, script};

const COUNT_SHORT: usize = 30_000;
const COUNT_LONG: usize = 3_000_000;

const READY_MAX: Duration = Duration::from_secs(90);
const CONSUMED_MAX: Duration = Duration::from_secs(1200);

/// The clients that produce and consume.
#[derive(Clone, Copy, PartialEq)]
enum Client {
    Librdkafka,
    Java,
    Kafkajs,
}

const CLIENTS: [Client; 3] = [Client::Librdkafka, Client::Java, Client::Kafkajs];

impl Client {
    fn name(self) -> &'static str {
        match self {
            Self::Librdkafka => "librdkafka",
            Self::Java => "Java",
            Self::Kafkajs => "kafkajs",
        }
    }
}

pub(super) fn run(stage: &mut Stage<'_>) -> Result<()> {
    let kafka = stage.kafka()?;
    let (python, node_js) = (stage.python()?, stage.node_js()?);
    kafka.compile(stage.workshop(), "Flights.java")?;
    let count = if stage.is_long() { COUNT_LONG } else { COUNT_SHORT };
    let flights = Flights { kafka, python, node_js, log: stage.log(), count };
    let file = stage.workshop().root().join(format!("flights-{count}.tsv"));
    if !file.exists() {
        let unpacked = stage.check(&format!("{count} flights are unpacked"), |report| {
            let mut command = flights.node_js.script("flights_data.mjs");
            command.arg(&file).arg(count.to_string());
            script::run(report, &mut command, &flights.log)
        });
        if unpacked.is_none() {
            return Ok(());
        }
    }
    let mut node = stage.node(&[])?;
    for producer in CLIENTS {
        let consumers: Vec<Client> = CLIENTS.into_iter().filter(|client| *client != producer).collect();
        let name = format!(
            "{count} flights from {} to {} and {} in groups",
            producer.name(),
            consumers[0].name(),
            consumers[1].name()
        );
        stage.check(&name, |report| flights.pass_on(report, &node, producer, &consumers, &file));
    }
    stage.check("the node stops cleanly", |_| node.stop());
    Ok(())
}

struct Flights {
    kafka: Rc<Kafka>,
    python: Python,
    node_js: NodeJs,
    log: PathBuf,
    count: usize,
}

impl Flights {
    fn command(&self, client: Client, node: &Node, arguments: &[&str]) -> Command {
        let mut command = match client {
            Client::Librdkafka => self.python.script("flights.py"),
            Client::Java => self.kafka.program("Flights"),
            Client::Kafkajs => self.node_js.script("flights.mjs"),
        };
        command.arg(node.bootstrap()).args(arguments);
        command
    }

    /// Both groups wait when the first flight is produced; what each of them has seen must be what was produced.
    fn pass_on(
        &self,
        report: &mut Report,
        node: &Node,
        producer: Client,
        consumers: &[Client],
        file: &Path,
    ) -> Result<()> {
        let topic = format!("flights-from-{}", producer.name());
        let mut create = self.command(Client::Librdkafka, node, &["create", &topic]);
        script::run(report, &mut create, &self.log)?;
        let count = self.count.to_string();
        let mut groups = Vec::new();
        for consumer in consumers {
            let mut command = self.command(*consumer, node, &["consume", &topic, &count]);
            groups.push((consumer.name(), Companion::start(&mut command, &self.log)?));
        }
        for (_, group) in &mut groups {
            group.next_line(READY_MAX)?;
        }
        let mut produce = self.command(producer, node, &["produce", &topic, &file.display().to_string()]);
        let produced = script::run(report, &mut produce, &self.log)?
            .ok_or_else(|| Error::found("the producer told nothing"))?;
        for (name, group) in groups {
            report.progress(&format!("waiting for the group of {name}"));
            let consumed = group.finish(CONSUMED_MAX)?;
            compare::same(&produced, &consumed)
                .map_err(|difference| Error::found(format!("{name}: {difference}")))?;
        }
        Ok(())
    }
}
