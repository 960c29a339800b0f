//! DescribeLogDirs (key 35): what lies in the log directories of a broker (KIP-113).

use crate::{Fields, Message, Str, UnknownTags};

/// Which partitions are of interest; null stands for all.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 35, versions = "1..=5", flexible = "2+")]
pub struct DescribeLogDirsRequest {
    #[field(default = Vec::new())]
    pub topics: Option<Vec<DescribableLogDirTopic>>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribableLogDirTopic {
    pub topic: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// The directories.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 35, versions = "1..=5", flexible = "2+")]
pub struct DescribeLogDirsResponse {
    pub throttle_time_ms: i32,
    #[field(versions = "3+", ignorable)]
    pub error_code: i16,
    pub results: Vec<DescribeLogDirsResult>,
    pub unknown_tags: UnknownTags,
}

/// One directory: its state, its size and what lies in it.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeLogDirsResult {
    pub error_code: i16,
    pub log_dir: Str,
    pub topics: Vec<DescribeLogDirsTopic>,
    #[field(versions = "4+", default = -1, ignorable)]
    pub total_bytes: i64,
    #[field(versions = "4+", default = -1, ignorable)]
    pub usable_bytes: i64,
    #[field(versions = "5+", ignorable)]
    pub is_cordoned: bool,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeLogDirsTopic {
    pub name: Str,
    pub partitions: Vec<DescribeLogDirsPartition>,
    pub unknown_tags: UnknownTags,
}

/// One replica: its size and how far it is behind. A future replica is on its way here from another
/// directory.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct DescribeLogDirsPartition {
    pub partition_index: i32,
    pub partition_size: i64,
    pub offset_lag: i64,
    pub is_future_key: bool,
    pub unknown_tags: UnknownTags,
}
