//! Idempotence through the log: duplicates, gaps, epochs, and what survives a start.

use ottla_protocol::records::EndTxn;
use ottla_types::{ProducerEpoch, ProducerId, Sequence};

use super::*;

fn of(producer: Producer, values: usize) -> StoredBatch {
    let options = BatchOptions { producer, ..BatchOptions::default() };
    batch_of(options, NOW.0, &vec![&b"value"[..]; values])
}

fn refusal(result: Result<Appended, AppendError>) -> ProducerRefusal {
    match result {
        Err(AppendError::Producer(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_last_five_batches_are_recognized_when_they_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path(), small(), StartPoint::default());
    for n in 0..7 {
        append(&log, of(producer(1, 0, n * 2), 2)).unwrap();
    }
    for n in 0..7 {
        let again = append(&log, of(producer(1, 0, n * 2), 2));
        if n < 2 {
            assert!(matches!(refusal(again), ProducerRefusal::OutOfOrderSequence { .. }));
        } else {
            let again = again.unwrap();
            assert!(again.is_duplicate);
            assert_eq!(again.base_offset, Offset(i64::from(n) * 2));
            assert_eq!(again.last_offset, Offset(i64::from(n) * 2 + 1));
        }
    }
    assert_eq!(log.log_end_offset(), Offset(14));
    let part = append(&log, of(producer(1, 0, 12), 1));
    assert!(matches!(refusal(part), ProducerRefusal::OutOfOrderSequence { expected: Sequence(14), .. }));
}

#[test]
fn gaps_and_old_epochs_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path(), small(), StartPoint::default());
    append(&log, of(producer(1, 0, 500), 1)).expect("of an unknown producer any sequence is the next");
    let gap = refusal(append(&log, of(producer(1, 0, 502), 1)));
    assert_eq!(
        gap,
        ProducerRefusal::OutOfOrderSequence {
            id: ProducerId(1),
            sequence: Sequence(502),
            expected: Sequence(501)
        }
    );
    let start = refusal(append(&log, of(producer(1, 1, 1), 1)));
    assert!(matches!(start, ProducerRefusal::OutOfOrderSequence { expected: Sequence(0), .. }));
    append(&log, of(producer(1, 1, 0), 1)).unwrap();
    let fenced = refusal(append(&log, of(producer(1, 0, 501), 1)));
    assert!(matches!(fenced, ProducerRefusal::InvalidEpoch { current: ProducerEpoch(1), .. }));
    append(&log, of(producer(2, 0, i32::MAX), 2)).unwrap();
    append(&log, of(producer(2, 0, 1), 1)).expect("sequences wrap");
}

#[test]
fn what_is_known_of_producers_survives_clean_stops_and_crashes() {
    for is_clean in [true, false] {
        for flushed in [0, 3, 8] {
            let folder = tempfile::tempdir().unwrap();
            let (log, _) =
                open(folder.path(), LogConfig { segment_bytes: 300, ..small() }, StartPoint::default());
            for n in 0..10 {
                append(&log, of(producer(1, 0, n), 1)).unwrap();
                append(&log, of(producer(2 + i64::from(n), 5, 0), 1)).unwrap();
                if n == flushed {
                    log.flush().unwrap();
                }
            }
            if is_clean {
                log.close().unwrap();
            }
            let (log, _) = open(folder.path(), small(), start_point(&log, is_clean));
            assert_eq!(log.producer_count(), 11);
            assert!(append(&log, of(producer(1, 0, 9), 1)).unwrap().is_duplicate);
            assert!(append(&log, of(producer(2, 5, 0), 1)).unwrap().is_duplicate);
            append(&log, of(producer(1, 0, 10), 1)).unwrap();
            assert!(append(&log, of(producer(3, 4, 1), 1)).is_err());
        }
    }
}

