//! One disk through several lives, all decided by a seed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ottla_storage::disk::Disk;
use ottla_storage::wal::{Change, Entry, PartitionId, Wal, WalOptions};
use ottla_testkit::faulty_disk::{Action, EIO};
use ottla_testkit::{Chance, FaultyDisk};
use ottla_types::{LeaderEpoch, Offset};

use crate::batch::batch;
use crate::partition::Partition;
use crate::recovery::{Recovered, recover};
use crate::truth::{Truncation, Truth};

/// An error that the test makes on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Planted {
    Nothing,
    AcknowledgesBeforeSync,
    HandsInBeforeWriting,
    ForgetsRootFolder,
    ForgetsPartitionFolder,
    SyncsOnlyLastSegment,
}

const ROOT: &str = "/data";
const PARTITIONS: i32 = 3;

/// Runs a seed. An error says which promise was broken.
pub(crate) fn run(seed: u64, planted: Planted) -> Result<(), String> {
    let disk = FaultyDisk::new(seed);
    disk.create_durable_dir(Path::new(ROOT));
    let mut world = World::new(&disk, seed, planted);
    let outcome = (0..5).try_for_each(|_| world.live());
    outcome.map_err(|what| {
        let history = if std::env::var_os("OTTLA_SEED").is_some() { disk.history() } else { String::new() };
        format!("{what}\n{history}")
    })
}

struct World {
    disk: FaultyDisk,
    shared: Arc<dyn Disk>,
    chance: Chance,
    options: WalOptions,
    planted: Planted,
    truths: BTreeMap<PartitionId, Arc<Mutex<Truth>>>,
    epoch: i32,
    written: u32,
}

impl World {
    fn new(disk: &FaultyDisk, seed: u64, planted: Planted) -> Self {
        let mut chance = Chance::from_seed(seed);
        let segment_bytes = *chance.pick(&[16 << 10, 32 << 10]);
        let options = WalOptions {
            size_bytes: segment_bytes * 4,
            segment_bytes,
            direct_bytes_min: *chance.pick(&[4 << 10, 12 << 10]),
            queue_bytes_max: 1 << 20,
            write_out_bytes: 16 << 10,
        };
        let truths = (0..PARTITIONS).map(|index| (Partition::id(index), Arc::default())).collect();
        let shared = disk.shared();
        Self { disk: disk.clone(), shared, chance, options, planted, truths, epoch: 0, written: 0 }
    }

    /// Recovers, checks, works, and dies.
    fn live(&mut self) -> Result<(), String> {
        self.plant();
        let Recovered { wal, partitions } = self.recover()?;
        for (id, (_, batches)) in &partitions {
            let mut truth = self.truths[id].lock().unwrap();
            truth.check(batches).map_err(|what| format!("partition {}: {what}", id.partition))?;
            truth.begin_life(batches);
        }
        self.epoch += 1;
        let partitions: Vec<_> = partitions.into_values().map(|(partition, _)| partition).collect();
        match self.chance.below(10) {
            0 | 1 => self.disk.fail_nth(EIO, Action::SyncData, self.chance.below(30)),
            2 => self.disk.set_capacity(self.chance.below(400 << 10)),
            _ => self.disk.crash_after(self.chance.below(300)),
        }
        if self.chance.percent(30) {
            wal.grow();
        }
        for _ in 0..self.chance.below(300) {
            if self.disk.has_crashed() || wal.offline().is_some() {
                break;
            }
            self.step(&wal, &partitions);
        }
        self.die(&wal)
    }

    /// A crash may come while recovering, too.
    fn recover(&mut self) -> Result<Recovered, String> {
        if self.chance.percent(30) {
            self.disk.crash_after(self.chance.below(60));
        }
        loop {
            let root = Path::new(ROOT);
            let recovered = recover(&self.shared, root, self.options, self.planted, &self.truths);
            if !self.disk.has_crashed() {
                return recovered;
            }
            self.crash();
            self.plant();
        }
    }

