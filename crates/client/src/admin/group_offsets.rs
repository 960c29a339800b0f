//! The offsets that groups have committed: read, set, delete.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_protocol::messages::OffsetDeleteRequest;
use ottla_protocol::messages::offset_delete::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use ottla_protocol::{ApiKey, Str};
use ottla_types::TopicPartition;

use super::Admin;
use super::topics::incomplete;
pub use crate::group_offsets::CommittedOffset;
use crate::group_offsets::Committer;
use crate::{Error, Result};

impl Admin {
    /// Every offset that a group has committed. A group that does not exist has none.
    ///
    /// # Errors
    /// See [`Error::kind`].
    pub async fn group_offsets(&self, group: &str) -> Result<BTreeMap<TopicPartition, CommittedOffset>> {
        self.cluster.committed_offsets(&Arc::from(group), None).await
    }

    /// Sets offsets of a group that has no members; one result for each partition.
    ///
    /// # Errors
    /// If the coordinator could not be asked, or refuses the group as a whole.
    pub async fn alter_group_offsets(
        &self,
        group: &str,
        offsets: &BTreeMap<TopicPartition, CommittedOffset>,
    ) -> Result<BTreeMap<TopicPartition, Result<()>>> {
        self.cluster.commit_offsets(&Arc::from(group), &Committer::default(), offsets).await
    }

    /// Deletes offsets of a group for topics that none of its members reads; one result for each partition.
    ///
    /// # Errors
    /// If the coordinator could not be asked, or refuses the group as a whole.
    pub async fn delete_group_offsets(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, Result<()>>> {
        let group: Arc<str> = Arc::from(group);
        let mut topics: BTreeMap<&str, OffsetDeleteRequestTopic> = BTreeMap::new();
        for partition in partitions {
            let topic = topics.entry(&*partition.topic).or_insert_with(|| OffsetDeleteRequestTopic {
                name: Str::from(&*partition.topic),
                ..Default::default()
            });
            let index = OffsetDeleteRequestPartition { partition_index: partition.partition.0 };
            topic.partitions.push(index);
        }
        let request =
            OffsetDeleteRequest { group_id: Str::from(&*group), topics: topics.into_values().collect() };
        let answer = self
            .cluster
            .ask_coordinator(
                &group,
                i16::MAX,
                |_| request.clone(),
                |answer| {
                    Error::check(answer.error_code, None, format_args!("group {group}"))?;
                    Ok(answer)
                },
            )
            .await?;
        let mut results = BTreeMap::new();
        for partition in partitions {
            let topic = answer.topics.iter().find(|topic| topic.name == *partition.topic);
            let found = topic.and_then(|topic| {
                topic.partitions.iter().find(|found| found.partition_index == partition.partition.0)
            });
            let result = match found {
                Some(found) => Error::check(found.error_code, None, partition),
                None => Err(incomplete(ApiKey::OffsetDelete, &partition.to_string())),
            };
            results.insert(partition.clone(), result);
        }
        Ok(results)
    }
}
