//! The write-ahead log, case by case, on the simulated disk.

#![allow(clippy::unwrap_used, reason = "a test fails where something is not as it must be")]

mod fixture;

use std::path::Path;
use std::pin::pin;
use std::task::{Context, Waker};

use bytes::Bytes;
use ottla_storage::disk::{Disk, Open};
use ottla_storage::wal::{Change, ReplayError, WalOptions, is_present};
use ottla_testkit::faulty_disk::{Action, EIO};
use ottla_types::{LeaderEpoch, Offset};

use self::fixture::{Fixture, ROOT, options};

#[test]
fn what_was_handed_in_is_told_in_order_after_a_power_loss() {
    let mut fixture = Fixture::new(options());
    let (one, two) = (fixture.partition(1), fixture.partition(2));
    fixture.append(&one, 0, 100);
    fixture.append(&two, 0, 5000);
    fixture.hand_in(&one, Change::Truncate { leader_epoch: LeaderEpoch(1), to: Offset(0) });
    fixture.hand_in(&two, Change::LogStart(Offset(1)));
    fixture.append(&one, 0, 10);
    assert_eq!((one.durable(), two.durable()), (None, None));
    fixture.disk.run_lane_jobs();
    assert_eq!((one.durable(), two.durable(), two.log_start()), (Some(1), Some(1), Some(1)));
    fixture.hand_in(&two, Change::Deleted);
    fixture.disk.run_lane_jobs();
    let handed_in = fixture.handed_in.clone();
    fixture.disk.lose_power(5);
    assert_eq!(fixture.replay().unwrap(), handed_in);
}

#[test]
fn everything_that_gathers_is_one_sync() {
    let mut fixture = Fixture::new(options());
    let partition = fixture.partition(1);
    let before = fixture.disk.changes();
    for offset in 0..20 {
        fixture.append(&partition, offset, 100);
    }
    fixture.disk.run_lane_jobs();
    assert_eq!(fixture.disk.changes() - before, 2, "one write and one sync: {}", fixture.disk.history());
    assert_eq!(partition.durable(), Some(20));
}

#[test]
fn much_data_of_one_partition_is_synced_in_place_and_not_written_twice() {
    let mut fixture = Fixture::new(WalOptions { direct_bytes_min: 3000, ..options() });
    let (large, small) = (fixture.partition(1), fixture.partition(2));
    fixture.append(&large, 0, 2000);
    fixture.append(&small, 0, 100);
    fixture.append(&large, 1, 2000);
    fixture.disk.run_lane_jobs();
    assert_eq!((large.syncs(), small.syncs()), (1, 0));
    assert_eq!((large.durable(), small.durable()), (Some(2), Some(1)));
    fixture.disk.lose_power(1);
    assert_eq!(fixture.replay().unwrap().len(), 1);
}

#[test]
fn a_batch_that_no_block_can_hold_is_synced_in_place() {
    let mut fixture = Fixture::new(options());
    let partition = fixture.partition(1);
    fixture.append(&partition, 0, 100 << 10);
    fixture.disk.run_lane_jobs();
    assert_eq!((partition.syncs(), partition.durable()), (1, Some(1)));
}

#[test]
fn segments_are_used_again_once_their_partitions_are_synced() {
    let mut fixture = Fixture::new(options());
    let partition = fixture.partition(1);
    for offset in 0..200 {
        fixture.append(&partition, offset, 1000);
        fixture.disk.run_lane_jobs();
        assert_eq!(partition.durable(), Some(offset + 1));
    }
    let files = fixture.wal_files();
    assert!(files.len() <= 4, "{files:?}");
    assert!(partition.syncs() > 10);
    fixture.disk.lose_power(9);
    let told = fixture.replay().unwrap();
    assert!(!told.is_empty() && told.len() < 20, "{} records", told.len());
    assert_eq!(told.last(), fixture.handed_in.last());
}

