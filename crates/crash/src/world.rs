//! One disk and the log directory on it, through several lives, all decided by a seed.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use ottla_storage::StorageError;
use ottla_storage::disk::Disk;
use ottla_storage::log::PartitionLog;
use ottla_storage::log_dir::{LockedDir, LogDir, LogDirOptions, LogDirReport};
use ottla_storage::wal::{PartitionId, WalOptions};
use ottla_testkit::faulty_disk::{Action, EIO};
use ottla_testkit::{Chance, FaultyDisk};
use ottla_types::{PartitionIndex, Timestamp, TopicPartition, Uuid};

use crate::history::{History, NOW, Stop};
use crate::planted::Planted;
use crate::tally::Tally;

/// The log directory.
pub(crate) const ROOT: &str = "/data";

/// Topics come and go; their names come again.
const TOPIC_NAMES: [&str; 2] = ["t", "u"];
/// How many partitions there are at most.
const PARTITIONS_MAX: usize = 4;
/// Enough for every simulated write.
const ENDLESS: u64 = 1 << 50;

/// More operations than there are in a life.
const NEVER: u64 = u64::MAX >> 1;

/// A promise that was broken.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{what}")]
pub struct Broken {
    /// Which, and of what.
    pub what: String,
    /// Everything that was done to the disk, one operation a line.
    pub history: String,
}

/// Runs one seed from beginning to end, with an error planted or none.
pub fn run(seed: u64, planted: Option<Planted>) -> Result<Tally, Broken> {
    let disk = FaultyDisk::new(seed);
    disk.create_durable_dir(Path::new(ROOT));
    let mut world = World {
        disk: disk.clone(),
        chance: Chance::from_seed(seed),
        planted,
        partitions: BTreeMap::new(),
        tally: Tally::default(),
        has_everything: false,
    };
    guarded(&disk, || world.run())?;
    world.tally.seeds = 1;
    Ok(world.tally)
}

/// Takes a panic for a promise that was broken.
pub(crate) fn guarded(disk: &FaultyDisk, run: impl FnOnce() -> Result<(), String>) -> Result<(), Broken> {
    let what = match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(what)) => what,
        Err(panic) => format!("panicked: {}", text_of(&*panic)),
    };
    Err(Broken { what, history: disk.history() })
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word").to_owned()
}

struct World {
    disk: FaultyDisk,
    chance: Chance,
    planted: Option<Planted>,
    /// The partitions that the metadata log knows. It has a log of its own, so it is taken to survive everything.
    partitions: BTreeMap<PartitionId, History>,
    tally: Tally,
    /// Whether everything has to be there that was written since the logs were looked at, acknowledged or not: so it is
    /// after a clean stop.
    has_everything: bool,
}

/// How a life will be cut short, unless it is over before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// By a crash at an operation of the disk.
    Crash,
    /// By a sync that fails.
    FailedSync,
    /// By a disk without room, after which it may go on.
    FullDisk,
    /// Not at all: the crash comes between two operations.
    Peace,
}

impl World {
    fn run(&mut self) -> Result<(), String> {
        for _ in 0..2 {
            self.found_partition();
        }
        for _ in 0..5 {
            let dir = self.open_and_check()?;
            let fate = self.choose_fate();
            self.live(&dir, fate)?;
            self.crash();
        }
        drop(self.open_and_check()?);
        // Jobs that wait hold the disk, and the disk holds them.
        self.disk.crash_process();
        Ok(())
    }

    /// Opens the directory, through crashes while it is being opened, and looks at everything in it.
    fn open_and_check(&mut self) -> Result<LogDir, String> {
        loop {
            self.plant();
            if self.chance.percent(25) {
                self.disk.crash_after(self.chance.below(120));
            }
            let opened = self.open();
            if self.disk.has_crashed() {
                drop(opened);
                self.tally.in_recovery += 1;
                self.crash();
                continue;
            }
            let (dir, report) = opened.map_err(|error| format!("the directory does not open: {error}"))?;
            self.disk.crash_after(NEVER);
            self.tally.replayed += report.replayed_records;
            self.tally.mended += report.replayed_partitions as u64;
            if let Some((partition, missing)) = report.missing.first() {
                return Err(format!("{partition}: {missing:?} is missing, and nothing explains it"));
            }
            self.check(&dir).map_err(|stop| match stop {
                Stop::Broken(what) => what,
                Stop::Disk(error) => format!("nothing is wrong with the disk, and yet: {error}"),
                Stop::NoRoom => "there is room, and yet a batch is refused".to_owned(),
            })?;
            return Ok(dir);
        }
    }

