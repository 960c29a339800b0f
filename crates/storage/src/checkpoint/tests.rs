//! Each file is compared with what Apache Kafka 4.3.1 wrote.

use std::fs;

use ottla_types::{BrokerId, LeaderEpoch, Offset, TopicPartition};

use super::*;
use crate::disk::RealDisk;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn an_offset_checkpoint_reads_and_writes_kafkas_bytes() {
    let folder = folder();
    let path = folder.path().join(RECOVERY_POINT_CHECKPOINT);
    let theirs = "0\n2\n__consumer_offsets 3 17\nplain 0 180\n";
    fs::write(&path, theirs).unwrap();
    let read = OffsetCheckpoint::read(&RealDisk, &path).unwrap();
    assert_eq!(read.offsets[&TopicPartition::new("plain", 0)], Offset(180));
    assert_eq!(read.offsets.len(), 2);
    read.write(&RealDisk, &path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), theirs);
}

#[test]
fn a_checkpoint_that_is_missing_or_empty_has_no_entries() {
    let folder = folder();
    let path = folder.path().join(LOG_START_CHECKPOINT);
    assert_eq!(OffsetCheckpoint::read(&RealDisk, &path).unwrap(), OffsetCheckpoint::default());
    fs::write(&path, "").unwrap();
    assert_eq!(OffsetCheckpoint::read(&RealDisk, &path).unwrap(), OffsetCheckpoint::default());
}

#[test]
fn a_broken_checkpoint_is_refused_with_the_reason() {
    let folder = folder();
    let path = folder.path().join(LOG_START_CHECKPOINT);
    for (content, reason) in [
        ("1\n0\n", "version \"1\" is unknown, 0 is expected"),
        ("0\nmany\n", "\"many\" is not a count of entries"),
        ("0\n99999999999\nt 0 1\n", "99999999999 entries are announced, 1 are there"),
        ("0\n1\nt 0\n", "the line \"t 0\" makes no sense"),
        ("0\n1\nt x 1\n", "the line \"t x 1\" makes no sense"),
        ("0\n2\nt 0 1\n", "2 entries are announced, 1 are there"),
    ] {
        fs::write(&path, content).unwrap();
        let error = OffsetCheckpoint::read(&RealDisk, &path).unwrap_err().to_string();
        assert_eq!(error, format!("{}: {reason}", path.display()));
    }
    fs::write(&path, b"0\n1\n\xff 0 1\n").unwrap();
    assert!(OffsetCheckpoint::read(&RealDisk, &path).is_err());
}

#[test]
fn leader_epochs_read_and_write_kafkas_bytes() {
    let folder = folder();
    let theirs = "0\n2\n1 0\n2 627\n";
    fs::write(LeaderEpochs::path(folder.path()), theirs).unwrap();
    let read = LeaderEpochs::read(&RealDisk, folder.path()).unwrap();
    assert_eq!(read[1], EpochStart { epoch: LeaderEpoch(2), start: Offset(627) });
    LeaderEpochs::write(&RealDisk, folder.path(), &read).unwrap();
    assert_eq!(fs::read_to_string(LeaderEpochs::path(folder.path())).unwrap(), theirs);
}

#[test]
fn partition_metadata_reads_and_writes_kafkas_bytes() {
    let folder = folder();
    assert_eq!(PartitionMetadata::read(&RealDisk, folder.path()).unwrap(), None);
    let theirs = "version: 0\ntopic_id: b3R0bGEtaW50ZXJvcC0wMQ";
    fs::write(PartitionMetadata::path(folder.path()), theirs).unwrap();
    let read = PartitionMetadata::read(&RealDisk, folder.path()).unwrap().unwrap();
    read.write(&RealDisk, folder.path()).unwrap();
    assert_eq!(fs::read_to_string(PartitionMetadata::path(folder.path())).unwrap(), theirs);
    for broken in
        ["", "version: 1\ntopic_id: b3R0bGEtaW50ZXJvcC0wMQ", "version: 0", "version: 0\ntopic_id: x"]
    {
        fs::write(PartitionMetadata::path(folder.path()), broken).unwrap();
        assert!(PartitionMetadata::read(&RealDisk, folder.path()).is_err(), "{broken:?}");
    }
}

#[test]
fn meta_properties_read_what_kafka_storage_formatted() {
    let folder = folder();
    assert_eq!(MetaProperties::read(&RealDisk, folder.path()).unwrap(), None);
    let theirs = "#\n#Wed Nov 25 03:30:08 UTC 2026\nnode.id=1\ndirectory.id=MzL3OdF-QU6x20tfEe2-hA\nversion=1\n\
                  cluster.id=b3R0bGEtaW50ZXJvcC0wMQ\n";
    fs::write(MetaProperties::path(folder.path()), theirs).unwrap();
    let expected = MetaProperties {
        cluster_id: "b3R0bGEtaW50ZXJvcC0wMQ".to_owned(),
        node_id: BrokerId(1),
        directory_id: Some("MzL3OdF-QU6x20tfEe2-hA".parse().unwrap()),
    };
    assert_eq!(MetaProperties::read(&RealDisk, folder.path()).unwrap(), Some(expected.clone()));
    expected.write(&RealDisk, folder.path()).unwrap();
    assert_eq!(MetaProperties::read(&RealDisk, folder.path()).unwrap(), Some(expected));
    for broken in ["", "version=0\n", "version=1\nnode.id=1\n", "version=1\ncluster.id=x\nnode.id=one\n"] {
        fs::write(MetaProperties::path(folder.path()), broken).unwrap();
        assert!(MetaProperties::read(&RealDisk, folder.path()).is_err(), "{broken:?}");
    }
}

#[test]
fn the_mark_of_a_clean_stop_comes_and_goes() {
    let folder = folder();
    let path = CleanShutdown::path(folder.path());
    assert_eq!(CleanShutdown::read(&RealDisk, folder.path()).unwrap(), None);
    CleanShutdown { broker_epoch: Some(12) }.write(&RealDisk, folder.path()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"version\":0,\"brokerEpoch\":12}");
    let read = CleanShutdown::read(&RealDisk, folder.path()).unwrap();
    assert_eq!(read, Some(CleanShutdown { broker_epoch: Some(12) }));
    fs::write(&path, "").unwrap();
    let read = CleanShutdown::read(&RealDisk, folder.path()).unwrap();
    assert_eq!(read, Some(CleanShutdown { broker_epoch: None }));
    CleanShutdown::remove(&RealDisk, folder.path()).unwrap();
    CleanShutdown::remove(&RealDisk, folder.path()).unwrap();
    assert_eq!(CleanShutdown::read(&RealDisk, folder.path()).unwrap(), None);
}

#[test]
fn a_replaced_file_leaves_no_temporary_one() {
    let folder = folder();
    let path = folder.path().join("some");
    write_atomically(&RealDisk, &path, b"one").unwrap();
    write_atomically(&RealDisk, &path, b"two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
