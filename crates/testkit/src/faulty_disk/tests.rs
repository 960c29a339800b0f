//! The simulated disk keeps what the seam promises, and no more.

use std::io::{self, IoSlice};
use std::sync::Mutex;

use ottla_storage::disk::{File, Open};

use super::*;

fn disk_with_folder() -> FaultyDisk {
    let disk = FaultyDisk::new(7);
    disk.create_durable_dir(Path::new("/data"));
    disk
}

fn create(disk: &FaultyDisk, path: &str, content: &[u8]) -> Arc<dyn File> {
    let file = disk.open(Path::new(path), Open::OrCreate).unwrap();
    file.write_all_at(&[IoSlice::new(content)], 0).unwrap();
    file
}

fn content(disk: &FaultyDisk, path: &str) -> Option<Vec<u8>> {
    let file = disk.open(Path::new(path), Open::ReadOnly).ok()?;
    let mut content = vec![0; file.len().unwrap() as usize];
    file.read_at(&mut content, 0).unwrap();
    Some(content)
}

#[test]
fn the_death_of_the_process_loses_nothing_but_its_handles() {
    let disk = disk_with_folder();
    let file = create(&disk, "/data/f", b"abc");
    let guard = disk.shared().lock(Path::new("/data/.lock")).unwrap();
    let lane = disk.lane("sync").unwrap();
    lane.submit(Box::new(|| unreachable!("the process is dead")));
    disk.crash_process();
    assert!(file.read_at(&mut [0; 3], 0).is_err() && file.sync_data().is_err());
    lane.submit(Box::new(|| unreachable!("the process is dead")));
    disk.run_lane_jobs();
    let _again = disk.shared().lock(Path::new("/data/.lock")).unwrap();
    drop(guard);
    assert!(disk.shared().lock(Path::new("/data/.lock")).is_err());
    assert_eq!(content(&disk, "/data/f").unwrap(), b"abc");
}

#[test]
fn a_file_needs_its_own_sync_and_that_of_its_folder() {
    let survives = |sync_file: bool, sync_folder: bool| {
        (0..50).all(|seed| {
            let disk = disk_with_folder();
            let file = create(&disk, "/data/f", b"abc");
            if sync_file {
                file.sync_data().unwrap();
            }
            if sync_folder {
                disk.sync_dir(Path::new("/data")).unwrap();
            }
            disk.lose_power(seed);
            content(&disk, "/data/f").is_some_and(|content| content == b"abc")
        })
    };
    assert!(survives(true, true));
    assert!(!survives(true, false) && !survives(false, true));
}

#[test]
fn after_a_crash_point_nothing_works_until_the_disk_is_opened_again() {
    let disk = disk_with_folder();
    let file = create(&disk, "/data/f", b"abc");
    disk.crash_after(1);
    file.write_all_at(&[IoSlice::new(b"def")], 3).unwrap();
    assert!(file.sync_data().is_err());
    assert!(disk.has_crashed());
    assert!(file.read_at(&mut [0; 3], 0).is_err() && disk.list(Path::new("/data")).is_err());
    disk.crash_process();
    assert_eq!(content(&disk, "/data/f").unwrap(), b"abcdef");
    assert!(disk.history().contains("crash in: SyncData /data/f"), "{}", disk.history());
}

