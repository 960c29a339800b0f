//! The image that the committed entries make, and its snapshots.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use openraft::storage::RaftStateMachine;
use openraft::{
    ErrorSubject, ErrorVerb, OptionalSend, RaftSnapshotBuilder, Snapshot, SnapshotMeta, StorageError,
    StoredMembership,
};
use ottla_metadata::{MetadataImage, MetadataRecord, Position};
use ottla_types::BrokerId;
use tokio::sync::watch;

use crate::batch::epoch_of;
use crate::checkpoint::{self, Checkpoint};
use crate::directory::SnapshotId;
use crate::error::{QuorumError, damaged};
use crate::log::Log;
use crate::log_store::storage_error;
use crate::types::{Content, Entry, Outcome, Proposal, RaftLogIdOf, TypeConfig, Voters};
use crate::voters::Voter;

type Membership = StoredMembership<BrokerId, Voter>;
type Meta = SnapshotMeta<BrokerId, Voter>;

/// Applies committed entries and publishes the image after each group of them.
#[derive(Debug)]
pub(crate) struct StateMachine {
    pub(crate) log: Log,
    pub(crate) image: MetadataImage,
    pub(crate) applied: Option<RaftLogIdOf>,
    pub(crate) membership: Membership,
    pub(crate) keeps_voters: bool,
    pub(crate) snapshot: Option<(SnapshotId, Meta)>,
    /// What readers see: without the transaction that is open, if one is.
    pub(crate) published: watch::Sender<Arc<MetadataImage>>,
    /// The whole image.
    pub(crate) newest: watch::Sender<Arc<MetadataImage>>,
    /// How many bytes of batches were applied in all.
    pub(crate) applied_bytes: Arc<AtomicU64>,
}

impl StateMachine {
    fn apply_entry(&mut self, entry: Entry) -> Result<Outcome, QuorumError> {
        let folder = &self.log.options().folder;
        let stored = entry.batch.ok_or_else(|| damaged(folder, "an entry was read that has no place"))?;
        match entry.content {
            Content::LeaderChange => {}
            Content::Voters(voters) => self.membership = StoredMembership::new(Some(entry.log_id), voters),
            Content::Records(Proposal { values, .. }) => {
                for value in values {
                    let (record, _) =
                        MetadataRecord::decode(value).map_err(|error| damaged(folder, error))?;
                    let before = stored.next_offset;
                    let applied = self.image.apply(&record);
                    applied.map_err(|source| QuorumError::Inconsistent { before, source })?;
                }
            }
        }
        self.image.set_position(Position {
            end_offset: stored.next_offset,
            epoch: epoch_of(&entry.log_id),
            timestamp: stored.timestamp,
        });
        self.applied = Some(entry.log_id);
        self.applied_bytes.fetch_add(stored.bytes.len() as u64, Ordering::Relaxed);
        Ok(Outcome { base_offset: stored.base_offset, next_offset: stored.next_offset })
    }

    fn publish(&self) {
        let newest = Arc::new(self.image.clone());
        let visible = if newest.in_transaction() {
            let mut visible = newest.committed().clone();
            visible.set_position(newest.position());
            Arc::new(visible)
        } else {
            newest.clone()
        };
        self.newest.send_replace(newest);
        self.published.send_replace(visible);
    }
}

impl RaftStateMachine<TypeConfig> for StateMachine {
    type SnapshotBuilder = Builder;

    async fn applied_state(&mut self) -> Result<(Option<RaftLogIdOf>, Membership), StorageError<BrokerId>> {
        Ok((self.applied, self.membership.clone()))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<Outcome>, StorageError<BrokerId>>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut outcomes = Vec::new();
        for entry in entries {
            let log_id = entry.log_id;
            let applied = self.apply_entry(entry);
            outcomes.push(
                applied
                    .map_err(|error| storage_error(ErrorSubject::Apply(log_id), ErrorVerb::Write, &error))?,
            );
        }
        self.publish();
        if let Some(applied) = self.applied {
            self.log.lock().evict(applied.index);
        }
        Ok(outcomes)
    }

    async fn get_snapshot_builder(&mut self) -> Builder {
        Builder {
            log: self.log.clone(),
            image: self.image.clone(),
            applied: self.applied,
            membership: self.membership.clone(),
            keeps_voters: self.keeps_voters,
        }
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<Checkpoint>, StorageError<BrokerId>> {
        let Position { end_offset, epoch, .. } = self.image.position();
        Ok(Box::new(Checkpoint { id: SnapshotId { end_offset, epoch } }))
    }

    /// Takes over a snapshot whose file is already in the folder.
    async fn install_snapshot(
        &mut self,
        meta: &Meta,
        snapshot: Box<Checkpoint>,
    ) -> Result<(), StorageError<BrokerId>> {
        let id = snapshot.id;
        let failed = |error: QuorumError| {
            storage_error(ErrorSubject::Snapshot(Some(meta.signature())), ErrorVerb::Read, &error)
        };
        if let Some(log_id) = meta.last_log_id {
            self.log.note_snapshot(id, log_id.index).await.map_err(failed)?;
        }
        let read = self.log.on_lane(move |job| checkpoint::read(job.disk, job.folder, id)).await;
        self.image = read.map_err(failed)?.image;
        self.applied = meta.last_log_id;
        self.membership = meta.last_membership.clone();
        self.snapshot = Some((id, meta.clone()));
        self.publish();
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot<TypeConfig>>, StorageError<BrokerId>> {
        let current = self.snapshot.clone();
        Ok(current.map(|(id, meta)| Snapshot { meta, snapshot: Box::new(Checkpoint { id }) }))
    }
}

/// Writes one snapshot, of the image as it was when this was made.
pub(crate) struct Builder {
    log: Log,
    image: MetadataImage,
    applied: Option<RaftLogIdOf>,
    membership: Membership,
    keeps_voters: bool,
}

impl Builder {
    async fn build(&self) -> Result<SnapshotId, QuorumError> {
        let Position { end_offset, epoch, .. } = self.image.position();
        if let Some(log_id) = self.applied {
            self.log.note_snapshot(SnapshotId { end_offset, epoch }, log_id.index).await?;
        }
        let image = self.image.clone();
        let voters = self.keeps_voters.then(|| self.membership.membership().clone());
        let now = self.log.now();
        self.log
            .on_lane(move |job| checkpoint::write(job.disk, job.folder, &image, voters.as_ref(), now))
            .await
    }
}

impl RaftSnapshotBuilder<TypeConfig> for Builder {
    async fn build_snapshot(&mut self) -> Result<Snapshot<TypeConfig>, StorageError<BrokerId>> {
        let built = self.build().await;
        let id =
            built.map_err(|error| storage_error(ErrorSubject::Snapshot(None), ErrorVerb::Write, &error))?;
        let meta = snapshot_meta(id, self.applied, self.membership.clone());
        Ok(Snapshot { meta, snapshot: Box::new(Checkpoint { id }) })
    }
}

/// How openraft names a snapshot.
pub(crate) fn snapshot_meta(
    id: SnapshotId,
    last_log_id: Option<RaftLogIdOf>,
    last_membership: Membership,
) -> Meta {
    SnapshotMeta { last_log_id, last_membership, snapshot_id: id.file_name() }
}

/// The voters that a snapshot brings with it. In which entry they were last changed it does not say; that of
/// its end is as good, since nothing before it can be asked for any more.
pub(crate) fn snapshot_membership(log_id: Option<RaftLogIdOf>, voters: Voters) -> Membership {
    StoredMembership::new(log_id, voters)
}
