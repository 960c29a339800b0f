//! A partition that is whole, and what is found when one thing of it is changed.

use std::fs;

use ottla_protocol::Message;
use ottla_protocol::files::ProducerSnapshot;
use ottla_protocol::files::producer_snapshot::ProducerEntry;
use ottla_protocol::records::{BatchBuilder, BatchOptions, NewRecord, Producer};
use ottla_types::{LeaderEpoch, ProducerEpoch, ProducerId, Sequence, Timestamp};

use super::*;

/// Three batches of two records; the second lies at this position.
const SECOND: u32 = 77;

fn batch(base: i64, sequence: i32) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BatchOptions {
        base_offset: Offset(base),
        leader_epoch: LeaderEpoch(if base < 4 { 0 } else { 2 }),
        producer: Producer { id: ProducerId(9), epoch: ProducerEpoch(1), base_sequence: Sequence(sequence) },
        ..BatchOptions::default()
    });
    for value in [b"a", b"b"] {
        let record =
            NewRecord { timestamp: Timestamp(1000 + base), value: Some(value), ..NewRecord::default() };
        builder.append(&record).unwrap();
    }
    builder.finish().unwrap().to_vec()
}

fn snapshot(last_sequence: i32, last_offset: i64) -> Vec<u8> {
    let entry = ProducerEntry {
        producer_id: 9,
        epoch: 1,
        last_sequence,
        last_offset,
        offset_delta: 1,
        timestamp: 1004,
        coordinator_epoch: -1,
        current_txn_first_offset: -1,
    };
    let mut content = ProducerSnapshot { crc: 0, producer_entries: vec![entry] };
    let bytes = content.to_bytes(1).unwrap();
    let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &bytes[4..]);
    content.crc = u32::try_from(crc).unwrap();
    [&1i16.to_be_bytes()[..], &content.to_bytes(1).unwrap()].concat()
}

fn index(entries: &[(u32, u32)]) -> Vec<u8> {
    entries.iter().flat_map(|(a, b)| [a.to_be_bytes(), b.to_be_bytes()].concat()).collect()
}

fn time_index(entries: &[(i64, u32)]) -> Vec<u8> {
    entries.iter().flat_map(|(a, b)| [&a.to_be_bytes()[..], &b.to_be_bytes()].concat()).collect()
}

/// A whole partition of which one file is changed, in a place that goes when it is dropped.
fn laid_out(file: &str, content: Option<&[u8]>) -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("t-0");
    fs::create_dir(&folder).unwrap();
    let log = [batch(0, 0), batch(2, 2), batch(4, 4)].concat();
    let metadata = format!("version: 0\ntopic_id: {}", ottla_types::Uuid(*b"ottla-interop-01"));
    let files: [(&str, Vec<u8>); 6] = [
        ("00000000000000000000.log", log),
        ("00000000000000000000.index", index(&[(3, SECOND), (0, 0)])),
        ("00000000000000000000.timeindex", time_index(&[(1002, 3), (1004, 5)])),
        ("00000000000000000006.snapshot", snapshot(5, 5)),
        ("leader-epoch-checkpoint", b"0\n2\n0 0\n2 4\n".to_vec()),
        ("partition.metadata", metadata.into_bytes()),
    ];
    for (name, content) in files {
        fs::write(folder.join(name), content).unwrap();
    }
    match content {
        Some(content) => fs::write(folder.join(file), content).unwrap(),
        None if file.is_empty() => {}
        None => fs::remove_file(folder.join(file)).unwrap(),
    }
    (root, folder)
}

/// Compares what is found with `expected`.
fn check(file: &str, content: Option<&[u8]>, expected: &[&str]) {
    check_from(0, file, content, expected);
}

/// The same, where the log starts at an offset.
fn check_from(log_start: i64, file: &str, content: Option<&[u8]>, expected: &[&str]) {
    let (_place, folder) = laid_out(file, content);
    let mut findings = Findings::default();
    let known = Known { is_clean: true, log_start: Offset(log_start), may_go_on: false };
    partition::verify(&*RealDisk::shared(), &folder, known, &mut findings, &mut |_| {}).unwrap();
    let found: Vec<_> = findings.findings.iter().map(|finding| finding.problem.as_str()).collect();
    assert_eq!(found.len(), expected.len(), "{file}: {found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{file}: {found}");
    }
}

#[test]
fn nothing_is_wrong_with_what_is_whole() {
    assert_eq!(batch(0, 0).len(), SECOND as usize);
    check("", None, &[]);
    check("00000000000000000000.index", None, &[]);
    check("00000000000000000006.snapshot", None, &[]);
}

