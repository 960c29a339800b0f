//! ListOffsets (2): the first offset at or after a time, or one with a special meaning. KIP-79, KIP-207, KIP-320,
//! KIP-405, KIP-734, KIP-1005, KIP-1023.

use std::collections::BTreeSet;

use ottla_protocol::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse,
    ListOffsetsTopicResponse,
};
use ottla_storage::log::{FoundOffset, PartitionLog};
use ottla_types::{ErrorCode, LeaderEpoch, Offset, PartitionIndex, Timestamp};

use crate::partition::Partition;
use crate::request::{Call, Serve};

/// Where new records go.
const LATEST: i64 = -1;
/// The first record that is readable.
const EARLIEST: i64 = -2;
/// The record with the largest timestamp.
const MAX_TIMESTAMP: i64 = -3;
/// The first record that is on this node's disk.
const EARLIEST_LOCAL: i64 = -4;
/// The last record that is in remote storage.
const LATEST_TIERED: i64 = -5;
/// The first record that has still to go to remote storage.
const EARLIEST_PENDING_UPLOAD: i64 = -6;

impl Serve for ListOffsetsRequest {
    async fn serve(call: Call<Self>) -> ListOffsetsResponse {
        let image = call.broker.image();
        let repeated = repeated(&call.request);
        let mut topics = Vec::with_capacity(call.request.topics.len());
        for asked in &call.request.topics {
            let mut partitions = Vec::with_capacity(asked.partitions.len());
            for one in &asked.partitions {
                let index = one.partition_index;
                let known = match image.topics().by_name(&asked.name) {
                    // A partition that is named twice gets no answer that could be told apart.
                    _ if repeated.contains(&(&*asked.name, index)) => Err(ErrorCode::InvalidRequest),
                    None => Err(ErrorCode::UnknownTopicOrPartition),
                    Some(topic) => call.broker.leading(&image, topic.id, PartitionIndex(index)),
                };
                let outcome = match known {
                    Ok(partition) => look_up(&call, &partition, one).await,
                    Err(error) => Err(error),
                };
                partitions.push(respond(call.version(), one.partition_index, outcome));
            }
            topics.push(ListOffsetsTopicResponse {
                name: asked.name.clone(),
                partitions,
                ..ListOffsetsTopicResponse::default()
            });
        }
        ListOffsetsResponse { topics, ..ListOffsetsResponse::default() }
    }
}

/// The partitions that are named more than once.
fn repeated(request: &ListOffsetsRequest) -> BTreeSet<(&str, i32)> {
    let mut seen = BTreeSet::new();
    let named = request
        .topics
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(|partition| (&*topic.name, partition.partition_index)));
    named.filter(|partition| !seen.insert(*partition)).collect()
}

/// The offset that was asked for, if there is one.
async fn look_up(
    call: &Call<ListOffsetsRequest>,
    partition: &Partition,
    asked: &ListOffsetsPartition,
) -> Result<Option<FoundOffset>, ErrorCode> {
    partition.check_epoch(LeaderEpoch(asked.current_leader_epoch))?;
    let version = call.version();
    let committed_only = call.request.isolation_level == 1;
    let upper = if committed_only { partition.last_stable_offset() } else { partition.high_watermark() };
    let found = match asked.timestamp {
        LATEST => Some(FoundOffset { offset: upper, ..partition.log().latest() }),
        EARLIEST => Some(partition.log().earliest()),
        EARLIEST_LOCAL if version >= 8 => Some(partition.log().earliest()),
        // Nothing is in remote storage, and nothing is on its way there.
        LATEST_TIERED if version >= 9 => None,
        EARLIEST_PENDING_UPLOAD if version >= 11 => None,
        MAX_TIMESTAMP if version >= 7 => {
            let found = partition.ask(PartitionLog::offset_of_max_timestamp).await;
            below(upper, found.map_err(|error| failed(partition, &error))?)
        }
        target if target >= 0 => {
            let found = partition.ask(move |log| log.offset_for_timestamp(Timestamp(target))).await;
            below(upper, found.map_err(|error| failed(partition, &error))?)
        }
        _ => return Err(ErrorCode::UnsupportedVersion),
    };
    Ok(found)
}

/// What a reader may not see yet is not there.
fn below(upper: Offset, found: Option<FoundOffset>) -> Option<FoundOffset> {
    found.filter(|found| found.offset < upper)
}

fn failed(partition: &Partition, error: &ottla_storage::StorageError) -> ErrorCode {
    tracing::error!(partition = %partition.name(), %error, "an offset cannot be looked up");
    ErrorCode::KafkaStorageError
}

fn respond(
    version: i16,
    partition_index: i32,
    outcome: Result<Option<FoundOffset>, ErrorCode>,
) -> ListOffsetsPartitionResponse {
    let nothing = ListOffsetsPartitionResponse { partition_index, ..ListOffsetsPartitionResponse::default() };
    match outcome {
        Ok(Some(found)) => ListOffsetsPartitionResponse {
            timestamp: found.timestamp.0,
            offset: found.offset.0,
            leader_epoch: match (version >= 4, found.leader_epoch) {
                (true, Some(epoch)) => epoch.0,
                _ => LeaderEpoch::NONE.0,
            },
            ..nothing
        },
        Ok(None) => nothing,
        Err(error) => ListOffsetsPartitionResponse { error_code: error.code(), ..nothing },
    }
}
