//! What a consumer does while the program waits: look up positions, fetch, follow the metadata.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use ottla_protocol::messages::{FetchRequest, FetchResponse};
use ottla_types::{BrokerId, ErrorCode, LeaderEpoch, Offset, Timestamp, TopicPartition, Uuid};
use tokio::time::Instant;

use super::fetch;
use super::options::ConsumerOptions;
use super::positions::{Positions, Stamp};
use super::session::{Plan, Session, Wanted};
use crate::clock::Clock;
use crate::cluster::{Cluster, Lane, ListedOffset, Target, Topics, is_stale};
use crate::group_offsets::CommittedOffset;
use crate::refusal::Refusal;
use crate::{Error, OffsetSpec, Result};

/// Something that was asked for.
enum Event {
    Fetched {
        asked: Asked,
        answer: Result<FetchResponse>,
    },
    Located {
        stamps: BTreeMap<TopicPartition, Stamp>,
        found: BTreeMap<TopicPartition, Result<ListedOffset>>,
    },
    Committed {
        stamps: Vec<(TopicPartition, Stamp)>,
        found: Result<BTreeMap<TopicPartition, CommittedOffset>>,
    },
    /// Which topics were refused, and why.
    Refreshed(Result<BTreeMap<Arc<str>, ErrorCode>>),
}

/// What one broker was asked for.
struct Asked {
    broker: BrokerId,
    offsets: BTreeMap<TopicPartition, (Offset, Stamp)>,
    topic_ids: BTreeMap<Uuid, Arc<str>>,
}

/// The reading half of a consumer. Everything that is on its way is kept here, so whoever waits may stop waiting
/// at any time.
pub(super) struct Reader {
    pub(super) positions: Positions,
    cluster: Cluster,
    options: Arc<ConsumerOptions>,
    clock: Clock,
    group: Option<Arc<str>>,
    events: FuturesUnordered<BoxFuture<'static, Event>>,
    sessions: BTreeMap<BrokerId, Session>,
    fetching: BTreeSet<BrokerId>,
    is_locating: bool,
    is_asking_group: bool,
    is_refreshing: bool,
    needs_refresh: bool,
    /// How often in a row nobody had metadata.
    refresh_failures: u32,
    next_refresh: Instant,
}

impl Reader {
    pub(super) fn new(cluster: Cluster, options: Arc<ConsumerOptions>, group: Option<Arc<str>>) -> Self {
        let next_refresh = Instant::now() + cluster.options().metadata_max_age;
        Self {
            positions: Positions::new(options.buffer_bytes_max),
            cluster,
            options,
            clock: Clock::start(),
            group,
            events: FuturesUnordered::new(),
            sessions: BTreeMap::new(),
            fetching: BTreeSet::new(),
            is_locating: false,
            is_asking_group: false,
            is_refreshing: false,
            needs_refresh: false,
            refresh_failures: 0,
            next_refresh,
        }
    }

    /// Waits for something to happen, no longer than until `deadline`.
    pub(super) async fn wait(&mut self, deadline: Instant) -> Result<()> {
        self.start();
        let now = self.clock.now();
        let wake = self.positions.next_wake(now).map(|at| self.clock.instant(at));
        let until = wake.map_or(deadline, |wake| wake.min(deadline)).min(self.next_refresh);
        tokio::select! {
            Some(event) = self.events.next(), if !self.events.is_empty() => self.happened(event),
            () = tokio::time::sleep_until(until) => Ok(()),
        }
    }

    /// Starts whatever can be started.
    pub(super) fn start(&mut self) {
        let now = self.clock.now();
        if Instant::now() >= self.next_refresh {
            self.needs_refresh = true;
        }
        self.ask_group();
        self.locate(now);
        self.fetch(now);
        if self.needs_refresh && !self.is_refreshing {
            self.refresh();
        }
    }

    /// Closes the sessions, so that brokers need not remember them until they expire.
    pub(super) async fn close(&mut self) {
        let closing: Vec<_> =
            self.sessions.iter().filter_map(|(&broker, session)| Some((broker, session.close()?))).collect();
        for (broker, plan) in closing {
            if self.fetching.contains(&broker) {
                // Its answer would have to be waited for.
                continue;
            }
            let closed = ask(&self.cluster, broker, &plan, &self.options).await;
            if let Err(error) = closed {
                tracing::debug!(%error, %broker, "the fetch session was not closed");
            }
        }
    }

