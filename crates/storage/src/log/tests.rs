//! Logs in temporary folders, against what they should hold.

mod kafka_files;
mod model;
mod producers;

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use ottla_protocol::records::{
    BatchBuilder, BatchOptions, BatchView, Batches, NewRecord, Producer, StoredBatch,
};
use ottla_types::{LeaderEpoch, Offset, PartitionIndex, Timestamp, Uuid};

use super::*;
use crate::disk::{PagePool, RealDisk, is_out_of_space};
use crate::wal::PartitionId;

pub(super) const NOW: Timestamp = Timestamp(1_800_000_000_000);
pub(super) const EPOCH: LeaderEpoch = LeaderEpoch(3);

pub(super) fn small() -> LogConfig {
    LogConfig { segment_bytes: 4096, index_interval_bytes: 256, ..LogConfig::default() }
}

pub(super) fn options(folder: &Path, config: LogConfig) -> LogOptions {
    LogOptions {
        disk: RealDisk::shared(),
        folder: folder.join("t-0"),
        id: PartitionId { topic_id: Uuid(*b"ottla-interop-01"), partition: PartitionIndex(0) },
        commit: Arc::new(PageCache),
        checkpoints: DirectoryCheckpoints::read(&RealDisk::shared(), folder).unwrap(),
        config,
        tail: TailBudget::new(0),
        pages: PagePool::new(0),
        seed: 7,
        root: FolderSync::new(RealDisk::shared(), folder),
    }
}

pub(super) fn open(
    folder: &Path,
    config: LogConfig,
    start: StartPoint,
) -> (Arc<PartitionLog>, RecoveryReport) {
    let (log, report) = PartitionLog::open(options(folder, config), start, NOW).unwrap();
    log.trust_page_cache();
    log.start_leading(EPOCH);
    (log, report)
}

/// What the checkpoints would say of this log at a clean stop, or else after a crash.
pub(super) fn start_point(log: &PartitionLog, is_clean: bool) -> StartPoint {
    StartPoint {
        is_clean,
        was_flushed: true,
        is_start_exact: false,
        recovery_point: log.recovery_point(),
        log_start: log.log_start_offset(),
        high_watermark: log.high_watermark(),
    }
}

pub(super) fn batch_of(options: BatchOptions, timestamp: i64, values: &[&[u8]]) -> StoredBatch {
    let mut builder = BatchBuilder::new(options);
    for value in values {
        let timestamp = Timestamp(timestamp);
        builder.append(&NewRecord { timestamp, value: Some(value), ..NewRecord::default() }).unwrap();
    }
    StoredBatch::parse(&builder.finish().unwrap()).unwrap()
}

pub(super) fn batch(timestamp: i64, values: &[&[u8]]) -> StoredBatch {
    batch_of(BatchOptions::default(), timestamp, values)
}

pub(super) fn leader(batch: StoredBatch) -> LeaderBatch {
    LeaderBatch { frame_bytes: batch.size(), batch, leader_epoch: EPOCH, origin: Origin::Client }
}

pub(super) fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

pub(super) fn append(log: &Arc<PartitionLog>, batch: StoredBatch) -> Result<Appended, AppendError> {
    let appended = log.append_as_leader(leader(batch), NOW);
    now_or_never(appended).expect("nobody else is writing")
}

pub(super) fn to_end(max_bytes: usize) -> ReadLimits {
    ReadLimits { upper: Offset(i64::MAX), max_bytes, at_least_one: true, access: Access::Waiting }
}

pub(super) fn bytes_of(result: &ReadResult) -> Bytes {
    let mut bytes = Vec::new();
    for piece in &result.pieces {
        match piece {
            Piece::Memory(part) => bytes.extend_from_slice(part),
            Piece::File { file, position, len } => {
                let start = bytes.len();
                bytes.resize(start + len, 0);
                assert_eq!(file.read_at(&mut bytes[start..], *position).unwrap(), *len);
            }
        }
    }
    assert_eq!(bytes.len(), result.bytes);
    bytes.into()
}

/// Everything from `from` on, batch by batch, as a reader gets it who comes again and again.
pub(super) fn read_all(log: &PartitionLog, from: Offset, max_bytes: usize) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut next = from;
    loop {
        let result = log.read(next, &to_end(max_bytes)).unwrap();
        let bytes = bytes_of(&result);
        let before = next;
        for view in Batches::new(&bytes) {
            let view: BatchView<'_> = view.unwrap();
            view.check_crc().unwrap();
            assert!(view.header().next_offset() > next, "a reader does not go back");
            next = view.header().next_offset();
            found.push(view.bytes().to_vec());
        }
        if next == before {
            return found;
        }
    }
}

