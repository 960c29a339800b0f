//! The log as openraft's log store: append, truncate, purge, and the vote.

use std::fmt::Debug;
use std::io::{self, IoSlice};
use std::ops::{Bound, RangeBounds};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{
    AnyError, ErrorSubject, ErrorVerb, LogState, OptionalSend, RaftLogReader, StorageError, StorageIOError,
    Vote,
};
use ottla_storage::checkpoint::{EpochStart, LeaderEpochs};
use ottla_storage::disk::{Disk, File, Open};
use ottla_types::{BrokerId, LeaderEpoch, Offset};

use crate::batch::{self, Leader, StoredBatch};
use crate::directory::segment_path;
use crate::error::{QuorumError, damaged, io_error};
use crate::log::Log;
use crate::types::{Content, Entry, RaftLogIdOf, TypeConfig};

pub(crate) fn storage_error(
    subject: ErrorSubject<BrokerId>,
    verb: ErrorVerb,
    error: &QuorumError,
) -> StorageError<BrokerId> {
    tracing::error!(%error, "the metadata log failed");
    StorageIOError::new(subject, verb, AnyError::error(error.to_string())).into()
}

fn log_error(verb: ErrorVerb) -> impl FnOnce(QuorumError) -> StorageError<BrokerId> {
    move |error| storage_error(ErrorSubject::Logs, verb, &error)
}

impl RaftLogReader<TypeConfig> for Log {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> Result<Vec<Entry>, StorageError<BrokerId>> {
        let from = match range.start_bound() {
            Bound::Included(&index) => index,
            Bound::Excluded(&index) => index + 1,
            Bound::Unbounded => 0,
        };
        let to = match range.end_bound() {
            Bound::Included(&index) => index + 1,
            Bound::Excluded(&index) => index,
            Bound::Unbounded => u64::MAX,
        };
        self.read(from, to).await.map_err(log_error(ErrorVerb::Read))
    }
}

impl RaftLogStorage<TypeConfig> for Log {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<TypeConfig>, StorageError<BrokerId>> {
        let state = self.lock();
        Ok(LogState { last_purged_log_id: state.purged, last_log_id: state.last_log_id() })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote<BrokerId>) -> Result<(), StorageError<BrokerId>> {
        let vote = *vote;
        let saved = self.save_quorum_state(|quorum| quorum.vote = vote).await;
        saved.map_err(|error| storage_error(ErrorSubject::Vote, ErrorVerb::Write, &error))
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<BrokerId>>, StorageError<BrokerId>> {
        Ok(Some(self.lock().quorum.vote))
    }

    async fn append<I>(
        &mut self,
        entries: I,
        callback: LogFlushed<TypeConfig>,
    ) -> Result<(), StorageError<BrokerId>>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let write = self.prepare(entries).await.map_err(log_error(ErrorVerb::Write))?;
        let log = self.clone();
        self.submit(move || {
            let written = write.run();
            if written.is_err() {
                // Never again: the kernel may have dropped what it could not write, and a later sync would
                // not say so.
                log.lock().is_broken = true;
            }
            let is_written = written.is_ok();
            callback.log_io_completed(written);
            if is_written && let Some(epochs) = write.epochs {
                log.write_epochs(&epochs);
            }
        });
        Ok(())
    }

    async fn truncate(&mut self, log_id: RaftLogIdOf) -> Result<(), StorageError<BrokerId>> {
        self.cut(log_id.index).await.map_err(log_error(ErrorVerb::Delete))
    }

    /// Forgets entries that a snapshot holds. Their files go later, when retention says so.
    async fn purge(&mut self, log_id: RaftLogIdOf) -> Result<(), StorageError<BrokerId>> {
        let beyond = {
            let mut state = self.lock();
            let is_beyond = log_id.index >= state.next_index();
            state.purge(log_id);
            let ends = &state.quorum.snapshots;
            let end = ends.iter().find(|(_, index)| **index == log_id.index).map(|(id, _)| id.end_offset);
            end.filter(|&end| is_beyond && end > state.end_offset)
        };
        match beyond {
            Some(end) => self.restart_at(end).await.map_err(log_error(ErrorVerb::Delete)),
            None => Ok(()),
        }
    }
}

/// Batches on their way to the disk.
struct Write {
    file: Arc<dyn File>,
    position: u64,
    batches: Vec<Bytes>,
    epochs: Option<Vec<EpochStart>>,
}

impl Write {
    fn run(&self) -> io::Result<()> {
        let parts: Vec<IoSlice<'_>> = self.batches.iter().map(|batch| IoSlice::new(batch)).collect();
        self.file.write_all_at(&parts, self.position)?;
        self.file.sync_data()
    }
}

