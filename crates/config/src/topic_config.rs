//! The settings of one topic, typed: its own where it has some, the broker's elsewhere.

use std::collections::BTreeMap;

use crate::error::Problem;
use crate::log_times;
use crate::setting::Setting;
use crate::topic;
use crate::value::Value;
use crate::values::Values;

/// What the log of a topic's partitions obeys.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicConfig {
    /// Size at which a segment is closed.
    pub segment_bytes: u32,
    /// Age at which a segment is closed. [`Self::segment_ms_max`] also counts compaction in.
    pub segment_ms: i64,
    /// Up to how much earlier a segment is closed, by chance.
    pub segment_jitter_ms: i64,
    /// The largest size of an index.
    pub segment_index_bytes: u32,
    /// Bytes of log between two entries of an index.
    pub index_interval_bytes: u32,
    /// After how many records to sync, where acknowledgements do not wait for it.
    pub flush_messages: i64,
    /// After how long to sync, where acknowledgements do not wait for it.
    pub flush_ms: i64,
    /// How large a partition may grow; negative is without limit.
    pub retention_bytes: i64,
    /// How long records are kept; negative is for ever.
    pub retention_ms: i64,
    /// The largest batch that is accepted.
    pub message_bytes_max: u32,
    /// How long a file that is no longer needed stays on disk.
    pub file_delete_delay_ms: i64,
    /// What becomes of old segments.
    pub cleanup: CleanupPolicy,
    /// When and how the log is compacted.
    pub compaction: Compaction,
    /// Whether a replica that is not in sync may lead.
    pub allows_unclean_election: bool,
    /// Replicas that must be in sync for a write with `acks=all`.
    pub min_insync_replicas: i32,
    /// How batches are compressed.
    pub compression: Compression,
    /// Whether a segment's file gets its full size at once.
    pub preallocates: bool,
    /// Whose timestamp records carry.
    pub timestamp_type: TimestampType,
    /// How far a record's timestamp may lie in the past.
    pub timestamp_before_ms_max: i64,
    /// How far a record's timestamp may lie in the future.
    pub timestamp_after_ms_max: i64,
    /// Remote storage.
    pub remote: RemoteConfig,
    /// Replicas to which leaders send no faster than the broker's limit.
    pub leader_throttled: Throttled,
    /// Replicas that fetch no faster than the broker's limit.
    pub follower_throttled: Throttled,
}

/// What becomes of old segments. Neither of the two keeps everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanupPolicy {
    /// They are deleted by age and size.
    pub deletes: bool,
    /// The last record of each key is kept.
    pub compacts: bool,
}

/// When and how a log is compacted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compaction {
    /// How long the mark of a deleted key is kept.
    pub delete_retention_ms: i64,
    /// How old a record must be.
    pub lag_ms_min: i64,
    /// How old a record may get.
    pub lag_ms_max: i64,
    /// Share of the log that must be new.
    pub dirty_ratio_min: f64,
}

/// How batches are compressed on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As they came.
    Producer,
    /// Not at all.
    Uncompressed,
    /// gzip, with a level from 1 to 9 or the library's own (`None`).
    Gzip(Option<u8>),
    /// Snappy.
    Snappy,
    /// LZ4 frames, with a level from 1 to 17.
    Lz4(u8),
    /// Zstandard, with a level from -131072 to 22.
    Zstd(i32),
}

/// Whose timestamp records carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer's.
    CreateTime,
    /// The broker's, of their arrival.
    LogAppendTime,
}

/// Remote storage of one topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteConfig {
    /// Whether older segments go there.
    pub is_enabled: bool,
    /// Whether nothing more is copied there.
    pub is_copy_disabled: bool,
    /// Whether turning it off deletes what is there.
    pub deletes_on_disable: bool,
    /// How long segments also stay here; [`TopicConfig::retention_ms`] where nothing else is said.
    pub local_retention_ms: i64,
    /// How much also stays here; [`TopicConfig::retention_bytes`] where nothing else is said.
    pub local_retention_bytes: i64,
}

