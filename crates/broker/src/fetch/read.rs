//! Reads the partitions of one fetch, within its limits, and waits until there is enough.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use ottla_metadata::MetadataImage;
use ottla_protocol::messages::fetch::AbortedTransaction;
use ottla_storage::StorageError;
use ottla_storage::log::Piece;
use ottla_types::{ErrorCode, LeaderEpoch, Offset, Uuid};
use tokio::time::{Instant, sleep_until};

use super::session::{Key, TopicKey, Wanted};
use crate::broker::Broker;
use crate::partition::Partition;

/// What a fetch asks for as a whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand {
    pub(crate) bytes_min: usize,
    pub(crate) bytes_max: usize,
    pub(crate) max_wait: Duration,
    /// Only records of transactions that have ended well, and only below the last stable offset.
    pub(crate) committed_only: bool,
}

/// What was read from one partition.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) error: ErrorCode,
    pub(crate) high_watermark: Option<Offset>,
    pub(crate) last_stable_offset: Option<Offset>,
    pub(crate) log_start: Option<Offset>,
    pub(crate) pieces: Vec<Piece>,
    /// How many bytes the pieces are together.
    pub(crate) bytes: usize,
    /// Null for readers of everything, as Kafka sends it.
    pub(crate) aborted: Option<Vec<AbortedTransaction>>,
    /// Where the fetcher's log must be cut before it goes on: an epoch and its end.
    pub(crate) diverging: Option<(LeaderEpoch, Offset)>,
}

impl Found {
    fn failed(error: ErrorCode) -> Self {
        Self { error, ..Self::default() }
    }
}

/// A partition of the fetch, with what it leads to.
struct Asked {
    partition: Result<Arc<Partition>, ErrorCode>,
    wanted: Wanted,
}

/// Reads until there are as many bytes as the fetch demands, something is wrong, or it has waited long enough.
pub(crate) async fn read_enough(broker: &Broker, demand: Demand, wanted: &[(Key, Wanted)]) -> Vec<Found> {
    let deadline = Instant::now() + demand.max_wait;
    let image = broker.image();
    let asked: Vec<Asked> = wanted
        .iter()
        .map(|(key, wanted)| Asked { partition: find(broker, &image, key), wanted: wanted.clone() })
        .collect();
    loop {
        let found = read_all(demand, &asked).await;
        let bytes: usize = found.iter().map(|one| one.bytes).sum();
        let must_answer = found.iter().any(|one| one.error.is_error() || one.diverging.is_some());
        let is_late = demand.max_wait.is_zero() || Instant::now() >= deadline;
        if bytes >= demand.bytes_min || must_answer || is_late || asked.is_empty() {
            return found;
        }
        more_or_late(&asked, &found, deadline).await;
    }
}

fn find(broker: &Broker, image: &MetadataImage, key: &Key) -> Result<Arc<Partition>, ErrorCode> {
    let id = match &key.topic {
        TopicKey::Id(id) => {
            image.topics().by_id(*id).map(|topic| topic.id).ok_or(ErrorCode::UnknownTopicId)?
        }
        TopicKey::Name(name) => topic_id(image, name)?,
    };
    broker.leading(image, id, key.partition)
}

fn topic_id(image: &MetadataImage, name: &str) -> Result<Uuid, ErrorCode> {
    image.topics().by_name(name).map(|topic| topic.id).ok_or(ErrorCode::UnknownTopicOrPartition)
}

/// Reads each partition once, in order, while bytes are left. The first batch of the whole fetch comes even if it is
/// larger than the limits, so that a consumer is never stuck (KIP-74).
async fn read_all(demand: Demand, asked: &[Asked]) -> Vec<Found> {
    let mut left = demand.bytes_max;
    let mut has_read = false;
    let mut all = Vec::with_capacity(asked.len());
    for one in asked {
        let found = match &one.partition {
            Ok(partition) => {
                let bytes_max = left.min(usize::try_from(one.wanted.max_bytes).unwrap_or(0));
                read_one(partition, &one.wanted, demand.committed_only, bytes_max, !has_read).await
            }
            Err(error) => Found::failed(*error),
        };
        has_read |= !found.pieces.is_empty();
        left = left.saturating_sub(found.bytes);
        all.push(found);
    }
    all
}

async fn read_one(
    partition: &Partition,
    wanted: &Wanted,
    committed_only: bool,
    bytes_max: usize,
    at_least_one: bool,
) -> Found {
    if let Err(error) = partition.check_epoch(wanted.current_leader_epoch) {
        return Found::failed(error);
    }
    let (high_watermark, last_stable) = (partition.high_watermark(), partition.last_stable_offset());
    let mut found = Found {
        high_watermark: Some(high_watermark),
        last_stable_offset: Some(last_stable),
        log_start: Some(partition.log_start()),
        ..Found::default()
    };
    if let Some(diverging) = partition.divergence(wanted.last_fetched_epoch, wanted.offset) {
        found.diverging = Some(diverging);
        return found;
    }
    let upper = if committed_only { last_stable } else { high_watermark };
    match partition.read(wanted.offset, upper, bytes_max, at_least_one).await {
        Ok(read) => {
            (found.pieces, found.bytes) = (read.pieces, read.bytes);
            if committed_only && !found.pieces.is_empty() {
                found.aborted = aborted(partition, wanted.offset, upper).await;
            }
            found
        }
        Err(StorageError::OutOfRange { .. }) => Found::failed(ErrorCode::OffsetOutOfRange),
        Err(error) => {
            tracing::error!(partition = %partition.name(), %error, "cannot be read");
            Found::failed(ErrorCode::KafkaStorageError)
        }
    }
}

/// Transactions that were aborted among the records that a reader of committed records gets.
async fn aborted(partition: &Partition, from: Offset, upper: Offset) -> Option<Vec<AbortedTransaction>> {
    let found = match partition.ask(move |log| log.aborted_transactions(from, upper)).await {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(partition = %partition.name(), %error, "aborted transactions cannot be read");
            Vec::new()
        }
    };
    let aborted = found.into_iter().map(|txn| AbortedTransaction {
        producer_id: txn.producer_id.0,
        first_offset: txn.first_offset.0,
        ..AbortedTransaction::default()
    });
    Some(aborted.collect())
}

/// Completes when a partition has more than was found, or at the deadline. Only an advance that brings something
/// wakes this up: it waits for the offset after the one that readers saw last.
async fn more_or_late(asked: &[Asked], found: &[Found], deadline: Instant) {
    let mut advances: Vec<Pin<Box<dyn Future<Output = _>>>> = asked
        .iter()
        .zip(found)
        .filter_map(|(one, found)| Some((one.partition.as_ref().ok()?, found.high_watermark?)))
        .map(|(partition, seen)| {
            Box::pin(partition.committed(seen.next())) as Pin<Box<dyn Future<Output = _>>>
        })
        .collect();
    let any_advance = poll_fn(|context| {
        match advances.iter_mut().any(|advance| advance.as_mut().poll(context).is_ready()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    });
    tokio::select! {
        () = any_advance => {}
        () = sleep_until(deadline) => {}
    }
}
