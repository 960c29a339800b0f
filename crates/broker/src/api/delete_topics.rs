//! DeleteTopics (20): topics go, named or by their ids. KIP-4, KIP-322, KIP-516, KIP-599.
//!
//! Apache Kafka shuffles the results, so that their places tell nobody which topics exist; here they stand in
//! the order of the request, after those that need no look.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ottla_controller::{Command, METADATA_TOPIC, Refusal, Reply, TopicKey};
use ottla_metadata::MetadataImage;
use ottla_protocol::Str;
use ottla_protocol::messages::delete_topics::{
    DeletableTopicResult, DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse,
};
use ottla_types::{ErrorCode, Uuid};

use crate::admin::{Refused, error_fields};
use crate::request::{Call, Serve};

/// From this version on topics are named in structs, and by their ids if the client likes.
const BY_ID_SINCE: i16 = 6;
/// From this version on clients know the error that says that nothing may be deleted.
const DISABLED_SINCE: i16 = 3;

pub(super) const DEVIATION: &str =
    "results stand in the order of the request, where Apache Kafka shuffles them";

impl Serve for DeleteTopicsRequest {
    async fn serve(mut call: Call<Self>) -> DeleteTopicsResponse {
        let version = call.version();
        if version < BY_ID_SINCE {
            let named = |name| DeleteTopicState { name: Some(name), ..DeleteTopicState::default() };
            call.request.topics = call.request.topic_names.drain(..).map(named).collect();
        }
        let Call { broker, request, .. } = call;
        if !broker.config().topics.may_be_deleted {
            return all_refused(&request.topics, &disabled(version));
        }
        let Sorted { asked, mut responses } = sort(&broker.image(), &request.topics);
        match broker.control_within(request.timeout_ms, Command::DeleteTopics(asked)).await {
            Ok(Reply::DeleteTopics(outcomes)) => {
                responses.extend(outcomes.into_iter().map(|outcome| match outcome {
                    Ok(deleted) => response(Some((&*deleted.name).into()), deleted.id, Ok(())),
                    Err((TopicKey::Name(name), why)) => by_name(&name, why.into()),
                    Err((TopicKey::Id(id), why)) => by_id(id, why.into()),
                }));
                DeleteTopicsResponse { responses, ..DeleteTopicsResponse::default() }
            }
            Ok(other) => panic!("the controller answered another question: {other:?}"),
            Err(why) => all_refused(&request.topics, &why),
        }
    }
}

/// A request's topics: those that the controller is to delete, and results for those that need no look.
#[derive(Debug, Default)]
struct Sorted {
    asked: Vec<TopicKey>,
    responses: Vec<DeletableTopicResult>,
}

fn sort(image: &MetadataImage, topics: &[DeleteTopicState]) -> Sorted {
    let mut sorted = Sorted::default();
    // In the order in which they were first named.
    let mut names: Vec<&Str> = Vec::new();
    let mut ids: Vec<Uuid> = Vec::new();
    let mut name_counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut id_counts: BTreeMap<Uuid, usize> = BTreeMap::new();
    for DeleteTopicState { name, topic_id, .. } in topics {
        match (name, topic_id.is_zero()) {
            (Some(name), true) => {
                *name_counts.entry(name).or_insert_with(|| push(&mut names, name)) += 1;
            }
            (None, false) => *id_counts.entry(*topic_id).or_insert_with(|| push(&mut ids, *topic_id)) += 1,
            (Some(name), false) => {
                let message = "a topic is named by its name or by its id; leave one of the two out";
                sorted.responses.push(response(
                    Some(name.clone()),
                    *topic_id,
                    Err(Refused::invalid(message)),
                ));
            }
            (None, true) => {
                sorted
                    .responses
                    .push(by_id(*topic_id, Refused::invalid("neither a name nor an id is given")));
            }
        }
    }
    // A name and an id of one topic: neither is taken for what was meant.
    let mut named_twice = BTreeSet::new();
    for name in names {
        let topic = image.topics().by_name(name);
        if name_counts[&**name] > 1 {
            let message = format!("topic '{name}' is named more than once in this request; name it once");
            sorted.responses.push(by_name(name, Refused::invalid(message)));
        } else if &**name == METADATA_TOPIC {
            let unknown = Refusal::UnknownTopic(Arc::from(&**name));
            sorted.responses.push(by_name(name, unknown.into()));
        } else if let Some(topic) = topic.filter(|topic| id_counts.contains_key(&topic.id)) {
            named_twice.insert(topic.id);
            let message = format!("this is topic {}, which the request names by its id as well", topic.id);
            sorted.responses.push(response(Some(name.clone()), topic.id, Err(Refused::invalid(message))));
        } else {
            sorted.asked.push(TopicKey::Name(Arc::from(&**name)));
        }
    }
    for id in ids {
        if id_counts[&id] > 1 {
            let message = format!("topic {id} is named more than once in this request; name it once");
            sorted.responses.push(by_id(id, Refused::invalid(message)));
        } else if !named_twice.contains(&id) {
            sorted.asked.push(TopicKey::Id(id));
        }
    }
    sorted
}

