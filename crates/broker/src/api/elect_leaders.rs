//! ElectLeaders (43): the preferred replicas lead again, or any that is left. KIP-183, KIP-460.

use std::collections::BTreeMap;
use std::sync::Arc;

use ottla_controller::{Command, ElectLeaders, Refusal, Reply};
use ottla_protocol::Str;
use ottla_protocol::messages::elect_leaders::{
    ElectLeadersRequest, ElectLeadersResponse, PartitionResult, ReplicaElectionResult, TopicPartitions,
};
use ottla_types::PartitionIndex;

use crate::admin::{Refused, error_fields};
use crate::request::{Call, Serve};

/// From this version on the request says which kind of election, and the response whether it failed as a
/// whole.
const KINDS_SINCE: i16 = 1;

const PREFERRED: i8 = 0;
const UNCLEAN: i8 = 1;

/// What became of one partition.
type Elected = (Arc<str>, PartitionIndex, Result<(), Refusal>);

impl Serve for ElectLeadersRequest {
    async fn serve(call: Call<Self>) -> ElectLeadersResponse {
        let version = call.version();
        let Call { broker, request, .. } = call;
        let unclean = match request.election_type {
            PREFERRED => false,
            UNCLEAN => true,
            other => {
                let message = format!("elections of kind {other} do not exist; preferred (0) or unclean (1)");
                return refused(&request, version, &Refused::invalid(message));
            }
        };
        let partitions = request.topic_partitions.as_ref().map(|topics| {
            let pairs = topics.iter().flat_map(|topic| {
                let name: Arc<str> = Arc::from(&*topic.topic);
                topic.partitions.iter().map(move |&index| (Arc::clone(&name), PartitionIndex(index)))
            });
            pairs.collect()
        });
        let command = Command::ElectLeaders(ElectLeaders { unclean, partitions });
        match broker.control_within(request.timeout_ms, command).await {
            Ok(Reply::ElectLeaders(elected)) => {
                let replica_election_results = match &request.topic_partitions {
                    // Where all were asked for, every topic stands in the response.
                    None => by_topic(broker.image().topics().iter().map(|topic| topic.name.clone()), elected),
                    Some(topics) => in_order_of(topics, elected),
                };
                ElectLeadersResponse { replica_election_results, ..ElectLeadersResponse::default() }
            }
            Ok(other) => panic!("the controller answered another question: {other:?}"),
            Err(why) => refused(&request, version, &why),
        }
    }
}

fn by_topic(topics: impl Iterator<Item = Arc<str>>, elected: Vec<Elected>) -> Vec<ReplicaElectionResult> {
    let mut results: BTreeMap<Arc<str>, Vec<PartitionResult>> = topics.map(|topic| (topic, vec![])).collect();
    for (topic, index, outcome) in elected {
        results.entry(topic).or_default().push(result(index, outcome));
    }
    results.into_iter().map(|(topic, results)| topic_result((&*topic).into(), results)).collect()
}

fn in_order_of(topics: &[TopicPartitions], elected: Vec<Elected>) -> Vec<ReplicaElectionResult> {
    let mut results = elected.into_iter().map(|(_, index, outcome)| result(index, outcome));
    let topic = |topic: &TopicPartitions| {
        topic_result(topic.topic.clone(), results.by_ref().take(topic.partitions.len()).collect())
    };
    topics.iter().map(topic).collect()
}

fn refused(request: &ElectLeadersRequest, version: i16, why: &Refused) -> ElectLeadersResponse {
    let (code, message) = error_fields::<()>(Err(why.clone()));
    let partition = |&partition_id: &i32| PartitionResult {
        partition_id,
        error_code: code,
        error_message: message.clone(),
        ..PartitionResult::default()
    };
    let topics = request.topic_partitions.iter().flatten();
    let results = topics
        .map(|topic| topic_result(topic.topic.clone(), topic.partitions.iter().map(partition).collect()));
    ElectLeadersResponse {
        error_code: if version >= KINDS_SINCE { code } else { 0 },
        replica_election_results: results.collect(),
        ..ElectLeadersResponse::default()
    }
}

fn topic_result(topic: Str, partition_result: Vec<PartitionResult>) -> ReplicaElectionResult {
    ReplicaElectionResult { topic, partition_result, ..ReplicaElectionResult::default() }
}

fn result(index: PartitionIndex, outcome: Result<(), Refusal>) -> PartitionResult {
    // Partitions that do not exist may be named by the million under one name: it is not repeated for each.
    let refused = |refusal: Refusal| match refusal {
        Refusal::UnknownTopic(_) => Refused::new(refusal.code(), "there is no such topic"),
        Refusal::UnknownPartition { .. } => Refused::new(refusal.code(), "the topic has no such partition"),
        refusal => refusal.into(),
    };
    let (error_code, error_message) = error_fields(outcome.map_err(refused));
    PartitionResult { partition_id: index.0, error_code, error_message, ..PartitionResult::default() }
}
