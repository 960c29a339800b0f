//! The task that sends batches: it waits for things to happen, asks the accumulator what to do, and does it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use ottla_protocol::messages::{InitProducerIdRequest, ProduceRequest, ProduceResponse};
use ottla_types::{BrokerId, ProducerEpoch, ProducerId, TopicPartition};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Shared;
use super::accumulator::Shipment;
use super::options::Acks;
use super::produce_request::{Asked, Produce};
use crate::cluster::{Lane, Target, Topics, is_stale};
use crate::{Connection, Error, Result};

/// Something that the task waited for.
enum Event {
    Answered { asked: Asked, answer: Result<Option<ProduceResponse>> },
    Dialed { broker: BrokerId, result: Result<()> },
    Refreshed(Result<()>),
    Identified(Result<(ProducerId, ProducerEpoch)>),
}

pub(super) struct Sender {
    shared: Arc<Shared>,
    events: FuturesUnordered<BoxFuture<'static, Event>>,
    /// Brokers that are being dialed.
    dialing: BTreeSet<BrokerId>,
    /// Brokers that could not be reached, until when they are left alone, and how often it was tried.
    resting: BTreeMap<BrokerId, (Instant, u32)>,
    is_refreshing: bool,
    needs_refresh: bool,
    /// How often in a row nobody had metadata.
    refresh_failures: u32,
    is_identifying: bool,
    identity_failures: u32,
}