#[test]
fn the_same_seed_gives_the_same_remains() {
    let run = || {
        let disk = disk_with_folder();
        for number in 0..20 {
            create(&disk, &format!("/data/{number}"), &vec![number; 5000]);
        }
        disk.lose_power(3);
        let names = disk.list(Path::new("/data")).unwrap();
        names.into_iter().map(|entry| content(&disk, &format!("/data/{}", entry.name))).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

#[test]
fn faults_come_when_they_were_ordered() {
    let disk = disk_with_folder();
    let file = create(&disk, "/data/f", b"abc");
    disk.fail_nth(EIO, Action::SyncData, 1);
    file.sync_data().unwrap();
    let error = file.sync_data().unwrap_err();
    assert_eq!(error.to_string(), "cannot sync /data/f: Input/output error (os error 5)");
    file.sync_data().unwrap();
    disk.fail_when(EIO, |operation| operation.path.ends_with("f") && operation.action == Action::Read);
    assert!(file.read_at(&mut [0], 0).is_err());
    disk.clear_faults();
    file.read_at(&mut [0], 0).unwrap();
}

#[test]
fn a_full_disk_takes_a_part_and_then_says_so() {
    let disk = disk_with_folder();
    disk.set_capacity(3 * 4096);
    let file = create(&disk, "/data/f", &[1; 8192]);
    let error = file.write_all_at(&[IoSlice::new(&[2; 8192])], 8192).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert!(file.len().unwrap() <= 3 * 4096);
    file.write_all_at(&[IoSlice::new(&[3; 8192])], 0).unwrap();
    disk.remove_file(Path::new("/data/f")).unwrap();
}

#[test]
fn jobs_of_one_lane_keep_their_order_and_lanes_take_turns() {
    let disk = disk_with_folder();
    let (one, two) = (disk.lane("one").unwrap(), disk.lane("two").unwrap());
    let ran = Arc::new(Mutex::new(Vec::new()));
    for number in 0..20 {
        for (lane, name) in [(&one, 'a'), (&two, 'b')] {
            let ran = Arc::clone(&ran);
            lane.submit(Box::new(move || ran.lock().unwrap().push((name, number))));
        }
    }
    assert_eq!(disk.queued_lane_jobs(), 40);
    assert!(disk.run_lane_job_of("two"));
    assert_eq!(ran.lock().unwrap().last(), Some(&('b', 0)));
    disk.run_lane_jobs();
    let ran = ran.lock().unwrap();
    let of = |wanted| ran.iter().filter(|(name, _)| *name == wanted).map(|(_, n)| *n).collect::<Vec<_>>();
    assert_eq!(of('a'), (0..20).collect::<Vec<_>>());
    assert_eq!(of('b'), (0..20).collect::<Vec<_>>());
    assert!(ran.windows(2).filter(|pair| pair[0].0 != pair[1].0).count() > 5);
}

#[test]
fn a_removed_file_can_be_read_as_long_as_it_is_open() {
    let disk = disk_with_folder();
    let file = create(&disk, "/data/f", b"abc");
    disk.remove_file(Path::new("/data/f")).unwrap();
    assert!(!disk.exists(Path::new("/data/f")));
    assert_eq!(file.read_at(&mut [0; 8], 1).unwrap(), 2);
}

#[test]
fn folders_are_removed_with_what_is_in_them_and_renamed_with_it() {
    let disk = disk_with_folder();
    disk.create_dir_all(Path::new("/data/t-0/x")).unwrap();
    create(&disk, "/data/t-0/f", b"abc");
    disk.rename(Path::new("/data/t-0"), Path::new("/data/t-0.delete")).unwrap();
    assert_eq!(content(&disk, "/data/t-0.delete/f").unwrap(), b"abc");
    disk.remove_dir_all(Path::new("/data/t-0.delete")).unwrap();
    assert_eq!(disk.list(Path::new("/data")).unwrap(), []);
}

#[test]
fn a_late_write_is_reported_and_happens_before_the_next_one() {
    let disk = disk_with_folder();
    let file = create(&disk, "/data/f", b"abc");
    disk.delay_when(|operation| operation.action == Action::Write && operation.position == 3);
    file.write_all_at(&[IoSlice::new(b"def")], 3).unwrap();
    file.sync_data().unwrap();
    assert_eq!(content(&disk, "/data/f").unwrap(), b"abc");
    file.write_all_at(&[IoSlice::new(b"ghi")], 6).unwrap();
    assert_eq!(content(&disk, "/data/f").unwrap(), b"abcdefghi");
    file.write_all_at(&[IoSlice::new(b"DEF")], 3).unwrap();
    disk.crash_process();
    assert_eq!(content(&disk, "/data/f").unwrap(), b"abcdefghi", "a process that is dead does nothing late");
}

#[test]
fn lanes_at_work_run_what_jobs_hand_in_after_the_jobs() {
    let disk = disk_with_folder();
    let lane = disk.lane("sync").unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = |what: &'static str| {
        let seen = Arc::clone(&seen);
        move || seen.lock().unwrap().push(what)
    };
    lane.submit(Box::new(note("before")));
    disk.with_lanes_at_work(|| {
        let (again, inner, outer) = (Arc::clone(&lane), note("inner"), note("outer"));
        lane.submit(Box::new(move || {
            again.submit(Box::new(inner));
            outer();
        }));
        assert_eq!(*seen.lock().unwrap(), ["before", "outer", "inner"]);
    });
    lane.submit(Box::new(note("after")));
    assert_eq!(disk.queued_lane_jobs(), 1);
}
