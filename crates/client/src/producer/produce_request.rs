//! Produce as messages: batches into a request, the answer back to batches.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use ottla_protocol::messages::produce::{PartitionProduceData, PartitionProduceResponse, TopicProduceData};
use ottla_protocol::messages::{ProduceRequest, ProduceResponse};
use ottla_protocol::{ApiKey, Str};
use ottla_types::{BrokerId, LeaderEpoch, Offset, Timestamp, TopicPartition, Uuid};

use super::accumulator::{Shipment, Written};
use super::batch::BatchId;
use super::options::Acks;
use crate::cluster::Metadata;
use crate::{Error, Result};

/// Above this version, topics are named by id only (KIP-516).
const LAST_WITH_NAMES: i16 = 12;

/// A request and who it is for.
pub(super) struct Produce {
    pub(super) request: ProduceRequest,
    /// The highest version that names the topics in a way that is known.
    pub(super) at_most: i16,
    asked: Asked,
}

/// Which batches a request carries.
pub(super) struct Asked {
    pub(super) broker: BrokerId,
    pub(super) batches: Vec<(TopicPartition, BatchId)>,
    topic_ids: BTreeMap<Uuid, Arc<str>>,
}

/// What an answer says about one batch.
pub(super) struct Answered {
    pub(super) partition: TopicPartition,
    pub(super) batch: BatchId,
    pub(super) result: Result<Written>,
    /// Who leads the partition instead, if the broker says so (KIP-951).
    pub(super) new_leader: Option<(BrokerId, LeaderEpoch)>,
}

impl Produce {
    pub(super) fn new(shipment: Shipment, metadata: &Metadata, acks: Acks, timeout_ms: i32) -> Self {
        let mut topics: BTreeMap<Arc<str>, Vec<(i32, Bytes)>> = BTreeMap::new();
        let mut batches = Vec::new();
        for (partition, id, bytes) in shipment.batches {
            let index = partition.partition.0;
            topics.entry(Arc::clone(&partition.topic)).or_default().push((index, bytes));
            batches.push((partition, id));
        }
        let topic_ids: BTreeMap<_, _> =
            topics.keys().map(|name| (metadata.topic_id(name), Arc::clone(name))).collect();
        let topic_data = |(name, partitions): (Arc<str>, Vec<(i32, Bytes)>)| {
            let data = |(index, bytes)| PartitionProduceData {
                index,
                records: Some(bytes),
                ..PartitionProduceData::default()
            };
            TopicProduceData {
                name: Str::from(&*name),
                topic_id: metadata.topic_id(&name),
                partition_data: partitions.into_iter().map(data).collect(),
                ..TopicProduceData::default()
            }
        };
        let at_most = if topic_ids.contains_key(&Uuid::ZERO) { LAST_WITH_NAMES } else { i16::MAX };
        let request = ProduceRequest {
            acks: acks.code(),
            timeout_ms,
            topic_data: topics.into_iter().map(topic_data).collect(),
            ..ProduceRequest::default()
        };
        Self { request, at_most, asked: Asked { broker: shipment.broker, batches, topic_ids } }
    }

    /// What is needed to read the answer.
    pub(super) fn into_asked(self) -> Asked {
        self.asked
    }
}

impl Asked {
    /// One result for each batch.
    pub(super) fn read(&self, answer: &Result<Option<ProduceResponse>>) -> Vec<Answered> {
        let answer = match answer {
            Err(error) => return self.all(&Err(error.clone())),
            // Nobody answers: it is sent, and that is all that was wanted.
            Ok(None) => return self.all(&Ok(Written { base_offset: None, append_time: None })),
            Ok(Some(answer)) => answer,
        };
        let mut found: BTreeMap<TopicPartition, &PartitionProduceResponse> = BTreeMap::new();
        for topic in &answer.responses {
            let named = (!topic.name.is_empty()).then(|| Arc::from(topic.name.as_str()));
            let Some(name) = named.or_else(|| self.topic_ids.get(&topic.topic_id).cloned()) else { continue };
            for partition in &topic.partition_responses {
                found.insert(TopicPartition::new(Arc::clone(&name), partition.index), partition);
            }
        }
        let read = |(partition, batch): &(TopicPartition, BatchId)| match found.get(partition) {
            Some(answer) => answered(partition, *batch, answer),
            None => {
                let subject = partition.to_string();
                let result = Err(Error::Incomplete { api: ApiKey::Produce, subject });
                Answered { partition: partition.clone(), batch: *batch, result, new_leader: None }
            }
        };
        self.batches.iter().map(read).collect()
    }

    fn all(&self, result: &Result<Written>) -> Vec<Answered> {
        let same = |(partition, batch): &(TopicPartition, BatchId)| Answered {
            partition: partition.clone(),
            batch: *batch,
            result: result.clone(),
            new_leader: None,
        };
        self.batches.iter().map(same).collect()
    }
}

fn answered(partition: &TopicPartition, batch: BatchId, answer: &PartitionProduceResponse) -> Answered {
    // What is wrong with a record says more than what is wrong with its batch.
    let record = answer.record_errors.iter().find_map(|record| record.batch_index_error_message.as_deref());
    let message = record.or(answer.error_message.as_deref());
    let result = Error::check(answer.error_code, message, partition).map(|()| Written {
        base_offset: (answer.base_offset >= 0).then_some(Offset(answer.base_offset)),
        append_time: (answer.log_append_time_ms >= 0).then_some(Timestamp(answer.log_append_time_ms)),
    });
    let leader = &answer.current_leader;
    let is_news = result.is_err() && leader.leader_id >= 0 && leader.leader_epoch >= 0;
    let new_leader = is_news.then_some((BrokerId(leader.leader_id), LeaderEpoch(leader.leader_epoch)));
    Answered { partition: partition.clone(), batch, result, new_leader }
}