#[test]
fn a_full_log_makes_entries_wait_until_a_segment_is_emptied() {
    let mut fixture = Fixture::new(options());
    let partition = fixture.partition(1);
    let mut offset = 0;
    while fixture.run_sync_lane() && partition.durable() == Some(offset) || offset == 0 {
        fixture.append(&partition, offset, 1000);
        offset += 1;
    }
    assert_eq!(partition.durable(), Some(offset - 1), "the last one waits");
    fixture.append(&partition, offset, 1000);
    assert!(!fixture.run_sync_lane(), "nobody tries in vain");
    fixture.disk.run_lane_jobs();
    assert_eq!(partition.durable(), Some(offset + 1));
}

#[test]
fn room_is_there_when_less_is_queued_than_the_bound() {
    let mut fixture = Fixture::new(WalOptions { queue_bytes_max: 1000, ..options() });
    let partition = fixture.partition(1);
    let mut context = Context::from_waker(Waker::noop());
    assert!(fixture.wal.room().is_none());
    fixture.append(&partition, 0, 2000);
    let room = fixture.wal.room().expect("the queue is full");
    let mut room = pin!(room);
    assert!(room.as_mut().poll(&mut context).is_pending());
    fixture.disk.run_lane_jobs();
    assert!(room.as_mut().poll(&mut context).is_ready());
}

#[test]
fn a_failed_sync_takes_the_directory_offline_and_is_not_tried_again() {
    let mut fixture = Fixture::new(options());
    let (one, two) = (fixture.partition(1), fixture.partition(2));
    fixture.append(&one, 0, 100);
    fixture.disk.run_lane_jobs();
    fixture.disk.fail_nth(EIO, Action::SyncData, 0);
    fixture.append(&one, 1, 100);
    fixture.append(&two, 0, 100);
    fixture.disk.run_lane_jobs();
    assert_eq!((one.durable(), two.durable()), (Some(1), None));
    assert!(one.failure().unwrap().contains("sync") && two.failure().is_some());
    assert!(fixture.wal.offline().is_some());
    assert!(fixture.try_hand_in(&one, Change::LogStart(Offset(1))).is_err());
    let changes = fixture.disk.changes();
    fixture.disk.run_lane_jobs();
    assert!(fixture.close().is_err());
    assert_eq!(fixture.disk.changes(), changes);
    fixture.disk.lose_power(3);
    assert_eq!(fixture.replay().unwrap().first(), fixture.handed_in.first());
}

#[test]
fn a_full_disk_leaves_the_log_the_segments_that_it_has() {
    let mut fixture = Fixture::new(options());
    let partition = fixture.partition(1);
    let space = fixture.disk.space(Path::new(ROOT)).unwrap();
    fixture.disk.set_capacity(space.total - space.available);
    for offset in 0..100 {
        fixture.append(&partition, offset, 1000);
        fixture.disk.run_lane_jobs();
        assert_eq!(partition.durable(), Some(offset + 1), "{}", fixture.disk.history());
    }
    assert_eq!(fixture.wal_files().len(), 2);
}

#[test]
fn a_clean_stop_leaves_no_file_and_a_crash_in_it_nothing_to_tell() {
    let stop = |crash_after| {
        let mut fixture = Fixture::new(options());
        let partition = fixture.partition(1);
        for offset in 0..30 {
            fixture.append(&partition, offset, 1000);
            fixture.disk.run_lane_jobs();
        }
        fixture.append(&partition, 30, 1000);
        let before = fixture.disk.changes();
        if let Some(changes) = crash_after {
            fixture.disk.crash_after(changes);
        }
        let closed = fixture.close();
        (fixture, closed, before)
    };
    let (fixture, closed, before) = stop(None);
    closed.unwrap();
    assert!(!is_present(&fixture.disk, Path::new(ROOT)).unwrap());
    for crash_after in 0..fixture.disk.changes() - before {
        let (mut fixture, _, _) = stop(Some(crash_after));
        fixture.disk.lose_power(crash_after);
        // It is readable at every point; after the mark that ends it, it tells nothing.
        let told = fixture.replay().unwrap();
        let is_whole = told.last().is_some_and(|last| fixture.handed_in[29..].contains(last));
        assert!(told.is_empty() || is_whole, "crash after {crash_after}");
    }
}

