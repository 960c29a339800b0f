//! Produce (0): append record batches. KIP-98, KIP-467, KIP-516, KIP-951.
//!
//! Deviation: with `ottla.durable`, the default, a reply to acks=1 and acks=-1 waits until the records are on disk.
//! Transactional batches are refused: the transaction coordinator does not exist yet.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ottla_metadata::MetadataImage;
use ottla_net::{Handled, Order, Reply, Response};
use ottla_protocol::ApiKey;
use ottla_protocol::messages::produce::{
    BatchIndexAndErrorMessage, PartitionProduceData, PartitionProduceResponse, ProduceRequest,
    ProduceResponse, TopicProduceData, TopicProduceResponse,
};
use ottla_protocol::records::validate::Reason;
use ottla_protocol::records::{BatchError, Rejected, validate};
use ottla_storage::log::{Append, AppendError, Appended, Origin, ProducerRefusal};
use ottla_types::{ErrorCode, Offset, PartitionIndex, Timestamp, Uuid};
use tokio::time::{Instant, timeout_at};

use crate::broker::Broker;
use crate::cluster_view::is_internal;
use crate::partition::Partition;
use crate::request::{Api, Arrival, Call};

/// The table's entry: the only request whose wait overlaps with those after it.
pub(crate) const API: Api = Api {
    key: ApiKey::Produce,
    versions: (3, 13),
    order: Order::Overlap,
    start,
    deviation: "With `ottla.durable` (the default) acks=1 and acks=-1 wait until the records are on disk. Offsets \
                inside an uncompressed batch that do not count from 0 are repaired. Transactional batches are refused \
                until transactions exist.",
};

/// From this version on topics are named by their ids.
const IDS_SINCE: i16 = 13;
/// Java's admin client names itself so; internal topics are otherwise not for clients to write to.
const ADMIN_CLIENT: &str = "__admin_client";

/// The half that happens in order: checks and appends every batch before it returns.
fn start(arrival: Arrival<'_>) -> Handled {
    let frame_bytes = arrival.body.len();
    let call = match arrival.decode::<ProduceRequest>() {
        Ok(call) => call,
        Err(why) => return Handled::Close(why),
    };
    let acks = call.request.acks;
    let topics =
        Appends { call: &call, image: call.broker.image(), now: call.broker.now(), frame_bytes }.start();
    if acks == 0 {
        return close_or_wait(Box::pin(without_reply(call, topics)));
    }
    let deadline = Instant::now() + Duration::from_millis(call.request.timeout_ms.max(0) as u64);
    Handled::Pending(Box::pin(async move {
        let responses = finish(&call.broker, topics, deadline, call.version()).await;
        call.reply(&ProduceResponse { responses, ..ProduceResponse::default() }).map(Some)
    }))
}

/// What is refused at once closes the connection before what comes after it on the connection is appended.
fn close_or_wait(mut reply: Reply) -> Handled {
    match reply.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(_)) => Handled::Silent,
        Poll::Ready(Err(why)) => Handled::Close(why),
        Poll::Pending => Handled::Pending(reply),
    }
}

/// acks=0: nobody waits, except for room among what has yet to become durable: a producer that is faster than the disk
/// would fill the memory otherwise. An error can only be shown by closing the connection, which makes the client look
/// anew.
async fn without_reply(
    call: Call<ProduceRequest>,
    topics: Vec<TopicAppends>,
) -> Result<Option<Response>, String> {
    for (index, started) in topics.into_iter().flat_map(|topic| topic.partitions) {
        let outcome = match started {
            Started::Refused(refusal) => Err(refusal),
            Started::Appending { append, partition } => appended(&call.broker, append, &partition).await,
        };
        if let Err(Refusal { error, .. }) = outcome {
            let client = call.client_id();
            return Err(format!(
                "client {client:?} produced with acks=0 and partition {index} failed with {error}"
            ));
        }
    }
    if let Some(room) = call.broker.dir.room() {
        room.await;
    }
    Ok(None)
}

/// What one partition's part of the request has led to so far.
enum Started {
    Refused(Refusal),
    Appending { append: Append, partition: Arc<Partition> },
}

/// Why a partition's batch is not appended.
#[derive(Default)]
struct Refusal {
    error: ErrorCode,
    message: Option<String>,
    records: Vec<BatchIndexAndErrorMessage>,
    /// Where the log starts, which Apache Kafka tells with what a partition's log, and not the broker before it,
    /// refuses.
    log_start: Option<Offset>,
    /// Where the batch was appended all the same, if it is only late.
    appended: Option<Appended>,
}

impl Refusal {
    fn new(error: ErrorCode, message: impl Into<String>) -> Self {
        Self { error, message: Some(message.into()), ..Self::default() }
    }

