//! Being a member of a group.

mod assignor;
mod cooperative_sticky;
mod membership;
#[cfg(test)]
mod simulation;
mod task;

use std::collections::BTreeSet;
use std::sync::Arc;

use ottla_types::{Timestamp, TopicPartition};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

pub use self::assignor::Assignor;
use self::membership::{MemberOptions, Membership};
use self::task::{MemberTask, Order};
use super::options::ConsumerOptions;
use crate::clock::Clock;
use crate::group_offsets::Committer;
use crate::{Cluster, Error};

/// What the group says to its member.
#[derive(Debug)]
pub(super) enum Notice {
    /// Begin to read these.
    Take(BTreeSet<TopicPartition>),
    /// Stop reading these, commit how far they were read unless they are lost already, then say
    /// [`Member::released`].
    Release { partitions: BTreeSet<TopicPartition>, is_lost: bool },
    /// The membership cannot go on.
    Fail(Error),
}

/// A membership: a task that joins, sends heartbeats and leaves, and what it says.
pub(super) struct Member {
    clock: Clock,
    orders: mpsc::Sender<Order>,
    notices: mpsc::Receiver<Notice>,
    committer: watch::Receiver<Committer>,
    polled: watch::Sender<Timestamp>,
    task: JoinHandle<()>,
}

/// How many notices and orders may wait. A release is waited for, so there are never more than a few.
const QUEUE_LEN: usize = 16;

impl Member {
    pub(super) fn start(cluster: Cluster, group: Arc<str>, options: &ConsumerOptions) -> Self {
        let clock = Clock::start();
        let ms = |span: std::time::Duration| i32::try_from(span.as_millis()).unwrap_or(i32::MAX);
        let member = MemberOptions {
            group,
            instance_id: options.instance_id.as_deref().map(Arc::from),
            session_timeout_ms: ms(options.session_timeout),
            rebalance_timeout_ms: ms(options.poll_interval_max),
            heartbeat_interval_ms: i64::from(ms(options.heartbeat_interval)),
            assignors: options.assignors.clone(),
            backoff: cluster.options().backoff,
        };
        let membership = Membership::new(member.clone(), clock.now(), rand::random());
        let (orders, received) = mpsc::channel(QUEUE_LEN);
        let (teller, notices) = mpsc::channel(QUEUE_LEN);
        let (committer, watched) = watch::channel(membership.committer());
        let (polled, polls) = watch::channel(clock.now());
        let task = MemberTask::new(cluster, clock, member, membership, teller, committer);
        let task = tokio::spawn(task.run(received, polls));
        Self { clock, orders, notices, committer: watched, polled, task }
    }

    /// In whose name offsets are committed now.
    pub(super) fn committer(&self) -> Committer {
        self.committer.borrow().clone()
    }

    /// These topics are wanted from now on.
    pub(super) async fn subscribe(&self, topics: BTreeSet<Arc<str>>) {
        // The task has ended only if it has failed, which the next notice says.
        let _ = self.orders.send(Order::Subscribe(topics)).await;
    }

    /// The program asks for records: it is alive.
    pub(super) fn poll(&self) {
        self.polled.send_replace(self.clock.now());
    }

    /// What [`Notice::Release`] asked for is done.
    pub(super) async fn released(&self) {
        let _ = self.orders.send(Order::Released).await;
    }

    /// The member is to leave. It has left when there are no more notices.
    pub(super) async fn leave(&self) {
        let _ = self.orders.send(Order::Leave).await;
    }

    /// The next notice; none when the membership has ended. Nothing is lost if nobody waits any more.
    pub(super) async fn next(&mut self) -> Option<Notice> {
        self.notices.recv().await
    }

    /// A notice that is there already.
    pub(super) fn try_next(&mut self) -> Option<Notice> {
        self.notices.try_recv().ok()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.task.abort();
    }
}
