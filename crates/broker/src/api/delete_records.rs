//! DeleteRecords (21): give up everything below an offset. KIP-107.

use std::time::Duration;

use ottla_protocol::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsPartitionResult, DeleteRecordsRequest, DeleteRecordsResponse,
    DeleteRecordsTopic, DeleteRecordsTopicResult,
};
use ottla_storage::{Reached, StorageError};
use ottla_types::{ErrorCode, Offset, PartitionIndex};
use tokio::time::{Instant, timeout_at};

use crate::cluster_view::is_internal;
use crate::partition::Partition;
use crate::request::{Call, Serve};

/// "Everything that readers see": the high watermark.
const ALL: i64 = -1;

impl Serve for DeleteRecordsRequest {
    async fn serve(call: Call<Self>) -> DeleteRecordsResponse {
        let deadline = Instant::now() + Duration::from_millis(call.request.timeout_ms.max(0) as u64);
        // All starts are moved before the first is waited for: they become durable together.
        let mut moved = Vec::new();
        for asked in &call.request.topics {
            for one in &asked.partitions {
                moved.push(move_start(&call, asked, one).await);
            }
        }
        let mut moved = moved.into_iter();
        let mut topics = Vec::with_capacity(call.request.topics.len());
        for asked in &call.request.topics {
            let mut partitions = Vec::with_capacity(asked.partitions.len());
            for (one, moved) in asked.partitions.iter().zip(&mut moved) {
                let outcome = match moved {
                    Ok((start, wait)) => durable(start, wait, deadline).await,
                    Err(error) => Err(error),
                };
                partitions.push(DeleteRecordsPartitionResult {
                    partition_index: one.partition_index,
                    low_watermark: outcome.unwrap_or(Offset::NONE).0,
                    error_code: outcome.err().unwrap_or_default().code(),
                    ..DeleteRecordsPartitionResult::default()
                });
            }
            topics.push(DeleteRecordsTopicResult {
                name: asked.name.clone(),
                partitions,
                ..DeleteRecordsTopicResult::default()
            });
        }
        DeleteRecordsResponse { topics, ..DeleteRecordsResponse::default() }
    }
}

/// Moves one log's start; where it is then, and the wait until that is durable.
async fn move_start(
    call: &Call<DeleteRecordsRequest>,
    asked: &DeleteRecordsTopic,
    one: &DeleteRecordsPartition,
) -> Result<(Offset, Reached), ErrorCode> {
    let image = call.broker.image();
    let partition = match image.topics().by_name(&asked.name) {
        Some(_) if is_internal(&asked.name) => return Err(ErrorCode::InvalidTopicException),
        Some(topic) => call.broker.leading(&image, topic.id, PartitionIndex(one.partition_index))?,
        None => return Err(ErrorCode::UnknownTopicOrPartition),
    };
    delete(&partition, one.offset).await
}

async fn durable(start: Offset, wait: Reached, deadline: Instant) -> Result<Offset, ErrorCode> {
    match timeout_at(deadline, wait).await {
        Ok(Ok(())) => Ok(start),
        Ok(Err(_)) => Err(ErrorCode::KafkaStorageError),
        Err(_) => Err(ErrorCode::RequestTimedOut),
    }
}

/// Moves the log's start; where it is then.
async fn delete(partition: &Partition, before: i64) -> Result<(Offset, Reached), ErrorCode> {
    if !partition.config().cleanup.deletes {
        return Err(ErrorCode::PolicyViolation);
    }
    let high_watermark = partition.high_watermark();
    let before = if before == ALL { high_watermark } else { Offset(before) };
    if before.0 < 0 || before > high_watermark {
        return Err(ErrorCode::OffsetOutOfRange);
    }
    match partition.delete_records_before(before).await {
        Ok(moved) => Ok(moved),
        Err(StorageError::OutOfRange { .. }) => Err(ErrorCode::OffsetOutOfRange),
        Err(error) => {
            tracing::error!(partition = %partition.name(), %error, "records cannot be deleted");
            Err(ErrorCode::KafkaStorageError)
        }
    }
}
