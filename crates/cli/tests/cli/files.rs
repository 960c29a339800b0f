//! `ottla log`: what it says of the files that a real node wrote.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::node::{OTTLA, Place, Ran, run};

/// Small segments and a dense index, so that there are several of each.
const SMALL: [&str; 2] = ["log.segment.bytes=1048576", "log.index.interval.bytes=256"];
/// How many of each codec: those without take more than one segment.
const RECORDS: usize = 2000;

fn log(arguments: &[&str], path: &Path) -> Ran {
    run(Command::new(OTTLA).arg("log").args(arguments).arg(path), "")
}

/// The objects that a dump for programs holds.
fn items(arguments: &[&str], path: &Path) -> Vec<Value> {
    let ran = log(&[&["dump", "--output", "json"], arguments].concat(), path);
    assert_eq!(ran.code, Some(0), "{path:?}: {}", ran.stderr);
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_kind<'a>(items: &'a [Value], kind: &str) -> Vec<&'a Value> {
    items.iter().filter(|item| item["kind"] == kind).collect()
}

/// Numbers one of each codec, and a group that has read some of them.
fn lines() -> String {
    (0..RECORDS).map(|number| format!("key-{number}:{number} {}\n", "x".repeat(600))).collect()
}

/// A node's files after it has been used, and how it ended.
fn used(ended_well: bool) -> Place {
    let place = Place::new();
    let node = place.start(None, &SMALL);
    node.ottla("topic create numbers --partitions 1", "");
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        node.ottla(
            &format!("produce numbers -K : -H codec={codec} -z {codec} --batch-bytes 16384"),
            &lines(),
        );
    }
    node.ottla("consume numbers --group readers --from-beginning --count 100", "");
    if ended_well {
        node.stop()
    } else {
        node.kill()
    }
    place
}

#[test]
fn a_dump_holds_every_record_and_every_index_entry_of_a_partition() {
    let place = used(true);
    let folder = place.data().join("numbers-0");
    let all = items(&["--records"], &folder);
    let offsets: Vec<_> = of_kind(&all, "record").iter().map(|one| one["offset"].as_i64().unwrap()).collect();
    assert_eq!(offsets, (0..5 * RECORDS as i64).collect::<Vec<_>>());
    let first = of_kind(&all, "record")[0].clone();
    assert_eq!(first["key"]["text"], "key-0");
    assert_eq!(first["value"]["text"], format!("0 {}", "x".repeat(600)));
    let segments = of_kind(&all, "file").iter().filter(|file| file["content"] == "segment").count();
    assert_eq!(segments, 2);
    assert_eq!(first["headers"], serde_json::json!([["codec", { "text": "none" }]]));
    let batches = of_kind(&all, "batch");
    let count: i64 = batches.iter().map(|batch| batch["records"].as_i64().unwrap()).sum();
    assert_eq!(count, 5 * RECORDS as i64);
    assert!(batches.iter().all(|batch| batch["crc_is_right"] == true));
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        assert!(batches.iter().any(|batch| batch["codec"] == codec), "{codec}");
    }
    assert!(of_kind(&all, "offset_entry").len() > 10);
    assert!(of_kind(&all, "time_entry").len() > 1);
    let producers = of_kind(&all, "producer");
    assert!(producers.iter().any(|one| one["last_offset"] == 5 * RECORDS as i64 - 1), "{producers:?}");
    let text: Vec<_> = of_kind(&all, "line").iter().map(|line| line["text"].clone()).collect();
    assert!(text.contains(&Value::from("version: 0")), "{text:?}");

    let some = items(&["--from", "1500", "--batches", "1"], &folder.join("00000000000000000000.log"));
    assert_eq!(of_kind(&some, "batch").len(), 1);
    let text = log(&["dump", "--records"], &folder).stdout;
    assert!(
        text.contains("\"key-7\"") && text.contains("2000 records") || text.contains("records, position 0")
    );
}

#[test]
fn the_records_of_the_clusters_own_topics_are_decoded() {
    let place = used(true);
    let metadata = items(&["--records"], &place.data().join("__cluster_metadata-0"));
    let records = of_kind(&metadata, "record");
    assert!(records.iter().all(|record| record.get("problem").is_none()));
    let topics: Vec<_> = records
        .iter()
        .filter(|record| record["decoded_value"]["type"] == "TOPIC_RECORD")
        .map(|record| record["decoded_value"]["data"]["name"].clone())
        .collect();
    assert_eq!(topics, ["numbers", "__consumer_offsets"]);
    assert!(records.iter().any(|record| record["decoded_key"]["type"] == "LEADER_CHANGE"));

    let mut commits = Vec::new();
    let mut members = 0;
    for partition in 0..2 {
        let offsets = items(&["--records"], &place.data().join(format!("__consumer_offsets-{partition}")));
        for record in of_kind(&offsets, "record") {
            assert!(record.get("problem").is_none(), "{record}");
            let (key, value) = (&record["decoded_key"], &record["decoded_value"]);
            if key["type"] == 1 {
                assert_eq!(key["data"]["group"], "readers");
                commits.push(value["data"]["offset"].as_i64().unwrap());
            }
            if value["data"]["members"][0]["subscription"]["topics"][0] == "numbers" {
                members += 1;
            }
        }
    }
    assert_eq!(commits.last(), Some(&100));
    assert!(members > 0);
}

