//! A file system in memory that loses what was not synced, tears writes and fails on demand.
//!
//! It keeps the promise of [`ottla_storage::disk`] and nothing beyond it. Two events end a life: after
//! [`FaultyDisk::crash_process`] all that was written is still there, because the page cache outlives a process;
//! after [`FaultyDisk::lose_power`] any subset of what was not synced is gone. Either way the handles, locks and
//! queued jobs of before are dead, and the test opens everything anew.
//!
//! Lanes have no threads: their jobs wait until the test runs them, so that the order of a sync's end and of
//! appends is the seed's to choose.

mod faults;
mod file_node;
mod folder_node;
mod seam;
mod tree;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ottla_storage::disk::{Disk, Job};

pub use self::faults::{Action, Operation};
use self::faults::{Fault, Faults};
use self::tree::{NodeId, Tree};
use crate::Chance;

/// `EIO`: the device is broken.
pub const EIO: i32 = 5;
/// `ENOSPC`: no room is left.
pub const ENOSPC: i32 = 28;

/// The room of a disk for which no capacity was set.
const ENDLESS: u64 = 1 << 50;

/// A simulated disk. Clones are the same disk.
#[derive(Clone, Debug)]
pub struct FaultyDisk {
    world: Arc<Mutex<World>>,
}

#[derive(Debug)]
struct World {
    tree: Tree,
    faults: Faults,
    chance: Chance,
    /// Counts crashes. What belongs to an earlier life does nothing any more.
    life: u64,
    lanes: BTreeMap<u64, SimulatedLane>,
    lanes_started: u64,
    /// Whether jobs run as soon as they are handed in.
    lanes_at_work: bool,
    /// Whether one of them is running: those that it hands in run after it.
    is_working: bool,
    delayed: Vec<Delayed>,
    locks: BTreeSet<NodeId>,
    capacity: u64,
    percent_cold: u64,
    now_ms: i64,
}

/// What a program has reported and not yet done.
#[derive(Debug)]
struct Delayed {
    node: NodeId,
    late: Late,
}

#[derive(Debug)]
enum Late {
    Write { position: usize, data: Vec<u8> },
    Sync,
}

impl Late {
    const fn action(&self) -> Action {
        match self {
            Self::Write { .. } => Action::Write,
            Self::Sync => Action::SyncData,
        }
    }
}

struct SimulatedLane {
    name: String,
    jobs: VecDeque<Job>,
}

impl std::fmt::Debug for SimulatedLane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} jobs)", self.name, self.jobs.len())
    }
}

