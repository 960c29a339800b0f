//! AddPartitionsToTxn (key 24): a transaction will write to these partitions (KIP-98).

use crate::{Fields, Message, Str, UnknownTags};

/// Up to version 3 a producer registers the partitions that it is about to write to. From version 4 on a
/// broker does so for its producers, several at once, or only verifies that it was done (KIP-890).
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 24, versions = "0..=5", flexible = "3+")]
pub struct AddPartitionsToTxnRequest {
    #[field(versions = "4+")]
    pub transactions: Vec<AddPartitionsToTxnTransaction>,
    #[field(versions = "0..=3")]
    pub v3_and_below_transactional_id: Str,
    #[field(versions = "0..=3")]
    pub v3_and_below_producer_id: i64,
    #[field(versions = "0..=3")]
    pub v3_and_below_producer_epoch: i16,
    #[field(versions = "0..=3")]
    pub v3_and_below_topics: Vec<AddPartitionsToTxnTopic>,
    pub unknown_tags: UnknownTags,
}

/// One transaction and its partitions.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AddPartitionsToTxnTransaction {
    pub transactional_id: Str,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub verify_only: bool,
    pub topics: Vec<AddPartitionsToTxnTopic>,
    pub unknown_tags: UnknownTags,
}

/// Partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AddPartitionsToTxnTopic {
    pub name: Str,
    pub partitions: Vec<i32>,
    pub unknown_tags: UnknownTags,
}

/// What became of each partition.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(key = 24, versions = "0..=5", flexible = "3+")]
pub struct AddPartitionsToTxnResponse {
    pub throttle_time_ms: i32,
    #[field(versions = "4+", ignorable)]
    pub error_code: i16,
    #[field(versions = "4+")]
    pub results_by_transaction: Vec<AddPartitionsToTxnResult>,
    #[field(versions = "0..=3")]
    pub results_by_topic_v3_and_below: Vec<AddPartitionsToTxnTopicResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AddPartitionsToTxnResult {
    pub transactional_id: Str,
    pub topic_results: Vec<AddPartitionsToTxnTopicResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for the partitions of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AddPartitionsToTxnTopicResult {
    pub name: Str,
    pub results_by_partition: Vec<AddPartitionsToTxnPartitionResult>,
    pub unknown_tags: UnknownTags,
}

/// The outcome for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Fields)]
pub struct AddPartitionsToTxnPartitionResult {
    pub partition_index: i32,
    pub partition_error_code: i16,
    pub unknown_tags: UnknownTags,
}
