//! DeleteRecords: moving the beginning of a partition.

use std::collections::BTreeMap;

use ottla_protocol::messages::DeleteRecordsRequest;
use ottla_protocol::messages::delete_records::{DeleteRecordsPartition, DeleteRecordsTopic};
use ottla_protocol::{ApiKey, Str};
use ottla_types::{Offset, TopicPartition};

use super::Admin;
use super::topics::incomplete;
use crate::cluster::{Lane, Target};
use crate::{Error, Result};

/// In place of an offset: everything that is committed.
const UP_TO_HIGH_WATERMARK: i64 = -1;

impl Admin {
    /// Deletes the records of each partition before an offset, or all of them for `None`. The result says where the
    /// partition begins now.
    pub async fn delete_records(
        &self,
        before: &BTreeMap<TopicPartition, Option<Offset>>,
    ) -> BTreeMap<TopicPartition, Result<Offset>> {
        let mut results = BTreeMap::new();
        for (partition, &offset) in before {
            results.insert(partition.clone(), self.delete_records_of(partition, offset).await);
        }
        results
    }

    async fn delete_records_of(&self, partition: &TopicPartition, before: Option<Offset>) -> Result<Offset> {
        let mut retry = self.cluster.retry();
        loop {
            match self.delete_records_once(partition, before).await {
                Ok(low_watermark) => return Ok(low_watermark),
                Err(error) => {
                    retry.again(error).await?;
                    // A failure here shows with the next attempt.
                    let _ = self.cluster.refresh_known().await;
                }
            }
        }
    }

    async fn delete_records_once(
        &self,
        partition: &TopicPartition,
        before: Option<Offset>,
    ) -> Result<Offset> {
        let leader = self.cluster.leader(partition).await?;
        let asked = DeleteRecordsPartition {
            partition_index: partition.partition.0,
            offset: before.map_or(UP_TO_HIGH_WATERMARK, |offset| offset.0),
            ..Default::default()
        };
        let topic = DeleteRecordsTopic {
            name: Str::from(&*partition.topic),
            partitions: vec![asked],
            ..Default::default()
        };
        let request = DeleteRecordsRequest {
            topics: vec![topic],
            timeout_ms: self.broker_timeout_ms(),
            ..Default::default()
        };
        let connection = self.cluster.connection(Target::Broker(leader), Lane::Main).await?;
        let answer = connection.call(&request, self.cluster.options().request_timeout).await?;
        let result = answer.topics.first().and_then(|topic| topic.partitions.first());
        let result = result.ok_or_else(|| incomplete(ApiKey::DeleteRecords, &partition.to_string()))?;
        Error::check(result.error_code, None, partition)?;
        Ok(Offset(result.low_watermark))
    }
}