#[test]
fn a_follower_that_leads_later_recognizes_what_it_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path(), small(), StartPoint::default());
    log.stop_leading();
    let mut batches = Vec::new();
    for n in 0..3 {
        let mut batch = of(producer(1, 0, n), 1);
        batch.set_base_offset(Offset(i64::from(n)));
        batch.set_leader_epoch(LeaderEpoch(2));
        batches.extend_from_slice(&batch.to_bytes());
    }
    let records = Bytes::from(batches);
    assert_eq!(log.append_as_follower(&records, records.len(), NOW).unwrap(), Offset(3));
    let again = log.append_as_follower(&records, records.len(), NOW).unwrap_err();
    assert!(matches!(again, AppendError::OutOfOrder { given: Offset(0), expected: Offset(3) }));
    log.start_leading(EPOCH);
    assert!(append(&log, of(producer(1, 0, 2), 1)).unwrap().is_duplicate);
    append(&log, of(producer(1, 0, 3), 1)).unwrap();
    assert_eq!(log.end_offset_for_epoch(LeaderEpoch(2)).unwrap().end, Offset(3));
    assert_eq!(log.end_offset_for_epoch(EPOCH).unwrap().end, Offset(4));
}

#[test]
fn a_producer_that_is_silent_for_too_long_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = open(folder.path(), small(), StartPoint::default());
    append(&log, of(producer(1, 0, 0), 1)).unwrap();
    log.tick(NOW.plus_ms(small().producer_id_expiration_ms - 1)).unwrap();
    assert_eq!(log.producer_count(), 1);
    log.tick(NOW.plus_ms(small().producer_id_expiration_ms + 600_000)).unwrap();
    assert_eq!(log.producer_count(), 0);
    append(&log, of(producer(1, 0, 77), 1)).unwrap();
}

fn transactional(producer: Producer, values: usize) -> StoredBatch {
    let options = BatchOptions { producer, is_transactional: true, ..BatchOptions::default() };
    batch_of(options, NOW.0, &vec![&b"value"[..]; values])
}

fn marker(id: i64, epoch: i16, is_commit: bool) -> LeaderBatch {
    let options = BatchOptions {
        producer: Producer { base_sequence: Sequence::NONE, ..producer(id, epoch, 0) },
        is_transactional: true,
        is_control: true,
        ..BatchOptions::default()
    };
    let mut builder = BatchBuilder::new(options);
    builder.append_end_txn(NOW, EndTxn { is_commit, coordinator_epoch: 1 }).unwrap();
    let batch = StoredBatch::parse(&builder.finish().unwrap()).unwrap();
    LeaderBatch { origin: Origin::Coordinator, ..leader(batch) }
}

#[test]
fn open_transactions_hold_the_last_stable_offset_back() {
    for reopen in [None, Some(true), Some(false)] {
        let folder = tempfile::tempdir().unwrap();
        let (mut log, _) = open(folder.path(), small(), StartPoint::default());
        append(&log, of(producer(9, 0, 0), 1)).unwrap();
        append(&log, transactional(producer(1, 0, 0), 2)).unwrap();
        append(&log, transactional(producer(2, 0, 0), 1)).unwrap();
        log.set_high_watermark(Offset(4));
        assert_eq!(log.last_stable_offset(), Offset(1));
        if let Some(is_clean) = reopen {
            if is_clean {
                log.close().unwrap();
            }
            log = open(folder.path(), small(), start_point(&log, is_clean)).0;
            assert_eq!(log.last_stable_offset(), Offset(1));
        }
        now_or_never(log.append_as_leader(marker(1, 0, false), NOW)).unwrap().unwrap();
        assert_eq!(log.last_stable_offset(), Offset(1), "the marker is not replicated");
        log.set_high_watermark(Offset(5));
        assert_eq!(log.last_stable_offset(), Offset(3));
        let aborted = log.aborted_transactions(Offset(0), Offset(5)).unwrap();
        assert_eq!(
            aborted,
            [AbortedTxn {
                producer_id: ProducerId(1),
                first_offset: Offset(1),
                last_offset: Offset(4),
                last_stable_offset: Offset(3),
            }]
        );
        now_or_never(log.append_as_leader(marker(2, 0, true), NOW)).unwrap().unwrap();
        log.set_high_watermark(Offset(6));
        assert_eq!(log.last_stable_offset(), Offset(6));
        let log = open(folder.path(), small(), start_point(&log, false)).0;
        assert_eq!(log.aborted_transactions(Offset(0), Offset(6)).unwrap(), aborted);
        assert_eq!(log.last_stable_offset(), Offset(6));
    }
}