impl FaultyDisk {
    /// An empty disk. The seed decides the order of lane jobs, what of a failed write was done, and which
    /// reads find nothing in memory.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let world = World {
            tree: Tree::new(),
            faults: Faults::default(),
            chance: Chance::from_seed(seed),
            life: 0,
            lanes: BTreeMap::new(),
            lanes_started: 0,
            lanes_at_work: false,
            is_working: false,
            delayed: Vec::new(),
            locks: BTreeSet::new(),
            capacity: ENDLESS,
            percent_cold: 0,
            now_ms: 1_700_000_000_000,
        };
        Self { world: Arc::new(Mutex::new(world)) }
    }

    /// The disk as storage wants it.
    #[must_use]
    pub fn shared(&self) -> Arc<dyn Disk> {
        Arc::new(self.clone())
    }

    /// The process dies: handles, locks and queued jobs are gone, everything written is still there.
    pub fn crash_process(&self) {
        let mut world = self.lock();
        world.faults.reopen("-- the process died".to_owned());
        let jobs = world.begin_life();
        drop(world);
        drop(jobs);
    }

    /// The power fails and comes back: of what was not synced, what the seed says is there.
    pub fn lose_power(&self, seed: u64) {
        let mut world = self.lock();
        world.faults.reopen(format!("-- the power failed, seed {seed}"));
        let mut chance = Chance::from_seed(seed);
        world.tree = world.tree.survivors(&mut chance);
        let jobs = world.begin_life();
        drop(world);
        drop(jobs);
    }

    /// Everything that was done so far becomes durable, as after a long time without a crash.
    pub fn settle(&self) {
        self.lock().tree.sync_all();
    }

    /// After this many further operations that change something, the next one is done by half or not at all and
    /// it and all that follow fail, until [`Self::crash_process`] or [`Self::lose_power`].
    pub fn crash_after(&self, changes: u64) {
        self.lock().faults.crash_after(changes);
    }

    /// Whether a crash point was reached.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.lock().faults.crashed
    }

    /// How many operations have changed something so far: the number of crash points that there are.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.lock().faults.changes()
    }

    /// From now on, operations of which the predicate says so fail with this error number. It is asked about
    /// each one, so it may count; it must not use the disk.
    pub fn fail_when(&self, errno: i32, hits: impl FnMut(&Operation) -> bool + Send + 'static) {
        self.lock().faults.add(Box::new(hits), Fault::Fail(errno));
    }

    /// The `nth` operation of this kind from now, counted from 0, fails with this error number.
    pub fn fail_nth(&self, errno: i32, action: Action, nth: u64) {
        let mut seen = 0;
        self.fail_when(errno, move |operation| {
            if operation.action != action {
                return false;
            }
            seen += 1;
            seen == nth + 1
        });
    }

    /// From now on, syncs of which the predicate says so report success and do nothing. With this a test plants the
    /// error of a program that forgets a sync, to see that its checks find it.
    pub fn lie_when(&self, hits: impl Fn(&Operation) -> bool + Send + 'static) {
        let is_sync = |operation: &Operation| matches!(operation.action, Action::SyncData | Action::SyncDir);
        self.lock().faults.add(Box::new(move |operation| is_sync(operation) && hits(operation)), Fault::Lie);
    }

    /// From now on, writes and syncs of which the predicate says so report success at once and happen before the next
    /// operation of their kind on the file, or, if a crash comes first, never. With this a test plants the error of a
    /// program that tells of something before it has done it.
    pub fn delay_when(&self, hits: impl Fn(&Operation) -> bool + Send + 'static) {
        let may_be_late =
            |operation: &Operation| matches!(operation.action, Action::SyncData | Action::Write);
        let hits = move |operation: &Operation| may_be_late(operation) && hits(operation);
        self.lock().faults.add(Box::new(hits), Fault::Delay);
    }

    /// Takes back all faults, lies and delays that were arranged.
    pub fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    /// Sets how many bytes the disk holds.
    pub fn set_capacity(&self, bytes: u64) {
        self.lock().capacity = bytes;
    }

    /// Sets how many in a hundred reads that must not wait find nothing, or not everything, in memory.
    pub fn set_percent_cold(&self, percent: u64) {
        self.lock().percent_cold = percent;
    }

    /// Sets the time that files are stamped with.
    pub fn set_now_ms(&self, now_ms: i64) {
        self.lock().now_ms = now_ms;
    }

    /// Runs the first job of a lane that the seed chooses. False if no lane has a job.
    pub fn run_lane_job(&self) -> bool {
        let mut world = self.lock();
        let busy: Vec<u64> =
            world.lanes.iter().filter(|(_, lane)| !lane.jobs.is_empty()).map(|(id, _)| *id).collect();
        if busy.is_empty() {
            return false;
        }
        let id = *world.chance.pick(&busy);
        run_first_job(world, id)
    }

    /// Runs the first job of the lane of this name. False if it has none.
    pub fn run_lane_job_of(&self, name: &str) -> bool {
        let world = self.lock();
        let found = world.lanes.iter().find(|(_, lane)| lane.name == name && !lane.jobs.is_empty());
        let id = found.map(|(id, _)| *id);
        id.is_some_and(|id| run_first_job(world, id))
    }

    /// Runs jobs, in an order that the seed chooses, until no lane has one.
    pub fn run_lane_jobs(&self) {
        while self.run_lane_job() {}
    }

    /// Does something that waits for lanes: their jobs, those that wait already too, run as soon as they are handed in.
    pub fn with_lanes_at_work<T>(&self, work: impl FnOnce() -> T) -> T {
        self.lock().lanes_at_work = true;
        self.work_off();
        let done = work();
        self.lock().lanes_at_work = false;
        done
    }

    /// Runs jobs one after another; those that a job hands in come after it.
    fn work_off(&self) {
        let mut world = self.lock();
        if !world.lanes_at_work || std::mem::replace(&mut world.is_working, true) {
            return;
        }
        drop(world);
        self.run_lane_jobs();
        self.lock().is_working = false;
    }

    /// How many jobs wait.
    #[must_use]
    pub fn queued_lane_jobs(&self) -> usize {
        self.lock().lanes.values().map(|lane| lane.jobs.len()).sum()
    }

    /// What was done, one operation a line: to print when a test fails.
    #[must_use]
    pub fn history(&self) -> String {
        self.lock().faults.history()
    }

    /// Creates a folder that no power loss takes back.
    ///
    /// # Panics
    /// If a file is in the way.
    pub fn create_durable_dir(&self, path: &Path) {
        let mut world = self.lock();
        world.tree.create_folders(path).expect("no file is in the way of the folder");
        let mut at = path;
        while let Some(parent) = at.parent() {
            world.tree.folder(parent).expect("the folder was just created").sync();
            at = parent;
        }
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        // A test that panics with the lock held has failed already.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs a job without the lock, so that it can use the disk.
fn run_first_job(mut world: MutexGuard<'_, World>, id: u64) -> bool {
    let Some(lane) = world.lanes.get_mut(&id) else { return false };
    let Some(job) = lane.jobs.pop_front() else { return false };
    let name = lane.name.clone();
    world.faults.note(format!("-- lane {name} runs a job"));
    drop(world);
    job();
    true
}

impl World {
    /// Does the writes to the file, or the syncs of it, that were reported as done already.
    fn catch_up(&mut self, node: NodeId, action: Action) {
        let is_due = |delayed: &mut Delayed| delayed.node == node && delayed.late.action() == action;
        for delayed in self.delayed.extract_if(.., is_due) {
            let file = self.tree.file(node);
            match delayed.late {
                Late::Write { position, data } => file.write(position, data),
                Late::Sync => file.sync(),
            }
        }
    }

    /// Ends the life of all handles, locks and lanes. Jobs hold handles whose drop may want the lock, so the caller
    /// drops them after releasing it.
    fn begin_life(&mut self) -> BTreeMap<u64, SimulatedLane> {
        self.life += 1;
        self.locks.clear();
        self.delayed.clear();
        self.lanes_at_work = false;
        self.is_working = false;
        std::mem::take(&mut self.lanes)
    }
}

#[cfg(test)]
mod tests;