    /// Looks up where the group left off.
    fn ask_group(&mut self) {
        let Some(group) = self.group.clone().filter(|_| !self.is_asking_group) else { return };
        let stamps = self.positions.uncommitted();
        if stamps.is_empty() {
            return;
        }
        self.is_asking_group = true;
        let cluster = self.cluster.clone();
        self.events.push(Box::pin(async move {
            let partitions: Vec<_> = stamps.iter().map(|(partition, _)| partition.clone()).collect();
            let found = cluster.committed_offsets(&group, Some(&partitions)).await;
            Event::Committed { stamps, found }
        }));
    }

    /// Looks up positions that are described and not counted.
    fn locate(&mut self, now: Timestamp) {
        let sought = self.positions.sought(now);
        if self.is_locating || sought.is_empty() {
            return;
        }
        self.is_locating = true;
        let stamps = sought.iter().map(|(partition, &(_, stamp))| (partition.clone(), stamp)).collect();
        let asked = sought.into_iter().map(|(partition, (spec, _))| (partition, spec)).collect();
        let (cluster, isolation) = (self.cluster.clone(), self.options.isolation);
        self.events.push(Box::pin(async move {
            let found = cluster.list_offsets(&asked, isolation).await;
            Event::Located { stamps, found }
        }));
    }

    /// Asks every leader that is not being asked already.
    fn fetch(&mut self, now: Timestamp) {
        let metadata = self.cluster.metadata();
        let mut by_leader: BTreeMap<BrokerId, BTreeMap<TopicPartition, (Offset, Stamp)>> = BTreeMap::new();
        for (partition, place) in self.positions.fetchable(now) {
            match metadata.leader(&partition) {
                Some(leader) => {
                    by_leader.entry(leader).or_default().insert(partition, place);
                }
                None => self.needs_refresh = true,
            }
        }
        for (broker, offsets) in by_leader {
            if !self.fetching.insert(broker) {
                continue;
            }
            let mut topic_ids = BTreeMap::new();
            let wanted = |(partition, &(offset, _)): (&TopicPartition, &(Offset, Stamp))| {
                let topic_id = metadata.topic_id(&partition.topic);
                topic_ids.insert(topic_id, Arc::clone(&partition.topic));
                let known = metadata.partition(partition);
                let leader_epoch = known.map_or(LeaderEpoch::NONE, |known| known.leader_epoch);
                (partition.clone(), Wanted { topic_id, offset, leader_epoch })
            };
            let wanted = offsets.iter().map(wanted).collect();
            let plan = self.sessions.entry(broker).or_default().next(wanted);
            let (cluster, options) = (self.cluster.clone(), Arc::clone(&self.options));
            let asked = Asked { broker, offsets, topic_ids };
            self.events.push(Box::pin(async move {
                let answer = ask(&cluster, broker, &plan, &options).await;
                Event::Fetched { asked, answer }
            }));
        }
    }

    fn refresh(&mut self) {
        (self.is_refreshing, self.needs_refresh) = (true, false);
        let cluster = self.cluster.clone();
        self.next_refresh = Instant::now() + cluster.options().metadata_max_age;
        let mut names: BTreeSet<_> = cluster.metadata().topics.keys().cloned().collect();
        names.extend(self.positions.partitions().map(|partition| Arc::clone(&partition.topic)));
        let pause = self.pause(self.refresh_failures + 1);
        self.events.push(Box::pin(async move {
            let names: Vec<_> = names.into_iter().collect();
            let topics = Topics::These { names: &names, may_create: false };
            let result = cluster.refresh(topics).await;
            // A leader is rarely elected within a moment: ask calmly.
            tokio::time::sleep(pause).await;
            Event::Refreshed(result)
        }));
    }