impl Sender {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            events: FuturesUnordered::new(),
            dialing: BTreeSet::new(),
            resting: BTreeMap::new(),
            is_refreshing: false,
            needs_refresh: false,
            refresh_failures: 0,
            is_identifying: false,
            identity_failures: 0,
        }
    }

    /// Until somebody says stop.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let max_age = self.shared.cluster.options().metadata_max_age;
        let mut next_refresh = Instant::now() + max_age;
        loop {
            let wake = self.work().await;
            let next = wake.unwrap_or(next_refresh).min(next_refresh);
            tokio::select! {
                Ok(_) = stop.wait_for(|&is_stopped| is_stopped) => return,
                () = self.shared.work.notified() => {}
                Some(event) = self.events.next(), if !self.events.is_empty() => self.happened(event),
                () = tokio::time::sleep_until(next) => {
                    if Instant::now() >= next_refresh {
                        next_refresh = Instant::now() + max_age;
                        self.needs_refresh = true;
                    }
                }
            }
        }
    }

    /// Does what can be done now; says when to look again.
    async fn work(&mut self) -> Option<Instant> {
        let (shipments, unreachable, mut wake) = self.plan();
        for broker in unreachable {
            if let Some(later) = self.dial(broker) {
                wake = Some(wake.map_or(later, |wake| wake.min(later)));
            }
        }
        for shipment in shipments {
            self.send(shipment).await;
        }
        if self.needs_refresh && !self.is_refreshing {
            self.refresh();
        }
        if !self.is_identifying && self.shared.state().accumulator.needs_identity() {
            self.identify();
        }
        wake
    }

    /// Takes out what can be sent: to brokers whose connection is open. Also says which others are wanted.
    fn plan(&mut self) -> (Vec<Shipment>, BTreeSet<BrokerId>, Option<Instant>) {
        let shared = Arc::clone(&self.shared);
        let now = shared.clock.now();
        let metadata = shared.cluster.metadata();
        let mut unreachable = BTreeSet::new();
        let mut is_leaderless = false;
        let mut leader = |partition: &TopicPartition| {
            let Some(broker) = metadata.leader(partition) else {
                is_leaderless = true;
                return None;
            };
            if shared.cluster.open_connection(broker).is_some() {
                return Some(broker);
            }
            unreachable.insert(broker);
            None
        };
        let mut state = shared.state();
        state.accumulator.expire(now);
        let shipments = state.accumulator.ship(now, &mut leader);
        let wake = state.accumulator.next_deadline(now).map(|at| shared.clock.instant(at));
        let has_finished = state.tell_finished();
        drop(state);
        if has_finished {
            shared.room.notify_waiters();
        }
        self.needs_refresh |= is_leaderless;
        (shipments, unreachable, wake)
    }

    /// Sends a request. The requests of one broker go out in the order of these calls.
    async fn send(&mut self, shipment: Shipment) {
        let shared = &self.shared;
        let timeout = shared.cluster.options().request_timeout;
        let timeout_ms = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        let connection = shared.cluster.open_connection(shipment.broker);
        let broker = shipment.broker;
        let produce = Produce::new(shipment, &shared.cluster.metadata(), shared.options.acks, timeout_ms);
        let begun = match connection {
            Some(connection) => begin(&connection, &produce, shared.options.acks, timeout).await,
            None => Err(Error::UnknownBroker(broker)),
        };
        let asked = produce.into_asked();
        self.events.push(Box::pin(async move {
            let answer = match begun {
                Ok(Some(reply)) => reply.answer().await.map(Some),
                Ok(None) => Ok(None),
                Err(error) => Err(error),
            };
            Event::Answered { asked, answer }
        }));
    }

    /// Connects to a broker, unless that was tried a moment ago: then it says when to try again.
    fn dial(&mut self, broker: BrokerId) -> Option<Instant> {
        if let Some(&(until, _)) = self.resting.get(&broker)
            && until > Instant::now()
        {
            return Some(until);
        }
        if self.dialing.insert(broker) {
            let cluster = self.shared.cluster.clone();
            self.events.push(Box::pin(async move {
                let result = cluster.connection(Target::Broker(broker), Lane::Main).await.map(|_| ());
                Event::Dialed { broker, result }
            }));
        }
        None
    }

    fn refresh(&mut self) {
        self.is_refreshing = true;
        self.needs_refresh = false;
        let cluster = self.shared.cluster.clone();
        let mut names = self.shared.state().accumulator.topics();
        names.extend(cluster.metadata().topics.keys().cloned());
        let pause = self.pause(self.refresh_failures + 1);
        self.events.push(Box::pin(async move {
            let names: Vec<_> = names.into_iter().collect();
            let topics = Topics::These { names: &names, may_create: false };
            let result = cluster.refresh(topics).await.map(|_| ());
            // A leader is rarely elected within a moment: ask calmly.
            tokio::time::sleep(pause).await;
            Event::Refreshed(result)
        }));
    }

    fn identify(&mut self) {
        self.is_identifying = true;
        let cluster = self.shared.cluster.clone();
        let pause =
            if self.identity_failures == 0 { Duration::ZERO } else { self.pause(self.identity_failures) };
        self.events.push(Box::pin(async move {
            tokio::time::sleep(pause).await;
            Event::Identified(new_producer_id(&cluster).await)
        }));
    }

    fn happened(&mut self, event: Event) {
        match event {
            Event::Answered { asked, answer } => self.answered(&asked, &answer),
            Event::Dialed { broker, result } => {
                self.dialing.remove(&broker);
                match result {
                    Ok(()) => {
                        self.resting.remove(&broker);
                    }
                    Err(error) => {
                        let failures = self.resting.get(&broker).map_or(1, |&(_, failures)| failures + 1);
                        if failures.is_power_of_two() {
                            tracing::warn!(%error, %broker, failures, "the broker cannot be reached; trying again");
                        }
                        self.resting.insert(broker, (Instant::now() + self.pause(failures), failures));
                        self.needs_refresh = true;
                    }
                }
            }
            Event::Refreshed(result) => {
                self.is_refreshing = false;
                match result {
                    Ok(()) => self.refresh_failures = 0,
                    Err(error) => {
                        self.refresh_failures += 1;
                        tracing::debug!(%error, failures = self.refresh_failures, "no metadata");
                        self.needs_refresh = true;
                    }
                }
            }
            Event::Identified(result) => self.identified(result),
        }
    }

    fn answered(&mut self, asked: &Asked, answer: &Result<Option<ProduceResponse>>) {
        let now = self.shared.clock.now();
        let mut state = self.shared.state();
        state.accumulator.returned(asked.broker);
        for one in asked.read(answer) {
            if let Some((leader, epoch)) = one.new_leader {
                self.shared.cluster.note_leader(&one.partition, leader, epoch);
            }
            if let Err(error) = &one.result {
                tracing::debug!(%error, partition = %one.partition, "a batch was not accepted");
                self.needs_refresh |= error.code().map_or(error.is_retriable(), is_stale);
            }
            state.accumulator.completed(now, &one.partition, one.batch, one.result);
        }
        let has_finished = state.tell_finished();
        drop(state);
        if has_finished {
            self.shared.room.notify_waiters();
        }
    }

    fn identified(&mut self, result: Result<(ProducerId, ProducerEpoch)>) {
        self.is_identifying = false;
        let mut state = self.shared.state();
        match result {
            Ok((id, epoch)) => {
                self.identity_failures = 0;
                state.accumulator.set_identity(id, epoch);
            }
            Err(error) if error.is_retriable() => {
                tracing::warn!(%error, "no producer id yet");
                self.identity_failures += 1;
            }
            Err(error) => {
                state.accumulator.fail_all(&error);
                state.failure = Some(error);
                state.tell_finished();
                self.shared.room.notify_waiters();
            }
        }
    }

    fn pause(&self, failures: u32) -> Duration {
        self.shared.cluster.options().backoff.delay(failures, rand::random())
    }
}

async fn begin(
    connection: &Connection,
    produce: &Produce,
    acks: Acks,
    timeout: Duration,
) -> Result<Option<crate::Reply<ProduceRequest>>> {
    let version = connection.version_of::<ProduceRequest>(produce.at_most)?;
    if acks == Acks::None {
        return connection.tell(&produce.request, version).await.map(|()| None);
    }
    connection.begin(&produce.request, version, timeout).await.map(Some)
}

async fn new_producer_id(cluster: &crate::Cluster) -> Result<(ProducerId, ProducerEpoch)> {
    let request = InitProducerIdRequest {
        transactional_id: None,
        transaction_timeout_ms: i32::MAX,
        ..InitProducerIdRequest::default()
    };
    let answer = cluster.call_once(Target::Any, &request).await?;
    Error::check(answer.error_code, None, "a producer id")?;
    Ok((ProducerId(answer.producer_id), ProducerEpoch(answer.producer_epoch)))
}