    fn open(&mut self) -> Result<(LogDir, LogDirReport), StorageError> {
        let shared: Arc<dyn Disk> = self.disk.shared();
        let options = LogDirOptions {
            is_durable: true,
            tail_bytes: *self.chance.pick(&[0, 3000]),
            recovery_threads: 1,
            reserve_bytes: *self.chance.pick(&[0, 8 << 10]),
            // Small, so that it is recycled all the time, and some batches are synced in place.
            wal: WalOptions {
                size_bytes: 160 << 10,
                segment_bytes: 40 << 10,
                direct_bytes_min: *self.chance.pick(&[900, 9000]),
                queue_bytes_max: 1 << 20,
                write_out_bytes: 4000,
            },
        };
        let unique = u128::from(self.chance.bits());
        let partitions = &self.partitions;
        self.disk.with_lanes_at_work(|| {
            let locked = LockedDir::lock(shared, Path::new(ROOT))?;
            let config_of = |name: &TopicPartition, topic_id| {
                let id = PartitionId { topic_id, partition: name.partition };
                partitions.get(&id).map(|history| history.config.clone())
            };
            let names = std::cell::Cell::new(unique);
            let unique = || {
                names.set(names.get() + 1);
                names.get()
            };
            locked.open(options, NOW, config_of, unique)
        })
    }

    /// Looks at every log, those too that have yet to be created.
    fn check(&mut self, dir: &LogDir) -> Result<(), Stop> {
        let everything = self.has_everything;
        if let Some((name, log)) = dir.all().iter().find(|(_, log)| !self.partitions.contains_key(&log.id()))
        {
            return Err(Stop::Broken(format!("{name} was deleted and is here again as {:?}", log.id())));
        }
        for history in self.partitions.values_mut() {
            let log = log_of(dir, history)?;
            history.check_survivors(&log, everything, &mut self.tally).map_err(Stop::Broken)?;
            history.begin(&log);
        }
        self.has_everything = false;
        Ok(())
    }

    fn choose_fate(&mut self) -> Fate {
        match self.chance.below(20) {
            0..13 => {
                self.disk.crash_after(self.chance.below(400));
                Fate::Crash
            }
            13..15 => {
                let nth = self.chance.below(40);
                self.disk.fail_nth(EIO, Action::SyncData, nth);
                Fate::FailedSync
            }
            15 => {
                let space = self.disk.space(Path::new(ROOT)).map_or(0, |space| space.total - space.available);
                self.disk.set_capacity(space + self.chance.below(64 << 10));
                Fate::FullDisk
            }
            _ => Fate::Peace,
        }
    }

    /// Does this and that until something fails or enough was done.
    fn live(&mut self, dir: &LogDir, fate: Fate) -> Result<(), String> {
        if self.chance.percent(50) {
            dir.started();
        }
        for _ in 0..self.chance.below(200) {
            let stopped = self.step(dir);
            self.note_acknowledged(dir)?;
            match stopped {
                Ok(()) => {}
                Err(Stop::NoRoom) if fate == Fate::FullDisk => {}
                Err(Stop::NoRoom) => {
                    return Err("there is room for a batch, and yet it is refused".to_owned());
                }
                Err(Stop::Broken(what)) => return Err(what),
                Err(Stop::Disk(error)) => {
                    if fate == Fate::Peace {
                        return Err(format!("nothing is wrong with the disk, and yet: {error}"));
                    }
                    break;
                }
            }
            if self.disk.has_crashed() {
                break;
            }
        }
        if !self.disk.has_crashed() && self.chance.percent(30) {
            let closed = self.disk.with_lanes_at_work(|| dir.close(1));
            self.note_acknowledged(dir)?;
            match closed {
                Ok(()) => {
                    self.tally.clean_stops += 1;
                    self.has_everything = true;
                }
                Err(error) if fate == Fate::Peace => return Err(format!("the stop failed: {error}")),
                Err(_) => {}
            }
        }
        match fate {
            Fate::FailedSync => self.tally.failed_syncs += 1,
            Fate::FullDisk => self.tally.full_disks += 1,
            Fate::Crash | Fate::Peace => {}
        }
        Ok(())
    }

