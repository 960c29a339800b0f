//! Responses without what differs from one node to another: ids, sizes of disks, the words of errors, and the
//! order of what has no order.

use std::fmt::Debug;

use ottla_protocol::Str;
use ottla_protocol::messages::alter_configs::AlterConfigsResponse;
use ottla_protocol::messages::create_partitions::CreatePartitionsResponse;
use ottla_protocol::messages::create_topics::CreateTopicsResponse;
use ottla_protocol::messages::delete_topics::DeleteTopicsResponse;
use ottla_protocol::messages::describe_configs::{DescribeConfigsResourceResult, DescribeConfigsResponse};
use ottla_protocol::messages::describe_log_dirs::DescribeLogDirsResponse;
use ottla_protocol::messages::describe_producers::DescribeProducersResponse;
use ottla_protocol::messages::describe_quorum::DescribeQuorumResponse;
use ottla_protocol::messages::elect_leaders::ElectLeadersResponse;
use ottla_protocol::messages::incremental_alter_configs::IncrementalAlterConfigsResponse;
use ottla_protocol::messages::list_config_resources::ListConfigResourcesResponse;
use ottla_protocol::messages::list_offsets::ListOffsetsResponse;
use ottla_protocol::messages::list_partition_reassignments::ListPartitionReassignmentsResponse;
use ottla_protocol::messages::produce::ProduceResponse;
use ottla_protocol::messages::unregister_broker::UnregisterBrokerResponse;
use ottla_protocol::messages::update_features::UpdateFeaturesResponse;
use ottla_types::Uuid;

use crate::Ids;

/// A response that can be compared with another node's.
pub(crate) trait Normal: Debug {
    fn normalize(&mut self);
    /// Remembers the ids that it tells.
    fn learn(&self, _: &mut Ids) {}
}

/// Where there is an error, its words are its node's own.
fn blank(error_code: i16, message: &mut Option<Str>) {
    if error_code != 0 {
        *message = None;
    }
}

fn blank_id(id: &mut Uuid) {
    if !id.is_zero() {
        *id = Uuid::ONE;
    }
}

impl Normal for CreateTopicsResponse {
    fn normalize(&mut self) {
        for topic in &mut self.topics {
            blank(topic.error_code, &mut topic.error_message);
            blank_id(&mut topic.topic_id);
        }
    }

    fn learn(&self, ids: &mut Ids) {
        for topic in self.topics.iter().filter(|topic| !topic.topic_id.is_zero()) {
            ids.insert(topic.name.to_string(), topic.topic_id);
        }
    }
}

impl Normal for DeleteTopicsResponse {
    fn normalize(&mut self) {
        self.responses.sort_by_key(|topic| (topic.name.as_deref().map(str::to_owned), topic.topic_id));
        for topic in &mut self.responses {
            blank(topic.error_code, &mut topic.error_message);
            blank_id(&mut topic.topic_id);
        }
    }
}

impl Normal for CreatePartitionsResponse {
    fn normalize(&mut self) {
        self.results.sort_by_key(|topic| topic.name.to_string());
        for topic in &mut self.results {
            blank(topic.error_code, &mut topic.error_message);
        }
    }
}

impl Normal for DescribeConfigsResponse {
    fn normalize(&mut self) {
        for result in &mut self.results {
            blank(result.error_code, &mut result.error_message);
            result.configs.retain(|config| !config.name.starts_with("ottla."));
            result.configs.sort_by_key(|config| config.name.to_string());
            result.configs.iter_mut().for_each(normalize_config);
        }
    }
}

/// What names an address or a directory, or has another default on purpose.
fn is_the_nodes_own(key: &str) -> bool {
    let own = ["listeners", "advertised.listeners", "controller.quorum.bootstrap.servers", "log.dirs"];
    own.contains(&key) || ottla_config::broker::find(key).is_some_and(|setting| setting.deviation.is_some())
}

