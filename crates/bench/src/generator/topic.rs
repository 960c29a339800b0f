//! Topics to measure with.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use ottla_protocol::Str;
use ottla_protocol::messages::create_topics::CreatableTopic;
use ottla_protocol::messages::list_offsets::{ListOffsetsPartition, ListOffsetsTopic};
use ottla_protocol::messages::metadata::MetadataRequestTopic;
use ottla_protocol::messages::{CreateTopicsRequest, ListOffsetsRequest, MetadataRequest};
use ottla_types::{ErrorCode, Uuid};

use super::Connection;
use crate::error::{Error, Result, accepted};

const CREATE_VERSION: i16 = 7;
const METADATA_VERSION: i16 = 12;
const LIST_OFFSETS_VERSION: i16 = 10;

/// The timestamp that asks for the end of a log.
const LATEST: i64 = -1;

/// Electing leaders takes a moment.
const LEADERS_MAX: Duration = Duration::from_secs(30);
const LEADERS_POLL: Duration = Duration::from_millis(5);

/// A topic that exists, with a leader for each of its partitions.
#[derive(Clone, Debug)]
pub(crate) struct Topic {
    pub(crate) name: Str,
    pub(crate) id: Uuid,
    pub(crate) partitions: i32,
}

impl Topic {
    /// Creates it with the broker's default settings.
    pub(crate) fn create(address: SocketAddr, name: &str, partitions: i32) -> Result<Self> {
        let mut connection = Connection::open(address)?;
        let topic = CreatableTopic {
            name: name.into(),
            num_partitions: partitions,
            replication_factor: 1,
            ..CreatableTopic::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], ..CreateTopicsRequest::default() };
        let response = connection.call(&request, CREATE_VERSION)?;
        for topic in &response.topics {
            accepted("CreateTopics", topic.error_code)?;
        }
        let began = Instant::now();
        loop {
            if let Some(id) = id_of(&mut connection, name)?
                && is_led(&mut connection, name, partitions)?
            {
                return Ok(Self { name: name.into(), id, partitions });
            }
            if began.elapsed() > LEADERS_MAX {
                return Err(Error::Found(format!("topic {name} has no leaders after {LEADERS_MAX:?}")));
            }
            thread::sleep(LEADERS_POLL);
        }
    }
}

fn id_of(connection: &mut Connection, name: &str) -> Result<Option<Uuid>> {
    let topic = MetadataRequestTopic { name: Some(name.into()), ..MetadataRequestTopic::default() };
    let request = MetadataRequest {
        topics: Some(vec![topic]),
        allow_auto_topic_creation: false,
        ..MetadataRequest::default()
    };
    let response = connection.call(&request, METADATA_VERSION)?;
    let known = response.topics.iter().find(|topic| topic.error_code == ErrorCode::None.code());
    Ok(known.map(|topic| topic.topic_id))
}

/// Apache Kafka names leaders a moment before they lead: only they can say it.
fn is_led(connection: &mut Connection, name: &str, partitions: i32) -> Result<bool> {
    let partition = |partition_index| ListOffsetsPartition {
        partition_index,
        timestamp: LATEST,
        ..ListOffsetsPartition::default()
    };
    let topic = ListOffsetsTopic {
        name: name.into(),
        partitions: (0..partitions).map(partition).collect(),
        ..ListOffsetsTopic::default()
    };
    let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..ListOffsetsRequest::default() };
    let response = connection.call(&request, LIST_OFFSETS_VERSION)?;
    let mut answers = response.topics.iter().flat_map(|topic| &topic.partitions);
    Ok(answers.all(|partition| partition.error_code == ErrorCode::None.code()))
}
