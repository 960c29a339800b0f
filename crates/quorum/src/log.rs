//! The log of batches in memory and on disk: where each entry stands, and the files that hold them.
//!
//! No index files are written: the places of all entries after the newest snapshot are in memory, and Apache
//! Kafka builds its indexes of this log anew at each start. Those that it left are removed, because they
//! would not be true any more.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use ottla_storage::disk::{Disk, File, Lane};
use ottla_types::{BrokerId, LeaderEpoch, Offset, Timestamp, Uuid};
use tokio::sync::oneshot;

use crate::Clock;
use crate::batch::{self, StoredBatch};
use crate::directory::{SnapshotId, segment_path};
use crate::error::{QuorumError, damaged, io_error};
use crate::quorum_state::QuorumState;
use crate::types::{Entry, RaftLogIdOf, Voters};

/// Batches that are applied stay in memory up to so many bytes; older ones are read from the file.
const CACHE_BYTES_MAX: usize = 1024 * 1024;

/// What the log is told once.
#[derive(Clone)]
pub(crate) struct LogOptions {
    pub(crate) folder: PathBuf,
    pub(crate) node: BrokerId,
    pub(crate) segment_bytes: u64,
    pub(crate) segment_ms: i64,
    pub(crate) clock: Clock,
}

/// Where an entry stands.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) epoch: LeaderEpoch,
    pub(crate) base_offset: Offset,
    pub(crate) next_offset: Offset,
    pub(crate) segment: Offset,
    pub(crate) position: u64,
    pub(crate) len: u32,
    /// The batch itself, until it is applied and others need the room.
    pub(crate) bytes: Option<Bytes>,
}

/// The segment that is written to.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) base: Offset,
    pub(crate) len: u64,
    pub(crate) since: Timestamp,
}

#[derive(Debug)]
pub(crate) struct State {
    /// The index of the entry at the front of `places`.
    pub(crate) first_index: u64,
    pub(crate) places: VecDeque<Place>,
    /// Everything up to here is in a snapshot, and not in `places`.
    pub(crate) purged: Option<RaftLogIdOf>,
    pub(crate) end_offset: Offset,
    pub(crate) active: Active,
    /// Open files by base offset; the active segment is always among them once it exists.
    pub(crate) files: BTreeMap<Offset, Arc<dyn File>>,
    pub(crate) cached_bytes: usize,
    /// Everything before this index has had its bytes taken out of memory.
    pub(crate) evicted_to: u64,
    pub(crate) quorum: QuorumState,
    pub(crate) voters: Voters,
    /// Where each epoch that is in the log began, for `leader-epoch-checkpoint`.
    pub(crate) epochs: BTreeMap<LeaderEpoch, Offset>,
    /// A write or a sync failed: nothing is known of the disk any more, and nothing is written.
    pub(crate) is_broken: bool,
}

/// The metadata log. Clones are handles to the same one.
#[derive(Clone)]
pub(crate) struct Log {
    shared: Arc<Shared>,
}

struct Shared {
    options: LogOptions,
    disk: Arc<dyn Disk>,
    lane: Arc<dyn Lane>,
    state: Mutex<State>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("folder", &self.shared.options.folder).finish_non_exhaustive()
    }
}

impl State {
    pub(crate) fn next_index(&self) -> u64 {
        self.first_index + self.places.len() as u64
    }

    pub(crate) fn last_log_id(&self) -> Option<RaftLogIdOf> {
        let last = self.places.back().map(|place| batch::log_id(place.epoch, self.next_index() - 1));
        last.or(self.purged)
    }

    pub(crate) fn place(&self, index: u64) -> Option<&Place> {
        self.places.get(usize::try_from(index.checked_sub(self.first_index)?).ok()?)
    }

    pub(crate) fn note_epoch(&mut self, epoch: LeaderEpoch, offset: Offset) -> bool {
        let is_new = self.epochs.last_key_value().is_none_or(|(&latest, _)| latest < epoch);
        if is_new {
            self.epochs.insert(epoch, offset);
        }
        is_new
    }

    /// Takes applied batches out of memory, oldest first, while there are too many.
    pub(crate) fn evict(&mut self, applied_index: u64) {
        self.evicted_to = self.evicted_to.max(self.first_index);
        while self.cached_bytes > CACHE_BYTES_MAX && self.evicted_to <= applied_index {
            let at = (self.evicted_to - self.first_index) as usize;
            let Some(place) = self.places.get_mut(at) else { return };
            if let Some(bytes) = place.bytes.take() {
                self.cached_bytes -= bytes.len();
            }
            self.evicted_to += 1;
        }
    }

    pub(crate) fn push(&mut self, place: Place) {
        self.cached_bytes += place.bytes.as_ref().map_or(0, Bytes::len);
        self.end_offset = place.next_offset;
        self.active.len = place.position + u64::from(place.len);
        self.places.push_back(place);
    }

    /// Forgets the entries from `index` on.
    pub(crate) fn truncate(&mut self, index: u64) -> Option<Place> {
        let keep = usize::try_from(index.saturating_sub(self.first_index)).unwrap_or(0);
        let gone = self.places.split_off(keep.min(self.places.len()));
        self.cached_bytes -=
            gone.iter().filter_map(|place| place.bytes.as_ref()).map(Bytes::len).sum::<usize>();
        let first = gone.into_iter().next()?;
        self.end_offset = first.base_offset;
        self.active.base = first.segment;
        self.active.len = first.position;
        self.epochs.retain(|_, start| *start < first.base_offset);
        Some(first)
    }

