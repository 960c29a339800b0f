//! `ottla produce` and `ottla consume` in pipes, against nodes that come and go.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::node::{Node, Place, run, signal};

fn background(node: &Node, arguments: &str) -> Child {
    let mut command = node.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn lines_of(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn what_consume_writes_as_json_produce_reads_again() {
    let place = Place::new();
    let node = place.start(None, &[]);
    node.ottla("produce one -K : --null-value none -H source=test -H empty=", "a:1\nb:2\nc:none\nd:\u{fe}\n");
    let first = node.ottla("consume one -b -e --format json", "");
    node.ottla("produce two --format json", &first);
    let second = node.ottla("consume two -b -e --format json", "");
    let record = |line: &str| {
        let mut record = json(line);
        let fields = record.as_object_mut().unwrap();
        let _topic = fields.remove("topic");
        record
    };
    let records: Vec<_> = first.lines().map(record).collect();
    assert_eq!(records, second.lines().map(record).collect::<Vec<_>>());
    assert_eq!(records.len(), 4);
    assert_eq!(records[2]["value"], Value::Null);
    assert_eq!(records[0]["headers"][0], serde_json::json!({ "key": "source", "value": "test" }));
}

#[test]
fn whoever_stops_reading_the_output_ends_the_command_without_a_word() {
    let place = Place::new();
    let node = place.start(None, &[]);
    let numbers: String = (0..50_000).map(|number| format!("{number}\n")).collect();
    node.ottla("produce numbers", &numbers);
    let mut consume = background(&node, "consume numbers --from-beginning");
    let first = lines_of(&mut consume).next();
    assert_eq!(first.as_deref(), Some("0"));
    // Its output is closed now.
    let output = consume.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn without_a_node_commands_fail_at_once_and_say_where_and_what_to_do() {
    let place = Place::new();
    let node = place.start(None, &[]);
    for arguments in ["topic list", "consume t", "produce t", "group list", "cluster describe"] {
        let mut command = node.command(arguments);
        // Nobody listens on port 1.
        command.env("OTTLA_BOOTSTRAP", "127.0.0.1:1");
        let began = Instant::now();
        let ran = run(&mut command, "record\n");
        assert!(began.elapsed() < Duration::from_secs(5), "{arguments}");
        assert_eq!(ran.code, Some(1), "{arguments}: {ran:?}");
        let said = ran.stderr;
        assert!(said.contains("cannot connect to 127.0.0.1:1") && said.contains("ottla start"), "{said}");
    }
    let ran = run(&mut node.command("config describe broker 7"), "");
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("the cluster has no broker 7"), "{ran:?}");
}

#[test]
fn a_wrong_line_ends_produce_after_those_before_it_are_written() {
    let place = Place::new();
    let node = place.start(None, &[]);
    let ran = run(&mut node.command("produce pairs -K :"), "a:1\nb:2\nwrong\nc:3\n");
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("Wrote 2 records"), "{ran:?}");
    assert!(ran.stderr.contains("line 3: there is no `:` between key and value"), "{ran:?}");
    assert_eq!(node.ottla("consume pairs -b -e", ""), "1\n2\n");
}

#[test]
fn a_consumer_that_is_interrupted_commits_and_leaves_its_group() {
    let place = Place::new();
    let node = place.start(None, &["num.partitions=1"]);
    node.ottla("produce numbers", "1\n2\n3\n");
    for (name, so_far, expected) in [("INT", "", ["1", "2", "3"]), ("TERM", "4\n5\n6\n", ["4", "5", "6"])] {
        if !so_far.is_empty() {
            node.ottla("produce numbers", so_far);
        }
        let mut consume = background(&node, "consume numbers --group readers --from-beginning");
        assert_eq!(lines_of(&mut consume).take(3).collect::<Vec<_>>(), expected);
        signal(&consume, name);
        let output = consume.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let group = json(&node.ottla("group describe readers --output json", ""));
        assert_eq!(group[0]["state"], "Empty", "{group}");
        assert_eq!(group[0]["offsets"][0]["lag"], 0, "{group}");
    }
}

#[test]
fn a_groups_time_limit_begins_when_it_has_partitions() {
    let place = Place::new();
    let node = place.start(None, &["group.initial.rebalance.delay.ms=1500"]);
    node.ottla("produce numbers", "1\n2\n3\n");
    let read = node.ottla("consume numbers --group slow --from-beginning --timeout 500ms", "");
    assert_eq!(read.lines().count(), 3);
}

#[test]
fn an_offset_that_a_partition_does_not_hold_is_said_to_be_so() {
    let place = Place::new();
    let node = place.start(None, &["num.partitions=1"]);
    node.ottla("produce numbers", "1\n2\n3\n");
    let ran = run(&mut node.command("consume numbers --offset 99 --timeout 100ms"), "");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""));
    assert!(ran.stderr.contains("numbers-0 holds 0..3, and not 99"), "{}", ran.stderr);
}

