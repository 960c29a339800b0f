//! OffsetForLeaderEpoch (23): where the records of a leader's epoch end. KIP-101, KIP-279, KIP-320.

use ottla_protocol::messages::offset_for_leader_epoch::{
    EpochEndOffset, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderPartition,
    OffsetForLeaderTopicResult,
};
use ottla_types::{ErrorCode, LeaderEpoch, PartitionIndex};

use crate::request::{Call, Serve};

impl Serve for OffsetForLeaderEpochRequest {
    async fn serve(call: Call<Self>) -> OffsetForLeaderEpochResponse {
        let image = call.broker.image();
        let topics = call.request.topics.iter().map(|asked| {
            let topic = image.topics().by_name(&asked.topic).map(|topic| topic.id);
            let partitions = asked.partitions.iter().map(|one| {
                let end = topic.ok_or(ErrorCode::UnknownTopicOrPartition).and_then(|topic| {
                    let partition = call.broker.leading(&image, topic, PartitionIndex(one.partition))?;
                    partition.check_epoch(LeaderEpoch(one.current_leader_epoch))?;
                    Ok(partition.log().end_offset_for_epoch(LeaderEpoch(one.leader_epoch)))
                });
                respond(one, end.map(|end| end.map(|end| (end.epoch.0, end.end.0))))
            });
            OffsetForLeaderTopicResult {
                topic: asked.topic.clone(),
                partitions: partitions.collect(),
                ..OffsetForLeaderTopicResult::default()
            }
        });
        OffsetForLeaderEpochResponse { topics: topics.collect(), ..OffsetForLeaderEpochResponse::default() }
    }
}

fn respond(asked: &OffsetForLeaderPartition, end: Result<Option<(i32, i64)>, ErrorCode>) -> EpochEndOffset {
    let nothing = EpochEndOffset { partition: asked.partition, ..EpochEndOffset::default() };
    match end {
        Ok(Some((leader_epoch, end_offset))) => EpochEndOffset { leader_epoch, end_offset, ..nothing },
        Ok(None) => nothing,
        Err(error) => EpochEndOffset { error_code: error.code(), ..nothing },
    }
}