    fn happened(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Fetched { asked, answer } => self.fetched(&asked, answer),
            Event::Located { stamps, found } => self.located(&stamps, found),
            Event::Committed { stamps, found } => self.group_said(&stamps, found),
            Event::Refreshed(result) => {
                self.refreshed(result);
                Ok(())
            }
        }
    }

    fn refreshed(&mut self, result: Result<BTreeMap<Arc<str>, ErrorCode>>) {
        self.is_refreshing = false;
        let failures = self.refresh_failures + 1;
        match result {
            Ok(refused) => {
                let is_read = |topic: &&Arc<str>| self.positions.partitions().any(|one| one.topic == **topic);
                let Some(topic) = refused.keys().find(is_read) else {
                    self.refresh_failures = 0;
                    return;
                };
                if failures.is_power_of_two() {
                    let error = Refusal(refused[topic], None);
                    tracing::warn!(%topic, %error, failures, "this topic cannot be read at the moment");
                }
            }
            Err(error) => {
                if failures.is_power_of_two() {
                    tracing::warn!(%error, failures, "no metadata; trying again");
                }
                self.needs_refresh = true;
            }
        }
        self.refresh_failures = failures;
    }

    fn group_said(
        &mut self,
        stamps: &[(TopicPartition, Stamp)],
        found: Result<BTreeMap<TopicPartition, CommittedOffset>>,
    ) -> Result<()> {
        self.is_asking_group = false;
        let found = match found {
            Ok(found) => found,
            // The coordinator may come back: whoever polls waits for that, however long it takes.
            Err(error) if error.is_retriable() => {
                tracing::warn!(%error, "the group's offsets are not known yet; trying again");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for (partition, stamp) in stamps {
            match (found.get(partition), self.options.auto_reset.spec()) {
                (Some(committed), _) => self.positions.found(partition, *stamp, committed.offset),
                (None, Some(spec)) => self.positions.lost(partition, *stamp, spec),
                (None, None) => return Err(Error::NoPosition(partition.clone())),
            }
        }
        Ok(())
    }

    fn located(
        &mut self,
        stamps: &BTreeMap<TopicPartition, Stamp>,
        found: BTreeMap<TopicPartition, Result<ListedOffset>>,
    ) -> Result<()> {
        self.is_locating = false;
        for (partition, result) in found {
            let Some(&stamp) = stamps.get(&partition) else { continue };
            match result {
                Ok(ListedOffset { offset: Some(offset), .. }) => {
                    self.positions.found(&partition, stamp, offset);
                }
                // No record is as late as that: the first that comes will be.
                Ok(_) => self.positions.lost(&partition, stamp, OffsetSpec::Latest),
                Err(error) if error.is_retriable() => self.rest(&partition, &error),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn fetched(&mut self, asked: &Asked, answer: Result<FetchResponse>) -> Result<()> {
        self.fetching.remove(&asked.broker);
        let session = self.sessions.entry(asked.broker).or_default();
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                session.failed();
                asked.offsets.keys().for_each(|partition| self.rest(partition, &error));
                return if error.is_retriable() { Ok(()) } else { Err(error) };
            }
        };
        let code = ErrorCode::from_code(answer.error_code).unwrap_or(ErrorCode::UnknownServerError);
        session.answered(code, answer.session_id);
        if let Err(error) = Error::check(answer.error_code, None, format_args!("broker {}", asked.broker)) {
            self.needs_refresh |= is_stale(code);
            return if error.is_retriable() { Ok(()) } else { Err(error) };
        }
        for one in fetch::read(answer, &asked.topic_ids) {
            let Some(&(offset, stamp)) = asked.offsets.get(&one.partition) else { continue };
            if let Some((leader, epoch)) = one.new_leader {
                self.cluster.note_leader(&one.partition, leader, epoch);
            }
            match one.result {
                Ok(()) => {
                    self.positions.note_high_watermark(&one.partition, one.high_watermark);
                    let chunk = super::decode::decode(
                        &one.partition,
                        &one.records,
                        offset,
                        &one.aborted,
                        &self.options,
                    )?;
                    if chunk.next_offset > offset {
                        self.positions.fetched(&one.partition, stamp, offset, chunk);
                    }
                }
                Err(error) if error.code() == Some(ErrorCode::OffsetOutOfRange) => {
                    let Some(spec) = self.options.auto_reset.spec() else {
                        return Err(Error::NoPosition(one.partition));
                    };
                    tracing::info!(partition = %one.partition, %offset, "no such offset: the position is reset");
                    self.positions.lost(&one.partition, stamp, spec);
                }
                Err(error) if error.is_retriable() => self.rest(&one.partition, &error),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Leaves a partition alone for a moment, and looks who leads it.
    fn rest(&mut self, partition: &TopicPartition, error: &Error) {
        tracing::debug!(%partition, %error, "trying again");
        let until = self.clock.now().after(self.pause(1));
        self.positions.rest(partition, until);
        self.needs_refresh |= error.code().is_none_or(is_stale);
    }

    fn pause(&self, failures: u32) -> Duration {
        self.cluster.options().backoff.delay(failures, rand::random())
    }
}

/// Sends one Fetch.
async fn ask(
    cluster: &Cluster,
    broker: BrokerId,
    plan: &Plan,
    options: &ConsumerOptions,
) -> Result<FetchResponse> {
    let connection = cluster.connection(Target::Broker(broker), Lane::Main).await?;
    let version = connection.version_of::<FetchRequest>(fetch::at_most(plan))?;
    let request = fetch::request(plan, options, version);
    let timeout = cluster.options().request_timeout + options.fetch_max_wait;
    connection.begin(&request, version, timeout).await?.answer().await
}