    fn note_acknowledged(&mut self, dir: &LogDir) -> Result<(), String> {
        for history in self.partitions.values_mut() {
            if let Some(log) = dir.find(history.id) {
                history.note_acknowledged(&log, &mut self.tally)?;
            }
        }
        Ok(())
    }

    /// Does one thing or another.
    fn step(&mut self, dir: &LogDir) -> Result<(), Stop> {
        match self.chance.below(100) {
            0..3 => return self.change_partitions(dir),
            3..5 => return first(dir.tick(self.now())),
            5 => return Ok(dir.flush_all()?),
            6..10 => return Ok(dir.write_checkpoints()?),
            10..13 => {
                self.disk.run_lane_jobs();
                return Ok(());
            }
            13..24 => {
                self.disk.run_lane_job();
                return Ok(());
            }
            _ => {}
        }
        let Some(id) = self.any_partition() else { return Ok(()) };
        let Some(history) = self.partitions.get_mut(&id) else { return Ok(()) };
        let Some(log) = dir.find(id) else {
            let log = log_of(dir, history)?;
            history.begin(&log);
            return Ok(());
        };
        match self.chance.below(100) {
            0..4 => drop(log.flush()?),
            4..8 => log.tick(Timestamp(history.clock_ms + self.chance.below(2000) as i64))?,
            _ if history.is_being_cut() => drop(self.disk.run_lane_job()),
            8..13 => history.delete_records(&log, &mut self.chance, &mut self.tally)?,
            13..18 => history.truncate(&log, &mut self.chance),
            18..24 => history.compare(&log)?,
            _ => history.append(&log, &mut self.chance, &mut self.tally)?,
        }
        Ok(())
    }

    /// A topic is created or deleted: the metadata log says so first.
    fn change_partitions(&mut self, dir: &LogDir) -> Result<(), Stop> {
        if self.partitions.len() < PARTITIONS_MAX && self.chance.percent(60) {
            // Its log is created when something is done to it.
            self.found_partition();
            return Ok(());
        }
        let Some(id) = self.any_partition() else { return Ok(()) };
        self.partitions.remove(&id);
        self.tally.deleted += 1;
        let unique = u128::from(self.chance.bits());
        first(dir.delete(&[id], || unique, self.now()))
    }

    /// The metadata log has a new partition, if a name is left for it.
    fn found_partition(&mut self) -> Option<PartitionId> {
        let name = TopicPartition::new(*self.chance.pick(&TOPIC_NAMES), self.chance.below(2) as i32);
        if self.partitions.values().any(|history| history.name == name) {
            return None;
        }
        let mut topic_id = [0; 16];
        topic_id[..8].copy_from_slice(&self.chance.bits().to_be_bytes());
        let id = PartitionId { topic_id: Uuid(topic_id), partition: PartitionIndex(name.partition.0) };
        self.partitions.insert(id, History::new(id, name, &mut self.chance));
        self.tally.created += 1;
        Some(id)
    }

    fn any_partition(&mut self) -> Option<PartitionId> {
        let number = self.chance.index(self.partitions.len());
        self.partitions.keys().nth(number).copied()
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.partitions.values().map(|history| history.clock_ms).max().unwrap_or(NOW.0))
    }

    /// The process is killed or the power fails, and comes back with a disk that has room and works.
    fn crash(&mut self) {
        self.tally.in_operation += u64::from(self.disk.has_crashed());
        self.disk.clear_faults();
        self.disk.set_capacity(ENDLESS);
        if self.chance.percent(65) {
            self.tally.power_losses += 1;
            self.disk.lose_power(self.chance.bits());
        } else {
            self.tally.kills += 1;
            self.disk.crash_process();
        }
    }

    fn plant(&self) {
        if let Some(planted) = self.planted {
            planted.plant(&self.disk);
        }
    }
}

/// The log of a partition that the metadata log has.
fn log_of(dir: &LogDir, history: &History) -> Result<Arc<PartitionLog>, StorageError> {
    match dir.find(history.id) {
        Some(log) => Ok(log),
        None => dir.create(&history.name, history.id.topic_id, history.config.clone(), NOW),
    }
}

/// The first trouble, if there was any.
fn first(troubles: Vec<(TopicPartition, StorageError)>) -> Result<(), Stop> {
    troubles.into_iter().next().map_or(Ok(()), |(_, error)| Err(error.into()))
}
