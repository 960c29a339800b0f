//! What becomes of a record: a future.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::Shared;
use ottla_types::{Offset, Timestamp, TopicPartition};
use tokio::sync::oneshot;

use super::accumulator::Written;
use crate::{Error, Result};

/// The news about a batch, for each of its records.
pub(super) type Outcome = Shared<oneshot::Receiver<Result<Written>>>;

/// Where a record was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The partition.
    pub partition: TopicPartition,
    /// Its offset there; `None` if the broker was not asked (`acks` 0), or no longer knew.
    pub offset: Option<Offset>,
    /// The record's timestamp: its own, or the time of the append.
    pub timestamp: Timestamp,
}

/// Resolves when the record is delivered, or given up. The record is sent whether or not anybody waits for this.
#[derive(Debug)]
#[must_use = "the future says whether the record was delivered"]
pub struct Delivery {
    pub(super) outcome: Outcome,
    pub(super) index: i32,
    pub(super) partition: TopicPartition,
    pub(super) timestamp: Timestamp,
}

impl Future for Delivery {
    type Output = Result<Delivered>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Poll::Ready(outcome) = self.outcome.poll_unpin(context) else { return Poll::Pending };
        // Nobody is left to tell: the producer is gone.
        let written = outcome.unwrap_or(Err(Error::Closed));
        Poll::Ready(written.map(|written| Delivered {
            partition: self.partition.clone(),
            offset: written.base_offset.map(|base| base.plus(i64::from(self.index))),
            timestamp: written.append_time.unwrap_or(self.timestamp),
        }))
    }
}