#[test]
fn a_record_is_read_where_it_was_appended() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path(), small(), StartPoint::default());
    let first = append(&log, batch(5, &[b"one", b"two"])).unwrap();
    assert_eq!((first.base_offset, first.last_offset), (Offset(0), Offset(1)));
    let second = append(&log, batch(6, &[b"three"])).unwrap();
    assert_eq!((second.base_offset, second.last_offset), (Offset(2), Offset(2)));
    assert_eq!(log.log_end_offset(), Offset(3));
    assert_eq!(log.durable_end(), Offset(3));
    assert_eq!(read_all(&log, Offset(1), 1000).len(), 2);
    assert_eq!(read_all(&log, Offset(2), 1000).len(), 1);
    assert_eq!(read_all(&log, Offset(3), 1000).len(), 0);
    let out = log.read(Offset(4), &to_end(10)).unwrap_err();
    assert!(matches!(out, StorageError::OutOfRange { start: Offset(0), end: Offset(3), .. }));
}

#[test]
fn a_reader_stops_at_its_upper_limit_in_memory_and_in_the_file() {
    for budget in [0, 1 << 20] {
        let folder = tempfile::tempdir().unwrap();
        let mut options = options(folder.path(), small());
        options.tail = TailBudget::new(budget);
        let (log, _) = PartitionLog::open(options, StartPoint::default(), NOW).unwrap();
        log.start_leading(EPOCH);
        for n in 0..20 {
            append(&log, batch(n, &[b"first", b"second"])).unwrap();
        }
        for upper in 0..=40 {
            let limits = ReadLimits { upper: Offset(upper), ..to_end(1 << 20) };
            let bytes = bytes_of(&log.read(Offset(0), &limits).unwrap());
            assert_eq!(Batches::new(&bytes).count() as i64, upper / 2, "up to {upper} with {budget}");
        }
        let size = batch(0, &[b"first", b"second"]).size();
        let limits = ReadLimits { at_least_one: false, ..to_end(size - 1) };
        assert_eq!(log.read(Offset(3), &limits).unwrap().bytes, 0);
        assert_eq!(log.read(Offset(3), &to_end(size - 1)).unwrap().bytes, size);
    }
}

#[test]
fn batches_that_arrive_together_are_written_together() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) =
        open(folder.path(), LogConfig { segment_bytes: 1 << 20, ..small() }, StartPoint::default());
    let threads: Vec<_> = (0..4)
        .map(|thread: i64| {
            let log = Arc::clone(&log);
            std::thread::spawn(move || {
                let appends: Vec<_> = (0..200)
                    .map(|n| log.append_as_leader(leader(batch(thread * 1000 + n, &[b"some", b"more"])), NOW))
                    .collect();
                appends.into_iter().map(wait).map(Result::unwrap).map(|done| done.base_offset).collect()
            })
        })
        .collect();
    let mut offsets = Vec::new();
    for thread in threads {
        let own: Vec<Offset> = thread.join().unwrap();
        assert!(own.is_sorted(), "one thread's appends keep their order");
        offsets.extend(own);
    }
    offsets.sort_unstable();
    assert_eq!(offsets, (0..800).map(|n| Offset(n * 2)).collect::<Vec<_>>());
    assert_eq!(read_all(&log, Offset(0), 5000).len(), 800);
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        std::thread::park();
    }
}

#[test]
fn a_batch_that_breaks_a_limit_is_refused_with_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) =
        open(folder.path(), LogConfig { max_message_bytes: 100, ..small() }, StartPoint::default());
    let refused = append(&log, batch(0, &[&[0; 100]])).unwrap_err();
    assert!(refused.to_string().ends_with("is larger than max.message.bytes, which is 100"), "{refused}");
    log.set_config(LogConfig { segment_bytes: 100, ..small() });
    let refused = append(&log, batch(0, &[&[0; 100]])).unwrap_err();
    assert!(matches!(refused, AppendError::SegmentTooSmall { limit: 100, .. }));
    log.set_config(small());
    let other = LeaderBatch { leader_epoch: LeaderEpoch(2), ..leader(batch(0, &[b"x"])) };
    let refused = now_or_never(log.append_as_leader(other, NOW)).unwrap().unwrap_err();
    assert!(matches!(refused, AppendError::NotLeader { epoch: LeaderEpoch(2), leading: Some(EPOCH) }));
    log.stop_leading();
    assert!(append(&log, batch(0, &[b"x"])).is_err());
    assert_eq!(log.log_end_offset(), Offset(0));
}