/// Replicas whose replication is throttled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Throttled {
    /// All of the topic's.
    All,
    /// These pairs of partition and broker.
    Replicas(Vec<(i32, i32)>),
}

impl TopicConfig {
    /// The age at which a segment is closed: compaction, which leaves open segments alone, must not have to
    /// wait for longer than the topic allows.
    #[must_use]
    pub fn segment_ms_max(&self) -> i64 {
        let compaction_ms = if self.cleanup.compacts { self.compaction.lag_ms_max } else { i64::MAX };
        self.segment_ms.min(compaction_ms)
    }

    pub(crate) fn read(values: &TopicValues) -> Self {
        let retention_ms = values.whole("retention.ms");
        let retention_bytes = values.whole("retention.bytes");
        let policies = values.list("cleanup.policy");
        let internal = values.find("internal.segment.bytes").and_then(as_whole);
        let internal = internal.and_then(|bytes| u32::try_from(bytes).ok()).filter(|&bytes| bytes > 0);
        Self {
            segment_bytes: internal.unwrap_or_else(|| values.number("segment.bytes")),
            segment_ms: values.whole("segment.ms"),
            segment_jitter_ms: values.whole("segment.jitter.ms"),
            segment_index_bytes: values.number("segment.index.bytes"),
            index_interval_bytes: values.number("index.interval.bytes"),
            flush_messages: values.whole("flush.messages"),
            flush_ms: values.whole("flush.ms"),
            retention_bytes,
            retention_ms,
            message_bytes_max: values.number("max.message.bytes"),
            file_delete_delay_ms: values.whole("file.delete.delay.ms"),
            cleanup: CleanupPolicy {
                deletes: policies.iter().any(|policy| policy == "delete"),
                compacts: policies.iter().any(|policy| policy == "compact"),
            },
            compaction: Compaction {
                delete_retention_ms: values.whole("delete.retention.ms"),
                lag_ms_min: values.whole("min.compaction.lag.ms"),
                lag_ms_max: values.whole("max.compaction.lag.ms"),
                dirty_ratio_min: values.real("min.cleanable.dirty.ratio"),
            },
            allows_unclean_election: values.boolean("unclean.leader.election.enable"),
            min_insync_replicas: values.number("min.insync.replicas"),
            compression: compression(values),
            preallocates: values.boolean("preallocate"),
            timestamp_type: timestamp_type(values.text("message.timestamp.type")),
            timestamp_before_ms_max: values.whole("message.timestamp.before.max.ms"),
            timestamp_after_ms_max: values.whole("message.timestamp.after.max.ms"),
            remote: RemoteConfig {
                is_enabled: values.boolean("remote.storage.enable"),
                is_copy_disabled: values.boolean("remote.log.copy.disable"),
                deletes_on_disable: values.boolean("remote.log.delete.on.disable"),
                local_retention_ms: local(values.whole("local.retention.ms"), retention_ms),
                local_retention_bytes: local(values.whole("local.retention.bytes"), retention_bytes),
            },
            leader_throttled: throttled(values.list("leader.replication.throttled.replicas")),
            follower_throttled: throttled(values.list("follower.replication.throttled.replicas")),
        }
    }
}

/// -2 means what holds for the whole log.
fn local(value: i64, whole: i64) -> i64 {
    if value == -2 { whole } else { value }
}

fn compression(values: &TopicValues) -> Compression {
    let level = |key| u8::try_from(values.whole(key)).ok();
    match values.text("compression.type") {
        "uncompressed" => Compression::Uncompressed,
        "gzip" => Compression::Gzip(level("compression.gzip.level")),
        "snappy" => Compression::Snappy,
        "lz4" => Compression::Lz4(values.number("compression.lz4.level")),
        "zstd" => Compression::Zstd(values.number("compression.zstd.level")),
        _ => Compression::Producer,
    }
}