#[test]
fn where_a_write_ahead_log_may_go_on_what_is_torn_is_for_it_to_explain() {
    let (_place, folder) = laid_out("00000000000000000000.log", Some(&batch(0, 0)[..70]));
    let mut findings = Findings::default();
    let known = Known { is_clean: false, log_start: Offset(0), may_go_on: true };
    let extent = partition::verify(&*RealDisk::shared(), &folder, known, &mut findings, &mut |_| {}).unwrap();
    assert!(findings.findings.is_empty(), "{:?}", findings.findings);
    assert_eq!(extent.end, Offset(0));
    let (path, how) = extent.tear.unwrap();
    assert!(path.ends_with("00000000000000000000.log") && how.contains("70 bytes from position 0"), "{how}");
}

#[test]
fn a_segment_that_nothing_is_in_yet_does_not_say_where_the_files_end() {
    let (_place, folder) = laid_out("00000000000000000006.log", Some(b""));
    fs::write(folder.join("00000000000000000000.log"), batch(0, 0)).unwrap();
    let mut findings = Findings::default();
    let known = Known { is_clean: false, log_start: Offset(0), may_go_on: true };
    let extent = partition::verify(&*RealDisk::shared(), &folder, known, &mut findings, &mut |_| {}).unwrap();
    assert!(findings.findings.is_empty(), "{:?}", findings.findings);
    assert_eq!(extent.end, Offset(2));
}

#[test]
fn damage_to_the_log_is_found() {
    let log = [batch(0, 0), batch(2, 2), batch(4, 4)].concat();
    let mut flipped = log.clone();
    flipped[SECOND as usize + 70] ^= 1;
    check("00000000000000000000.log", Some(&flipped), &["batch 2..3 at position 77: "]);
    let torn = &log[..log.len() - 1];
    let behind = ["name offsets behind", "ends inside a batch: 76 bytes", "was taken at offset 6"];
    check("00000000000000000000.log", Some(torn), &behind);
    let twice = [batch(0, 0), batch(2, 2), batch(2, 2), batch(4, 4)].concat();
    check("00000000000000000000.log", Some(&twice), &["begins before offset 4"]);
    check(
        "00000000000000000001.log",
        Some(&batch(6, 6)),
        &["begins before offset 6", "was taken at offset 6"][..1],
    );
}

#[test]
fn indexes_that_lead_astray_are_found() {
    let name = "00000000000000000000.index";
    check(name, Some(&index(&[(3, SECOND + 1)])), &["no batch begins there"]);
    check(name, Some(&index(&[(1, SECOND)])), &["the batch there begins with 2"]);
    check(name, Some(&index(&[(3, SECOND), (5, 500)])), &["1 entries point behind the end"]);
    check(name, Some(&index(&[(5, 2 * SECOND), (3, SECOND)])), &["does not rise", "no batch begins there"]);
    check(name, Some(b"12345"), &["the last 5 bytes"]);
    let name = "00000000000000000000.timeindex";
    check(name, Some(&time_index(&[(1001, 3), (1004, 5)])), &["there is a later one, 1002"]);
    check(name, Some(&time_index(&[(1004, 9)])), &["name offsets behind the end"]);
}

#[test]
fn what_disagrees_with_the_log_is_found() {
    check(
        "00000000000000000006.snapshot",
        Some(&snapshot(4, 5)),
        &["the log ends with epoch 1 and sequence 5"],
    );
    check("00000000000000000006.snapshot", Some(&snapshot(5, 7)), &["its last offset 7 lies behind"]);
    let mut bytes = snapshot(5, 5);
    *bytes.last_mut().unwrap() ^= 1;
    check("00000000000000000006.snapshot", Some(&bytes), &["its checksum is"]);
    check("00000000000000000009.snapshot", Some(&snapshot(5, 5)), &["was taken at offset 9"]);
    check_from(4, "leader-epoch-checkpoint", Some(b"0\n1\n2 4\n"), &[]);
    check(
        "leader-epoch-checkpoint",
        Some(b"0\n1\n2 4\n"),
        &["at offset 0 the log has epoch 0, the file none"],
    );
    check("leader-epoch-checkpoint", Some(b"0\n1\n0 0\n"), &["at offset 4 the log has epoch 2, the file 0"]);
    check("leader-epoch-checkpoint", Some(b"0\n3\n0 0\n2 4\n3 9\n"), &["epoch 3 begins at 9"]);
    check("leader-epoch-checkpoint", Some(b"nonsense"), &["", "the file none", "the file none"]);
    check("partition.metadata", None, &["is missing"]);
}