#[test]
fn a_segment_is_rolled_by_size_and_by_time() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path(), LogConfig { segment_ms: 1000, ..small() }, StartPoint::default());
    for _ in 0..5 {
        append(&log, batch(NOW.0, &[&[1; 1500]])).unwrap();
    }
    assert_eq!(log.segment_count(), 3);
    append(&log, batch(NOW.0 + 1000, &[b"in time"])).unwrap();
    assert_eq!(log.segment_count(), 3);
    append(&log, batch(NOW.0 + 1001, &[b"too late"])).unwrap();
    assert_eq!(log.segment_count(), 4);
    log.tick(NOW.plus_ms(2001)).unwrap();
    assert_eq!(log.segment_count(), 4);
    log.tick(NOW.plus_ms(2002)).unwrap();
    assert_eq!(log.segment_count(), 5);
    log.tick(NOW.plus_ms(90_000)).unwrap();
    assert_eq!(log.segment_count(), 5, "an empty segment is not rolled");
    assert_eq!(append(&log, batch(NOW.0, &[b"on"])).unwrap().base_offset, Offset(7));
}

#[test]
fn timestamps_lead_to_the_first_record_that_has_them() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path(), small(), StartPoint::default());
    assert_eq!(log.offset_of_max_timestamp().unwrap(), None);
    let times: Vec<i64> = (0..300).map(|n: i64| 1000 + n * 10 + if n % 7 == 3 { 35 } else { 0 }).collect();
    for &time in &times {
        append(&log, batch(time, &[&[7; 40], &[8; 40]])).unwrap();
    }
    for reopened in [false, true] {
        let log = match reopened {
            false => Arc::clone(&log),
            true => {
                log.close().unwrap();
                open(folder.path(), small(), start_point(&log, true)).0
            }
        };
        assert!(log.segment_count() > 5);
        for target in (990..4040).step_by(3) {
            let expected = times.iter().position(|&time| time >= target);
            let found = log.offset_for_timestamp(Timestamp(target)).unwrap();
            let found = found.map(|found| (found.offset.0, found.timestamp.0));
            assert_eq!(found, expected.map(|n| (n as i64 * 2, times[n])), "{target}");
        }
        let largest = times.iter().position(|time| time == times.iter().max().unwrap()).unwrap();
        let found = log.offset_of_max_timestamp().unwrap().unwrap();
        assert_eq!((found.offset, found.leader_epoch), (Offset(largest as i64 * 2), Some(EPOCH)));
    }
}

#[test]
fn retention_gives_up_whole_segments_and_removes_their_files_later() {
    let folder = tempfile::tempdir().unwrap();
    let config = LogConfig { retention_bytes: 5000, retention_ms: -1, ..small() };
    let (log, _) = open(folder.path(), config, StartPoint::default());
    for _ in 0..10 {
        append(&log, batch(NOW.0, &[&[1; 1500]])).unwrap();
    }
    assert_eq!(log.apply_retention(NOW).unwrap(), 0, "nothing is replicated");
    log.set_high_watermark(log.log_end_offset());
    assert_eq!(log.apply_retention(NOW).unwrap(), 0, "nothing is flushed");
    log.flush().unwrap();
    let before = log.size_bytes();
    assert_eq!(log.apply_retention(NOW).unwrap(), 3);
    assert_eq!(log.log_start_offset(), Offset(6));
    assert!(log.size_bytes() >= 5000 && log.size_bytes() < before);
    assert!(log.read(Offset(5), &to_end(10)).is_err());
    assert_eq!(read_all(&log, Offset(6), 100).len(), 4);
    let names = |ending: &str| {
        let entries = std::fs::read_dir(folder.path().join("t-0")).unwrap();
        entries
            .filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().ends_with(ending))
            .count()
    };
    log.tick(NOW).unwrap();
    assert_eq!((names(".log"), names(".log.deleted")), (2, 3));
    log.tick(NOW.plus_ms(60_000)).unwrap();
    assert_eq!((names(".log"), names(".deleted")), (2, 0));
    log.set_config(LogConfig { retention_ms: 1000, ..small() });
    log.tick(NOW).unwrap();
    log.apply_retention(NOW.plus_ms(5000)).unwrap();
    log.flush().unwrap();
    log.apply_retention(NOW.plus_ms(5000)).unwrap();
    assert_eq!(log.log_start_offset(), log.log_end_offset());
    assert_eq!(log.segment_count(), 1);
}

