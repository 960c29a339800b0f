//! The same promise with real threads: appenders, the sync lane and the background lane at once. What happens is not
//! the seed's to decide here, so a failure may not repeat; but between two steps of one lane the others get theirs.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use ottla_storage::disk::{Disk, Entry as FolderEntry, File, Job, Lane, LockGuard, Open, RealDisk, Space};
use ottla_storage::wal::{Change, Entry, PartitionId, Wal, WalOptions};
use ottla_testkit::{Chance, FaultyDisk};

use crate::batch::batch;
use crate::life::Planted;
use crate::partition::Partition;
use crate::recovery::recover;
use crate::truth::Truth;

const ROOT: &str = "/data";
const APPENDERS: i32 = 3;

/// Runs several lives of one disk with threads.
pub(crate) fn run(seed: u64) -> Result<(), String> {
    let mut chance = Chance::from_seed(seed);
    let faulty = FaultyDisk::new(seed);
    faulty.create_durable_dir(Path::new(ROOT));
    let options = WalOptions {
        size_bytes: 64 << 10,
        segment_bytes: 16 << 10,
        direct_bytes_min: 12 << 10,
        queue_bytes_max: 1 << 20,
        write_out_bytes: 16 << 10,
    };
    let truths: BTreeMap<PartitionId, Arc<Mutex<Truth>>> =
        (0..APPENDERS).map(|index| (Partition::id(index), Arc::default())).collect();
    for epoch in 1..=3 {
        let jobs = Arc::<AtomicUsize>::default();
        let disk: Arc<dyn Disk> = Arc::new(ThreadedDisk { faulty: faulty.clone(), jobs: Arc::clone(&jobs) });
        let recovered = recover(&disk, Path::new(ROOT), options, Planted::Nothing, &truths)?;
        for (id, (_, batches)) in &recovered.partitions {
            let mut truth = truths[id].lock().unwrap();
            truth.check(batches).map_err(|what| format!("partition {}: {what}", id.partition))?;
            truth.begin_life(batches);
        }
        faulty.crash_after(chance.below(400));
        if chance.percent(30) {
            recovered.wal.grow();
        }
        thread::scope(|scope| {
            for (partition, _) in recovered.partitions.values() {
                let (wal, chance) = (&recovered.wal, chance.fork());
                scope.spawn(move || append(wal, partition, epoch, chance));
            }
        });
        while jobs.load(Ordering::SeqCst) > 0 {
            thread::yield_now();
        }
        faulty.lose_power(chance.bits());
    }
    Ok(())
}

fn append(wal: &Wal, partition: &Arc<Partition>, epoch: i32, mut chance: Chance) {
    for number in 0..150_u32 {
        if wal.offline().is_some() {
            return;
        }
        let len = *chance.pick(&[100, 100, 1500, 5000]);
        let mut body = vec![number as u8; len];
        body[..8].copy_from_slice(&chance.bits().to_be_bytes());
        let mut truth = partition.truth.lock().unwrap();
        let (batch, stamp) = (batch(truth.next_offset(), epoch, body), truth.stamp);
        truth.ever.push(batch.clone());
        drop(truth);
        if partition.append(&batch).is_err() {
            return;
        }
        partition.truth.lock().unwrap().batches.push(batch.clone());
        let entry = Entry { files: Arc::clone(partition) as _, stamp, change: Change::Batch(batch) };
        if wal.enqueue(entry).is_err() {
            return;
        }
        if chance.percent(20) {
            thread::yield_now();
        }
    }
}

/// The simulated disk with lanes that are threads.
#[derive(Debug)]
struct ThreadedDisk {
    faulty: FaultyDisk,
    /// How many jobs are queued or running.
    jobs: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct CountingLane {
    lane: Arc<dyn Lane>,
    jobs: Arc<AtomicUsize>,
}

impl Lane for CountingLane {
    fn submit(&self, job: Job) {
        self.jobs.fetch_add(1, Ordering::SeqCst);
        let jobs = Arc::clone(&self.jobs);
        self.lane.submit(Box::new(move || {
            job();
            jobs.fetch_sub(1, Ordering::SeqCst);
        }));
    }
}

impl Disk for ThreadedDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn File>> {
        self.faulty.open(path, how)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.faulty.create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.faulty.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.faulty.remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.faulty.remove_dir_all(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<FolderEntry>> {
        self.faulty.list(path)
    }

    fn exists(&self, path: &Path) -> bool {
        self.faulty.exists(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.faulty.sync_dir(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn LockGuard>> {
        self.faulty.shared().lock(path)
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        self.faulty.space(path)
    }

    fn lane(&self, name: &str) -> io::Result<Arc<dyn Lane>> {
        Ok(Arc::new(CountingLane { lane: RealDisk.lane(name)?, jobs: Arc::clone(&self.jobs) }))
    }
}
