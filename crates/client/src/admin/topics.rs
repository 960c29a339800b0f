//! Topics: list, describe, create, delete, add partitions.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_protocol::messages::create_partitions::CreatePartitionsTopic;
use ottla_protocol::messages::create_topics::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreatableTopicResult,
};
use ottla_protocol::messages::delete_topics::DeleteTopicState;
use ottla_protocol::messages::{CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest};
use ottla_protocol::{ApiKey, Str};
use ottla_types::{BrokerId, Uuid};

use super::Admin;
use crate::cluster::{Target, Topic, Topics};
use crate::{Error, Result};

/// A topic that is to be created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name: letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// How many partitions; the broker's `num.partitions` if not said.
    pub partitions: Option<i32>,
    /// How many copies of each; the broker's `default.replication.factor` if not said.
    pub replication_factor: Option<i16>,
    /// Which brokers hold which partition, the preferred leader first. Takes the place of both numbers.
    pub assignment: Vec<Vec<BrokerId>>,
    /// Settings that differ from the broker's.
    pub configs: BTreeMap<String, String>,
}

/// A topic that was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedTopic {
    /// Its id; [`Uuid::ZERO`] where the broker is too old to tell.
    pub id: Uuid,
    /// How many partitions it has, if the broker tells.
    pub partitions: Option<i32>,
    /// How many copies of each, if the broker tells.
    pub replication_factor: Option<i16>,
}

/// From this version on, topics are deleted by name or id.
const FIRST_DELETE_WITH_IDS: i16 = 6;

impl Admin {
    /// Every topic, those of the cluster itself included, by name.
    ///
    /// # Errors
    /// See [`Error::kind`].
    pub async fn topics(&self) -> Result<BTreeMap<Arc<str>, Arc<Topic>>> {
        let mut retry = self.cluster.retry();
        loop {
            match self.cluster.refresh(Topics::All).await {
                Ok(_) => return Ok(self.cluster.metadata().topics.clone()),
                Err(error) => retry.again(error).await?,
            }
        }
    }

    /// A topic as it is now.
    ///
    /// # Errors
    /// [`Error::UnknownTopic`]; else see [`Error::kind`].
    pub async fn topic(&self, name: &str) -> Result<Arc<Topic>> {
        let name: Arc<str> = Arc::from(name);
        let names = std::slice::from_ref(&name);
        let mut retry = self.cluster.retry();
        loop {
            match self.cluster.refresh(Topics::These { names, may_create: false }).await {
                // What was just learned is at hand; what was refused is looked into below.
                Ok(_) => return self.cluster.topic(&name, false).await,
                Err(error) => retry.again(error).await?,
            }
        }
    }

    /// Creates topics; the results stand in the order of the topics. With `is_trial` the broker says whether it
    /// would, and does nothing.
    ///
    /// # Errors
    /// If no broker could be asked. What a broker says about a topic is that topic's result.
    pub async fn create_topics(
        &self,
        topics: &[NewTopic],
        is_trial: bool,
    ) -> Result<Vec<Result<CreatedTopic>>> {
        let request = CreateTopicsRequest {
            topics: topics.iter().map(creatable).collect(),
            timeout_ms: self.broker_timeout_ms(),
            validate_only: is_trial,
            ..Default::default()
        };
        let answer = self.ask(Target::Any, &request, |answer| retriable_if_all(answer.topics)).await?;
        Ok(topics.iter().map(|topic| created(topic, &answer)).collect())
    }

    /// Deletes topics; the results stand in the order of the names.
    ///
    /// # Errors
    /// If no broker could be asked. What a broker says about a topic is that topic's result.
    pub async fn delete_topics(&self, names: &[&str]) -> Result<Vec<Result<()>>> {
        let mut retry = self.cluster.retry();
        let answer = loop {
            match self.delete_topics_once(names).await {
                Ok(answer) => break answer,
                Err(error) => retry.again(error).await?,
            }
        };
        let result = |name: &&str| {
            let found = answer.responses.iter().find(|found| found.name.as_deref() == Some(*name));
            let found = found.ok_or_else(|| incomplete(ApiKey::DeleteTopics, name))?;
            if found.error_code == ottla_types::ErrorCode::UnknownTopicOrPartition.code() {
                return Err(Error::UnknownTopic(Arc::from(*name)));
            }
            Error::check(found.error_code, found.error_message.as_deref(), format_args!("topic {name}"))
        };
        Ok(names.iter().map(result).collect())
    }

