//! DescribeQuorum (55): the voters of the metadata log, who leads them and how far each is. KIP-595, KIP-836,
//! KIP-853.

use ottla_controller::METADATA_TOPIC;
use ottla_protocol::messages::describe_quorum::{
    DescribeQuorumRequest, DescribeQuorumResponse, Listener, Node, PartitionQuorum, ReplicaState, TopicQuorum,
};
use ottla_quorum::{Standing, VoterEndpoint, VoterStanding};
use ottla_types::{ErrorCode, Offset, Timestamp, Uuid};

use crate::request::{Call, Serve};

/// From this version on the response names directories and nodes.
const DIRECTORIES_SINCE: i16 = 2;

impl Serve for DescribeQuorumRequest {
    async fn serve(call: Call<Self>) -> DescribeQuorumResponse {
        let version = call.version();
        if !is_about_the_metadata_log(&call.request) {
            return unknown(&call.request);
        }
        let standing = call.broker.standings.now();
        if !standing.leads {
            return DescribeQuorumResponse {
                error_code: ErrorCode::NotLeaderOrFollower.code(),
                error_message: Some("this node does not lead the quorum; ask the active controller".into()),
                ..DescribeQuorumResponse::default()
            };
        }
        let partition = PartitionQuorum {
            leader_id: call.broker.config().node_id.0,
            leader_epoch: standing.epoch.0,
            high_watermark: standing.high_watermark.0,
            current_voters: voters(&standing, call.broker.now(), version),
            ..PartitionQuorum::default()
        };
        let topic = TopicQuorum {
            topic_name: METADATA_TOPIC.into(),
            partitions: vec![partition],
            ..TopicQuorum::default()
        };
        DescribeQuorumResponse {
            topics: vec![topic],
            nodes: if version >= DIRECTORIES_SINCE { nodes(&standing) } else { vec![] },
            ..DescribeQuorumResponse::default()
        }
    }
}

fn is_about_the_metadata_log(request: &DescribeQuorumRequest) -> bool {
    let [topic] = &request.topics[..] else { return false };
    let [partition] = &topic.partitions[..] else { return false };
    &*topic.topic_name == METADATA_TOPIC && partition.partition_index == 0
}

/// The leader knows where its own log ends, at any time.
fn voters(standing: &Standing, now: Timestamp, version: i16) -> Vec<ReplicaState> {
    let voter = |voter: &VoterStanding| {
        let seen = if voter.end.is_some() { now } else { Timestamp::NONE };
        ReplicaState {
            replica_id: voter.id.0,
            replica_directory_id: if version >= DIRECTORIES_SINCE { voter.directory } else { Uuid::ZERO },
            log_end_offset: voter.end.unwrap_or(Offset::NONE).0,
            last_fetch_timestamp: seen.0,
            last_caught_up_timestamp: seen.0,
            ..ReplicaState::default()
        }
    };
    standing.voters.iter().map(voter).collect()
}

fn nodes(standing: &Standing) -> Vec<Node> {
    let node = |voter: &VoterStanding| {
        let listener = |endpoint: &VoterEndpoint| Listener {
            name: (&*endpoint.listener).into(),
            host: (&*endpoint.host).into(),
            port: endpoint.port,
            ..Listener::default()
        };
        Node {
            node_id: voter.id.0,
            listeners: voter.endpoints.iter().map(listener).collect(),
            ..Node::default()
        }
    };
    standing.voters.iter().map(node).collect()
}

/// There is one quorum; nothing else has one.
fn unknown(request: &DescribeQuorumRequest) -> DescribeQuorumResponse {
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| PartitionQuorum {
            partition_index: partition.partition_index,
            error_code: ErrorCode::UnknownTopicOrPartition.code(),
            error_message: Some(format!("only partition 0 of {METADATA_TOPIC} has a quorum").into()),
            ..PartitionQuorum::default()
        });
        TopicQuorum {
            topic_name: topic.topic_name.clone(),
            partitions: partitions.collect(),
            ..TopicQuorum::default()
        }
    });
    DescribeQuorumResponse { topics: topics.collect(), ..DescribeQuorumResponse::default() }
}
