//! Reading records.

mod decode;
mod fetch;
mod options;
mod positions;
mod reader;
mod record;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ottla_types::{Offset, TopicPartition};
use tokio::time::Instant;

pub use self::options::{AutoReset, ConsumerOptions};
use self::reader::Reader;
pub use self::record::ConsumerRecord;
pub use crate::group_offsets::CommittedOffset;
use crate::group_offsets::Committer;
use crate::{ClientOptions, Cluster, Error, OffsetSpec, Result};

/// Reads records from the partitions of a cluster.
///
/// [`Self::poll`] returns records as they come. What is asked of brokers meanwhile belongs to the consumer and not
/// to the call: a poll that is dropped loses nothing.
pub struct Consumer {
    cluster: Cluster,
    options: Arc<ConsumerOptions>,
    group: Option<Arc<str>>,
    reader: Reader,
    next_commit: Option<Instant>,
}

impl Consumer {
    /// Connects to a cluster.
    ///
    /// # Errors
    /// [`Error::Mistake`] for options that contradict each other; [`Error::NoBroker`].
    pub async fn connect(client: ClientOptions, options: ConsumerOptions) -> Result<Self> {
        options.check()?;
        let cluster = Cluster::connect(client).await?;
        let group: Option<Arc<str>> = options.group.as_deref().map(Arc::from);
        let options = Arc::new(options);
        let reader = Reader::new(cluster.clone(), Arc::clone(&options), group.clone());
        let next_commit = options.auto_commit.filter(|_| group.is_some()).map(|every| Instant::now() + every);
        Ok(Self { cluster, options, group, reader, next_commit })
    }

    /// From now on reads exactly these partitions: from where the group left off, if there is one, else from where
    /// [`ConsumerOptions::auto_reset`] says.
    pub fn assign(&mut self, partitions: impl IntoIterator<Item = TopicPartition>) {
        let partitions: BTreeSet<_> = partitions.into_iter().collect();
        let reset = self.options.auto_reset.spec().unwrap_or(OffsetSpec::Earliest);
        self.reader.positions.assign(&partitions, self.group.is_some(), reset);
    }

    /// No longer reads these partitions.
    pub fn unassign(&mut self, partitions: &BTreeSet<TopicPartition>) {
        self.reader.positions.revoke(partitions);
    }

    /// The partitions that are read at the moment.
    pub fn assignment(&self) -> impl Iterator<Item = &TopicPartition> {
        self.reader.positions.partitions()
    }

    /// Goes on at an offset of a partition that is read.
    ///
    /// # Errors
    /// [`Error::Mistake`] if the partition is not read.
    pub fn seek(&mut self, partition: &TopicPartition, offset: Offset) -> Result<()> {
        self.check_assigned(partition)?;
        self.reader.positions.seek(partition, offset);
        Ok(())
    }

    /// Goes on at the beginning, at the end or at a time of a partition that is read.
    ///
    /// # Errors
    /// [`Error::Mistake`] if the partition is not read.
    pub fn seek_to(&mut self, partition: &TopicPartition, spec: OffsetSpec) -> Result<()> {
        self.check_assigned(partition)?;
        self.reader.positions.seek_to(partition, spec);
        Ok(())
    }

    /// Returns no records of a partition until it is resumed.
    pub fn pause(&mut self, partition: &TopicPartition) {
        self.reader.positions.set_paused(partition, true);
    }

    /// Returns records of a paused partition again.
    pub fn resume(&mut self, partition: &TopicPartition) {
        self.reader.positions.set_paused(partition, false);
    }

    /// The offset of the next record that [`Self::poll`] returns of a partition, if that is known yet.
    #[must_use]
    pub fn position(&self, partition: &TopicPartition) -> Option<Offset> {
        self.reader.positions.position(partition)
    }

    /// Up to where a partition is committed, as the last answer said.
    #[must_use]
    pub fn high_watermark(&self, partition: &TopicPartition) -> Option<Offset> {
        self.reader.positions.high_watermark(partition)
    }

    /// The next records, as soon as there are some; none if `max_wait` is over.
    ///
    /// # Errors
    /// What cannot be helped by trying again: see [`Error::kind`].
    pub async fn poll(&mut self, max_wait: Duration) -> Result<Vec<ConsumerRecord>> {
        let deadline = Instant::now() + max_wait;
        loop {
            self.commit_if_due().await;
            let records = self.reader.positions.take(self.options.poll_records_max);
            if !records.is_empty() {
                // While the program works on these, the next ones come.
                self.reader.start();
                return Ok(records);
            }
            if Instant::now() >= deadline {
                return Ok(records);
            }
            self.reader.wait(deadline).await?;
        }
    }

    /// Commits the positions: where the group goes on after this consumer.
    ///
    /// # Errors
    /// [`Error::Mistake`] without a group; else see [`Error::kind`].
    pub async fn commit(&mut self) -> Result<()> {
        let offsets = self.reader.positions.to_commit();
        self.commit_offsets(&offsets).await
    }

    /// Commits offsets: of each partition, the next record that the group is to read.
    ///
    /// # Errors
    /// [`Error::Mistake`] without a group; else see [`Error::kind`].
    pub async fn commit_offsets(
        &mut self,
        offsets: &BTreeMap<TopicPartition, CommittedOffset>,
    ) -> Result<()> {
        let group = self.group()?;
        if offsets.is_empty() {
            return Ok(());
        }
        let results = self.cluster.commit_offsets(group, &Committer::default(), offsets).await?;
        results.into_values().collect()
    }

    /// The offsets that the group has committed; partitions without one are left out.
    ///
    /// # Errors
    /// [`Error::Mistake`] without a group; else see [`Error::kind`].
    pub async fn committed(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, CommittedOffset>> {
        self.cluster.committed_offsets(self.group()?, Some(partitions)).await
    }

    /// Commits the positions if that is done automatically, and takes leave of the cluster.
    ///
    /// # Errors
    /// If the positions could not be committed.
    pub async fn close(mut self) -> Result<()> {
        let committed = match self.next_commit {
            Some(_) => self.commit().await,
            None => Ok(()),
        };
        self.reader.close().await;
        committed
    }

    /// The cluster that it reads from.
    #[must_use]
    pub const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    async fn commit_if_due(&mut self) {
        let (Some(due), Some(every)) = (self.next_commit, self.options.auto_commit) else { return };
        if Instant::now() < due {
            return;
        }
        self.next_commit = Some(Instant::now() + every);
        if let Err(error) = self.commit().await {
            tracing::warn!(%error, "the positions were not committed; the next time they will be");
        }
    }

    fn group(&self) -> Result<&Arc<str>> {
        self.group
            .as_ref()
            .ok_or_else(|| Error::Mistake("offsets are committed by a group: name one".to_owned()))
    }

    fn check_assigned(&self, partition: &TopicPartition) -> Result<()> {
        if self.reader.positions.contains(partition) {
            return Ok(());
        }
        Err(Error::Mistake(format!("{partition} is not read by this consumer: assign it first")))
    }
}
