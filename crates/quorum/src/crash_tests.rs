//! A node whose process dies and whose power fails, at any operation on its disk.

use std::path::Path;

use ottla_testkit::faulty_disk::Action;
use ottla_testkit::{Chance, FaultyDisk};
use ottla_types::Offset;

use crate::tests::{DIRECTORY, options, producer_ids};
use crate::*;

/// What a node knows that it was told, from one life to the next.
#[derive(Debug, Default)]
struct Acknowledged {
    /// The highest number that was committed.
    number: i64,
    /// The offset after it.
    end: Offset,
}

/// Runs jobs of the disk's lanes whenever the node waits, so that nothing but the seed decides when.
async fn run_lanes(disk: FaultyDisk) {
    loop {
        disk.run_lane_jobs();
        tokio::task::yield_now().await;
    }
}

/// One life of a node: it finds what was acknowledged, and writes until the disk crashes under it or it has
/// enough.
async fn live(
    disk: &FaultyDisk,
    writes: usize,
    chance: &mut Chance,
    known: &mut Acknowledged,
) -> Result<(), String> {
    let mut options = options(Path::new("/data"), DIRECTORY);
    options.disk = disk.shared();
    options.segment_bytes = 700;
    options.snapshot_bytes = 900;
    options.retention_bytes = 2000;
    let quorum = Quorum::start(options).await.map_err(|error| error.to_string())?;
    let image = quorum.images().borrow().clone();
    assert!(image.next_producer_id().0 >= known.number, "{} < {known:?}", image.next_producer_id());
    assert!(image.end_offset() >= known.end, "{} < {known:?}", image.end_offset());
    let mut base = image.end_offset();
    for _ in 0..writes {
        let number = known.number.max(image.next_producer_id().0) + 1;
        let values = (0..=chance.below(4)).map(|_| producer_ids(number)).collect();
        base = quorum.propose(base, values).await.map_err(|error| error.to_string())?;
        *known = Acknowledged { number, end: base };
        if chance.below(10) == 0 {
            quorum.snapshot().await.map_err(|error| error.to_string())?;
        }
    }
    quorum.shutdown().await.map_err(|error| error.to_string())
}

fn one_cluster(seed: u64) {
    let disk = FaultyDisk::new(seed);
    disk.create_durable_dir(Path::new("/data"));
    let mut chance = Chance::from_seed(seed);
    let mut known = Acknowledged::default();
    for life in 0..6 {
        let is_last = life == 5;
        if !is_last {
            disk.crash_after(chance.below(60));
        }
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let lived = runtime.block_on(async {
            let lanes = tokio::spawn(run_lanes(disk.clone()));
            let lived = live(&disk, 12, &mut chance, &mut known).await;
            lanes.abort();
            lived
        });
        drop(runtime);
        assert!(lived.is_ok() || disk.has_crashed(), "life {life}: {lived:?}\n{}", disk.history());
        if chance.below(2) == 0 { disk.crash_process() } else { disk.lose_power(chance.bits()) }
    }
}

#[test]
fn what_was_acknowledged_survives_any_crash() {
    for seed in 0..200 {
        let ran = std::panic::catch_unwind(|| one_cluster(seed));
        assert!(ran.is_ok(), "seed {seed}");
    }
}

#[test]
fn a_failed_sync_stops_the_quorum_and_acknowledges_nothing() {
    const EIO: i32 = 5;
    let disk = FaultyDisk::new(1);
    disk.create_durable_dir(Path::new("/data"));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let lanes = tokio::spawn(run_lanes(disk.clone()));
        let mut options = options(Path::new("/data"), DIRECTORY);
        options.disk = disk.shared();
        let quorum = Quorum::start(options).await.unwrap();
        let base = quorum.images().borrow().end_offset();
        disk.fail_nth(EIO, Action::SyncData, 0);
        let refused = quorum.propose(base, vec![producer_ids(1)]).await;
        assert!(matches!(refused, Err(ProposeError::Stopped(_))), "{refused:?}");
        // The next sync would succeed, and say nothing about what the failed one lost.
        let refused = quorum.propose(base, vec![producer_ids(1)]).await;
        assert!(matches!(refused, Err(ProposeError::Stopped(_))), "{refused:?}");
        assert_eq!(quorum.images().borrow().next_producer_id().0, 0);
        assert!(matches!(quorum.failed().await, QuorumError::Stopped(_)));
        lanes.abort();
    });
}
