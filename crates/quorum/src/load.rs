//! What a node finds in the folder when it starts, whoever wrote it last.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use openraft::{LeaderId, Vote};
use ottla_metadata::MetadataImage;
use ottla_protocol::control_records::VotersRecord;
use ottla_protocol::records::{BatchHeader, BatchView};
use ottla_storage::checkpoint::{EpochStart, LeaderEpochs, PartitionMetadata};
use ottla_storage::disk::{Disk, File, Open};
use ottla_types::{BrokerId, LeaderEpoch, Offset, Timestamp, Uuid};

use crate::batch::{self, check_front, voters_in};
use crate::checkpoint;
use crate::directory::{self, Listing, SegmentFile, SnapshotId, index_paths, remove, segment_path};
use crate::error::{QuorumError, damaged, io_error};
use crate::log::{Active, LogOptions, Place, State};
use crate::log_store::create_segment;
use crate::quorum_state::QuorumState;
use crate::types::{RaftLogIdOf, Voters};
use crate::voters::{self, Voter};

/// Batches that are found stay in memory up to so many bytes; they are applied next.
const KEPT_BYTES_MAX: usize = 1024 * 1024;
/// How much of a segment is read at once.
const READ_BYTES: usize = 256 * 1024;
/// No batch of the metadata log is anywhere near as large. What claims to be is damaged.
const BATCH_BYTES_MAX: usize = 256 * 1024 * 1024;

/// What was found.
pub(crate) struct Loaded {
    pub(crate) state: State,
    /// The image of the newest snapshot.
    pub(crate) image: MetadataImage,
    pub(crate) snapshot: Option<SnapshotId>,
    /// The id of the last entry that the snapshot holds.
    pub(crate) snapshot_log_id: Option<RaftLogIdOf>,
    /// The voters of the snapshot.
    pub(crate) snapshot_voters: Voters,
    /// The voters are kept in the log, not in everybody's configuration (`kraft.version` 1).
    pub(crate) keeps_voters: bool,
    /// The voters stand in the log, or in a snapshot that was made of it, and this node's entry is what it
    /// should be.
    pub(crate) voters_are_current: bool,
}

/// Reads the folder; makes it, with the first snapshot of a new cluster, if there is nothing.
pub(crate) fn load(disk: &Arc<dyn Disk>, options: &LogOptions, this: &Voter) -> Result<Loaded, QuorumError> {
    let folder = &options.folder;
    let mut listing = open_folder(&**disk, folder)?;
    let now = (options.clock)();
    let only = voters::only(options.node, this.clone());
    if listing.snapshots.is_empty() && listing.segments.is_empty() {
        PartitionMetadata { topic_id: Uuid::ONE }.write(&**disk, folder)?;
        checkpoint::write_first(disk, folder, &only, now)?;
        listing = directory::list(&**disk, folder)?;
    }
    let mut quorum = QuorumState::read(&**disk, folder, options.node)?;
    let snapshot = listing.snapshots.last().map(|file| file.id);
    let contents = snapshot.map(|id| checkpoint::read(&**disk, folder, id)).transpose()?;
    let (image, snapshot_record) = match contents {
        Some(contents) => (contents.image, contents.voters),
        None => (MetadataImage::default(), None),
    };
    let snapshot_log_id = snapshot.filter(|id| id.end_offset > Offset::ZERO).map(|id| {
        // Apache Kafka does not count entries. There are at most as many as records, so the last record's
        // number is never less than an index that was given out before. It is kept from now on.
        let index = *quorum.snapshots.entry(id).or_insert(id.end_offset.0.unsigned_abs() - 1);
        batch::log_id(id.epoch, index)
    });
    let start = snapshot.map_or(Offset::ZERO, |id| id.end_offset);
    let mut scan = Scan::new(disk, folder, start);
    scan.segments(&listing)?;
    let epoch = scan.epochs.last_key_value().map(|(&epoch, _)| epoch).max(snapshot.map(|id| id.epoch));
    raise_term(&mut quorum.vote, epoch.unwrap_or(LeaderEpoch(0)));

    let in_log = scan.voters.as_ref();
    let record = in_log.or(snapshot_record.as_ref());
    let voters = record.map_or_else(|| only.clone(), voters::from_record);
    check_voters(&voters, options.node, this, record.is_some())?;
    let is_first = in_log.is_none() && start == Offset::ZERO;
    let voters_are_current = !is_first && voters.get_node(&options.node) == Some(this);
    let keeps_voters = record.is_some();
    let first_index = snapshot_log_id.map_or(0, |log_id| log_id.index + 1);
    let state = State {
        first_index,
        places: scan.places,
        purged: snapshot_log_id,
        end_offset: scan.next_offset,
        active: Active { since: now, ..scan.active },
        files: scan.files,
        cached_bytes: scan.kept_bytes,
        evicted_to: first_index,
        quorum,
        voters,
        epochs: scan.epochs,
        is_broken: false,
    };
    let snapshot_voters = snapshot_record.as_ref().map_or(only, voters::from_record);
    Ok(Loaded { state, image, snapshot, snapshot_log_id, snapshot_voters, keeps_voters, voters_are_current })
}

