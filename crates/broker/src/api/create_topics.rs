//! CreateTopics (19): new topics, and the settings that they will have. KIP-4, KIP-195, KIP-464, KIP-525,
//! KIP-599.

use std::collections::BTreeSet;
use std::sync::Arc;

use ottla_config::Texts;
use ottla_controller::{Command, CreateTopics, CreatedTopic, METADATA_TOPIC, NewTopic, Refusal, Reply};
use ottla_protocol::Str;
use ottla_protocol::messages::create_topics::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreatableTopicConfigs,
    CreatableTopicResult, CreateTopicsRequest, CreateTopicsResponse,
};
use ottla_types::{BrokerId, ErrorCode, PartitionIndex};

use crate::admin::{Refused, error_fields};
use crate::broker::Broker;
use crate::request::{Call, Serve};

/// From this version on the response shows the topic's settings.
const CONFIGS_SINCE: i16 = 5;
/// What a count says that is to be the default.
const BY_DEFAULT: i32 = -1;

impl Serve for CreateTopicsRequest {
    async fn serve(call: Call<Self>) -> CreateTopicsResponse {
        let Call { broker, request, header, .. } = call;
        let Sorted { asked, mut refused } = sort(&request.topics);
        let command = CreateTopics {
            topics: asked.iter().map(|topic| new_topic(&broker, topic)).collect(),
            validate_only: request.validate_only,
            seed: rand::random(),
        };
        let mut topics = match broker.control_within(request.timeout_ms, Command::CreateTopics(command)).await
        {
            Ok(Reply::CreateTopics(outcomes)) => {
                let shows_configs = header.request_api_version >= CONFIGS_SINCE;
                let result = |(name, outcome): (Arc<str>, Result<CreatedTopic, Refusal>)| match outcome {
                    Ok(created) => created_topic(&broker, &name, &created, shows_configs),
                    Err(refusal) => refused_topic(&(&*name).into(), refusal.into()),
                };
                outcomes.into_iter().map(result).collect()
            }
            Ok(other) => panic!("the controller answered another question: {other:?}"),
            Err(why) => {
                refused.clear();
                request.topics.iter().map(|topic| refused_topic(&topic.name, why.clone())).collect::<Vec<_>>()
            }
        };
        topics.append(&mut refused);
        CreateTopicsResponse { topics, ..CreateTopicsResponse::default() }
    }
}

/// A request's topics: those that the controller is to look at, and those that need no look.
struct Sorted<'a> {
    asked: Vec<&'a CreatableTopic>,
    refused: Vec<CreatableTopicResult>,
}

fn sort(topics: &[CreatableTopic]) -> Sorted<'_> {
    let mut seen = BTreeSet::new();
    let repeated: BTreeSet<&str> =
        topics.iter().map(|topic| &*topic.name).filter(|name| !seen.insert(*name)).collect();
    let asked = topics
        .iter()
        .filter(|topic| !repeated.contains(&*topic.name) && &*topic.name != METADATA_TOPIC)
        .collect();
    let mut refused: Vec<CreatableTopicResult> = Vec::new();
    for name in repeated {
        let message = format!("topic '{name}' is named more than once in this request; name it once");
        refused.push(refused_topic(&name.into(), Refused::invalid(message)));
    }
    if let Some(topic) = topics.iter().find(|topic| &*topic.name == METADATA_TOPIC)
        && !refused.iter().any(|result| result.name == topic.name)
    {
        let message =
            format!("'{METADATA_TOPIC}' is the cluster's own log and no topic; choose another name");
        refused.push(refused_topic(&topic.name, Refused::invalid(message)));
    }
    Sorted { asked, refused }
}

fn new_topic(broker: &Broker, topic: &CreatableTopic) -> NewTopic {
    let assignment = |assignment: &CreatableReplicaAssignment| {
        let brokers = assignment.broker_ids.iter().copied().map(BrokerId).collect();
        (PartitionIndex(assignment.partition_index), brokers)
    };
    let config =
        |config: &CreatableTopicConfig| (Arc::from(&*config.name), config.value.as_deref().map(Arc::from));
    NewTopic {
        name: Arc::from(&*topic.name),
        id: broker.random_uuid(),
        partitions: Some(topic.num_partitions).filter(|&count| count != BY_DEFAULT),
        replication_factor: Some(topic.replication_factor).filter(|&count| i32::from(count) != BY_DEFAULT),
        assignments: topic.assignments.iter().map(assignment).collect(),
        configs: topic.configs.iter().map(config).collect(),
    }
}

fn created_topic(
    broker: &Broker,
    name: &str,
    created: &CreatedTopic,
    shows_configs: bool,
) -> CreatableTopicResult {
    CreatableTopicResult {
        name: name.into(),
        topic_id: created.id,
        error_message: None,
        num_partitions: created.partitions,
        replication_factor: created.replication_factor,
        configs: Some(if shows_configs { configs(broker, created) } else { vec![] }),
        ..CreatableTopicResult::default()
    }
}

/// All settings that the topic has, its own and those that it takes from the broker.
fn configs(broker: &Broker, created: &CreatedTopic) -> Vec<CreatableTopicConfigs> {
    let own: Texts =
        created.configs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    let described = broker.effective.load().describe_new_topic(&own);
    described
        .into_iter()
        .map(|setting| CreatableTopicConfigs {
            name: setting.name.into(),
            value: setting.value.map(Into::into),
            read_only: setting.is_read_only,
            config_source: setting.source.code(),
            is_sensitive: setting.is_sensitive,
            ..CreatableTopicConfigs::default()
        })
        .collect()
}

fn refused_topic(name: &Str, refused: Refused) -> CreatableTopicResult {
    debug_assert_ne!(refused.code, ErrorCode::None, "a refusal says why");
    let (error_code, error_message) = error_fields::<()>(Err(refused));
    CreatableTopicResult { name: name.clone(), error_code, error_message, ..CreatableTopicResult::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str) -> CreatableTopic {
        CreatableTopic {
            name: name.into(),
            num_partitions: 1,
            replication_factor: 1,
            ..CreatableTopic::default()
        }
    }

    #[test]
    fn what_is_named_twice_or_is_no_topic_never_reaches_the_controller() {
        let topics = ["b", "a", METADATA_TOPIC, "a", "c", "a"].map(topic);
        let sorted = sort(&topics);
        let asked: Vec<&str> = sorted.asked.iter().map(|topic| &*topic.name).collect();
        assert_eq!(asked, ["b", "c"]);
        let refused: Vec<(&str, i16)> =
            sorted.refused.iter().map(|result| (&*result.name, result.error_code)).collect();
        assert_eq!(refused, [("a", 42), (METADATA_TOPIC, 42)]);
    }
}
