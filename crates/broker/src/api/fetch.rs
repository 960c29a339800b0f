//! Fetch (1): read record batches. KIP-74, KIP-98, KIP-227, KIP-320, KIP-392, KIP-516, KIP-595.

use std::sync::Arc;
use std::time::Duration;

use ottla_net::{Chunk, Handled, Order, Response};
use ottla_protocol::messages::fetch::{
    EpochEndOffset, FetchRequest, FetchResponse, FetchableTopicResponse, ForgottenTopic, PartitionData,
};
use ottla_protocol::{ApiKey, Piece, RecordSet};
use ottla_storage::log::Piece as LogPiece;
use ottla_types::{ErrorCode, LeaderEpoch, Offset, PartitionIndex};

use crate::fetch::read::{Demand, Found, read_enough};
use crate::fetch::session::{Answered, Key, SessionRequest, TopicKey, Wanted};
use crate::request::{Api, Arrival, Call, encode};

/// The table's entry. The response is made of pieces that lie in files, so it is encoded here.
pub(crate) const API: Api =
    Api { key: ApiKey::Fetch, versions: (4, 18), order: Order::InTurn, start, deviation: "" };

/// From this version on topics are named by their ids.
const IDS_SINCE: i16 = 13;
/// Before this version clients do not know the error of a failed disk.
const STORAGE_ERROR_SINCE: i16 = 6;

fn start(arrival: Arrival<'_>) -> Handled {
    match arrival.decode::<FetchRequest>() {
        Ok(call) => Handled::Pending(Box::pin(async move { serve(&call).await.map(Some) })),
        Err(why) => Handled::Close(why),
    }
}

async fn serve(call: &Call<FetchRequest>) -> Result<Response, String> {
    let request = &call.request;
    let session = SessionRequest {
        id: request.session_id,
        epoch: request.session_epoch,
        uses_topic_ids: call.version() >= IDS_SINCE,
        is_follower: request.replica_id >= 0 || request.replica_state.replica_id >= 0,
    };
    let sessions = call.broker.fetch_sessions();
    let forgotten = forgotten(&request.forgotten_topics_data, call.version());
    let (context, wanted) = match sessions.begin(call.broker.now(), session, named(call), &forgotten) {
        Ok(begun) => begun,
        Err(error) => return refused(call, error, request.session_id),
    };
    let found = read_enough(&call.broker, demand(call), &wanted).await;
    let answers: Vec<_> =
        wanted.into_iter().zip(&found).map(|((key, wanted), found)| (key, wanted, answered(found))).collect();
    match sessions.finish(call.broker.now(), context, &answers, || call.broker.random_i32()) {
        Ok((session_id, is_named)) => {
            let named = answers.into_iter().zip(found).zip(is_named).filter(|(_, is_named)| *is_named);
            respond(call, session_id, named.map(|(((key, ..), found), _)| (key, found)))
        }
        Err(error) => refused(call, error, request.session_id),
    }
}

/// The fetch as a whole: Kafka's limits hold where the client asks for more.
fn demand(call: &Call<FetchRequest>) -> Demand {
    let request = &call.request;
    let bytes_max = (request.max_bytes.max(0) as usize).min(call.broker.config().fetch.bytes_max as usize);
    Demand {
        bytes_min: (request.min_bytes.max(0) as usize).min(bytes_max),
        bytes_max,
        max_wait: Duration::from_millis(request.max_wait_ms.max(0) as u64),
        committed_only: request.isolation_level == 1,
    }
}

/// The partitions that the request names.
fn named(call: &Call<FetchRequest>) -> Vec<(Key, Wanted)> {
    let uses_ids = call.version() >= IDS_SINCE;
    let topics = call.request.topics.iter().map(|topic| {
        let key = match uses_ids {
            true => TopicKey::Id(topic.topic_id),
            false => TopicKey::Name(Arc::from(&*topic.topic)),
        };
        (key, &topic.partitions)
    });
    topics
        .flat_map(|(topic, partitions)| partitions.iter().map(move |one| (topic.clone(), one)))
        .map(|(topic, one)| {
            let wanted = Wanted {
                offset: Offset(one.fetch_offset),
                max_bytes: one.partition_max_bytes,
                current_leader_epoch: LeaderEpoch(one.current_leader_epoch),
                last_fetched_epoch: LeaderEpoch(one.last_fetched_epoch),
                log_start: Offset(one.log_start_offset),
            };
            (Key { topic, partition: PartitionIndex(one.partition) }, wanted)
        })
        .collect()
}