    /// Adds the log's start, if Apache Kafka tells it with this error.
    fn by_log_of(self, partition: &Partition) -> Self {
        let is_told = !matches!(
            self.error,
            ErrorCode::NotLeaderOrFollower
                | ErrorCode::MessageTooLarge
                | ErrorCode::RecordListTooLarge
                | ErrorCode::CorruptMessage
                | ErrorCode::KafkaStorageError
        );
        Self { log_start: is_told.then(|| partition.log_start()), ..self }
    }
}

impl From<ErrorCode> for Refusal {
    fn from(error: ErrorCode) -> Self {
        Self { error, ..Self::default() }
    }
}

struct TopicAppends {
    name: ottla_protocol::Str,
    id: Uuid,
    partitions: Vec<(i32, Started)>,
}

/// Starts the appends of one request.
struct Appends<'a> {
    call: &'a Call<ProduceRequest>,
    image: Arc<MetadataImage>,
    now: Timestamp,
    frame_bytes: usize,
}

impl Appends<'_> {
    fn start(&self) -> Vec<TopicAppends> {
        self.call.request.topic_data.iter().map(|topic| self.topic(topic)).collect()
    }

    fn topic(&self, asked: &TopicProduceData) -> TopicAppends {
        let (known, missing) = match self.call.version() >= IDS_SINCE {
            true => (self.image.topics().by_id(asked.topic_id), ErrorCode::UnknownTopicId),
            false => (self.image.topics().by_name(&asked.name), ErrorCode::UnknownTopicOrPartition),
        };
        let topic = known.map(|topic| (topic.id, &*topic.name)).ok_or(missing);
        let started = |data: &PartitionProduceData| match self.partition(topic, data) {
            Ok((append, partition)) => Started::Appending { append, partition },
            Err(refusal) => Started::Refused(refusal),
        };
        TopicAppends {
            name: asked.name.clone(),
            id: asked.topic_id,
            partitions: asked.partition_data.iter().map(|data| (data.index, started(data))).collect(),
        }
    }

    fn partition(
        &self,
        topic: Result<(Uuid, &str), ErrorCode>,
        data: &PartitionProduceData,
    ) -> Result<(Append, Arc<Partition>), Refusal> {
        let (id, name) = topic?;
        if !matches!(self.call.request.acks, -1..=1) {
            let message = format!("acks={} does not exist; use -1 (all), 0 or 1", self.call.request.acks);
            return Err(Refusal::new(ErrorCode::InvalidRequiredAcks, message));
        }
        if is_internal(name) && self.call.client_id() != ADMIN_CLIENT {
            let message = format!("{name} is written by brokers only");
            return Err(Refusal::new(ErrorCode::InvalidTopicException, message));
        }
        let partition = self.call.broker.leading(&self.image, id, PartitionIndex(data.index))?;
        if self.call.broker.dir.is_full() {
            return Err(disk_is_full(&self.call.broker));
        }
        let records = data.records.clone().unwrap_or_default();
        let rules = partition.rules(self.call.version());
        let validated =
            validate(&records, &rules, self.now).map_err(|rejected| refused(&rejected, &partition))?;
        if validated.batch.header().attributes.is_transactional() {
            let refusal = Refusal::new(ErrorCode::InvalidTxnState, "transactions are not served yet");
            return Err(refusal.by_log_of(&partition));
        }
        let frame_bytes = if validated.is_rewritten { validated.batch.size() } else { self.frame_bytes };
        let append = partition.append(validated.batch, frame_bytes, Origin::Client, self.now);
        Ok((append, partition))
    }
}

fn refused(rejected: &Rejected, partition: &Partition) -> Refusal {
    let records = rejected.records.iter().map(|record| BatchIndexAndErrorMessage {
        batch_index: record.index as i32,
        batch_index_error_message: Some(record.kind.to_string().into()),
        ..BatchIndexAndErrorMessage::default()
    });
    let refusal =
        Refusal { records: records.collect(), ..Refusal::new(rejected.error_code(), rejected.to_string()) };
    // The form of what was sent is looked at before the log is asked.
    let is_malformed = matches!(
        rejected.reason,
        Reason::NoBatch
            | Reason::ManyBatches
            | Reason::ZstdBeforeVersion7(_)
            | Reason::Broken(BatchError::OldMagic(_) | BatchError::Truncated { .. })
    );
    if is_malformed { refusal } else { refusal.by_log_of(partition) }
}

fn disk_is_full(broker: &Broker) -> Refusal {
    let message = format!(
        "the disk that holds {} is full: nothing is taken until ottla.disk.reserve.bytes ({}) and half as much again are \
         free there; delete topics, lower their retention, or give it a larger disk",
        broker.dir.root().display(),
        broker.config().storage.reserve_bytes
    );
    Refusal::new(ErrorCode::KafkaStorageError, message)
}