#[test]
fn segments_are_written_in_the_background_up_to_the_size_of_the_log() {
    let mut fixture = Fixture::new(options());
    fixture.wal.grow();
    fixture.disk.run_lane_jobs();
    assert_eq!(fixture.wal_files().len(), 4);
    let partition = fixture.partition(1);
    fixture.append(&partition, 0, 100);
    fixture.disk.run_lane_jobs();
    fixture.disk.lose_power(1);
    assert_eq!(fixture.replay().unwrap(), fixture.handed_in);
}

/// Overwrites a page of a segment.
fn harm(fixture: &Fixture, name: &str, page: u64) {
    let file = fixture.disk.open(&Path::new(ROOT).join(name), Open::Existing).unwrap();
    file.write_all_at(&[std::io::IoSlice::new(&[0xee; 4096])], page * 4096).unwrap();
}

/// Some blocks in two segments, after a crash of the process.
fn two_segments() -> Fixture {
    let mut fixture = Fixture::new(options());
    let partition = fixture.partition(1);
    for offset in 0..5 {
        fixture.append(&partition, offset, 1000);
        fixture.run_sync_lane();
    }
    fixture.disk.crash_process();
    fixture
}

fn damage(outcome: Result<Vec<fixture::Told>, ReplayError>) -> String {
    match outcome.unwrap_err() {
        ReplayError::Damaged { what, .. } => what,
        ReplayError::Disk(error) => panic!("{error}"),
    }
}

#[test]
fn a_damaged_block_is_told_from_a_torn_one() {
    let mut torn = two_segments();
    harm(&torn, "ottla-wal-000002.log", 2);
    let told = torn.replay().unwrap();
    assert_eq!(told, torn.handed_in[..4]);

    let mut damaged = two_segments();
    harm(&damaged, "ottla-wal-000001.log", 1);
    assert_eq!(damage(damaged.replay()), "block 1 cannot be read, block 2 can");

    let mut end_of_sealed = two_segments();
    harm(&end_of_sealed, "ottla-wal-000001.log", 2);
    assert_eq!(damage(end_of_sealed.replay()), "2 of 3 blocks are left");

    let mut first_of_newest = two_segments();
    harm(&first_of_newest, "ottla-wal-000002.log", 0);
    assert_eq!(damage(first_of_newest.replay()), "the first block of generation 3 cannot be read");

    let mut missing = two_segments();
    missing.disk.remove_file(&Path::new(ROOT).join("ottla-wal-000001.log")).unwrap();
    assert_eq!(damage(missing.replay()), "the segment with generation 2 is missing");
}

#[test]
fn files_that_hold_anything_are_read_without_a_panic() {
    let mut chance = ottla_testkit::Chance::from_seed(1);
    for _ in 0..200 {
        let mut fixture = two_segments();
        let name = *chance.pick(&["ottla-wal-000001.log", "ottla-wal-000002.log", "ottla-wal-000009.log"]);
        let file = fixture.disk.open(&Path::new(ROOT).join(name), Open::OrCreate).unwrap();
        let noise: Vec<u8> = (0..chance.index(6000)).map(|_| chance.bits() as u8).collect();
        file.write_all_at(&[std::io::IoSlice::new(&noise)], chance.below(20_000)).unwrap();
        drop(fixture.replay());
    }
}

#[test]
fn a_log_is_opened_over_what_an_earlier_run_left_and_forgets_it() {
    let mut fixture = two_segments();
    assert_eq!(fixture.replay().unwrap().len(), 5);
    fixture.reopen();
    fixture.handed_in.clear();
    let partition = fixture.partition(1);
    fixture.append(&partition, 5, 10);
    fixture.disk.run_lane_jobs();
    fixture.disk.lose_power(2);
    assert_eq!(fixture.replay().unwrap(), fixture.handed_in);
}

#[test]
fn batches_are_passed_on_without_a_copy_of_large_bodies() {
    let body = Bytes::from(vec![1; 5000]);
    let fixture = Fixture::new(options());
    let partition = fixture.partition(1);
    let entry = fixture::batch_entry(&partition, 0, body.clone());
    fixture.wal.enqueue(entry).unwrap();
    assert!(!body.is_unique(), "the queue holds the body by reference");
    fixture.disk.run_lane_jobs();
    drop(fixture);
    drop(partition);
    assert!(body.is_unique());
}