/// Remembers the order; how often a thing was named starts at nothing.
fn push<T>(all: &mut Vec<T>, one: T) -> usize {
    all.push(one);
    0
}

fn disabled(version: i16) -> Refused {
    let code =
        if version < DISABLED_SINCE { ErrorCode::InvalidRequest } else { ErrorCode::TopicDeletionDisabled };
    Refused::new(code, "topics cannot be deleted here: delete.topic.enable is false")
}

fn all_refused(topics: &[DeleteTopicState], why: &Refused) -> DeleteTopicsResponse {
    let refused = |topic: &DeleteTopicState| response(topic.name.clone(), topic.topic_id, Err(why.clone()));
    DeleteTopicsResponse {
        responses: topics.iter().map(refused).collect(),
        ..DeleteTopicsResponse::default()
    }
}

fn by_name(name: &str, why: Refused) -> DeletableTopicResult {
    response(Some(name.into()), Uuid::ZERO, Err(why))
}

fn by_id(id: Uuid, why: Refused) -> DeletableTopicResult {
    response(None, id, Err(why))
}

fn response(name: Option<Str>, topic_id: Uuid, outcome: Result<(), Refused>) -> DeletableTopicResult {
    let (error_code, error_message) = error_fields(outcome);
    DeletableTopicResult { name, topic_id, error_code, error_message, ..DeletableTopicResult::default() }
}

#[cfg(test)]
mod tests {
    use ottla_protocol::metadata_records::TopicRecord;

    use super::*;

    const A: Uuid = Uuid([1; 16]);
    const B: Uuid = Uuid([2; 16]);

    fn state(name: Option<&str>, topic_id: Uuid) -> DeleteTopicState {
        DeleteTopicState { name: name.map(Into::into), topic_id, ..DeleteTopicState::default() }
    }

    fn check(topics: &[DeleteTopicState], asked: &[TopicKey], refused: &[(Option<&str>, Uuid)]) {
        let mut image = MetadataImage::default();
        let record = TopicRecord { name: "a".into(), topic_id: A, ..TopicRecord::default() };
        image.apply(&record.into()).unwrap();
        let sorted = sort(&image, topics);
        assert_eq!(sorted.asked, asked);
        let found: Vec<_> = sorted
            .responses
            .iter()
            .inspect(|result| assert_ne!(result.error_code, 0))
            .map(|result| (result.name.as_deref(), result.topic_id))
            .collect();
        assert_eq!(found, refused);
    }

    #[test]
    fn names_and_ids_go_to_the_controller() {
        check(
            &[state(Some("a"), Uuid::ZERO), state(None, B)],
            &[TopicKey::Name("a".into()), TopicKey::Id(B)],
            &[],
        );
    }

    #[test]
    fn what_is_named_twice_is_answered_once() {
        check(
            &[state(Some("x"), Uuid::ZERO), state(None, B), state(Some("x"), Uuid::ZERO), state(None, B)],
            &[],
            &[(Some("x"), Uuid::ZERO), (None, B)],
        );
    }

    #[test]
    fn a_topic_named_by_name_and_id_is_not_deleted() {
        check(&[state(None, A), state(Some("a"), Uuid::ZERO)], &[], &[(Some("a"), A)]);
    }

    #[test]
    fn a_name_with_an_id_and_nothing_at_all_are_malformed() {
        check(&[state(Some("a"), A), state(None, Uuid::ZERO)], &[], &[(Some("a"), A), (None, Uuid::ZERO)]);
    }

    #[test]
    fn the_metadata_log_is_no_topic() {
        check(&[state(Some(METADATA_TOPIC), Uuid::ZERO)], &[], &[(Some(METADATA_TOPIC), Uuid::ZERO)]);
    }
}