/// The half that waits: until every batch is written, and committed where it was appended.
async fn finish(
    broker: &Broker,
    topics: Vec<TopicAppends>,
    deadline: Instant,
    version: i16,
) -> Vec<TopicProduceResponse> {
    let mut responses = Vec::with_capacity(topics.len());
    for topic in topics {
        let mut partition_responses = Vec::with_capacity(topic.partitions.len());
        for (index, started) in topic.partitions {
            let outcome = match started {
                Started::Refused(refusal) => Err(refusal),
                Started::Appending { append, partition } => {
                    committed(broker, append, &partition, deadline).await
                }
            };
            partition_responses.push(respond(index, outcome, version));
        }
        responses.push(TopicProduceResponse {
            name: topic.name,
            topic_id: topic.id,
            partition_responses,
            ..TopicProduceResponse::default()
        });
    }
    responses
}

async fn committed(
    broker: &Broker,
    append: Append,
    partition: &Partition,
    deadline: Instant,
) -> Result<Appended, Refusal> {
    let appended = appended(broker, append, partition).await?;
    match timeout_at(deadline, partition.committed(appended.last_offset.next())).await {
        Ok(Ok(())) => Ok(appended),
        Ok(Err(error)) => {
            tracing::error!(partition = %partition.name(), %error, "records cannot be made durable");
            Err(ErrorCode::KafkaStorageError.into())
        }
        Err(_) => Err(Refusal { appended: Some(appended), ..ErrorCode::RequestTimedOut.into() }),
    }
}

async fn appended(broker: &Broker, append: Append, partition: &Partition) -> Result<Appended, Refusal> {
    append.await.map_err(|error| {
        if let AppendError::Storage(error) = &error
            && error.is_out_of_space()
            && let Err(error) = broker.dir.note_full()
        {
            tracing::error!(%error, "the reserve of a full disk cannot be given up");
        }
        append_refused(&error, partition)
    })
}

fn append_refused(error: &AppendError, partition: &Partition) -> Refusal {
    let code = match error {
        AppendError::NotLeader { .. } => ErrorCode::NotLeaderOrFollower,
        AppendError::BatchTooLarge { .. } => ErrorCode::MessageTooLarge,
        AppendError::SegmentTooSmall { .. } => ErrorCode::RecordListTooLarge,
        AppendError::Producer(refusal) => producer_refused(refusal),
        AppendError::OutOfOrder { .. } | AppendError::Batch(_) => ErrorCode::UnknownServerError,
        AppendError::Storage(_) => ErrorCode::KafkaStorageError,
    };
    if matches!(code, ErrorCode::KafkaStorageError | ErrorCode::UnknownServerError) {
        tracing::error!(partition = %partition.name(), %error, "a batch cannot be appended");
    }
    Refusal::new(code, error.to_string()).by_log_of(partition)
}

fn respond(index: i32, outcome: Result<Appended, Refusal>, version: i16) -> PartitionProduceResponse {
    let (appended, refusal) = match outcome {
        Ok(appended) => (Some(appended), Refusal::default()),
        Err(mut refusal) => (refusal.appended.take(), refusal),
    };
    let log_start = appended.as_ref().map(|appended| appended.log_start_offset).or(refusal.log_start);
    let append_time = appended.as_ref().and_then(|appended| appended.log_append_time);
    PartitionProduceResponse {
        index,
        error_code: for_version(refusal.error, version).code(),
        base_offset: appended.map_or(Offset::NONE, |appended| appended.base_offset).0,
        log_append_time_ms: append_time.unwrap_or(Timestamp::NONE).0,
        log_start_offset: log_start.unwrap_or(Offset::NONE).0,
        record_errors: refusal.records,
        error_message: refusal.message.map(Into::into),
        ..PartitionProduceResponse::default()
    }
}

/// Old clients do not know every code.
fn for_version(error: ErrorCode, version: i16) -> ErrorCode {
    match error {
        // Producers before version 4 treat an unknown code as fatal, and this one as a reason to try again.
        ErrorCode::KafkaStorageError if version <= 3 => ErrorCode::NotLeaderOrFollower,
        error => error,
    }
}

fn producer_refused(refusal: &ProducerRefusal) -> ErrorCode {
    match refusal {
        ProducerRefusal::InvalidEpoch { .. } => ErrorCode::InvalidProducerEpoch,
        ProducerRefusal::OutOfOrderSequence { .. } => ErrorCode::OutOfOrderSequenceNumber,
        ProducerRefusal::OutsideTransaction { .. } => ErrorCode::InvalidTxnState,
        ProducerRefusal::CoordinatorFenced { .. } => ErrorCode::TransactionCoordinatorFenced,
    }
}
