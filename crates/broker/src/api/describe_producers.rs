//! DescribeProducers (61): which producers a partition remembers, and whose transactions are open. KIP-664.

use ottla_controller::check_topic_name;
use ottla_protocol::messages::describe_producers::{
    DescribeProducersRequest, DescribeProducersResponse, PartitionResponse, ProducerState, TopicResponse,
};
use ottla_storage::log::{KnownProducer, PartitionLog};
use ottla_types::{ErrorCode, Offset, PartitionIndex, Sequence};

use crate::admin::{Refused, error_fields};
use crate::request::{Call, Serve};

impl Serve for DescribeProducersRequest {
    async fn serve(call: Call<Self>) -> DescribeProducersResponse {
        let mut topics = Vec::with_capacity(call.request.topics.len());
        for asked in &call.request.topics {
            let mut partitions = Vec::with_capacity(asked.partition_indexes.len());
            for &index in &asked.partition_indexes {
                let partition = describe(&call, &asked.name, index).await;
                // A partition may be named again and again, and have thousands of producers.
                let bytes = (1 + partition.active_producers.len()) * size_of::<ProducerState>();
                if !call.room.take(bytes).await {
                    return DescribeProducersResponse::default();
                }
                partitions.push(partition);
            }
            topics.push(TopicResponse { name: asked.name.clone(), partitions, ..TopicResponse::default() });
        }
        DescribeProducersResponse { topics, ..DescribeProducersResponse::default() }
    }
}

async fn describe(call: &Call<DescribeProducersRequest>, topic: &str, index: i32) -> PartitionResponse {
    let (producers, outcome) = match producers(call, topic, PartitionIndex(index)).await {
        Ok(producers) => (producers, Ok(())),
        Err(refused) => (vec![], Err(refused)),
    };
    let (error_code, error_message) = error_fields(outcome);
    PartitionResponse {
        partition_index: index,
        error_code,
        error_message,
        active_producers: producers.iter().map(state).collect(),
        ..PartitionResponse::default()
    }
}

async fn producers(
    call: &Call<DescribeProducersRequest>,
    topic: &str,
    index: PartitionIndex,
) -> Result<Vec<KnownProducer>, Refused> {
    check_topic_name(topic)
        .map_err(|_| Refused::new(ErrorCode::InvalidTopicException, "no topic can have this name"))?;
    let image = call.broker.image();
    // Said of each partition that is asked for, so it is short.
    let unknown = || Refused::new(ErrorCode::UnknownTopicOrPartition, "there is no such partition");
    let id = image.topics().by_name(topic).ok_or_else(unknown)?.id;
    let partition = call.broker.leading(&image, id, index).map_err(|code| match code {
        ErrorCode::UnknownTopicOrPartition => unknown(),
        code => Refused::new(code, "this broker does not lead the partition; ask its leader"),
    })?;
    // Whoever writes to the log holds the producers.
    Ok(partition.ask(PartitionLog::producers).await)
}

fn state(producer: &KnownProducer) -> ProducerState {
    ProducerState {
        producer_id: producer.id.0,
        producer_epoch: producer.epoch.0.into(),
        last_sequence: producer.last_sequence.unwrap_or(Sequence::NONE).0,
        last_timestamp: producer.last_timestamp.0,
        coordinator_epoch: producer.coordinator_epoch,
        current_txn_start_offset: producer.open_since.unwrap_or(Offset::NONE).0,
        ..ProducerState::default()
    }
}