fn normalize_config(config: &mut DescribeConfigsResourceResult) {
    config.documentation =
        config.documentation.take().map(|text| if text.is_empty() { text } else { "…".into() });
    config.synonyms.retain(|synonym| !is_the_nodes_own(&synonym.name));
    if is_the_nodes_own(&config.name) {
        config.value = None;
    }
}

impl Normal for AlterConfigsResponse {
    fn normalize(&mut self) {
        for response in &mut self.responses {
            blank(response.error_code, &mut response.error_message);
        }
    }
}

impl Normal for IncrementalAlterConfigsResponse {
    fn normalize(&mut self) {
        for response in &mut self.responses {
            blank(response.error_code, &mut response.error_message);
        }
    }
}

impl Normal for DescribeLogDirsResponse {
    fn normalize(&mut self) {
        for dir in &mut self.results {
            dir.log_dir = "…".into();
            dir.total_bytes = dir.total_bytes.min(1);
            dir.usable_bytes = dir.usable_bytes.min(1);
            dir.topics.sort_by_key(|topic| topic.name.to_string());
            for topic in &mut dir.topics {
                topic.partitions.sort_by_key(|partition| partition.partition_index);
            }
        }
    }
}

impl Normal for ElectLeadersResponse {
    fn normalize(&mut self) {
        self.replica_election_results.sort_by_key(|topic| topic.topic.to_string());
        for topic in &mut self.replica_election_results {
            for partition in &mut topic.partition_result {
                blank(partition.error_code, &mut partition.error_message);
            }
        }
    }
}

impl Normal for ListConfigResourcesResponse {
    fn normalize(&mut self) {
        self.config_resources
            .sort_by_key(|resource| (resource.resource_type, resource.resource_name.to_string()));
    }
}

impl Normal for ListPartitionReassignmentsResponse {
    fn normalize(&mut self) {}
}

impl Normal for ProduceResponse {
    fn normalize(&mut self) {
        for partition in self.responses.iter_mut().flat_map(|topic| &mut topic.partition_responses) {
            blank(partition.error_code, &mut partition.error_message);
            // The time of an append, and the words that one record is refused with.
            partition.log_append_time_ms = partition.log_append_time_ms.min(1);
            for record in &mut partition.record_errors {
                record.batch_index_error_message = None;
            }
        }
    }
}

impl Normal for ListOffsetsResponse {
    fn normalize(&mut self) {}
}

impl Normal for UpdateFeaturesResponse {
    fn normalize(&mut self) {
        blank(self.error_code, &mut self.error_message);
    }
}

impl Normal for DescribeProducersResponse {
    fn normalize(&mut self) {
        for partition in self.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            blank(partition.error_code, &mut partition.error_message);
            partition.active_producers.sort_by_key(|producer| producer.producer_id);
        }
    }
}

/// Epochs and offsets depend on how often a node elected itself and on what it found worth writing down.
impl Normal for DescribeQuorumResponse {
    fn normalize(&mut self) {
        blank(self.error_code, &mut self.error_message);
        for partition in self.topics.iter_mut().flat_map(|topic| &mut topic.partitions) {
            blank(partition.error_code, &mut partition.error_message);
            partition.leader_epoch = partition.leader_epoch.min(1);
            partition.high_watermark = partition.high_watermark.min(1);
            for voter in &mut partition.current_voters {
                blank_id(&mut voter.replica_directory_id);
                voter.log_end_offset = voter.log_end_offset.min(1);
                voter.last_fetch_timestamp = voter.last_fetch_timestamp.min(1);
                voter.last_caught_up_timestamp = voter.last_caught_up_timestamp.min(1);
            }
        }
        for listener in self.nodes.iter_mut().flat_map(|node| &mut node.listeners) {
            listener.port = 0;
        }
    }
}

impl Normal for UnregisterBrokerResponse {
    fn normalize(&mut self) {
        blank(self.error_code, &mut self.error_message);
    }
}
