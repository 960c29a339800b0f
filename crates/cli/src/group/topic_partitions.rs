//! Partitions as arguments name them.

use std::str::FromStr;
use std::sync::Arc;

use ottla_client::{Admin, Error};
use ottla_types::{PartitionIndex, TopicPartition};

use crate::failure::Failure;

/// A topic, or some of its partitions: `orders` or `orders:0,3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TopicPartitions {
    topic: String,
    partitions: Vec<i32>,
}

impl FromStr for TopicPartitions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write a topic, or a topic and partitions such as orders:0,3".to_owned();
        let (topic, partitions) = match text.split_once(':') {
            None => (text, Vec::new()),
            Some((topic, list)) => {
                let one =
                    |part: &str| part.trim().parse().ok().filter(|&index: &i32| index >= 0).ok_or_else(wrong);
                (topic, list.split(',').map(one).collect::<Result<_, _>>()?)
            }
        };
        if topic.is_empty() {
            return Err(wrong());
        }
        Ok(Self { topic: topic.to_owned(), partitions })
    }
}

impl TopicPartitions {
    /// The partitions, all of them if none is named.
    pub(super) async fn resolve(&self, admin: &Admin) -> Result<Vec<TopicPartition>, Failure> {
        let topic = admin.topic(&self.topic).await?;
        if self.partitions.is_empty() {
            return Ok(topic.topic_partitions().collect());
        }
        let named = |&index: &i32| match topic.partitions.contains_key(&PartitionIndex(index)) {
            true => Ok(TopicPartition::new(Arc::clone(&topic.name), index)),
            false => Err(Failure::Client(Error::UnknownPartition {
                topic: Arc::clone(&topic.name),
                count: topic.partitions.len(),
                partition: index,
            })),
        };
        self.partitions.iter().map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_stand_behind_the_topic() {
        let parsed = |text: &str| text.parse::<TopicPartitions>().ok().map(|one| (one.topic, one.partitions));
        assert_eq!(parsed("orders"), Some(("orders".to_owned(), vec![])));
        assert_eq!(parsed("orders:0, 3"), Some(("orders".to_owned(), vec![0, 3])));
        for text in ["", ":1", "orders:", "orders:x", "orders:-1"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
