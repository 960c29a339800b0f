//! kafka-topics and kafka-configs.

use super::{Tools, expect_all};
use crate::error::{Result, ensure};

pub(super) fn topics(tools: &Tools) -> Result<()> {
    let created =
        tools.run("topics", "--create --topic tool-topic --partitions 3 --config retention.ms=3600000")?;
    expect_all(&created, &["Created topic tool-topic."])?;
    tools.run("topics", "--create --topic tool-topic --if-not-exists")?;
    let listed = tools.run("topics", "--list")?;
    ensure(listed.lines().any(|line| line == "tool-topic"), || format!("not listed:\n{listed}"))?;
    let described = tools.run("topics", "--describe --topic tool-topic")?;
    expect_all(
        &described,
        &[
            "TopicId: ",
            "PartitionCount: 3",
            "ReplicationFactor: 1",
            "retention.ms=3600000",
            "Partition: 2\tLeader: 1\tReplicas: 1\tIsr: 1",
        ],
    )?;
    tools.run("topics", "--alter --topic tool-topic --partitions 5")?;
    let under = tools.run("topics", "--describe --under-replicated-partitions")?;
    ensure(under.trim().is_empty(), || format!("nothing is under-replicated:\n{under}"))?;
    expect_all(&tools.run("topics", "--describe --topic tool-topic")?, &["PartitionCount: 5"])?;
    tools.run("topics", "--delete --topic tool-topic")?;
    let listed = tools.run("topics", "--list")?;
    ensure(!listed.contains("tool-topic"), || format!("still listed:\n{listed}"))
}

pub(super) fn errors(tools: &Tools) -> Result<()> {
    tools.run("topics", "--create --topic exists")?;
    tools.refused("topics", "--create --topic exists", "TopicExistsException")?;
    tools.refused("topics", "--create --topic bad~name", "bad~name")?;
    tools.refused(
        "topics",
        "--create --topic wide --replication-factor 3",
        "InvalidReplicationFactorException",
    )?;
    tools.refused("topics", "--alter --topic exists --partitions 1", "InvalidPartitionsException")
}

pub(super) fn configs(tools: &Tools) -> Result<()> {
    tools.run("topics", "--create --topic tool-configs")?;
    tools.run(
        "configs",
        "--alter --topic tool-configs --add-config retention.ms=60000,segment.bytes=1048576",
    )?;
    let described = tools.run("configs", "--describe --topic tool-configs")?;
    expect_all(&described, &["retention.ms=60000", "segment.bytes=1048576", "DYNAMIC_TOPIC_CONFIG"])?;
    tools.run("configs", "--alter --topic tool-configs --delete-config retention.ms")?;
    let described = tools.run("configs", "--describe --topic tool-configs")?;
    ensure(!described.contains("retention.ms"), || format!("still there:\n{described}"))?;
    let all = tools.run("configs", "--describe --topic tool-configs --all")?;
    expect_all(&all, &["retention.ms=604800000", "DEFAULT_CONFIG:log.segment.bytes=1073741824"])?;
    tools.refused(
        "configs",
        "--alter --topic tool-configs --add-config retention.ms=soon",
        "InvalidConfigurationException",
    )
}

pub(super) fn broker_configs(tools: &Tools) -> Result<()> {
    tools.run("configs", "--alter --broker-defaults --add-config log.retention.ms=7000000")?;
    expect_all(
        &tools.run("configs", "--describe --broker-defaults")?,
        &["log.retention.ms=7000000", "DYNAMIC_DEFAULT_BROKER_CONFIG"],
    )?;
    tools.run("configs", "--alter --broker 1 --add-config log.retention.ms=8000000")?;
    expect_all(
        &tools.run("configs", "--describe --broker 1 --all")?,
        &["log.retention.ms=8000000", "DYNAMIC_BROKER_CONFIG", "node.id=1"],
    )?;
    tools.run("configs", "--alter --broker 1 --delete-config log.retention.ms")?;
    tools.run("configs", "--alter --broker-defaults --delete-config log.retention.ms")?;
    Ok(())
}
