//! One partition's log on a disk of its own, synced in place: without a write-ahead log nothing hides what its own
//! recovery gets wrong.

use std::path::Path;
use std::sync::Arc;

use ottla_storage::checkpoint::DirectoryCheckpoints;
use ottla_storage::disk::{Disk, PagePool};
use ottla_storage::log::{LogOptions, PartitionLog, StartPoint, SyncInPlace, TailBudget};
use ottla_storage::wal::PartitionId;
use ottla_storage::{FolderSync, StorageError};
use ottla_testkit::{Chance, FaultyDisk};
use ottla_types::{PartitionIndex, Timestamp, TopicPartition, Uuid};

use crate::history::{History, NOW, Stop};
use crate::tally::Tally;
use crate::world::{Broken, ROOT, guarded};

type Opened = (Arc<PartitionLog>, Arc<DirectoryCheckpoints>);

/// Runs one seed of a single log from beginning to end.
pub fn run_log(seed: u64) -> Result<Tally, Broken> {
    let disk = FaultyDisk::new(seed);
    disk.create_durable_dir(Path::new(ROOT));
    let mut chance = Chance::from_seed(seed);
    let id = PartitionId { topic_id: Uuid(*b"ottla-one-log-01"), partition: PartitionIndex(0) };
    let history = History::new(id, TopicPartition::new("t", 0), &mut chance);
    let mut world = OneLog { disk: disk.clone(), chance, history, tally: Tally::default() };
    guarded(&disk, || world.run())?;
    world.tally.seeds = 1;
    Ok(world.tally)
}

struct OneLog {
    disk: FaultyDisk,
    chance: Chance,
    history: History,
    tally: Tally,
}

impl OneLog {
    fn run(&mut self) -> Result<(), String> {
        for _ in 0..5 {
            if self.chance.percent(70) {
                self.disk.crash_after(self.chance.below(120));
            }
            self.live()?;
            self.tally.in_operation += u64::from(self.disk.has_crashed());
            let is_kill = self.chance.percent(40);
            if is_kill {
                self.tally.kills += 1;
                self.disk.crash_process();
            } else {
                self.tally.power_losses += 1;
                self.disk.lose_power(self.chance.bits());
            }
            let opened = self.open().map_err(|error| format!("the log does not open: {error}"));
            let (log, _) = opened?;
            log.flush().map_err(|error| format!("the log cannot be flushed: {error}"))?;
            self.history.check_survivors(&log, is_kill, &mut self.tally)?;
            self.disk.crash_process();
        }
        Ok(())
    }

    fn open(&self) -> Result<Opened, StorageError> {
        let shared: Arc<dyn Disk> = self.disk.shared();
        // What a process renamed before it died need not be durable, as whoever opens a directory has to know.
        shared.sync_dir(Path::new(ROOT))?;
        let checkpoints = DirectoryCheckpoints::read(&shared, Path::new(ROOT))?;
        let options = LogOptions {
            folder: Path::new(ROOT).join(self.history.name.to_string()),
            id: self.history.id,
            commit: Arc::new(SyncInPlace::new(shared.lane("sync")?)),
            checkpoints: Arc::clone(&checkpoints),
            config: self.history.config.clone(),
            tail: TailBudget::new(2000),
            pages: PagePool::new(0),
            seed: 1,
            root: FolderSync::new(self.disk.shared(), Path::new(ROOT)),
            disk: shared,
        };
        let start = StartPoint::of(&checkpoints, &self.history.name, false);
        Ok((PartitionLog::open(options, start, NOW)?.0, checkpoints))
    }

    /// Does this and that until the disk crashes or enough was done.
    fn live(&mut self) -> Result<(), String> {
        let Ok((log, checkpoints)) = self.open() else { return Ok(()) };
        if log.flush().is_err() {
            return Ok(());
        }
        self.history.begin(&log);
        for _ in 0..self.chance.below(100) {
            let stopped = self.step(&log, &checkpoints);
            self.history.note_acknowledged(&log, &mut self.tally)?;
            // Without a write-ahead log nothing remembers a cut that was not synced.
            self.history.cuts.clear();
            match stopped {
                Ok(()) if !self.disk.has_crashed() => {}
                Err(Stop::Broken(what)) => return Err(what),
                Ok(()) | Err(Stop::Disk(_) | Stop::NoRoom) => return Ok(()),
            }
        }
        Ok(())
    }

    fn step(&mut self, log: &Arc<PartitionLog>, checkpoints: &DirectoryCheckpoints) -> Result<(), Stop> {
        let Self { disk, chance, history, tally } = self;
        match chance.below(100) {
            0..10 => drop(disk.run_lane_job()),
            10..15 => drop(log.flush()?),
            15..20 => checkpoints.write()?,
            20..25 => log.tick(Timestamp(history.clock_ms + chance.below(2000) as i64))?,
            40..45 => disk.run_lane_jobs(),
            _ if history.is_being_cut() => drop(disk.run_lane_job()),
            25..30 => history.delete_records(log, chance, tally)?,
            30..35 => history.truncate(log, chance),
            35..40 => history.compare(log)?,
            _ => history.append(log, chance, tally)?,
        }
        Ok(())
    }
}
