//! What the broker's services need: topics, fetches, producers, offsets, groups and transactions.

use crate::error::Problem;
use crate::values::Values;

/// How many replicas an internal topic has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replicas {
    wanted: i16,
    is_given: bool,
}

impl Replicas {
    fn read(values: &Values, key: &str) -> Self {
        Self { wanted: values.number(key), is_given: values.is_given(key) }
    }

    /// How many with this number of brokers. Kafka's default of three keeps a single node from ever creating the
    /// topic; so a number that nobody chose gives way, and a chosen one does not.
    #[must_use]
    pub fn among(self, brokers: usize) -> i16 {
        let available = i16::try_from(brokers).unwrap_or(i16::MAX).max(1);
        if self.is_given { self.wanted } else { self.wanted.min(available) }
    }
}

/// How topics come and go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicsConfig {
    /// Whether asking for a topic creates it.
    pub are_created_on_use: bool,
    /// Whether topics may be deleted.
    pub may_be_deleted: bool,
    /// Partitions, where a creation does not say how many.
    pub partitions: i32,
    /// Replicas, where a creation does not say how many.
    pub replication_factor: i16,
}

impl TopicsConfig {
    pub(super) fn read(values: &Values) -> Self {
        let replicas = values.whole("default.replication.factor");
        Self {
            are_created_on_use: values.boolean("auto.create.topics.enable"),
            may_be_deleted: values.boolean("delete.topic.enable"),
            partitions: values.number("num.partitions"),
            replication_factor: i16::try_from(replicas).unwrap_or(i16::MAX),
        }
    }
}

/// Fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchConfig {
    /// The most that one fetch returns, a first batch apart.
    pub bytes_max: u32,
    /// Fetch sessions that are remembered.
    pub sessions_max: usize,
}

impl FetchConfig {
    pub(super) fn read(values: &Values) -> Self {
        Self {
            bytes_max: values.number("fetch.max.bytes"),
            sessions_max: values.number("max.incremental.fetch.session.cache.slots"),
        }
    }
}

/// Idempotent producers. How long they are remembered may change while the node runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducersConfig {
    /// Time between two looks for producers to forget.
    pub expiration_check_ms: i64,
}

impl ProducersConfig {
    pub(super) fn read(values: &Values) -> Self {
        Self { expiration_check_ms: values.whole("producer.id.expiration.check.interval.ms") }
    }
}

/// How a coordinator compresses its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompressionCodec {
    /// Not at all.
    None,
    /// gzip.
    Gzip,
    /// Snappy.
    Snappy,
    /// LZ4 frames.
    Lz4,
    /// Zstandard.
    Zstd,
}

impl CompressionCodec {
    fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::None,
            1 => Self::Gzip,
            2 => Self::Snappy,
            3 => Self::Lz4,
            4 => Self::Zstd,
            _ => return None,
        })
    }
}

/// Committed offsets and the topic that holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetsConfig {
    /// Partitions of the topic.
    pub partitions: i32,
    /// Replicas of the topic.
    pub replicas: Replicas,
    /// Segment size of the topic.
    pub segment_bytes: u32,
    /// Compression of what the coordinator writes.
    pub compression: CompressionCodec,
    /// The longest text stored with an offset.
    pub metadata_bytes_max: usize,
    /// How long a write may wait for its replicas.
    pub write_timeout_ms: i64,
    /// How long offsets outlive their use.
    pub retention_ms: i64,
    /// Time between two looks for offsets that have expired.
    pub retention_check_ms: i64,
}

impl OffsetsConfig {
    pub(super) fn read(values: &Values, problems: &mut Vec<Problem>) -> Self {
        const CODEC: &str = "offsets.topic.compression.codec";
        const MINUTE_MS: i64 = 60_000;
        let compression = CompressionCodec::from_number(values.whole(CODEC)).unwrap_or_else(|| {
            problems.push(values.problem(CODEC, "it must be 0 none, 1 gzip, 2 snappy, 3 lz4 or 4 zstd"));
            CompressionCodec::None
        });
        Self {
            partitions: values.number("offsets.topic.num.partitions"),
            replicas: Replicas::read(values, "offsets.topic.replication.factor"),
            segment_bytes: values.number("offsets.topic.segment.bytes"),
            compression,
            metadata_bytes_max: usize::try_from(values.whole("offset.metadata.max.bytes")).unwrap_or(0),
            write_timeout_ms: values.whole("offsets.commit.timeout.ms"),
            retention_ms: values.whole("offsets.retention.minutes") * MINUTE_MS,
            retention_check_ms: values.whole("offsets.retention.check.interval.ms"),
        }
    }
}

/// Classic groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupsConfig {
    /// The shortest session timeout.
    pub session_timeout_ms_min: i32,
    /// The longest session timeout.
    pub session_timeout_ms_max: i32,
    /// How long a new group waits for more members.
    pub initial_rebalance_delay_ms: i32,
    /// Members of one group.
    pub members_max: usize,
}

impl GroupsConfig {
    pub(super) fn read(values: &Values) -> Self {
        Self {
            session_timeout_ms_min: values.number("group.min.session.timeout.ms"),
            session_timeout_ms_max: values.number("group.max.session.timeout.ms"),
            initial_rebalance_delay_ms: values.number("group.initial.rebalance.delay.ms"),
            members_max: values.number("group.max.size"),
        }
    }
}

/// Transactions and the topic that holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionsConfig {
    /// Partitions of the topic.
    pub partitions: i32,
    /// Replicas of the topic.
    pub replicas: Replicas,
    /// `min.insync.replicas` of the topic.
    pub min_insync_replicas: Replicas,
    /// Segment size of the topic.
    pub segment_bytes: u32,
    /// The longest transaction.
    pub timeout_ms_max: i32,
    /// How long a transactional id that nobody uses is remembered.
    pub id_expiration_ms: i64,
    /// Time between two looks for transactional ids to forget.
    pub id_expiration_check_ms: i64,
    /// Time between two looks for transactions that took too long.
    pub timeout_check_ms: i64,
}

impl TransactionsConfig {
    pub(super) fn read(values: &Values) -> Self {
        const MIN_ISR: &str = "transaction.state.log.min.isr";
        let min_isr = i16::try_from(values.whole(MIN_ISR)).unwrap_or(i16::MAX);
        Self {
            partitions: values.number("transaction.state.log.num.partitions"),
            replicas: Replicas::read(values, "transaction.state.log.replication.factor"),
            min_insync_replicas: Replicas { wanted: min_isr, is_given: values.is_given(MIN_ISR) },
            segment_bytes: values.number("transaction.state.log.segment.bytes"),
            timeout_ms_max: values.number("transaction.max.timeout.ms"),
            id_expiration_ms: values.whole("transactional.id.expiration.ms"),
            id_expiration_check_ms: values
                .whole("transaction.remove.expired.transaction.cleanup.interval.ms"),
            timeout_check_ms: values.whole("transaction.abort.timed.out.transaction.cleanup.interval.ms"),
        }
    }
}
