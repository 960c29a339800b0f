//! Our bytes against those of the crate `kafka-protocol`, which was generated from Apache Kafka 4.1's definitions
//! by others.

#[path = "messages/generator.rs"]
#[allow(dead_code, reason = "the other tests use all of it")]
mod generator;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages as theirs;
use kafka_protocol::protocol::{Decodable, Encodable, Message as TheirMessage};
use ottla_protocol::{ApiKey, Message, messages as ours};

use generator::Generator;

const SEEDS: u64 = 20;

/// What we encoded, they decode, and encode to the same bytes, which we decode to the same value.
fn check<Ours: Message + PartialEq, Theirs: Decodable + Encodable + TheirMessage + Default>() {
    for version in Ours::VERSIONS.iter() {
        if version < Theirs::VERSIONS.min || version > Theirs::VERSIONS.max {
            continue;
        }
        for seed in 0..SEEDS {
            let name = format!("{} version {version}, seed {seed}", Ours::NAME);
            let mut source = Generator::new(seed, Ours::FLEXIBLE.contains(version));
            let message = Ours::read_fields(&mut source, version);
            let bytes = message.to_bytes(version).unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut rest = bytes.clone();
            let decoded =
                Theirs::decode(&mut rest, version).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(rest.is_empty(), "{name}: {} bytes are left over", rest.len());
            let again = encode(&decoded, version).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(again, bytes, "{name}: {message:?}");
        }
        // Theirs cannot always encode what nobody has set.
        if let Ok(default) = encode(&Theirs::default(), version) {
            assert_eq!(Ours::default().to_bytes(version), Ok(default), "{} version {version}", Ours::NAME);
        }
    }
}

fn encode<Theirs: Encodable>(message: &Theirs, version: i16) -> Result<Bytes, String> {
    let mut out = BytesMut::new();
    message.encode(&mut out, version).map_err(|error| error.to_string())?;
    Ok(out.freeze())
}

#[test]
fn headers_have_the_same_versions() {
    for &key in ApiKey::ALL {
        // Theirs are of an older Kafka, which lacks some.
        let Ok(theirs) = theirs::ApiKey::try_from(key.code()) else { continue };
        for version in key.versions().iter() {
            assert_eq!(
                key.request_header_version(version),
                theirs.request_header_version(version),
                "{key} {version}"
            );
            assert_eq!(
                key.response_header_version(version),
                theirs.response_header_version(version),
                "{key} {version}"
            );
        }
    }
}

macro_rules! agree {
    ($($test:ident: $($message:ident)*;)*) => {
        $(#[test]
        fn $test() {
            $(check::<ours::$message, theirs::$message>();)*
        })*
    };
}

agree! {
    produce: ProduceRequest ProduceResponse;
    fetch: FetchRequest FetchResponse;
    list_offsets: ListOffsetsRequest ListOffsetsResponse;
    metadata: MetadataRequest MetadataResponse;
    offset_commit: OffsetCommitRequest OffsetCommitResponse;
    offset_fetch: OffsetFetchRequest OffsetFetchResponse;
    find_coordinator: FindCoordinatorRequest FindCoordinatorResponse;
    join_group: JoinGroupRequest JoinGroupResponse;
    sync_group: SyncGroupRequest SyncGroupResponse;
    heartbeat: HeartbeatRequest HeartbeatResponse;
    leave_group: LeaveGroupRequest LeaveGroupResponse;
    describe_groups: DescribeGroupsRequest DescribeGroupsResponse;
    list_groups: ListGroupsRequest ListGroupsResponse;
    api_versions: ApiVersionsRequest ApiVersionsResponse;
    create_topics: CreateTopicsRequest CreateTopicsResponse;
    delete_topics: DeleteTopicsRequest DeleteTopicsResponse;
    init_producer_id: InitProducerIdRequest InitProducerIdResponse;
    offset_for_leader_epoch: OffsetForLeaderEpochRequest OffsetForLeaderEpochResponse;
    transactions: AddPartitionsToTxnRequest AddPartitionsToTxnResponse EndTxnRequest EndTxnResponse
        WriteTxnMarkersRequest WriteTxnMarkersResponse TxnOffsetCommitRequest TxnOffsetCommitResponse;
    configs: DescribeConfigsRequest DescribeConfigsResponse IncrementalAlterConfigsRequest
        IncrementalAlterConfigsResponse;
    log_dirs: DescribeLogDirsRequest DescribeLogDirsResponse;
    describe_cluster: DescribeClusterRequest DescribeClusterResponse;
    topic_partitions: DescribeTopicPartitionsRequest DescribeTopicPartitionsResponse;
    consumer_groups: ConsumerGroupHeartbeatRequest ConsumerGroupHeartbeatResponse ConsumerGroupDescribeRequest
        ConsumerGroupDescribeResponse;
    headers: RequestHeader ResponseHeader;
    quorum: VoteRequest VoteResponse FetchSnapshotRequest FetchSnapshotResponse DescribeQuorumRequest
        DescribeQuorumResponse;
    brokers: BrokerRegistrationRequest BrokerRegistrationResponse BrokerHeartbeatRequest BrokerHeartbeatResponse;
}
