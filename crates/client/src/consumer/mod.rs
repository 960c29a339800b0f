//! Reading records.

mod decode;
mod fetch;
mod group;
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

pub use self::group::Assignor;
use self::group::{Member, Notice};
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
    member: Option<Member>,
    /// What the group wants back, until that is done.
    releasing: Option<Release>,
    next_commit: Option<Instant>,
}

struct Release {
    partitions: BTreeSet<TopicPartition>,
    is_lost: bool,
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
        Ok(Self { cluster, options, group, reader, member: None, releasing: None, next_commit })
    }

    /// Joins the group, and from now on reads the partitions of these topics that the group gives it. They change as
    /// members come and go; positions are committed before partitions are given up.
    ///
    /// # Errors
    /// [`Error::Mistake`] without a group, or without topics.
    pub async fn subscribe<T: Into<Arc<str>>>(&mut self, topics: impl IntoIterator<Item = T>) -> Result<()> {
        let group = Arc::clone(self.group()?);
        let topics: BTreeSet<Arc<str>> = topics.into_iter().map(Into::into).collect();
        if topics.is_empty() {
            return Err(Error::Mistake("a subscription needs at least one topic".to_owned()));
        }
        let member = match &mut self.member {
            Some(member) => member,
            none => {
                // What was assigned by hand is read no longer.
                self.reader.positions.assign(&BTreeSet::new(), true, OffsetSpec::Earliest);
                none.insert(Member::start(self.cluster.clone(), group, &self.options))
            }
        };
        member.subscribe(topics).await;
        Ok(())
    }

    /// From now on reads exactly these partitions: from where the group left off, if there is one, else from where
    /// [`ConsumerOptions::auto_reset`] says.
    ///
    /// # Errors
    /// [`Error::Mistake`] after [`Self::subscribe`]: then the group assigns.
    pub fn assign(&mut self, partitions: impl IntoIterator<Item = TopicPartition>) -> Result<()> {
        if self.member.is_some() {
            return Err(Error::Mistake(
                "this consumer has subscribed, so the group assigns its partitions".to_owned(),
            ));
        }
        let partitions: BTreeSet<_> = partitions.into_iter().collect();
        let reset = self.options.auto_reset.spec().unwrap_or(OffsetSpec::Earliest);
        self.reader.positions.assign(&partitions, self.group.is_some(), reset);
        Ok(())
    }

    /// The partitions that are read at the moment.
    pub fn assignment(&self) -> impl Iterator<Item = &TopicPartition> {
        self.reader.positions.partitions()
    }

    /// Whether the group has taken this consumer in: until then it has no partitions.
    #[must_use]
    pub fn is_in_group(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.committer().generation >= 0)
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
        if let Some(member) = &self.member {
            member.poll();
        }
        loop {
            self.follow_group().await?;
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
            tokio::select! {
                waited = self.reader.wait(deadline) => waited?,
                notice = next_notice(&mut self.member) => self.heed(notice)?,
            }
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
        let committer = self.member.as_ref().map_or_else(Committer::default, Member::committer);
        let results = self.cluster.commit_offsets(group, &committer, offsets).await?;
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
        self.leave_group().await;
        self.reader.close().await;
        committed
    }

    /// The cluster that it reads from.
    #[must_use]
    pub const fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Does what the group has said so far.
    async fn follow_group(&mut self) -> Result<()> {
        while self.releasing.is_none() {
            let Some(notice) = self.member.as_mut().and_then(Member::try_next) else { return Ok(()) };
            self.heed(Some(notice))?;
        }
        let auto_commits = self.next_commit.is_some();
        let Some(release) = &self.releasing else { return Ok(()) };
        if auto_commits && !release.is_lost {
            let mut offsets = self.reader.positions.to_commit();
            offsets.retain(|partition, _| release.partitions.contains(partition));
            if let Err(error) = self.commit_offsets(&offsets).await {
                tracing::warn!(%error, "the positions of partitions that others take over were not committed");
            }
        }
        // Only now: until here the call may have been dropped, and begins anew with the next one.
        if let Some(release) = self.releasing.take() {
            self.reader.positions.revoke(&release.partitions);
        }
        if let Some(member) = &self.member {
            member.released().await;
        }
        Ok(())
    }

    fn heed(&mut self, notice: Option<Notice>) -> Result<()> {
        match notice {
            Some(Notice::Take(partitions)) => self.reader.positions.add(partitions),
            Some(Notice::Release { partitions, is_lost }) => {
                self.releasing = Some(Release { partitions, is_lost });
            }
            Some(Notice::Fail(error)) => {
                self.reader.positions.assign(&BTreeSet::new(), true, OffsetSpec::Earliest);
                self.member = None;
                return Err(error);
            }
            None => self.member = None,
        }
        Ok(())
    }

    async fn leave_group(&mut self) {
        let Some(member) = &self.member else { return };
        member.leave().await;
        while self.member.is_some() {
            let notice = next_notice(&mut self.member).await;
            let heeded = match self.heed(notice) {
                Ok(()) => self.follow_group().await,
                failed => failed,
            };
            if let Err(error) = heeded {
                tracing::warn!(%error, "the group was not left in good order");
            }
        }
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

/// What the group says next; never anything without one.
async fn next_notice(member: &mut Option<Member>) -> Option<Notice> {
    match member {
        Some(member) => member.next().await,
        None => std::future::pending().await,
    }
}
