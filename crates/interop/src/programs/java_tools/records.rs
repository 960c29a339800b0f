//! The tools that write, read, count and delete records.

use serde_json::Value;

use super::{LIMIT, Tools, expect_all, json_line};
use crate::error::{Error, Result, ensure};
use crate::process;
use crate::target::Node;

pub(super) fn console(tools: &Tools) -> Result<()> {
    tools.run("topics", "--create --topic console")?;
    let input = "h:1,g:two\tkey\tvalue\nNULL\tgone\tNULL\n";
    tools.feed(
        "console-producer",
        "--topic console --compression-codec zstd --reader-property parse.key=true \
         --reader-property parse.headers=true --reader-property null.marker=NULL",
        input,
    )?;
    let said = tools.run(
        "console-consumer",
        "--topic console --from-beginning --max-messages 2 --timeout-ms 30000 \
         --formatter-property print.key=true --formatter-property print.headers=true \
         --formatter-property print.offset=true --formatter-property print.partition=true",
    )?;
    expect_all(
        &said,
        &["Partition:0\tOffset:0\th:1,g:two\tkey\tvalue\n", "Offset:1\tNO_HEADERS\tgone\tnull\n"],
    )?;
    let said = tools.run("console-consumer", "--topic console --partition 0 --offset 1 --max-messages 1")?;
    ensure(said.trim() == "null", || format!("the record at offset 1 was expected: {said:?}"))
}

pub(super) fn offsets(tools: &Tools) -> Result<()> {
    tools.run("topics", "--create --topic counted --partitions 1")?;
    tools.feed("console-producer", "--topic counted", "a\nb\nc\n")?;
    for (time, offset) in [("latest", 3), ("earliest", 0), ("0", 0)] {
        let said = tools.run("get-offsets", &format!("--topic counted --time {time}"))?;
        ensure(said.trim() == format!("counted:0:{offset}"), || format!("{offset} at {time}: {said}"))?;
    }
    let said = tools.run("get-offsets", "--topic counted --time max-timestamp")?;
    ensure(said.starts_with("counted:0:"), || format!("an offset was expected: {said}"))
}

pub(super) fn delete(tools: &Tools, node: &Node) -> Result<()> {
    let file = node.data().with_file_name("delete.json");
    let wanted = "{\"partitions\":[{\"topic\":\"counted\",\"partition\":0,\"offset\":2}],\"version\":1}";
    std::fs::write(&file, wanted).map_err(Error::file(&file))?;
    let said = tools.run("delete-records", &format!("--offset-json-file {}", file.display()))?;
    expect_all(&said, &["partition: counted-0\tlow_watermark: 2"])?;
    let said = tools.run("get-offsets", "--topic counted --time earliest")?;
    ensure(said.trim() == "counted:0:2", || format!("2 was expected: {said}"))
}

pub(super) fn log_dirs(tools: &Tools, node: &Node) -> Result<()> {
    let said = tools.run("log-dirs", "--describe --topic-list console,counted")?;
    let found = json_line(&said)?;
    let folder = &found["brokers"][0]["logDirs"][0];
    let data = node.data().display().to_string();
    ensure(folder["logDir"] == data.as_str() && folder["error"].is_null(), || {
        format!("{data} without an error was expected: {said}")
    })?;
    let partitions: Vec<&Value> = folder["partitions"].as_array().into_iter().flatten().collect();
    ensure(partitions.len() == 2 && partitions.iter().all(|p| p["size"].as_u64() > Some(0)), || {
        format!("two partitions with a size were expected: {said}")
    })
}

pub(super) fn verifiable(tools: &Tools) -> Result<()> {
    tools.run("topics", "--create --topic verifiable --partitions 2")?;
    let said = tools.run("verifiable-producer", "--topic verifiable --max-messages 2000 --acks -1")?;
    let sum = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|event| event["name"] == "tool_data")
        .ok_or_else(|| Error::found(format!("no sum in\n{said}")))?;
    ensure(sum["sent"] == 2000 && sum["acked"] == 2000, || format!("2000 acked were expected: {sum}"))?;
    let mut command = tools.command(
        "verifiable-consumer",
        "--topic verifiable --group-id verifiable --max-messages 2000 --reset-policy earliest --verbose",
    );
    let said = process::run(&mut command, &[], LIMIT, &tools.log)?;
    let mut values: Vec<u64> = said
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|event| event["name"] == "record_data")
        .filter_map(|event| event["value"].as_str().and_then(|value| value.parse().ok()))
        .collect();
    values.sort_unstable();
    ensure(values == (0..2000).collect::<Vec<u64>>(), || {
        format!("each of 2000 values once was expected; {} came", values.len())
    })
}

pub(super) fn perf(tools: &Tools) -> Result<()> {
    tools.run("topics", "--create --topic perf --partitions 2")?;
    let said = tools.run(
        "producer-perf-test",
        "--topic perf --num-records 200000 --record-size 100 --throughput -1 \
         --command-property acks=all compression.type=lz4",
    )?;
    expect_all(&said, &["200000 records sent"])?;
    let said = tools.run("consumer-perf-test", "--topic perf --num-records 200000 --hide-header")?;
    let fields: Vec<&str> = said.lines().last().unwrap_or_default().split(", ").collect();
    ensure(
        fields.get(4).is_some_and(|count| count.parse::<u64>().is_ok_and(|count| count >= 200_000)),
        || format!("200000 records were expected in\n{said}"),
    )
}