/// Writes numbers, one a line, and stops in between.
struct Numbers {
    next: u32,
    to: ChildStdin,
}

impl Numbers {
    fn write(&mut self, count: u32) {
        let text: String =
            (self.next..self.next + count).map(|number| format!("{number}:{number}\n")).collect();
        self.to.write_all(text.as_bytes()).unwrap();
        self.next += count;
    }
}

#[test]
fn a_node_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    const ROUNDS: u32 = 4;
    const EACH: u32 = 3000;
    let place = Place::new();
    let settings = ["num.partitions=3"];
    let mut node = place.start(None, &settings);
    let address = node.address.clone();
    node.ottla("topic create numbers", "");
    let mut produce = background(&node, "produce numbers -K : --output json");
    let mut consume = background(&node, "consume numbers --group readers --from-beginning --show key");
    let mut read = lines_of(&mut consume);
    let mut numbers = Numbers { next: 0, to: produce.stdin.take().unwrap() };
    let mut seen = Vec::new();
    for _ in 0..ROUNDS {
        numbers.write(EACH);
        // Some of these are there, some are on their way.
        let half = seen.len() + (EACH / 2) as usize;
        seen.extend(read.by_ref().take(half - seen.len()));
        node.kill();
        numbers.write(EACH);
        node = place.start(Some(&address), &settings);
    }
    let total = numbers.next as usize;
    drop(numbers);
    let output = produce.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(json(&String::from_utf8_lossy(&output.stdout))["records"], total);
    seen.extend(read.by_ref().take(total - seen.len()));
    signal(&consume, "INT");
    assert_eq!(read.next(), None);
    assert!(consume.wait().unwrap().success());

    // Exactly once in the log, and in order.
    let mut last = [None; 3];
    let mut stored = BTreeSet::new();
    for line in node.ottla("consume numbers -b -e --format json", "").lines() {
        let record = json(line);
        let number: u32 = record["value"].as_str().unwrap().parse().unwrap();
        assert!(stored.insert(number), "{number} is there twice");
        let last = &mut last[record["partition"].as_u64().unwrap() as usize];
        assert!(last.replace(number) < Some(number), "{number} is out of order");
    }
    assert_eq!(stored.len(), total);
    // The reader lived all the time: it saw each of them once.
    let shown: BTreeSet<_> = seen.iter().collect();
    assert_eq!((shown.len(), seen.len()), (total, total));
    let group = json(&node.ottla("group describe readers --output json", ""));
    assert!(group[0]["offsets"].as_array().unwrap().iter().all(|one| one["lag"] == 0), "{group}");
}

#[test]
fn a_record_that_cannot_be_written_ends_produce_though_its_input_goes_on() {
    let place = Place::new();
    let node = place.start(None, &[]);
    let mut produce = background(&node, "produce numbers --delivery-timeout 300ms --output json");
    let mut input = produce.stdin.take().unwrap();
    node.ottla("topic create numbers --if-not-exists", "");
    input.write_all(b"1\n").unwrap();
    assert_eq!(node.ottla("consume numbers -b --count 1", ""), "1\n");
    node.kill();
    input.write_all(b"2\n").unwrap();
    let output = produce.wait_with_output().unwrap();
    drop(input);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    // The node may have been killed before it could say that it has the first one.
    let written = json(&String::from_utf8_lossy(&output.stdout))["records"].as_u64().unwrap();
    assert!(written <= 1, "{written}");
    let said = String::from_utf8_lossy(&output.stderr);
    let line = format!("line {}: numbers-", written + 1);
    assert!(said.contains(&line) && said.contains("not delivered within 300 ms"), "{said}");
}

#[test]
fn a_producer_that_is_interrupted_writes_what_it_has_read() {
    let place = Place::new();
    let node = place.start(None, &["num.partitions=1"]);
    node.ottla("topic create numbers", "");
    let mut produce = background(&node, "produce numbers --linger 200ms");
    let mut input = produce.stdin.take().unwrap();
    input.write_all(b"1\n").unwrap();
    assert_eq!(node.ottla("consume numbers -b --count 1", ""), "1\n");
    input.write_all(b"2\n3\n").unwrap();
    signal(&produce, "INT");
    let output = produce.wait_with_output().unwrap();
    drop(input);
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    // It may have been interrupted before it had read the last two lines, or after that.
    let stored = node.ottla("consume numbers -b -e", "").lines().count();
    let said = String::from_utf8_lossy(&output.stderr);
    let records = if stored == 1 { "1 record".to_owned() } else { format!("{stored} records") };
    assert!(said.contains(&format!("Wrote {records} to 1 partition")), "{stored}: {said}");
}