impl Log {
    /// Gives the entries their places, where they can be read from now on.
    async fn prepare(&self, entries: Vec<Entry>) -> Result<Write, QuorumError> {
        let batches = self.encode(entries)?;
        let size: u64 = batches.iter().map(|(_, stored)| stored.bytes.len() as u64).sum();
        let now = self.now();
        let must_roll = {
            let state = self.lock();
            let (active, options) = (&state.active, self.options());
            let is_old = now.ms_since(active.since) >= options.segment_ms;
            (active.len > 0 && (active.len + size > options.segment_bytes || is_old))
                .then_some(state.end_offset)
        };
        if let Some(base) = must_roll {
            self.roll(base).await?;
        }
        let mut state = self.lock();
        let position = state.active.len;
        let file = state.files.get(&state.active.base).cloned().expect("the active segment is open");
        let mut is_new_epoch = false;
        for (epoch, stored) in &batches {
            is_new_epoch |= state.note_epoch(*epoch, stored.base_offset);
            let place = Self::place(&mut state, *epoch, stored);
            state.push(place);
        }
        let epochs = is_new_epoch
            .then(|| state.epochs.iter().map(|(&epoch, &start)| EpochStart { epoch, start }).collect());
        let batches = batches.into_iter().map(|(_, stored)| stored.bytes).collect();
        Ok(Write { file, position, batches, epochs })
    }

    fn encode(&self, entries: Vec<Entry>) -> Result<Vec<(LeaderEpoch, StoredBatch)>, QuorumError> {
        let mut state = self.lock();
        if state.is_broken {
            return Err(QuorumError::Stopped("an earlier write to the metadata log failed".to_owned()));
        }
        let now = self.now();
        let mut next = state.end_offset;
        let mut batches = Vec::with_capacity(entries.len());
        for entry in entries {
            if let Content::Voters(voters) = &entry.content {
                state.voters = voters.clone();
            }
            let stored = match entry.batch {
                Some(stored) if stored.base_offset == next => stored,
                Some(stored) => {
                    let what = format!("a batch for offset {} came for offset {next}", stored.base_offset);
                    return Err(damaged(&self.options().folder, what));
                }
                None => {
                    let id = state.quorum.vote.leader_id.voted_for.unwrap_or(self.options().node);
                    let voters: Vec<BrokerId> = state.voters.voter_ids().collect();
                    let leader = Leader { id, voters: &voters, now };
                    batch::encode(&entry, next, &leader)
                        .map_err(|what| damaged(&self.options().folder, what))?
                }
            };
            next = stored.next_offset;
            batches.push((batch::epoch_of(&entry.log_id), stored));
        }
        Ok(batches)
    }

    async fn roll(&self, base: Offset) -> Result<(), QuorumError> {
        let file = self.on_lane(move |job| create_segment(job.disk, job.folder, base)).await?;
        let since = self.now();
        let mut state = self.lock();
        state.files.insert(base, file);
        state.active = crate::log::Active { base, len: 0, since };
        Ok(())
    }

    /// Cuts the log before the entry with this index, because the leader has another one there.
    async fn cut(&self, index: u64) -> Result<(), QuorumError> {
        let (first, gone) = {
            let mut state = self.lock();
            let Some(first) = state.truncate(index) else { return Ok(()) };
            let gone = state.files.split_off(&first.segment.next());
            (first, gone)
        };
        let file = self.lock().files.get(&first.segment).cloned().expect("segments with entries are open");
        self.on_lane(move |job| {
            for base in gone.into_keys() {
                let path = segment_path(job.folder, base);
                job.disk.remove_file(&path).map_err(io_error(path))?;
            }
            let path = segment_path(job.folder, first.segment);
            file.set_len(first.position).map_err(io_error(&path))?;
            file.sync_data().map_err(io_error(path))?;
            job.disk.sync_dir(job.folder).map_err(io_error(job.folder))
        })
        .await
    }

    /// Begins an empty log at `base`: a snapshot reaches further than everything that was there.
    async fn restart_at(&self, base: Offset) -> Result<(), QuorumError> {
        let gone = std::mem::take(&mut self.lock().files);
        let file = self
            .on_lane(move |job| {
                for old in gone.into_keys() {
                    let path = segment_path(job.folder, old);
                    job.disk.remove_file(&path).map_err(io_error(path))?;
                }
                create_segment(job.disk, job.folder, base)
            })
            .await?;
        let since = self.now();
        let mut state = self.lock();
        state.files.insert(base, file);
        state.active = crate::log::Active { base, len: 0, since };
        state.end_offset = base;
        state.epochs.clear();
        Ok(())
    }

    /// The file is a convenience for Apache Kafka, which makes it anew from the log where it is missing or
    /// behind.
    fn write_epochs(&self, epochs: &[EpochStart]) {
        if let Err(error) = LeaderEpochs::write(&**self.disk(), &self.options().folder, epochs) {
            tracing::warn!(%error, "the leader epochs of the metadata log could not be written");
        }
    }
}

/// Creates a segment's file, and makes its name durable.
pub(crate) fn create_segment(
    disk: &dyn Disk,
    folder: &Path,
    base: Offset,
) -> Result<Arc<dyn File>, QuorumError> {
    let path = segment_path(folder, base);
    let file = disk.open(&path, Open::OrCreate).map_err(io_error(path))?;
    disk.sync_dir(folder).map_err(io_error(folder))?;
    Ok(file)
}
