//! `docs/protocol.md`, generated from the table of APIs; compiled for tests only.

use std::fmt::Write as _;

use ottla_protocol::ApiKey;

use super::{APIS, find};

/// What a broker of Apache Kafka 4.3.1 serves on a listener for clients: key, lowest and highest version.
const KAFKA: &[(ApiKey, i16, i16)] = &[
    (ApiKey::Produce, 0, 13),
    (ApiKey::Fetch, 4, 18),
    (ApiKey::ListOffsets, 1, 11),
    (ApiKey::Metadata, 0, 13),
    (ApiKey::OffsetCommit, 2, 10),
    (ApiKey::OffsetFetch, 1, 10),
    (ApiKey::FindCoordinator, 0, 6),
    (ApiKey::JoinGroup, 0, 9),
    (ApiKey::Heartbeat, 0, 4),
    (ApiKey::LeaveGroup, 0, 5),
    (ApiKey::SyncGroup, 0, 5),
    (ApiKey::DescribeGroups, 0, 6),
    (ApiKey::ListGroups, 0, 5),
    (ApiKey::SaslHandshake, 0, 1),
    (ApiKey::ApiVersions, 0, 4),
    (ApiKey::CreateTopics, 2, 7),
    (ApiKey::DeleteTopics, 1, 6),
    (ApiKey::DeleteRecords, 0, 2),
    (ApiKey::InitProducerId, 0, 5),
    (ApiKey::OffsetForLeaderEpoch, 2, 4),
    (ApiKey::AddPartitionsToTxn, 0, 5),
    (ApiKey::AddOffsetsToTxn, 0, 4),
    (ApiKey::EndTxn, 0, 5),
    (ApiKey::WriteTxnMarkers, 1, 2),
    (ApiKey::TxnOffsetCommit, 0, 5),
    (ApiKey::DescribeAcls, 1, 3),
    (ApiKey::CreateAcls, 1, 3),
    (ApiKey::DeleteAcls, 1, 3),
    (ApiKey::DescribeConfigs, 1, 4),
    (ApiKey::AlterConfigs, 0, 2),
    (ApiKey::AlterReplicaLogDirs, 1, 2),
    (ApiKey::DescribeLogDirs, 1, 5),
    (ApiKey::SaslAuthenticate, 0, 2),
    (ApiKey::CreatePartitions, 0, 3),
    (ApiKey::CreateDelegationToken, 1, 3),
    (ApiKey::RenewDelegationToken, 1, 2),
    (ApiKey::ExpireDelegationToken, 1, 2),
    (ApiKey::DescribeDelegationToken, 1, 3),
    (ApiKey::DeleteGroups, 0, 2),
    (ApiKey::ElectLeaders, 0, 2),
    (ApiKey::IncrementalAlterConfigs, 0, 1),
    (ApiKey::AlterPartitionReassignments, 0, 1),
    (ApiKey::ListPartitionReassignments, 0, 0),
    (ApiKey::OffsetDelete, 0, 0),
    (ApiKey::DescribeClientQuotas, 0, 1),
    (ApiKey::AlterClientQuotas, 0, 1),
    (ApiKey::DescribeUserScramCredentials, 0, 0),
    (ApiKey::AlterUserScramCredentials, 0, 0),
    (ApiKey::DescribeQuorum, 0, 2),
    (ApiKey::UpdateFeatures, 0, 2),
    (ApiKey::DescribeCluster, 0, 2),
    (ApiKey::DescribeProducers, 0, 0),
    (ApiKey::UnregisterBroker, 0, 0),
    (ApiKey::DescribeTransactions, 0, 0),
    (ApiKey::ListTransactions, 0, 2),
    (ApiKey::ConsumerGroupHeartbeat, 0, 1),
    (ApiKey::ConsumerGroupDescribe, 0, 1),
    (ApiKey::ListConfigResources, 0, 1),
    (ApiKey::DescribeTopicPartitions, 0, 0),
    (ApiKey::ShareGroupHeartbeat, 1, 1),
    (ApiKey::ShareGroupDescribe, 1, 1),
    (ApiKey::ShareFetch, 1, 2),
    (ApiKey::ShareAcknowledge, 1, 2),
    (ApiKey::AddRaftVoter, 0, 1),
    (ApiKey::RemoveRaftVoter, 0, 0),
    (ApiKey::InitializeShareGroupState, 0, 0),
    (ApiKey::ReadShareGroupState, 0, 0),
    (ApiKey::WriteShareGroupState, 0, 1),
    (ApiKey::DeleteShareGroupState, 0, 0),
    (ApiKey::ReadShareGroupStateSummary, 0, 1),
    (ApiKey::StreamsGroupHeartbeat, 0, 0),
    (ApiKey::StreamsGroupDescribe, 0, 0),
    (ApiKey::DescribeShareGroupOffsets, 0, 1),
    (ApiKey::AlterShareGroupOffsets, 0, 0),
    (ApiKey::DeleteShareGroupOffsets, 0, 0),
];

/// The page as it must stand in the repository.
fn markdown() -> String {
    let mut page = String::from(
        "# Protocol\n\n\
         Generated from the broker's table of APIs; a test keeps it true. The reference is what a broker of Apache\n\
         Kafka 4.3.1 serves to clients. What has no version under \"Ottla\" is not advertised: clients see that and\n\
         say so.\n\n\
         | key | request | Apache Kafka 4.3.1 | Ottla |\n|---|---|---|---|\n",
    );
    for &(key, lowest, highest) in KAFKA {
        let served = find(key).map(|api| range(api.versions.0, api.versions.1)).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| {} | {key} | {} | {served} |", key.code(), range(lowest, highest));
    }
    page.push_str(
        "\nProduce is advertised from version 0, as Apache Kafka advertises it, because librdkafka looks for that; \
         versions 0 to 2 are refused by both.\n\n## Deviations\n\n",
    );
    for api in APIS.iter().filter(|api| !api.deviation.is_empty()) {
        let _ = writeln!(page, "- **{}**: {}", api.key, api.deviation);
    }
    page
}

fn range(lowest: i16, highest: i16) -> String {
    if lowest == highest { lowest.to_string() } else { format!("{lowest}–{highest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_the_repository_is_the_page_that_the_code_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol.md");
        if std::env::var_os("OTTLA_BLESS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(page == markdown(), "docs/protocol.md is not what the code says: run with OTTLA_BLESS=1");
    }

    #[test]
    fn no_version_is_served_that_kafka_does_not_serve() {
        for api in APIS {
            let Some(&(_, lowest, highest)) = KAFKA.iter().find(|(key, ..)| *key == api.key) else {
                panic!("{} is not a request that clients send", api.key);
            };
            let lowest = if api.key == ApiKey::Produce { 3 } else { lowest };
            assert_eq!(api.versions, (lowest, highest), "{}", api.key);
        }
    }
}
