//! Every setting of a topic.

use crate::broker::{COMPACTION, REMOTE_STORAGE};
use crate::setting::{INT, Rule, Setting, Status, boolean, double, int, list, long, string, unset};

const THROTTLES: Status = Status::NotYet("throttled replication");

/// Every setting that a topic may have. Those with `broker_keys` fall back to the broker's.
pub static SETTINGS: &[Setting] = &[
    list("cleanup.policy", "delete").items(&["compact", "delete"]).falls_back_to(&["log.cleanup.policy"]).medium(
        "What becomes of old segments: `delete` drops them by age and size, `compact` keeps the last record of \
         each key. Empty keeps everything.",
    ),
    int("segment.bytes", 1_073_741_824)
        .min(1_048_576)
        .falls_back_to(&["log.segment.bytes"])
        .medium("Size at which a segment file is closed and the next one begun."),
    long("segment.ms", 604_800_000)
        .min(1)
        .falls_back_to(&["log.roll.ms", "log.roll.hours"])
        .medium("Age, by its first record's timestamp, at which a segment is closed though it is not full."),
    long("segment.jitter.ms", 0)
        .min(0)
        .falls_back_to(&["log.roll.jitter.ms", "log.roll.jitter.hours"])
        .medium("Up to how much earlier, by chance, a segment is closed, so that not all are at once."),
    int("segment.index.bytes", 10_485_760)
        .min(4)
        .falls_back_to(&["log.index.size.max.bytes"])
        .medium("The largest size of a segment's index; a segment whose index is full is closed."),
    int("index.interval.bytes", 4096)
        .min(0)
        .falls_back_to(&["log.index.interval.bytes"])
        .medium("Bytes of log between two entries of the index."),
    long("flush.messages", i64::MAX)
        .min(1)
        .falls_back_to(&["log.flush.interval.messages"])
        .medium("With `ottla.durable=false`: after how many records the log is synced to disk."),
    long("flush.ms", i64::MAX)
        .min(0)
        .falls_back_to(&["log.flush.interval.ms", "log.flush.scheduler.interval.ms"])
        .medium("With `ottla.durable=false`: after how long records are synced to disk."),
    long("retention.bytes", -1)
        .falls_back_to(&["log.retention.bytes"])
        .medium("How large one partition may grow before its oldest segments go; -1 is without limit."),
    long("retention.ms", 604_800_000)
        .min(-1)
        .falls_back_to(&["log.retention.ms", "log.retention.minutes", "log.retention.hours"])
        .medium("How long records are kept; -1 is for ever."),
    int("max.message.bytes", 1_048_588)
        .min(0)
        .falls_back_to(&["message.max.bytes"])
        .medium("The largest record batch that is accepted, as sent."),
    long("delete.retention.ms", 86_400_000)
        .min(0)
        .falls_back_to(&["log.cleaner.delete.retention.ms"])
        .status(COMPACTION)
        .medium("How long a compacted log keeps the mark that a key was deleted, for readers on their way to the end."),
    long("min.compaction.lag.ms", 0)
        .min(0)
        .falls_back_to(&["log.cleaner.min.compaction.lag.ms"])
        .status(COMPACTION)
        .medium("How old a record must be before compaction may drop it."),
    long("max.compaction.lag.ms", i64::MAX)
        .min(1)
        .falls_back_to(&["log.cleaner.max.compaction.lag.ms"])
        .status(COMPACTION)
        .medium("How old a record may get before its log is compacted, however little else is new."),
    double("min.cleanable.dirty.ratio", 0.5)
        .rule(Rule::RealRange { min: 0.0, max: 1.0 })
        .falls_back_to(&["log.cleaner.min.cleanable.ratio"])
        .status(COMPACTION)
        .medium("Share of the log that must be new since its last compaction for the next one to be worth it."),
    long("file.delete.delay.ms", 60_000)
        .min(0)
        .falls_back_to(&["log.segment.delete.delay.ms"])
        .medium("How long a file that is no longer needed stays on disk, for those who still read it."),
    boolean("unclean.leader.election.enable", false)
        .falls_back_to(&["unclean.leader.election.enable"])
        .medium("Whether a replica that is not in sync may lead when no other can. Records are lost when that happens."),
    int("min.insync.replicas", 1).min(1).falls_back_to(&["min.insync.replicas"]).medium(
        "Replicas that must be in sync, the leader among them, for a write with `acks=all` to be accepted. \
         Fewer, and it fails with NOT_ENOUGH_REPLICAS.",
    ),
    string("compression.type", "producer")
        .one_of(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])
        .falls_back_to(&["compression.type"])
        .medium("How batches are compressed on disk. `producer` keeps whatever the producer chose."),
    int("compression.gzip.level", -1)
        .rule(Rule::GzipLevel)
        .falls_back_to(&["compression.gzip.level"])
        .medium("Level for `compression.type=gzip`; -1 is the library's own choice."),
    int("compression.lz4.level", 9)
        .between(1, 17)
        .falls_back_to(&["compression.lz4.level"])
        .medium("Level for `compression.type=lz4`."),
    int("compression.zstd.level", 3)
        .between(-131_072, 22)
        .falls_back_to(&["compression.zstd.level"])
        .medium("Level for `compression.type=zstd`."),
    boolean("preallocate", false)
        .falls_back_to(&["log.preallocate"])
        .status(Status::NotYet("segment files of full size from the start"))
        .medium("Whether a segment's file gets its full size when it is created."),
    string("message.timestamp.type", "CreateTime")
        .one_of(&["CreateTime", "LogAppendTime"])
        .falls_back_to(&["log.message.timestamp.type"])
        .medium("Whether records keep the timestamp of their producer or get that of their arrival."),
    long("message.timestamp.before.max.ms", i64::MAX)
        .min(0)
        .falls_back_to(&["log.message.timestamp.before.max.ms"])
        .medium("How far a record's timestamp may lie in the past, with `CreateTime`."),
    long("message.timestamp.after.max.ms", 3_600_000)
        .min(0)
        .falls_back_to(&["log.message.timestamp.after.max.ms"])
        .medium("How far a record's timestamp may lie in the future, with `CreateTime`."),
    list("leader.replication.throttled.replicas", "")
        .rule(Rule::ThrottledReplicas)
        .status(THROTTLES)
        .medium("Replicas to which leaders send no faster than `leader.replication.throttled.rate`; `*` is all."),
    list("follower.replication.throttled.replicas", "")
        .rule(Rule::ThrottledReplicas)
        .status(THROTTLES)
        .medium("Replicas that fetch no faster than `follower.replication.throttled.rate`; `*` is all."),
    boolean("remote.storage.enable", false)
        .status(REMOTE_STORAGE)
        .medium("Whether older segments go to remote storage. It needs `remote.log.storage.system.enable=true`."),
    long("local.retention.ms", -2)
        .min(-2)
        .falls_back_to(&["log.local.retention.ms"])
        .status(REMOTE_STORAGE)
        .medium("How long segments that are in remote storage also stay here; -2 is as long as `retention.ms`."),
    long("local.retention.bytes", -2)
        .min(-2)
        .falls_back_to(&["log.local.retention.bytes"])
        .status(REMOTE_STORAGE)
        .medium("How much of a partition in remote storage also stays here; -2 is as much as `retention.bytes`."),
    boolean("remote.log.copy.disable", false)
        .status(REMOTE_STORAGE)
        .medium("Whether nothing more is copied to remote storage, while what is there stays readable."),
    boolean("remote.log.delete.on.disable", false)
        .status(REMOTE_STORAGE)
        .medium("Whether turning `remote.storage.enable` off deletes what is in remote storage."),
    unset("internal.segment.bytes", INT)
        .internal()
        .medium("Size of a segment, without the lower limit of `segment.bytes`; for tests."),
];

/// The topic setting with this name.
#[must_use]
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}