    /// Forgets the entries up to `log_id`, which a snapshot holds.
    pub(crate) fn purge(&mut self, log_id: RaftLogIdOf) {
        while self.first_index <= log_id.index
            && let Some(place) = self.places.pop_front()
        {
            self.cached_bytes -= place.bytes.as_ref().map_or(0, Bytes::len);
            self.first_index += 1;
        }
        self.first_index = self.first_index.max(log_id.index + 1);
        self.purged = Some(log_id);
    }

    fn directory_of(&self, node: BrokerId) -> Uuid {
        self.voters.get_node(&node).map_or(Uuid::ZERO, |voter| voter.directory)
    }
}

impl Log {
    pub(crate) fn new(options: LogOptions, disk: Arc<dyn Disk>, lane: Arc<dyn Lane>, state: State) -> Self {
        Self { shared: Arc::new(Shared { options, disk, lane, state: Mutex::new(state) }) }
    }

    pub(crate) fn options(&self) -> &LogOptions {
        &self.shared.options
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.shared.options.clock)()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().expect("nobody panics while holding the lock")
    }

    pub(crate) fn disk(&self) -> &Arc<dyn Disk> {
        &self.shared.disk
    }

    /// Queues a job behind all others, without waiting for it.
    pub(crate) fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.shared.lane.submit(Box::new(job));
    }

    /// Runs a job on the lane, behind all others, and waits for what it says.
    pub(crate) async fn on_lane<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Job<'_>) -> Result<T, QuorumError> + Send + 'static,
    ) -> Result<T, QuorumError> {
        let (sender, receiver) = oneshot::channel();
        let log = self.clone();
        self.submit(move || {
            let shared = Job { disk: &*log.shared.disk, folder: &log.shared.options.folder };
            // Nobody waits any more when the node stops.
            drop(sender.send(job(&shared)));
        });
        receiver.await.unwrap_or_else(|_| Err(QuorumError::Stopped("its disk thread has ended".to_owned())))
    }

    /// Writes the vote and what stands beside it.
    pub(crate) async fn save_quorum_state(
        &self,
        change: impl FnOnce(&mut QuorumState),
    ) -> Result<(), QuorumError> {
        let (quorum, voter) = {
            let mut state = self.lock();
            change(&mut state.quorum);
            let voter = state.quorum.vote.leader_id.voted_for.unwrap_or(BrokerId::NONE);
            (state.quorum.clone(), state.directory_of(voter))
        };
        self.on_lane(move |shared| quorum.write(shared.disk, shared.folder, &|_| voter)).await
    }

    /// Reads entries, from memory or from the files.
    pub(crate) async fn read(&self, from: u64, to: u64) -> Result<Vec<Entry>, QuorumError> {
        let (places, files) = {
            let state = self.lock();
            let (from, to) = (from.max(state.first_index), to.min(state.next_index()));
            let places: Vec<(u64, Place)> =
                (from..to).filter_map(|index| Some((index, state.place(index)?.clone()))).collect();
            let is_away = places.iter().any(|(_, place)| place.bytes.is_none());
            (places, if is_away { state.files.clone() } else { BTreeMap::new() })
        };
        let folder = self.shared.options.folder.clone();
        let decode = move |places: Vec<(u64, Place)>| {
            let entry = |(index, place): (u64, Place)| {
                let path = segment_path(&folder, place.segment);
                let bytes = match place.bytes {
                    Some(bytes) => bytes,
                    None => read_place(files.get(&place.segment), &place).map_err(io_error(&path))?,
                };
                batch::decode(bytes, index).map_err(|what| damaged(path, what))
            };
            places.into_iter().map(entry).collect()
        };
        if places.iter().all(|(_, place)| place.bytes.is_some()) {
            return decode(places);
        }
        self.on_lane(move |_| decode(places)).await
    }

    /// Gives a batch its place behind the last one. The caller has seen to it that the active segment has
    /// room.
    pub(crate) fn place(state: &mut State, epoch: LeaderEpoch, stored: &StoredBatch) -> Place {
        Place {
            epoch,
            base_offset: stored.base_offset,
            next_offset: stored.next_offset,
            segment: state.active.base,
            position: state.active.len,
            len: u32::try_from(stored.bytes.len()).expect("a batch's own length field has 32 bits"),
            bytes: Some(stored.bytes.clone()),
        }
    }

    /// Remembers which entry a snapshot ends with, before the snapshot is there.
    pub(crate) async fn note_snapshot(&self, id: SnapshotId, last_index: u64) -> Result<(), QuorumError> {
        self.save_quorum_state(|quorum| {
            quorum.snapshots.insert(id, last_index);
        })
        .await
    }
}

/// What a job on the lane works with.
pub(crate) struct Job<'a> {
    pub(crate) disk: &'a dyn Disk,
    pub(crate) folder: &'a std::path::Path,
}

fn read_place(file: Option<&Arc<dyn File>>, place: &Place) -> std::io::Result<Bytes> {
    let file = file.ok_or(std::io::ErrorKind::NotFound)?;
    let mut bytes = vec![0; place.len as usize];
    let read = file.read_at(&mut bytes, place.position)?;
    if read < bytes.len() {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes.into())
}
