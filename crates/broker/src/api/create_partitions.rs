//! CreatePartitions (37): topics get more partitions. KIP-195, KIP-599.

use std::collections::BTreeSet;
use std::sync::Arc;

use ottla_controller::{Command, CreatePartitions, MorePartitions, Reply};
use ottla_protocol::messages::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic, CreatePartitionsTopicResult,
};
use ottla_types::BrokerId;

use crate::admin::{Refused, error_fields};
use crate::request::{Call, Serve};

impl Serve for CreatePartitionsRequest {
    async fn serve(call: Call<Self>) -> CreatePartitionsResponse {
        let Call { broker, request, .. } = call;
        let mut seen = BTreeSet::new();
        let repeated: BTreeSet<&str> =
            request.topics.iter().map(|topic| &*topic.name).filter(|name| !seen.insert(*name)).collect();
        let asked = request.topics.iter().filter(|topic| !repeated.contains(&*topic.name));
        let command = CreatePartitions {
            topics: asked.map(more_partitions).collect(),
            validate_only: request.validate_only,
            seed: rand::random(),
        };
        let results = match broker
            .control_within(request.timeout_ms, Command::CreatePartitions(command))
            .await
        {
            Ok(Reply::CreatePartitions(outcomes)) => {
                let refused = repeated.iter().map(|name| {
                    let message =
                        format!("topic '{name}' is named more than once in this request; name it once");
                    result(name, Err(Refused::invalid(message)))
                });
                let looked_at =
                    outcomes.into_iter().map(|(name, outcome)| result(&name, outcome.map_err(Refused::from)));
                refused.chain(looked_at).collect()
            }
            Ok(other) => panic!("the controller answered another question: {other:?}"),
            Err(why) => request.topics.iter().map(|topic| result(&topic.name, Err(why.clone()))).collect(),
        };
        CreatePartitionsResponse { results, ..CreatePartitionsResponse::default() }
    }
}

fn more_partitions(topic: &CreatePartitionsTopic) -> MorePartitions {
    let assignments = topic.assignments.as_ref().map(|assignments| {
        let brokers = assignments.iter().map(|assignment| assignment.broker_ids.iter().copied());
        brokers.map(|ids| ids.map(BrokerId).collect()).collect()
    });
    MorePartitions { topic: Arc::from(&*topic.name), count: topic.count, assignments }
}

fn result(name: &str, outcome: Result<(), Refused>) -> CreatePartitionsTopicResult {
    let (error_code, error_message) = error_fields(outcome);
    CreatePartitionsTopicResult {
        name: name.into(),
        error_code,
        error_message,
        ..CreatePartitionsTopicResult::default()
    }
}
