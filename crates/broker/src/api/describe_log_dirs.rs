//! DescribeLogDirs (35): log directories, the room in them and the size of each partition. KIP-113, KIP-827,
//! KIP-1066.
//!
//! Deviation: directories are never shown as cordoned, for none can be cordoned yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ottla_protocol::messages::describe_log_dirs::{
    DescribeLogDirsPartition, DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeLogDirsResult,
    DescribeLogDirsTopic,
};
use ottla_storage::log_dir::LogDir;
use ottla_types::{ErrorCode, TopicPartition};

use crate::request::{Call, Serve};

/// The partitions that a request asks about; `None` for all.
type Asked = Option<BTreeSet<(Arc<str>, i32)>>;

pub(super) const DEVIATION: &str = "directories are never shown as cordoned, for none can be cordoned yet";

impl Serve for DescribeLogDirsRequest {
    async fn serve(call: Call<Self>) -> DescribeLogDirsResponse {
        let asked: Asked = call.request.topics.as_ref().map(|topics| {
            let pairs = topics.iter().flat_map(|topic| {
                let name: Arc<str> = Arc::from(&*topic.topic);
                topic.partitions.iter().map(move |&index| (Arc::clone(&name), index))
            });
            pairs.collect()
        });
        let dir = Arc::clone(&call.broker.dir);
        // Both the room and the sizes may be the device's to tell.
        let result = call.broker.reads.run(move || describe(&dir, &asked)).await;
        DescribeLogDirsResponse { results: vec![result], ..DescribeLogDirsResponse::default() }
    }
}

fn describe(dir: &LogDir, asked: &Asked) -> DescribeLogDirsResult {
    let log_dir = std::path::absolute(dir.root()).unwrap_or_else(|_| dir.root().to_owned());
    let log_dir = log_dir.to_string_lossy().into_owned().into();
    let space = match dir.space() {
        Ok(space) => space,
        Err(error) => {
            tracing::error!(%error, dir = %dir.root().display(), "a log directory cannot be described");
            let error_code = ErrorCode::KafkaStorageError.code();
            return DescribeLogDirsResult { error_code, log_dir, ..DescribeLogDirsResult::default() };
        }
    };
    let mut topics: BTreeMap<Arc<str>, Vec<DescribeLogDirsPartition>> = BTreeMap::new();
    for (TopicPartition { topic, partition }, log) in dir.all() {
        if asked.as_ref().is_some_and(|asked| !asked.contains(&(Arc::clone(&topic), partition.0))) {
            continue;
        }
        topics.entry(topic).or_default().push(DescribeLogDirsPartition {
            partition_index: partition.0,
            partition_size: log.size_bytes() as i64,
            offset_lag: 0,
            is_future_key: false,
            ..DescribeLogDirsPartition::default()
        });
    }
    let topic = |(name, partitions): (Arc<str>, Vec<_>)| DescribeLogDirsTopic {
        name: (&*name).into(),
        partitions,
        ..DescribeLogDirsTopic::default()
    };
    DescribeLogDirsResult {
        log_dir,
        topics: topics.into_iter().map(topic).collect(),
        total_bytes: bytes(space.total),
        usable_bytes: bytes(space.available),
        ..DescribeLogDirsResult::default()
    }
}

/// File systems may claim more than the protocol can say.
fn bytes(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