fn timestamp_type(name: &str) -> TimestampType {
    if name == "LogAppendTime" { TimestampType::LogAppendTime } else { TimestampType::CreateTime }
}

fn throttled(items: &[String]) -> Throttled {
    if items.iter().any(|item| item == "*") {
        return Throttled::All;
    }
    let pair = |item: &String| {
        let (partition, broker) = item.split_once(':')?;
        Some((partition.parse().ok()?, broker.parse().ok()?))
    };
    Throttled::Replicas(items.iter().filter_map(pair).collect())
}

fn as_whole(value: &Value) -> Option<i64> {
    match value {
        Value::Whole(number) => Some(*number),
        _ => None,
    }
}

/// A topic's values by key: one for each setting that has a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TopicValues {
    values: BTreeMap<&'static str, Value>,
}

impl TopicValues {
    /// What holds for a topic with no settings of its own.
    pub(crate) fn of_broker(broker: &Values) -> Self {
        let value = |setting: &Setting| match (setting.key, setting.broker_keys) {
            ("segment.ms", _) => Some(Value::Whole(log_times::roll_ms(broker))),
            ("segment.jitter.ms", _) => Some(Value::Whole(log_times::roll_jitter_ms(broker))),
            ("retention.ms", _) => Some(Value::Whole(log_times::retention_ms(broker))),
            ("flush.ms", _) => Some(Value::Whole(log_times::flush_ms(broker))),
            (_, [key, ..]) => broker.value(key),
            (_, []) => setting.default_value(),
        };
        let pairs = topic::SETTINGS.iter().filter_map(|setting| Some((setting.key, value(setting)?)));
        Self { values: pairs.collect() }
    }

    /// Puts the topic's own settings over these. Unknown and wrong ones are reported and passed over.
    pub(crate) fn with<'a>(
        &self,
        own: impl Iterator<Item = (&'a str, &'a str)>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut values = self.values.clone();
        for (key, text) in own {
            let parsed = match topic::find(key) {
                Some(setting) => setting.parse(text).map(|value| (setting.key, value)),
                None => Err("it is not a setting of topics".to_owned()),
            };
            match parsed {
                Ok((key, value)) => {
                    values.insert(key, value);
                }
                Err(reason) => {
                    let value = Some(text.to_owned());
                    problems.push(Problem { key: key.to_owned(), value, source: None, text: reason });
                }
            }
        }
        Self { values }
    }

    pub(crate) fn find(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    fn value(&self, key: &str) -> &Value {
        self.find(key).unwrap_or_else(|| panic!("{key} has a default"))
    }

    pub(crate) fn whole(&self, key: &str) -> i64 {
        as_whole(self.value(key)).unwrap_or_else(|| panic!("{key} is a whole number"))
    }

    /// A whole number whose type or rule keeps it in the target's range.
    fn number<T: TryFrom<i64>>(&self, key: &str) -> T {
        let number = self.whole(key);
        T::try_from(number).unwrap_or_else(|_| panic!("the rule of {key} lets {number} through"))
    }

    fn real(&self, key: &str) -> f64 {
        match self.value(key) {
            Value::Real(value) => *value,
            other => panic!("{key} is a double, not {other:?}"),
        }
    }

    pub(crate) fn boolean(&self, key: &str) -> bool {
        match self.value(key) {
            Value::Bool(value) => *value,
            other => panic!("{key} is a boolean, not {other:?}"),
        }
    }

    fn text(&self, key: &str) -> &str {
        match self.value(key) {
            Value::Text(text) => text,
            other => panic!("{key} is text, not {other:?}"),
        }
    }

    pub(crate) fn list(&self, key: &str) -> &[String] {
        match self.value(key) {
            Value::List(items) => items,
            other => panic!("{key} is a list, not {other:?}"),
        }
    }
}
