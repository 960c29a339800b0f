//! kcat as the system has it: an old librdkafka, as it runs on many machines.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::error::{Error, Result, ensure};
use crate::install::system;
use crate::process;
use crate::stage::Stage;
use crate::target::Node;

const LIMIT: Duration = Duration::from_secs(30);
const CODECS: &[&str] = &["none", "gzip", "snappy", "lz4", "zstd"];
const RECORDS: usize = 1000;

/// Made beforehand: an old librdkafka that creates a topic by producing to it waits a second before it looks again.
const TOPICS: &[&str] = &[
    "codec-none",
    "codec-gzip",
    "codec-snappy",
    "codec-lz4",
    "codec-zstd",
    "acks-0",
    "acks-1",
    "acks-all",
    "idempotent",
    "headers",
    "tombstones",
    "large",
    "partitions",
    "times",
    "tail",
    "group-input",
];

pub(super) fn run(stage: &mut Stage<'_>) -> Result<()> {
    let program = system("kcat", "kcat")?;
    let mut node = stage.node(&[("num.partitions", "3")])?;
    let kcat = Kcat { program, bootstrap: node.bootstrap(), log: stage.log() };
    stage.check("metadata names the broker", |_| kcat.metadata(&node));
    stage.check("topics appear when they are asked for", |_| kcat.topics());
    for codec in CODECS {
        stage.check(&format!("records with {codec} come back as they went"), |_| kcat.codec(codec));
    }
    for acks in ["0", "1", "all"] {
        stage.check(&format!("acks={acks}"), |_| kcat.acks(acks));
    }
    stage.check("an idempotent producer", |_| kcat.idempotent());
    stage.check("headers", |_| kcat.headers());
    stage.check("tombstones", |_| kcat.tombstones());
    stage.check("a record of 900,000 bytes", |_| kcat.large_record());
    stage.check("a record that is too large is refused", |_| kcat.too_large_record());
    stage.check("each partition keeps its own records", |_| kcat.partitions());
    stage.check("offsets by time", |_| kcat.offsets_by_time());
    stage.check("the last records only", |_| kcat.last_records());
    stage.check("a group goes on where it stopped", |_| kcat.group());
    stage.check("a missing partition is an error", |_| kcat.missing_partition());
    stage.check("the node stops cleanly", |_| node.stop());
    Ok(())
}

struct Kcat {
    program: PathBuf,
    bootstrap: String,
    log: PathBuf,
}