#[test]
fn a_whole_directory_is_dumped_by_its_name() {
    let place = used(true);
    let all = items(&[], &place.data());
    let files: Vec<_> = of_kind(&all, "file").iter().map(|file| file["path"].to_string()).collect();
    for part in ["meta.properties", "recovery-point", "numbers-0/", "__cluster_metadata-0/", ".timeindex"] {
        assert!(files.iter().any(|file| file.contains(part)), "{part}: {files:#?}");
    }
    let nothing = log(&["dump"], place.path());
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.stderr.contains("holds no file of a log"), "{}", nothing.stderr);
}

#[test]
fn what_a_clean_stop_left_is_in_order() {
    let place = used(true);
    let ran = log(&["verify"], &place.data());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("Nothing is wrong."), "{}", ran.stdout);
    let ran = log(&["verify", "--output", "json"], &place.data());
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["stopped_cleanly"], true);
    assert_eq!(report["write_ahead_log"], Value::Null);
    assert_eq!(report["partitions"], 4);
    assert!(report["records"].as_u64().unwrap() > 5 * RECORDS as u64);
    assert_eq!(report["findings"], serde_json::json!([]));
    let one = log(&["verify"], &place.data().join("numbers-0"));
    assert_eq!(one.code, Some(0), "{one:?}");
}

#[test]
fn what_a_crash_left_is_in_order_with_its_write_ahead_log_and_recovered_without() {
    let place = used(false);
    let ran = log(&["verify", "--output", "json"], &place.data());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["stopped_cleanly"], false);
    assert!(report["write_ahead_log"]["records"].as_u64().unwrap() > 0);
    let said = log(&["verify"], &place.data()).stdout;
    assert!(said.contains("The write-ahead log holds") && said.contains("no mark of a clean stop"), "{said}");

    assert_eq!(log(&["recover"], &place.data()).code, Some(0));
    let ran = log(&["verify", "--output", "json"], &place.data());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["stopped_cleanly"], true);
    assert_eq!(report["write_ahead_log"], Value::Null);
    assert_eq!(of_kind(&items(&["--records"], &place.data().join("numbers-0")), "record").len(), 5 * RECORDS);
}

#[test]
fn damage_is_named_file_by_file_and_ends_with_exit_code_1() {
    let place = used(true);
    let folder = place.data().join("numbers-0");
    let segment = folder.join("00000000000000000000.log");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[200] ^= 1;
    fs::write(&segment, bytes).unwrap();
    fs::remove_file(folder.join("partition.metadata")).unwrap();
    let checkpoint = place.data().join("recovery-point-offset-checkpoint");
    let text = fs::read_to_string(&checkpoint).unwrap();
    fs::write(&checkpoint, text.replace("numbers 0 10000", "numbers 0 10001")).unwrap();

    let ran = log(&["verify"], &place.data());
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert!(lines[0].contains("numbers-0/partition.metadata: is missing"), "{lines:#?}");
    assert!(lines[1].contains("numbers-0/00000000000000000000.log: batch 0.."), "{lines:#?}");
    assert!(lines[2].contains("numbers-0: 10001 lies behind the log's end, 10000"), "{lines:#?}");
    assert!(ran.stderr.contains("3 findings"), "{}", ran.stderr);
    let dumped = log(&["dump"], &segment);
    assert_eq!(dumped.code, Some(1));
    assert!(dumped.stdout.contains("DAMAGED at position 0"), "{}", dumped.stdout);
}

#[test]
fn a_node_that_runs_is_not_verified_but_dumped() {
    let place = Place::new();
    let node = place.start(None, &[]);
    node.ottla("produce numbers", "1\n2\n");
    let ran = log(&["verify"], &place.data());
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("stop the node that runs on it first"), "{}", ran.stderr);
    let records = items(&["--records"], &place.data().join("numbers-0"));
    assert_eq!(of_kind(&records, "record").len(), 2);
}

#[test]
fn a_topic_that_nobody_reads_is_cleaned_and_its_high_watermark_written_down() {
    let place = Place::new();
    let settings = ["log.retention.bytes=1048576", "log.retention.check.interval.ms=50", SMALL[0]];
    let node = place.start(None, &settings);
    node.ottla("topic create numbers --partitions 1", "");
    for _ in 0..4 {
        node.ottla("produce numbers -K :", &lines());
    }
    let folder = place.data().join("numbers-0");
    let first_segment = folder.join("00000000000000000000.log");
    let began = Instant::now();
    // Whoever asked for offsets would move the watermark.
    while first_segment.exists() {
        assert!(began.elapsed() < Duration::from_secs(30), "nothing was removed");
        node.ottla("cluster features", "");
    }
    node.stop();
    let checkpoint = fs::read_to_string(place.data().join("replication-offset-checkpoint")).unwrap();
    assert!(checkpoint.contains(&format!("\nnumbers 0 {}\n", 4 * RECORDS)), "{checkpoint}");
    let verified = log(&["verify"], &place.data());
    assert_eq!(verified.code, Some(0), "{verified:?}");
}
