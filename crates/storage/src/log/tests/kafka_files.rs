//! Folders that Apache Kafka 4.3.1 wrote: after a clean stop, and after `kill -9`.

use std::fs;
use std::path::PathBuf;

use ottla_protocol::records::{Records, decompress_bytes};

use super::*;
use crate::checkpoint::{OffsetCheckpoint, RECOVERY_POINT_CHECKPOINT};
use ottla_types::TopicPartition;

fn source(state: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/kafka-4.3.1").join(state)
}

/// A copy of one partition's folder, to be opened.
fn copy_of(state: &str, partition: &str) -> (tempfile::TempDir, LogOptions, StartPoint) {
    let folder = tempfile::tempdir().unwrap();
    let from = source(state).join(partition);
    let mut options = options(folder.path(), LogConfig { index_interval_bytes: 200, ..LogConfig::default() });
    options.folder = folder.path().join(partition);
    fs::create_dir(&options.folder).unwrap();
    for entry in fs::read_dir(&from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), options.folder.join(entry.file_name())).unwrap();
    }
    options.id.topic_id =
        crate::checkpoint::PartitionMetadata::read(&RealDisk, &from).unwrap().unwrap().topic_id;
    let checkpoint = source(state).join(RECOVERY_POINT_CHECKPOINT);
    let checkpoint = OffsetCheckpoint::read(&RealDisk, &checkpoint).unwrap();
    let (topic, index) = partition.rsplit_once('-').unwrap();
    let recovery_point = checkpoint.offsets[&TopicPartition::new(topic, index.parse::<i32>().unwrap())];
    let start = StartPoint { is_clean: state == "clean", recovery_point, ..StartPoint::default() };
    (folder, options, start)
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn a_folder_that_was_closed_in_order_is_opened_on_trust_and_left_as_it_was() {
    for (partition, end, segments) in [("plain-0", 180, 3), ("copied-0", 348, 1)] {
        let (_folder, options, start) = copy_of("clean", partition);
        let folder = options.folder.clone();
        let (log, report) = PartitionLog::open(options, start, Timestamp(1_795_577_700_000)).unwrap();
        assert_eq!((report.log_end, report.segments), (Offset(end), segments));
        assert_eq!((report.segments_examined, report.leftovers), (0, 0));
        assert_eq!(log.recovery_point(), Offset(end));
        assert_eq!(read_all(&log, Offset(0), 1000).last().map(Vec::is_empty), Some(false));
        log.close().unwrap();
        let theirs = files(&source("clean").join(partition));
        assert_eq!(files(&folder), theirs, "{partition}");
    }
}

#[test]
fn a_folder_that_was_killed_is_recovered_from_the_recovery_point() {
    for (partition, end, checked, epoch) in [("plain-0", 220, 3866, 2), ("copied-0", 348, 0, 0)] {
        let (_folder, options, start) = copy_of("killed", partition);
        let (log, report) = PartitionLog::open(options.clone(), start, NOW).unwrap();
        assert_eq!(report.log_end, Offset(end), "{partition}");
        assert_eq!((report.bytes_checked, report.bytes_truncated), (checked, 0));
        // An epoch without a record counts for nothing.
        assert_eq!(log.latest_epoch(), Some(LeaderEpoch(epoch)));
        let whole: usize = read_all(&log, Offset(0), 5000).iter().map(Vec::len).sum();
        assert_eq!(whole as u64, log.size_bytes());
        log.close().unwrap();
        let (log, report) = PartitionLog::open(options, start_point(&log, true), NOW).unwrap();
        assert_eq!((report.log_end, report.segments_examined), (Offset(end), 0));
        assert_eq!(log.log_end_offset(), Offset(end));
    }
}

#[test]
fn indexes_that_are_gone_are_written_as_kafka_wrote_them() {
    for partition in ["plain-0", "copied-0"] {
        let (_folder, options, start) = copy_of("clean", partition);
        for (name, _) in files(&options.folder) {
            if name.ends_with(".index") || name.ends_with(".timeindex") {
                fs::remove_file(options.folder.join(name)).unwrap();
            }
        }
        let folder = options.folder.clone();
        let (log, report) = PartitionLog::open(options, start, Timestamp(1_795_577_700_000)).unwrap();
        assert_eq!(report.segments_examined, report.segments);
        log.close().unwrap();
        for ((name, ours), (_, theirs)) in files(&folder).iter().zip(files(&source("clean").join(partition)))
        {
            assert_eq!(*ours, theirs, "{name}");
        }
    }
}

#[test]
fn aborted_transactions_are_found_again_without_their_index() {
    let (_folder, options, start) = copy_of("clean", "copied-0");
    let index = options.folder.join("00000000000000000000.txnindex");
    let theirs = fs::read(&index).unwrap();
    fs::remove_file(&index).unwrap();
    for (name, _) in files(&options.folder) {
        if name.ends_with(".snapshot") {
            fs::remove_file(options.folder.join(name)).unwrap();
        }
    }
    let start = StartPoint { is_clean: false, recovery_point: Offset(0), ..start };
    let (log, _) = PartitionLog::open(options, start, NOW).unwrap();
    assert_eq!(fs::read(&index).unwrap(), theirs);
    assert_eq!(log.aborted_transactions(Offset(0), Offset(400)).unwrap().len(), theirs.len() / 34);
    assert_eq!(log.producer_count(), 1);
}

#[test]
fn timestamps_lead_to_records_in_compressed_batches_too() {
    let (_folder, options, start) = copy_of("clean", "plain-0");
    let (log, _) = PartitionLog::open(options, start, Timestamp(1_795_577_700_000)).unwrap();
    let mut records = Vec::new();
    let mut codecs = std::collections::BTreeSet::new();
    for batch in read_all(&log, Offset(0), 5000) {
        let batch = StoredBatch::parse(&batch.into()).unwrap();
        let codec = batch.header().attributes.codec().unwrap();
        codecs.insert(codec as u8);
        let body = decompress_bytes(codec, batch.body(), 1 << 20).unwrap();
        records.extend(Records::new(batch.header(), &body).map(|record| {
            let record = record.unwrap();
            (record.offset, record.timestamp)
        }));
    }
    assert_eq!((records.len(), codecs.len()), (180, 2));
    for (_, target) in &records {
        let expected = records.iter().find(|(_, timestamp)| timestamp >= target).copied();
        let found = log.offset_for_timestamp(*target).unwrap();
        assert_eq!(found.map(|found| (found.offset, found.timestamp)), expected);
    }
    let largest = records.iter().map(|(_, timestamp)| timestamp).max().unwrap();
    let expected = records.iter().find(|(_, timestamp)| timestamp == largest).unwrap();
    assert_eq!(log.offset_of_max_timestamp().unwrap().unwrap().offset, expected.0);
}
