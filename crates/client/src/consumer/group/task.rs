//! The task of a membership: it asks the logic what to do, and does it.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use ottla_protocol::messages::leave_group::MemberIdentity;
use ottla_protocol::messages::{HeartbeatResponse, JoinGroupResponse, LeaveGroupRequest, SyncGroupResponse};
use ottla_protocol::{Request, Str};
use ottla_types::{ErrorCode, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::Notice;
use super::assignor::Topics;
use super::membership::{Action, Attempt, MemberOptions, Membership};
use crate::clock::Clock;
use crate::cluster::{Cluster, Lane, Topics as Asked};
use crate::group_offsets::Committer;
use crate::{Error, Result};

/// What the consumer wants.
pub(super) enum Order {
    Subscribe(BTreeSet<Arc<str>>),
    Released,
    Leave,
}

/// Something that the task waited for.
enum Event {
    Joined(Attempt, Result<JoinGroupResponse>),
    Found(Attempt, Result<Topics>),
    Synced(Attempt, Result<SyncGroupResponse>),
    Beaten(i32, Result<HeartbeatResponse>),
    Left,
    /// What the leader's topics are now.
    Looked(Result<Topics>),
}

pub(super) struct MemberTask {
    cluster: Cluster,
    clock: Clock,
    options: MemberOptions,
    membership: Membership,
    notices: mpsc::Sender<Notice>,
    committer: watch::Sender<Committer>,
    events: FuturesUnordered<BoxFuture<'static, Event>>,
    /// The topics by which the leader assigned.
    topics: Topics,
    next_look: Instant,
}

/// A broker answers Join when the group's members had their time; this is for the way.
const JOIN_MARGIN: Duration = Duration::from_secs(5);
/// From this version on, members leave by a list.
const FIRST_LEAVE_WITH_MEMBERS: i16 = 3;

impl MemberTask {
    pub(super) fn new(
        cluster: Cluster,
        clock: Clock,
        options: MemberOptions,
        membership: Membership,
        notices: mpsc::Sender<Notice>,
        committer: watch::Sender<Committer>,
    ) -> Self {
        let next_look = Instant::now() + cluster.options().metadata_max_age;
        let (events, topics) = (FuturesUnordered::new(), Topics::new());
        Self { cluster, clock, options, membership, notices, committer, events, topics, next_look }
    }

    /// Until the membership has ended, or nobody wants it any more.
    pub(super) async fn run(
        mut self,
        mut orders: mpsc::Receiver<Order>,
        mut polls: watch::Receiver<Timestamp>,
    ) {
        loop {
            while let Some(action) = self.membership.next_action() {
                self.act(action).await;
            }
            self.committer.send_if_modified(|told| {
                let now = self.membership.committer();
                let is_news = *told != now;
                *told = now;
                is_news
            });
            if self.membership.has_ended() && self.events.is_empty() {
                return;
            }
            let deadline = self.membership.next_deadline().map(|at| self.clock.instant(at));
            let wake = deadline.map_or(self.next_look, |at| at.min(self.next_look));
            tokio::select! {
                Some(event) = self.events.next(), if !self.events.is_empty() => self.happened(event),
                order = orders.recv() => match order {
                    Some(order) => self.ordered(order),
                    None => return,
                },
                Ok(()) = polls.changed() => {
                    let polled = *polls.borrow_and_update();
                    self.membership.polled(polled);
                }
                () = tokio::time::sleep_until(wake) => self.wake(),
            }
        }
    }

    fn ordered(&mut self, order: Order) {
        match order {
            Order::Subscribe(topics) => self.membership.subscribe(self.clock.now(), topics),
            Order::Released => self.membership.released(),
            Order::Leave => self.membership.leave(),
        }
    }

    fn wake(&mut self) {
        self.membership.wake(self.clock.now());
        if Instant::now() >= self.next_look {
            self.next_look = Instant::now() + self.cluster.options().metadata_max_age;
            if self.membership.is_leader() {
                let find = find(self.cluster.clone(), self.topics.keys().cloned().collect());
                self.events.push(Box::pin(async move { Event::Looked(find.await) }));
            }
        }
    }

    async fn act(&mut self, action: Action) {
        let (cluster, group) = (self.cluster.clone(), Arc::clone(&self.options.group));
        let timeout = cluster.options().request_timeout;
        match action {
            Action::Join(attempt, request) => {
                let rebalance = Duration::from_millis(self.options.rebalance_timeout_ms.unsigned_abs().into());
                let timeout = timeout.max(rebalance + JOIN_MARGIN);
                self.begin(async move { Event::Joined(attempt, ask(&cluster, Lane::Member, &group, |_| request.clone(), timeout).await) });
            }
            Action::Find(attempt, topics) => {
                let find = find(cluster, topics.into_iter().collect());
                self.begin(async move { Event::Found(attempt, find.await) });
            }
            Action::Sync(attempt, request) => {
                let rebalance = Duration::from_millis(self.options.rebalance_timeout_ms.unsigned_abs().into());
                let timeout = timeout.max(rebalance + JOIN_MARGIN);
                self.begin(async move { Event::Synced(attempt, ask(&cluster, Lane::Member, &group, |_| request.clone(), timeout).await) });
            }
            Action::Beat(request) => self.begin(async move {
                let generation = request.generation_id;
                Event::Beaten(generation, ask(&cluster, Lane::Member, &group, |_| request.clone(), timeout).await)
            }),
            Action::Leave(member_id) => self.begin(async move {
                let build = |version| leave_request(&group, &member_id, version);
                // Not behind a Join that waits for the other members.
                if let Err(error) = ask(&cluster, Lane::Group, &group, build, timeout).await {
                    tracing::debug!(%error, %group, "the group will notice by itself that the member is gone");
                }
                Event::Left
            }),
            Action::Release { partitions, is_lost } => self.tell(Notice::Release { partitions, is_lost }).await,
            Action::Take(partitions) => self.tell(Notice::Take(partitions)).await,
            Action::Fail(error) => self.tell(Notice::Fail(error)).await,
        }
    }

    fn begin(&self, event: impl Future<Output = Event> + Send + 'static) {
        self.events.push(Box::pin(event));
    }

    async fn tell(&mut self, notice: Notice) {
        // The consumer is gone only if this task is about to be.
        let _ = self.notices.send(notice).await;
    }

    fn happened(&mut self, event: Event) {
        let now = self.clock.now();
        match event {
            Event::Joined(attempt, answer) => {
                self.doubt(answer.as_ref().map(|answer| answer.error_code));
                self.membership.joined(now, attempt, answer);
            }
            Event::Found(attempt, topics) => {
                if let Ok(topics) = &topics {
                    self.topics.clone_from(topics);
                }
                self.membership.found(now, attempt, topics);
            }
            Event::Synced(attempt, answer) => {
                self.doubt(answer.as_ref().map(|answer| answer.error_code));
                self.membership.synced(now, attempt, answer);
            }
            Event::Beaten(generation, answer) => {
                self.doubt(answer.as_ref().map(|answer| answer.error_code));
                self.membership.beaten(now, generation, answer.map(|answer| answer.error_code));
            }
            Event::Left => {}
            Event::Looked(Ok(topics)) => {
                if self.membership.is_leader() && topics != self.topics {
                    tracing::info!(group = %self.options.group, "the topics have changed: the group rebalances");
                    self.membership.topics_changed();
                }
            }
            Event::Looked(Err(error)) => tracing::debug!(%error, "the topics could not be looked up"),
        }
    }

    /// Asks for the coordinator anew if this one turned out to be none.
    fn doubt(&self, answer: std::result::Result<i16, &Error>) {
        let is_lost = match answer {
            Ok(code) => matches!(
                ErrorCode::from_code(code),
                Some(ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable)
            ),
            Err(error) => error.is_retriable(),
        };
        if is_lost {
            self.cluster.forget_coordinator(&self.options.group);
        }
    }
}

async fn ask<R: Request>(
    cluster: &Cluster,
    lane: Lane,
    group: &Arc<str>,
    build: impl Fn(i16) -> R,
    timeout: Duration,
) -> Result<R::Response> {
    let connection = cluster.coordinator_connection(group, lane).await?;
    let version = connection.version_of::<R>(i16::MAX)?;
    connection.begin(&build(version), version, timeout).await?.answer().await
}

/// How many partitions these topics have; those that do not exist are left out.
async fn find(cluster: Cluster, names: Vec<Arc<str>>) -> Result<Topics> {
    cluster.refresh(Asked::These { names: &names, may_create: false }).await?;
    let metadata = cluster.metadata();
    let count = |name: Arc<str>| {
        let count = metadata.topics.get(&name)?.partitions.len();
        Some((name, i32::try_from(count).ok()?))
    };
    Ok(names.into_iter().filter_map(count).collect())
}

fn leave_request(group: &str, member_id: &str, version: i16) -> LeaveGroupRequest {
    let mut request = LeaveGroupRequest { group_id: Str::from(group), ..LeaveGroupRequest::default() };
    if version >= FIRST_LEAVE_WITH_MEMBERS {
        let member = MemberIdentity { member_id: Str::from(member_id), ..MemberIdentity::default() };
        request.members.push(member);
    } else {
        request.member_id = Str::from(member_id);
    }
    request
}
