//! The real disk does what the seam promises.

use std::io::IoSlice;
use std::sync::mpsc::channel;

use rustix::fs::{FlockOperation, fcntl_lock};

use super::*;
use crate::disk::{PAGE, Pages};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_write_of_more_parts_than_the_kernel_takes_at_once_is_whole() {
    let folder = folder();
    let file = RealDisk.open(&folder.path().join("f"), Open::New).unwrap();
    let bytes: Vec<u8> = (0..5000_u32).map(|index| (index % 251) as u8).collect();
    let mut parts: Vec<_> = vec![IoSlice::new(&[]); 1500];
    parts.extend(bytes.chunks(1).map(IoSlice::new));
    file.write_all_at(&parts, 3).unwrap();
    assert_eq!(file.len().unwrap(), 5003);
    let mut read = vec![1; 6000];
    assert_eq!(file.read_at(&mut read, 0).unwrap(), 5003);
    assert_eq!(read[..3], [0; 3]);
    assert_eq!(read[3..5003], bytes);
    file.sync_data().unwrap();
    file.allocate(100).unwrap();
    assert_eq!(file.len().unwrap(), 5003);
    file.allocate(10_000).unwrap();
    assert_eq!(file.len().unwrap(), 10_000);
}

#[test]
fn whole_pages_and_other_writes_keep_step() {
    let folder = folder();
    let file = RealDisk.open(&folder.path().join("f"), Open::New).unwrap();
    let mut pages = Pages::new(3 * PAGE);
    pages.extend(&[7; 2 * PAGE + 5]);
    file.write_pages_at(pages.whole(), 0).unwrap();
    file.write_all_at(&[IoSlice::new(&pages.bytes()[2 * PAGE..])], 2 * PAGE as u64).unwrap();
    let mut read = vec![1; 4 * PAGE];
    assert_eq!(file.read_at(&mut read, 0).unwrap(), 2 * PAGE + 5);
    assert_eq!(read[..2 * PAGE + 5], vec![7; 2 * PAGE + 5]);
    // The page that was written in part comes again as a whole one.
    pages.clear();
    pages.extend(&[7; 5]);
    pages.extend(&[8; PAGE - 5]);
    file.write_pages_at(pages.whole(), 2 * PAGE as u64).unwrap();
    assert_eq!(file.read_at(&mut read, 0).unwrap(), 3 * PAGE);
    assert_eq!(read[2 * PAGE..3 * PAGE], *pages.bytes());
    file.write_pages_at(&[], 0).unwrap();
}

#[test]
fn room_that_was_reserved_does_not_show_and_is_given_back() {
    let folder = folder();
    let path = folder.path().join("f");
    let file = RealDisk.open(&path, Open::New).unwrap();
    let room = || std::os::unix::fs::MetadataExt::blocks(&fs::metadata(&path).unwrap()) * 512;
    file.write_all_at(&[IoSlice::new(b"abc")], 0).unwrap();
    if file.reserve(1 << 20).unwrap() {
        assert_eq!(file.len().unwrap(), 3);
        assert!(room() >= 1 << 20);
        file.set_len(3).unwrap();
        assert!(room() < 1 << 20);
    }
}

#[test]
fn what_was_just_written_is_read_without_waiting_or_said_to_need_it() {
    let folder = folder();
    let file = RealDisk.open(&folder.path().join("f"), Open::New).unwrap();
    file.write_all_at(&[IoSlice::new(b"hello")], 0).unwrap();
    let mut read = [0; 16];
    match file.read_cached_at(&mut read, 1) {
        Ok(len) => assert_eq!(&read[..len], b"ello"),
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
    }
}

#[test]
fn each_way_of_opening_treats_what_is_there_as_it_says() {
    let folder = folder();
    let path = folder.path().join("f");
    let kind = |how| RealDisk.open(&path, how).unwrap_err().kind();
    assert_eq!(kind(Open::ReadOnly), io::ErrorKind::NotFound);
    assert_eq!(kind(Open::Existing), io::ErrorKind::NotFound);
    let file = RealDisk.open(&path, Open::OrCreate).unwrap();
    file.write_all_at(&[IoSlice::new(b"abc")], 0).unwrap();
    assert_eq!(kind(Open::New), io::ErrorKind::AlreadyExists);
    assert_eq!(RealDisk.open(&path, Open::OrCreate).unwrap().len().unwrap(), 3);
    let read_only = RealDisk.open(&path, Open::ReadOnly).unwrap();
    assert!(read_only.write_all_at(&[IoSlice::new(b"x")], 0).is_err());
    assert!(RealDisk.open(&path, Open::Truncated).unwrap().is_empty().unwrap());
}

#[test]
fn an_error_names_the_path() {
    let error = RealDisk.open(Path::new("/nowhere/at/all"), Open::ReadOnly).unwrap_err();
    assert!(error.to_string().starts_with("cannot open /nowhere/at/all: "), "{error}");
}

#[test]
fn a_folder_lists_by_name_and_its_entries_can_be_made_durable() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    RealDisk.create_dir_all(&at("b/c")).unwrap();
    RealDisk.open(&at("a"), Open::New).unwrap().set_len(7).unwrap();
    RealDisk.rename(&at("a"), &at("d")).unwrap();
    RealDisk.sync_dir(folder.path()).unwrap();
    let entries = RealDisk.list(folder.path()).unwrap();
    let seen: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.is_dir, entry.len)).collect();
    assert_eq!(seen, [("b", true, 0), ("d", false, 7)]);
    assert!(entries.iter().all(|entry| entry.modified_ms > 0));
    RealDisk.remove_dir_all(&at("b")).unwrap();
    RealDisk.remove_file(&at("d")).unwrap();
    assert!(!RealDisk.exists(&at("b")) && !RealDisk.exists(&at("d")));
    assert!(RealDisk.space(folder.path()).unwrap().total > 0);
}

#[test]
fn a_lock_excludes_a_second_one_until_it_is_dropped() {
    let folder = folder();
    let path = folder.path().join(".lock");
    let guard = RealDisk.lock(&path).unwrap();
    let error = RealDisk.lock(&path).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    drop(guard);
    drop(RealDisk.lock(&path).unwrap());
}

#[test]
fn a_lock_of_the_kind_that_the_jvm_takes_is_seen() {
    let folder = folder();
    let path = folder.path().join(".lock");
    let theirs = fs::File::create(&path).unwrap();
    fcntl_lock(&theirs, FlockOperation::NonBlockingLockExclusive).unwrap();
    let error = RealDisk.lock(&path).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    let holder = format!("it is locked by process {}", std::process::id());
    assert!(error.to_string().ends_with(&holder), "{error}");
}

#[test]
fn a_lane_runs_its_jobs_in_order_and_finishes_them_when_dropped() {
    let lane = RealDisk.lane("test").unwrap();
    let (done, seen) = channel();
    for number in 0..100 {
        let done = done.clone();
        lane.submit(Box::new(move || done.send(number).unwrap()));
    }
    drop((lane, done));
    assert_eq!(seen.iter().collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
}

#[test]
fn a_job_may_hold_the_last_handle_of_its_lane() {
    let lane = RealDisk.lane("test").unwrap();
    let (release, released) = channel::<()>();
    let (done, seen) = channel();
    let own = Arc::clone(&lane);
    lane.submit(Box::new(move || {
        released.recv().unwrap();
        drop(own);
        done.send(()).unwrap();
    }));
    drop(lane);
    release.send(()).unwrap();
    seen.recv().unwrap();
}
