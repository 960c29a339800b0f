//! Clients whose checks are a script in their own language, under `programs/`.

use std::process::Command;

use crate::error::Result;
use crate::stage::Stage;

pub(super) fn confluent_kafka(stage: &mut Stage<'_>) -> Result<()> {
    let python = stage.python()?;
    run(stage, python.script("confluent_kafka_checks.py"))
}

pub(super) fn kafka_python(stage: &mut Stage<'_>) -> Result<()> {
    let python = stage.python()?;
    run(stage, python.script("kafka_python_checks.py"))
}

pub(super) fn aiokafka(stage: &mut Stage<'_>) -> Result<()> {
    let python = stage.python()?;
    run(stage, python.script("aiokafka_checks.py"))
}

pub(super) fn kafkajs(stage: &mut Stage<'_>) -> Result<()> {
    let node_js = stage.node_js()?;
    run(stage, node_js.script("kafkajs.mjs"))
}

pub(super) fn franz_go(stage: &mut Stage<'_>) -> Result<()> {
    let go = stage.go()?;
    run(stage, go.program("franz-go"))
}

pub(super) fn sarama(stage: &mut Stage<'_>) -> Result<()> {
    let go = stage.go()?;
    run(stage, go.program("sarama"))
}

/// Starts a node, lets the script run its checks against it, and stops it.
fn run(stage: &mut Stage<'_>, mut script: Command) -> Result<()> {
    let mut node = stage.node(&[])?;
    stage.script(script.arg(node.bootstrap()))?;
    stage.check("the node stops cleanly", |_| node.stop());
    Ok(())
}