    fn plant(&self) {
        match self.planted {
            Planted::AcknowledgesBeforeSync => {
                self.disk.lie_when(|operation| operation.path.to_string_lossy().contains("wal"));
            }
            Planted::ForgetsRootFolder => self.disk.lie_when(|operation| operation.path == Path::new(ROOT)),
            Planted::ForgetsPartitionFolder => self.disk.lie_when(|operation| {
                operation.action == Action::SyncDir && operation.path != Path::new(ROOT)
            }),
            Planted::Nothing | Planted::HandsInBeforeWriting | Planted::SyncsOnlyLastSegment => {}
        }
    }

    fn step(&mut self, wal: &Wal, partitions: &[Arc<Partition>]) {
        let partition = Arc::clone(self.chance.pick(partitions));
        match self.chance.below(100) {
            0..50 => drop(self.disk.run_lane_job()),
            _ if partition.awaits_cut() => {}
            50..53 => self.truncate(wal, &partition),
            _ => self.append(wal, &partition),
        }
    }

    fn append(&mut self, wal: &Wal, partition: &Arc<Partition>) {
        let len = match self.chance.below(10) {
            0 => 6000,
            1..4 => 1500,
            _ => 100,
        };
        self.written += 1;
        let mut body = vec![self.written as u8; len + self.chance.index(100)];
        body[..4].copy_from_slice(&self.written.to_be_bytes());
        let mut truth = partition.truth.lock().unwrap();
        let batch = batch(truth.next_offset(), self.epoch, body);
        let stamp = truth.stamp;
        truth.ever.push(batch.clone());
        drop(truth);
        let hand_in = || {
            partition.truth.lock().unwrap().batches.push(batch.clone());
            let files = Arc::clone(partition) as _;
            drop(wal.enqueue(Entry { files, stamp, change: Change::Batch(batch.clone()) }));
        };
        if self.planted == Planted::HandsInBeforeWriting {
            hand_in();
            self.disk.run_lane_job();
            let _ = partition.append(&batch);
        } else if partition.append(&batch).is_ok() {
            hand_in();
        }
    }

    /// A new leader's log ends earlier, and ours is cut to follow it.
    fn truncate(&mut self, wal: &Wal, partition: &Arc<Partition>) {
        let mut truth = partition.truth.lock().unwrap();
        let kept = truth.batches.len() - self.chance.index(truth.batches.len().min(5) + 1);
        self.epoch += 1;
        truth.stamp += 1;
        truth.batches.truncate(kept);
        let to = truth.next_offset();
        truth.acknowledged_to = truth.acknowledged_to.min(to);
        let (stamp, epoch) = (truth.stamp, self.epoch);
        truth.truncation = Some(Truncation { stamp, epoch, to, is_followed: false });
        partition.cut_when_durable(&truth.batches);
        drop(truth);
        let change = Change::Truncate { leader_epoch: LeaderEpoch(epoch), to: Offset(to) };
        drop(wal.enqueue(Entry { files: Arc::clone(partition) as _, stamp, change }));
    }

    fn die(&mut self, wal: &Wal) -> Result<(), String> {
        if !self.disk.has_crashed() && wal.offline().is_none() && self.chance.percent(30) {
            self.close(wal)?;
        }
        self.crash();
        Ok(())
    }

    /// A clean stop leaves nothing of the write-ahead log, unless a crash or a fault comes in between.
    fn close(&self, wal: &Wal) -> Result<(), String> {
        let outcome = Arc::new(Mutex::new(None));
        let tell = Arc::clone(&outcome);
        wal.close(Box::new(move |closed| *tell.lock().unwrap() = Some(closed)));
        self.disk.run_lane_jobs();
        let outcome = outcome.lock().unwrap().take();
        let is_over = self.disk.has_crashed();
        match outcome {
            Some(Ok(())) => {
                let present = ottla_storage::wal::is_present(&*self.shared, Path::new(ROOT));
                if is_over || !present.is_ok_and(|present| present) {
                    Ok(())
                } else {
                    Err("the log is left".into())
                }
            }
            Some(Err(_)) if is_over || wal.offline().is_some() => Ok(()),
            Some(Err(error)) => Err(format!("the close failed: {error}")),
            None if is_over => Ok(()),
            None => Err("the close never ended".into()),
        }
    }

    fn crash(&mut self) {
        self.disk.clear_faults();
        self.disk.set_capacity(1 << 40);
        if self.chance.percent(30) {
            self.disk.crash_process();
        } else {
            self.disk.lose_power(self.chance.bits());
        }
    }
}