fn open_folder(disk: &dyn Disk, folder: &Path) -> Result<Listing, QuorumError> {
    disk.create_dir_all(folder).map_err(io_error(folder))?;
    directory::list(disk, folder)
}

/// Whoever lost its vote, or brings a log from elsewhere, must not vote in a term that the log has gone past.
fn raise_term(vote: &mut Vote<BrokerId>, epoch: LeaderEpoch) {
    let term = u64::try_from(epoch.0).unwrap_or(0);
    if vote.leader_id.term < term {
        *vote = Vote { leader_id: LeaderId { term, voted_for: None }, committed: false };
    }
}

fn check_voters(voters: &Voters, node: BrokerId, this: &Voter, are_kept: bool) -> Result<(), QuorumError> {
    if voters.voter_ids().count() > 1 {
        return Err(QuorumError::ManyVoters(voters::describe(voters)));
    }
    match voters.get_node(&node) {
        Some(voter) if !are_kept || voter.directory == this.directory => Ok(()),
        _ => {
            Err(QuorumError::NotAVoter { node, directory: this.directory, voters: voters::describe(voters) })
        }
    }
}

/// Walks the segments from the snapshot's end on.
struct Scan<'a> {
    disk: &'a Arc<dyn Disk>,
    folder: &'a Path,
    /// Where the snapshot ends.
    start: Offset,
    next_offset: Offset,
    places: VecDeque<Place>,
    active: Active,
    files: BTreeMap<Offset, Arc<dyn File>>,
    kept_bytes: usize,
    voters: Option<VotersRecord>,
    epochs: BTreeMap<LeaderEpoch, Offset>,
}

impl<'a> Scan<'a> {
    fn new(disk: &'a Arc<dyn Disk>, folder: &'a Path, start: Offset) -> Self {
        Self {
            disk,
            folder,
            start,
            next_offset: start,
            places: VecDeque::new(),
            active: Active { base: start, len: 0, since: Timestamp(0) },
            files: BTreeMap::new(),
            kept_bytes: 0,
            voters: None,
            epochs: BTreeMap::new(),
        }
    }

    fn segments(&mut self, listing: &Listing) -> Result<(), QuorumError> {
        if let Some(first) = listing.segments.first() {
            if first.base > self.start {
                let (log_start, snapshot_end) = (first.base, self.start);
                return Err(QuorumError::Hole { folder: self.folder.to_owned(), log_start, snapshot_end });
            }
            self.next_offset = first.base;
        }
        for (at, segment) in listing.segments.iter().enumerate() {
            let path = segment_path(self.folder, segment.base);
            let file = self.disk.open(&path, Open::Existing).map_err(io_error(&path))?;
            self.files.insert(segment.base, file.clone());
            let is_last = at + 1 == listing.segments.len();
            if listing.segments.get(at + 1).is_some_and(|next| next.base <= self.start) {
                // All of it is in the snapshot.
                self.next_offset = listing.segments[at + 1].base;
                continue;
            }
            if segment.base != self.next_offset {
                let what = format!("the segment before it ends at offset {}", self.next_offset);
                return Err(damaged(path, what));
            }
            self.segment(&path, &file, *segment, is_last)?;
        }
        self.read_older_epochs();
        if listing.segments.is_empty() || self.next_offset < self.start {
            self.begin_after_snapshot()?;
        }
        self.make_durable()?;
        for path in index_paths(self.folder, self.active.base) {
            remove(&**self.disk, &path)?;
        }
        Ok(())
    }

    fn segment(
        &mut self,
        path: &PathBuf,
        file: &Arc<dyn File>,
        segment: SegmentFile,
        is_last: bool,
    ) -> Result<(), QuorumError> {
        let mut reader = Reader { file, position: 0, buffer: BytesMut::new(), len: segment.len };
        loop {
            let found = match reader.next(path)? {
                Next::End => break,
                Next::Batch(header) if header.base_offset == self.next_offset => Ok(header),
                Next::Batch(header) => {
                    Err(format!("offset {} stands where {} should", header.base_offset, self.next_offset))
                }
                Next::Torn(what) => Err(what),
            };
            match found {
                Ok(header) => self.batch(path, &header, segment.base, &reader)?,
                Err(what) if is_last => {
                    tracing::warn!(
                        file = %path.display(), position = reader.position, what,
                        "the metadata log ends with a write that was not finished; it is cut off"
                    );
                    file.set_len(reader.position).map_err(io_error(path))?;
                    file.sync_data().map_err(io_error(path))?;
                    break;
                }
                Err(what) => return Err(damaged(path, what)),
            }
            reader.take();
        }
        self.active = Active { base: segment.base, len: reader.position, since: Timestamp(0) };
        Ok(())
    }

