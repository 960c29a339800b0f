//! What this broker serves: one file per API key, and the table that ApiVersions advertises.
//!
//! An API appears here with its first working handler, in the versions that the handler serves; there is no
//! second list. `docs/protocol.md` is generated from this table.

mod alter_configs;
mod alteration;
pub(crate) mod api_versions;
mod create_partitions;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_log_dirs;
mod describe_producers;
mod describe_quorum;
mod describe_topic_partitions;
#[cfg(test)]
mod document;
mod elect_leaders;
mod fetch;
mod find_coordinator;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_config_resources;
mod list_groups;
mod list_offsets;
mod list_partition_reassignments;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod sync_group;
mod unregister_broker;
mod update_features;

use ottla_protocol::ApiKey;
use ottla_protocol::messages::{
    AlterConfigsRequest, ApiVersionsRequest, CreatePartitionsRequest, CreateTopicsRequest,
    DeleteGroupsRequest, DeleteRecordsRequest, DeleteTopicsRequest, DescribeClusterRequest,
    DescribeConfigsRequest, DescribeGroupsRequest, DescribeLogDirsRequest, DescribeProducersRequest,
    DescribeQuorumRequest, DescribeTopicPartitionsRequest, ElectLeadersRequest, FindCoordinatorRequest,
    HeartbeatRequest, IncrementalAlterConfigsRequest, InitProducerIdRequest, JoinGroupRequest,
    LeaveGroupRequest, ListConfigResourcesRequest, ListGroupsRequest, ListOffsetsRequest,
    ListPartitionReassignmentsRequest, MetadataRequest, OffsetCommitRequest, OffsetDeleteRequest,
    OffsetFetchRequest, OffsetForLeaderEpochRequest, SyncGroupRequest, UnregisterBrokerRequest,
    UpdateFeaturesRequest,
};

use crate::request::Api;

/// Every API that is served, ordered by key.
pub(crate) const APIS: &[Api] = &[
    produce::API,
    fetch::API,
    Api::in_turn::<ListOffsetsRequest>(1, 11),
    Api::in_turn::<MetadataRequest>(0, 13).but(metadata::DEVIATION),
    Api::in_turn::<OffsetCommitRequest>(2, 10),
    Api::in_turn::<OffsetFetchRequest>(1, 10),
    Api::in_turn::<FindCoordinatorRequest>(0, 6).but(find_coordinator::DEVIATION),
    Api::in_turn::<JoinGroupRequest>(0, 9),
    Api::in_turn::<HeartbeatRequest>(0, 4),
    Api::in_turn::<LeaveGroupRequest>(0, 5),
    Api::in_turn::<SyncGroupRequest>(0, 5),
    Api::in_turn::<DescribeGroupsRequest>(0, 6),
    Api::in_turn::<ListGroupsRequest>(0, 5),
    Api::in_turn::<ApiVersionsRequest>(0, 4).but(api_versions::DEVIATION),
    Api::in_turn::<CreateTopicsRequest>(2, 7),
    Api::in_turn::<DeleteTopicsRequest>(1, 6).but(delete_topics::DEVIATION),
    Api::in_turn::<DeleteRecordsRequest>(0, 2),
    Api::in_turn::<InitProducerIdRequest>(0, 5).but(init_producer_id::DEVIATION),
    Api::in_turn::<OffsetForLeaderEpochRequest>(2, 4),
    Api::in_turn::<DescribeConfigsRequest>(1, 4).but(describe_configs::DEVIATION),
    Api::in_turn::<AlterConfigsRequest>(0, 2),
    Api::in_turn::<DescribeLogDirsRequest>(1, 5).but(describe_log_dirs::DEVIATION),
    Api::in_turn::<CreatePartitionsRequest>(0, 3),
    Api::in_turn::<DeleteGroupsRequest>(0, 2),
    Api::in_turn::<ElectLeadersRequest>(0, 2),
    Api::in_turn::<IncrementalAlterConfigsRequest>(0, 1).but(incremental_alter_configs::DEVIATION),
    Api::in_turn::<ListPartitionReassignmentsRequest>(0, 0),
    Api::in_turn::<OffsetDeleteRequest>(0, 0),
    Api::in_turn::<DescribeQuorumRequest>(0, 2),
    Api::in_turn::<UpdateFeaturesRequest>(0, 2).but(update_features::DEVIATION),
    Api::in_turn::<DescribeClusterRequest>(0, 2),
    Api::in_turn::<DescribeProducersRequest>(0, 0),
    Api::in_turn::<UnregisterBrokerRequest>(0, 0),
    Api::in_turn::<ListConfigResourcesRequest>(0, 1).but(list_config_resources::DEVIATION),
    Api::in_turn::<DescribeTopicPartitionsRequest>(0, 0),
];

/// The entry of an API, if it is served.
pub(crate) fn find(key: ApiKey) -> Option<&'static Api> {
    APIS.binary_search_by_key(&key, |api| api.key).ok().map(|index| &APIS[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_ordered_and_within_what_the_codec_knows() {
        assert!(APIS.is_sorted_by_key(|api| api.key));
        for api in APIS {
            let known = api.key.versions();
            assert!(known.contains(api.versions.0) && known.contains(api.versions.1), "{}", api.key);
        }
    }
}