#[test]
fn deleted_records_stay_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path(), small(), StartPoint::default());
    for _ in 0..10 {
        append(&log, batch(NOW.0, &[&[1; 1500]])).unwrap();
    }
    assert!(log.delete_records_before(Offset(5)).is_err(), "nothing is replicated");
    log.set_high_watermark(Offset(8));
    assert_eq!(log.delete_records_before(Offset(5)).unwrap(), Offset(5));
    assert_eq!(log.delete_records_before(Offset(3)).unwrap(), Offset(5));
    assert!(log.read(Offset(4), &to_end(10)).is_err());
    assert_eq!(log.earliest().offset, Offset(5));
    log.close().unwrap();
    let (log, report) = open(folder.path(), small(), start_point(&log, true));
    assert_eq!((report.log_start, report.log_end), (Offset(5), Offset(10)));
    assert_eq!(read_all(&log, Offset(5), 100).len(), 5);
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path(), small(), StartPoint::default());
    append(&log, batch(NOW.0, &[b"before"])).unwrap();
    assert!(!is_out_of_space(&std::io::Error::other("something else")));
    log.go_offline(&Arc::new(std::io::Error::other("pulled out")));
    let refused = append(&log, batch(NOW.0, &[b"after"])).unwrap_err();
    assert!(matches!(refused, AppendError::Storage(StorageError::Offline { .. })));
    assert!(now_or_never(log.wait_durable(Offset(2))).unwrap().is_err());
    assert_eq!(read_all(&log, Offset(0), 100).len(), 1);
}

#[test]
fn a_truncated_log_goes_on_where_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path(), small(), StartPoint::default());
    for n in 0..40 {
        append(&log, batch(NOW.0 + n, &[&[1; 500], &[2; 100]])).unwrap();
    }
    let kept = read_all(&log, Offset(0), 1 << 20);
    let truncate_to = |to| now_or_never(log.truncate_to(to, LeaderEpoch(4), NOW)).unwrap().unwrap();
    assert!(!truncate_to(Offset(80)));
    for (to, batches) in [(70, 35), (43, 21), (42, 21), (40, 20), (6, 3), (0, 0)] {
        let mut lost = std::pin::pin!(log.wait_durable(Offset(i64::MAX)));
        assert!(lost.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert!(truncate_to(Offset(to)));
        assert!(matches!(lost.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Err(_))));
        assert_eq!(log.log_end_offset(), Offset(to));
        assert_eq!(read_all(&log, Offset(0), 1 << 20), kept[..batches]);
        assert!(log.offset_for_timestamp(NOW.plus_ms(batches as i64)).unwrap().is_none());
    }
    log.start_leading(EPOCH);
    append(&log, batch(NOW.0, &[b"again"])).unwrap();
    let (log, report) = open(folder.path(), small(), start_point(&log, false));
    assert_eq!((report.log_end, report.bytes_truncated), (Offset(1), 0));
    let truncation = log.truncate_fully_and_start_at(Offset(1000), LeaderEpoch(5), NOW);
    assert!(now_or_never(truncation).unwrap().unwrap());
    assert_eq!((log.log_start_offset(), log.log_end_offset()), (Offset(1000), Offset(1000)));
    log.start_leading(EPOCH);
    assert_eq!(append(&log, batch(NOW.0, &[b"far"])).unwrap().base_offset, Offset(1000));
    let (log, _) = open(folder.path(), small(), start_point(&log, false));
    assert_eq!(read_all(&log, Offset(1000), 100).len(), 1);
}

pub(super) fn producer(id: i64, epoch: i16, base_sequence: i32) -> Producer {
    Producer {
        id: ottla_types::ProducerId(id),
        epoch: ottla_types::ProducerEpoch(epoch),
        base_sequence: ottla_types::Sequence(base_sequence),
    }
}