fn forgotten(topics: &[ForgottenTopic], version: i16) -> Vec<Key> {
    let key = |topic: &ForgottenTopic| match version >= IDS_SINCE {
        true => TopicKey::Id(topic.topic_id),
        false => TopicKey::Name(Arc::from(&*topic.topic)),
    };
    topics
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(move |&index| (key(topic), index)))
        .map(|(topic, index)| Key { topic, partition: PartitionIndex(index) })
        .collect()
}

fn answered(found: &Found) -> Answered {
    Answered {
        high_watermark: found.high_watermark.unwrap_or(Offset::NONE),
        log_start: found.log_start.unwrap_or(Offset::NONE),
        records_len: found.bytes,
        error: found.error,
        must_name: found.diverging.is_some(),
    }
}

fn respond(
    call: &Call<FetchRequest>,
    session_id: i32,
    partitions: impl Iterator<Item = (Key, Found)>,
) -> Result<Response, String> {
    let mut files = Vec::new();
    let mut responses: Vec<FetchableTopicResponse> = Vec::new();
    let mut topic_before = None;
    for (key, found) in partitions {
        let data = partition_data(key.partition, found, call.version(), &mut files);
        if topic_before.as_ref() != Some(&key.topic) {
            responses.push(topic_response(&key.topic));
            topic_before = Some(key.topic);
        }
        responses.last_mut().expect("a topic was pushed").partitions.push(data);
    }
    let response = FetchResponse { session_id, responses, ..FetchResponse::default() };
    encode::<FetchRequest>(&call.header, &response, files.into_iter())
}

fn topic_response(topic: &TopicKey) -> FetchableTopicResponse {
    match topic {
        TopicKey::Id(id) => FetchableTopicResponse { topic_id: *id, ..FetchableTopicResponse::default() },
        TopicKey::Name(name) => {
            FetchableTopicResponse { topic: name.as_ref().into(), ..FetchableTopicResponse::default() }
        }
    }
}

/// A partition's part of the response; what lies in files becomes gaps, and their places go to `files`.
fn partition_data(
    index: PartitionIndex,
    found: Found,
    version: i16,
    files: &mut Vec<Chunk>,
) -> PartitionData {
    let mut records = RecordSet::new();
    for piece in found.pieces {
        match piece {
            LogPiece::Memory(bytes) => records.push(Piece::Bytes(bytes)),
            LogPiece::File { file, position, len } => {
                records.push(Piece::Gap(len));
                files.push(Chunk::File { file, position, len });
            }
        }
    }
    let error = match found.error {
        ErrorCode::KafkaStorageError if version < STORAGE_ERROR_SINCE => ErrorCode::NotLeaderOrFollower,
        error => error,
    };
    let offset = |offset: Option<Offset>| offset.unwrap_or(Offset::NONE).0;
    PartitionData {
        partition_index: index.0,
        error_code: error.code(),
        high_watermark: offset(found.high_watermark),
        last_stable_offset: offset(found.last_stable_offset),
        log_start_offset: offset(found.log_start),
        diverging_epoch: found.diverging.map_or_else(EpochEndOffset::default, |(epoch, end)| {
            EpochEndOffset { epoch: epoch.0, end_offset: end.0, ..EpochEndOffset::default() }
        }),
        aborted_transactions: found.aborted,
        records: Some(records),
        ..PartitionData::default()
    }
}

fn refused(call: &Call<FetchRequest>, error: ErrorCode, session_id: i32) -> Result<Response, String> {
    call.reply(&FetchResponse { error_code: error.code(), session_id, ..FetchResponse::default() })
}