impl Kcat {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-b", &self.bootstrap]).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str], input: &str) -> Result<String> {
        Ok(process::run(&mut self.command(arguments), input.as_bytes(), LIMIT, &self.log)?.stdout)
    }

    /// Produces lines of `key:value`.
    fn produce(&self, topic: &str, options: &[&str], lines: &str) -> Result<()> {
        self.run(&[&["-P", "-t", topic, "-K:"], options].concat(), lines)?;
        Ok(())
    }

    /// Everything in a topic, one line a record, in kcat's format.
    fn consume(&self, topic: &str, format: &str, options: &[&str]) -> Result<String> {
        let beginning = ["-C", "-q", "-t", topic, "-o", "beginning", "-e", "-f", format];
        self.run(&[&beginning, options].concat(), "")
    }

    fn metadata(&self, node: &Node) -> Result<()> {
        let said = self.run(&["-L", "-J"], "")?;
        let metadata: Value =
            serde_json::from_str(&said).map_err(|error| Error::found(format!("{error}: {said}")))?;
        let broker = &metadata["brokers"][0];
        ensure(broker["id"] == 1 && broker["name"] == node.bootstrap().as_str(), || {
            format!("broker 1 at {} was expected: {said}", node.bootstrap())
        })?;
        ensure(metadata["controllerid"] == 1, || format!("controller 1 was expected: {said}"))
    }

    fn topics(&self) -> Result<()> {
        for topic in TOPICS {
            self.run(&["-L", "-t", topic], "")?;
        }
        // The answer does not wait until the topic is there.
        let began = Instant::now();
        loop {
            let metadata = self.run(&["-L"], "")?;
            let listed = |topic: &&&str| metadata.contains(&format!("topic \"{topic}\" with 3 partitions:"));
            let Some(missing) = TOPICS.iter().find(|topic| !listed(topic)) else { return Ok(()) };
            ensure(began.elapsed() < LIMIT, || {
                format!("{missing} with 3 partitions was expected in\n{metadata}")
            })?;
        }
    }

    fn codec(&self, codec: &str) -> Result<()> {
        let topic = format!("codec-{codec}");
        let lines: Vec<String> =
            (0..RECORDS).map(|n| format!("key{}:value {n} {}", n % 17, "x".repeat(n % 300))).collect();
        self.produce(&topic, &["-z", codec], &lines.join("\n"))?;
        same(&sorted(&self.consume(&topic, "%k:%s\n", &[])?), &sorted(&lines.join("\n")))
    }

    fn acks(&self, acks: &str) -> Result<()> {
        let topic = format!("acks-{acks}");
        self.produce(&topic, &["-p", "0"], "k:first")?;
        self.produce(&topic, &["-p", "0", "-X", &format!("acks={acks}")], "k:second\nk:third")?;
        same(&self.consume(&topic, "%o %s\n", &["-p", "0"])?, "0 first\n1 second\n2 third\n")
    }

    fn idempotent(&self) -> Result<()> {
        let lines: String = (0..RECORDS).map(|n| format!("k:{n}\n")).collect();
        let options = ["-p", "1", "-X", "enable.idempotence=true", "-X", "batch.num.messages=10"];
        self.produce("idempotent", &options, &lines)?;
        let expected: String = (0..RECORDS).map(|n| format!("{n} {n}\n")).collect();
        same(&self.consume("idempotent", "%o %s\n", &["-p", "1"])?, &expected)
    }

    fn headers(&self) -> Result<()> {
        let headers = ["-p", "0", "-H", "a=1", "-H", "a=2", "-H", "empty=", "-H", "none"];
        self.produce("headers", &headers, "k:v")?;
        same(&self.consume("headers", "%h|%s\n", &["-p", "0"])?, "a=1,a=2,empty=,none=NULL|v\n")
    }

    fn tombstones(&self) -> Result<()> {
        self.produce("tombstones", &["-p", "0", "-Z"], "gone:\nhere:v\n")?;
        same(&self.consume("tombstones", "%k %S\n", &["-p", "0"])?, "gone -1\nhere 1\n")
    }

    fn large_record(&self) -> Result<()> {
        let line = format!("k:{}", "large ".repeat(150_000));
        self.produce("large", &["-p", "0"], &line)?;
        same(&self.consume("large", "%k:%s", &["-p", "0"])?, &line)
    }

    fn too_large_record(&self) -> Result<()> {
        let arguments = ["-P", "-t", "large", "-p", "0", "-X", "message.max.bytes=4000000"];
        let input = "x".repeat(2_000_000);
        let (status, said) =
            process::run_any(&mut self.command(&arguments), input.as_bytes(), LIMIT, &self.log)?;
        let refused = !status.success() && said.stderr.contains("Message size too large");
        ensure(refused, || format!("ended with {status}: {}", said.stderr))
    }

    fn partitions(&self) -> Result<()> {
        for partition in ["0", "1", "2"] {
            self.produce("partitions", &["-p", partition], &format!("k:a{partition}\nk:b{partition}"))?;
        }
        same(&self.consume("partitions", "%p %o %s\n", &["-p", "2"])?, "2 0 a2\n2 1 b2\n")?;
        let all = self.consume("partitions", "%s\n", &[])?;
        same(&sorted(&all), "a0\na1\na2\nb0\nb1\nb2")
    }

    fn offsets_by_time(&self) -> Result<()> {
        for value in ["a", "b", "c"] {
            self.produce("times", &["-p", "0"], &format!("k:{value}"))?;
        }
        let times = self.consume("times", "%T\n", &["-p", "0"])?;
        let second = times.lines().nth(1).ok_or_else(|| Error::found(format!("three times: {times:?}")))?;
        let query = |time: &str| self.run(&["-Q", "-t", &format!("times:0:{time}")], "");
        same(&query(second)?, "times [0] offset 1\n")?;
        same(&query("-2")?, "times [0] offset 0\n")?;
        same(&query("-1")?, "times [0] offset 3\n")?;
        same(&query("4102444800000")?, "times [0] offset -1\n")
    }

    fn last_records(&self) -> Result<()> {
        let lines: String = (0..10).map(|n| format!("k:{n}\n")).collect();
        self.produce("tail", &["-p", "0"], &lines)?;
        let said = self.run(&["-C", "-q", "-t", "tail", "-p", "0", "-o", "-3", "-e", "-f", "%s "], "")?;
        same(&said, "7 8 9 ")
    }

    fn group(&self) -> Result<()> {
        let lines: String = (0..10).map(|n| format!("k:{n}\n")).collect();
        self.produce("group-input", &["-p", "0"], &lines)?;
        let take = |count: &str| {
            let arguments =
                ["-q", "-c", count, "-f", "%s ", "-X", "auto.offset.reset=earliest", "-G", "kcat-group"];
            self.run(&[&arguments[..], &["group-input"]].concat(), "")
        };
        same(&take("4")?, "0 1 2 3 ")?;
        same(&take("6")?, "4 5 6 7 8 9 ")
    }

    fn missing_partition(&self) -> Result<()> {
        let arguments = ["-C", "-t", "partitions", "-p", "9", "-e"];
        let (status, said) = process::run_any(&mut self.command(&arguments), &[], LIMIT, &self.log)?;
        ensure(!status.success() && said.stderr.contains("partition 9 does not exist"), || {
            format!("ended with {status}: {}", said.stderr)
        })
    }
}

fn same(found: &str, expected: &str) -> Result<()> {
    ensure(found == expected, || {
        let at = found.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
        let around = |text: &str| {
            String::from_utf8_lossy(&text.as_bytes()[at.min(text.len())..])
                .chars()
                .take(80)
                .collect::<String>()
        };
        format!("from byte {at} on, {:?} was expected and {:?} came", around(expected), around(found))
    })
}

fn sorted(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}
