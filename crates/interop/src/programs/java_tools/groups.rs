//! kafka-consumer-groups and kafka-groups.

use super::{Tools, expect_all};
use crate::error::{Result, ensure};

const CONSUME: &str =
    "--topic grouped --group tool-group --from-beginning --max-messages 4 --timeout-ms 30000";

pub(super) fn describe(tools: &Tools) -> Result<()> {
    tools.run("topics", "--create --topic grouped --partitions 1")?;
    tools.feed("console-producer", "--topic grouped", "a\nb\nc\nd\n")?;
    let said = tools.run("console-consumer", CONSUME)?;
    ensure(said == "a\nb\nc\nd\n", || format!("four records were expected: {said:?}"))?;
    tools.feed("console-producer", "--topic grouped", "e\nf\n")?;
    let offsets = tools.run("consumer-groups", "--describe --group tool-group")?;
    expect_row(&offsets, &["tool-group", "grouped", "0", "4", "6", "2"])?;
    let state = tools.run("consumer-groups", "--describe --group tool-group --state")?;
    expect_all(&state, &["127.0.0.1:", "(1)", "Empty"])?;
    let listed = tools.run("consumer-groups", "--list --state")?;
    expect_row(&listed, &["tool-group", "Empty"])?;
    expect_row(&tools.run("groups", "--list")?, &["tool-group", "Classic", "consumer"])
}

pub(super) fn reset(tools: &Tools) -> Result<()> {
    let reset = |how: &str| {
        tools.run("consumer-groups", &format!("--reset-offsets --group tool-group --topic grouped {how}"))
    };
    expect_row(&reset("--to-earliest --dry-run")?, &["tool-group", "grouped", "0", "0"])?;
    expect_row(
        &tools.run("consumer-groups", "--describe --group tool-group")?,
        &["tool-group", "grouped", "0", "4", "6", "2"],
    )?;
    expect_row(&reset("--to-earliest --execute")?, &["tool-group", "grouped", "0", "0"])?;
    expect_row(&reset("--shift-by 3 --execute")?, &["tool-group", "grouped", "0", "3"])?;
    expect_row(&reset("--by-duration PT1H --execute")?, &["tool-group", "grouped", "0", "0"])?;
    expect_row(&reset("--to-latest --execute")?, &["tool-group", "grouped", "0", "6"])?;
    expect_row(
        &tools.run("consumer-groups", "--describe --group tool-group")?,
        &["tool-group", "grouped", "0", "6", "6", "0"],
    )
}

pub(super) fn delete(tools: &Tools) -> Result<()> {
    let said = tools.run("consumer-groups", "--delete-offsets --group tool-group --topic grouped")?;
    expect_row(&said, &["grouped", "0", "Successful"])?;
    let said = tools.run("consumer-groups", "--delete --group tool-group")?;
    // With its last offset gone, the group may be too.
    ensure(said.contains("successful") || said.contains("GroupIdNotFoundException"), || said.clone())?;
    let listed = tools.run("consumer-groups", "--list")?;
    ensure(!listed.contains("tool-group"), || format!("still listed:\n{listed}"))
}

/// Fails unless a line begins with these columns.
fn expect_row(said: &str, columns: &[&str]) -> Result<()> {
    let found = said.lines().any(|line| {
        let mut words = line.split_whitespace();
        columns.iter().all(|column| words.next() == Some(column))
    });
    ensure(found, || format!("a line {columns:?} was expected in\n{said}"))
}