    fn batch(
        &mut self,
        path: &PathBuf,
        header: &BatchHeader,
        segment: Offset,
        reader: &Reader<'_>,
    ) -> Result<(), QuorumError> {
        self.next_offset = header.next_offset();
        if self.epochs.last_key_value().is_none_or(|(&latest, _)| latest < header.leader_epoch) {
            self.epochs.insert(header.leader_epoch, header.base_offset);
        }
        let bytes = &reader.buffer[..header.size()];
        if header.attributes.is_control() {
            let view = BatchView::parse(bytes).map_err(|error| damaged(path, error))?;
            let voters = voters_in(&view).map_err(|what| damaged(path, what))?;
            self.voters = voters.or(self.voters.take());
        }
        if header.next_offset() <= self.start {
            return Ok(());
        }
        if header.base_offset < self.start {
            return Err(damaged(path, format!("a snapshot ends at {}, within a batch", self.start)));
        }
        let is_kept = self.kept_bytes + bytes.len() <= KEPT_BYTES_MAX;
        self.kept_bytes += if is_kept { bytes.len() } else { 0 };
        self.places.push_back(Place {
            epoch: header.leader_epoch,
            base_offset: header.base_offset,
            next_offset: header.next_offset(),
            segment,
            position: reader.position,
            len: bytes.len() as u32,
            bytes: is_kept.then(|| Bytes::copy_from_slice(bytes)),
        });
        Ok(())
    }

    /// What a process that died had not synced is here, but only in memory. Everything from now on builds
    /// upon it, so it must not go after all when the power fails: entries, the names of files, and the
    /// folder's own.
    fn make_durable(&self) -> Result<(), QuorumError> {
        if let Some(file) = self.files.get(&self.active.base) {
            file.sync_data().map_err(io_error(segment_path(self.folder, self.active.base)))?;
        }
        for folder in [Some(self.folder), self.folder.parent()].into_iter().flatten() {
            self.disk.sync_dir(folder).map_err(io_error(folder))?;
        }
        Ok(())
    }

    /// The snapshot reaches further than the log, which is of no use any more.
    fn begin_after_snapshot(&mut self) -> Result<(), QuorumError> {
        for base in std::mem::take(&mut self.files).into_keys() {
            remove(&**self.disk, &segment_path(self.folder, base))?;
        }
        let file = create_segment(&**self.disk, self.folder, self.start)?;
        self.files.insert(self.start, file);
        self.active = Active { base: self.start, len: 0, since: Timestamp(0) };
        self.next_offset = self.start;
        Ok(())
    }

    /// Epochs that began in segments that were not walked.
    fn read_older_epochs(&mut self) {
        let first = self.epochs.first_key_value().map(|(&epoch, _)| epoch);
        // The file is made anew from the log where it is of no use, so one that cannot be read is passed
        // over.
        let known = LeaderEpochs::read(&**self.disk, self.folder).unwrap_or_default();
        for EpochStart { epoch, start } in known {
            if first.is_none_or(|first| epoch < first) && epoch >= LeaderEpoch(0) {
                self.epochs.entry(epoch).or_insert(start);
            }
        }
    }
}

/// Reads a segment batch by batch.
struct Reader<'a> {
    file: &'a Arc<dyn File>,
    /// Where the buffer begins in the file.
    position: u64,
    buffer: BytesMut,
    len: u64,
}

enum Next {
    Batch(BatchHeader),
    End,
    Torn(String),
}

impl Reader<'_> {
    /// The batch that the buffer begins with, which stays there.
    fn next(&mut self, path: &PathBuf) -> Result<Next, QuorumError> {
        let mut needed = ottla_protocol::records::HEADER_LEN;
        loop {
            self.fill(needed).map_err(io_error(path))?;
            if self.buffer.is_empty() {
                return Ok(Next::End);
            }
            match BatchView::parse_front(&self.buffer) {
                Err(ottla_protocol::records::BatchError::Truncated { needed: more, .. })
                    if more > needed
                        && more <= BATCH_BYTES_MAX
                        && self.position + more as u64 <= self.len =>
                {
                    needed = more;
                }
                _ => return Ok(check_front(&self.buffer).map_or_else(Next::Torn, Next::Batch)),
            }
        }
    }

    fn fill(&mut self, needed: usize) -> std::io::Result<()> {
        if self.buffer.len() >= needed {
            return Ok(());
        }
        let old = self.buffer.len();
        let wanted =
            needed.max(READ_BYTES).min(usize::try_from(self.len - self.position).unwrap_or(usize::MAX));
        if wanted > old {
            self.buffer.resize(wanted, 0);
            let read = self.file.read_at(&mut self.buffer[old..], self.position + old as u64)?;
            self.buffer.truncate(old + read);
        }
        Ok(())
    }

    /// Goes on behind the batch.
    fn take(&mut self) {
        if let Ok(view) = BatchView::parse_front(&self.buffer) {
            let len = view.header().size();
            self.position += len as u64;
            self.buffer.advance(len);
        }
    }
}