    /// Gives a topic more partitions, so that it has `total` of them. Records with keys may then go elsewhere than
    /// those with the same key before.
    ///
    /// # Errors
    /// See [`Error::kind`].
    pub async fn create_partitions(&self, name: &str, total: i32, is_trial: bool) -> Result<()> {
        let topic = CreatePartitionsTopic {
            name: Str::from(name),
            count: total,
            assignments: None,
            ..Default::default()
        };
        let request = CreatePartitionsRequest {
            topics: vec![topic],
            timeout_ms: self.broker_timeout_ms(),
            validate_only: is_trial,
            ..Default::default()
        };
        self.ask(Target::Any, &request, |answer| {
            let result = answer.results.first();
            let result = result.ok_or_else(|| incomplete(ApiKey::CreatePartitions, name))?;
            if result.error_code == ottla_types::ErrorCode::UnknownTopicOrPartition.code() {
                return Err(Error::UnknownTopic(Arc::from(name)));
            }
            Error::check(result.error_code, result.error_message.as_deref(), format_args!("topic {name}"))
        })
        .await
    }

    async fn delete_topics_once(
        &self,
        names: &[&str],
    ) -> Result<ottla_protocol::messages::DeleteTopicsResponse> {
        let connection = self.cluster.connection(Target::Any, crate::cluster::Lane::Main).await?;
        let version = connection.version_of::<DeleteTopicsRequest>(i16::MAX)?;
        let mut request =
            DeleteTopicsRequest { timeout_ms: self.broker_timeout_ms(), ..DeleteTopicsRequest::default() };
        if version >= FIRST_DELETE_WITH_IDS {
            let named = |name: &&str| DeleteTopicState { name: Some(Str::from(*name)), ..Default::default() };
            request.topics = names.iter().map(named).collect();
        } else {
            request.topic_names = names.iter().map(|name| Str::from(*name)).collect();
        }
        let reply = connection.begin(&request, version, self.cluster.options().request_timeout).await?;
        reply.answer().await
    }
}

fn creatable(topic: &NewTopic) -> CreatableTopic {
    let config = |(name, value): (&String, &String)| CreatableTopicConfig {
        name: Str::from(name.as_str()),
        value: Some(Str::from(value.as_str())),
        ..Default::default()
    };
    let assigned = |(index, brokers): (usize, &Vec<BrokerId>)| CreatableReplicaAssignment {
        partition_index: i32::try_from(index).unwrap_or(i32::MAX),
        broker_ids: brokers.iter().map(|broker| broker.0).collect(),
        ..Default::default()
    };
    CreatableTopic {
        name: Str::from(topic.name.as_str()),
        num_partitions: topic.partitions.unwrap_or(-1),
        replication_factor: topic.replication_factor.unwrap_or(-1),
        assignments: topic.assignment.iter().enumerate().map(assigned).collect(),
        configs: topic.configs.iter().map(config).collect(),
        ..Default::default()
    }
}

/// While every topic is refused for a reason that passes, the whole request is worth another attempt.
fn retriable_if_all(results: Vec<CreatableTopicResult>) -> Result<Vec<CreatableTopicResult>> {
    let refusal = |result: &CreatableTopicResult| {
        let subject = format_args!("topic {}", result.name);
        Error::check(result.error_code, result.error_message.as_deref(), subject).err()
    };
    let errors: Vec<_> = results.iter().map(refusal).collect();
    match errors.first() {
        Some(Some(first)) if errors.iter().flatten().filter(|e| e.is_retriable()).count() == errors.len() => {
            Err(first.clone())
        }
        _ => Ok(results),
    }
}

fn created(topic: &NewTopic, results: &[CreatableTopicResult]) -> Result<CreatedTopic> {
    let found = results.iter().find(|result| result.name == topic.name);
    let found = found.ok_or_else(|| incomplete(ApiKey::CreateTopics, &topic.name))?;
    Error::check(found.error_code, found.error_message.as_deref(), format_args!("topic {}", topic.name))?;
    Ok(CreatedTopic {
        id: found.topic_id,
        partitions: (found.num_partitions >= 0).then_some(found.num_partitions),
        replication_factor: (found.replication_factor >= 0).then_some(found.replication_factor),
    })
}

pub(super) fn incomplete(api: ApiKey, subject: &str) -> Error {
    Error::Incomplete { api, subject: subject.to_owned() }
}
