//! Topics' logs: where they are, when they roll, what is kept.

use super::SEVERAL_DIRECTORIES;
use crate::setting::{INT, LIST, LONG, Setting, Status, boolean, int, list, long, string, unset};

pub(super) const SETTINGS: &[Setting] = &[
    unset("log.dirs", LIST)
        .not_empty()
        .high("The directories that hold the data. Unset, `log.dir` says where."),
    list("log.dir", "./ottla-data")
        .not_empty()
        .deviates("/tmp/kafka-logs", "data must not lie where a restart of the machine deletes it")
        .high("The directory that holds the data, if `log.dirs` is unset."),
    list("cordoned.log.dirs", "")
        .per_broker()
        .status(SEVERAL_DIRECTORIES)
        .medium("Directories that get no new partitions; `*` is all of them."),
    int("log.segment.bytes", 1_073_741_824)
        .min(1_048_576)
        .cluster_wide()
        .high("Size at which a segment file is closed and the next one begun."),
    unset("log.roll.ms", LONG)
        .cluster_wide()
        .high("Age, by its first record's timestamp, at which a segment is closed. Unset, `log.roll.hours` holds."),
    int("log.roll.hours", 168).min(1).high("The same as `log.roll.ms`, in hours."),
    unset("log.roll.jitter.ms", LONG)
        .cluster_wide()
        .high("Up to how much earlier, by chance, a segment is closed, so that not all are at once."),
    int("log.roll.jitter.hours", 0).min(0).high("The same as `log.roll.jitter.ms`, in hours."),
    unset("log.retention.ms", LONG)
        .cluster_wide()
        .high("How long records are kept; -1 is for ever. Unset, `log.retention.minutes` holds."),
    unset("log.retention.minutes", INT)
        .high("The same as `log.retention.ms`, in minutes. Unset, `log.retention.hours` holds."),
    int("log.retention.hours", 168).high("The same as `log.retention.ms`, in hours."),
    long("log.retention.bytes", -1)
        .cluster_wide()
        .high("How large one partition may grow before its oldest segments go; -1 is without limit."),
    long("log.retention.check.interval.ms", 300_000)
        .min(1)
        .medium("Time between two looks for segments that are to go."),
    list("log.cleanup.policy", "delete").items(&["compact", "delete"]).cluster_wide().medium(
        "What becomes of old segments: `delete` drops them by age and size, `compact` keeps the last record of \
         each key. Empty keeps everything.",
    ),
    int("log.index.size.max.bytes", 10_485_760)
        .min(4)
        .cluster_wide()
        .medium("The largest size of a segment's index; a segment whose index is full is closed."),
    int("log.index.interval.bytes", 4096)
        .min(0)
        .cluster_wide()
        .medium("Bytes of log between two entries of the index."),
    long("log.flush.interval.messages", i64::MAX).min(1).cluster_wide().high(
        "With `ottla.durable=false`: after how many records a log is synced to disk.",
    ),
    unset("log.flush.interval.ms", LONG).cluster_wide().high(
        "With `ottla.durable=false`: after how long records are synced to disk. Unset, \
         `log.flush.scheduler.interval.ms` holds.",
    ),
    long("log.flush.scheduler.interval.ms", i64::MAX)
        .high("Time between two looks for logs whose `log.flush.interval.ms` is over, and that setting's default."),
    int("log.flush.offset.checkpoint.interval.ms", 60_000)
        .min(0)
        .high("Time between two writes of the recovery points, from which a restart has to check the logs."),
    int("log.flush.start.offset.checkpoint.interval.ms", 60_000)
        .min(0)
        .high("Time between two writes of the partitions' first offsets."),
    long("log.segment.delete.delay.ms", 60_000)
        .min(0)
        .cluster_wide()
        .high("How long a file that is no longer needed stays on disk, for those who still read it."),
    boolean("log.preallocate", false)
        .cluster_wide()
        .status(Status::NotYet("segment files of full size from the start"))
        .medium("Whether a segment's file gets its full size when it is created."),
    int("num.recovery.threads.per.data.dir", 2)
        .min(1)
        .cluster_wide()
        .high("Logs of one directory that are recovered at the same time after a crash."),
    int("min.insync.replicas", 1).min(1).cluster_wide().high(
        "Replicas that must be in sync, the leader among them, for a write with `acks=all` to be accepted. \
         Fewer, and it fails with NOT_ENOUGH_REPLICAS.",
    ),
    string("log.message.timestamp.type", "CreateTime")
        .one_of(&["CreateTime", "LogAppendTime"])
        .cluster_wide()
        .medium("Whether records keep the timestamp of their producer or get that of their arrival."),
    long("log.message.timestamp.before.max.ms", i64::MAX)
        .min(0)
        .cluster_wide()
        .medium("How far a record's timestamp may lie in the past, with `CreateTime`."),
    long("log.message.timestamp.after.max.ms", 3_600_000)
        .min(0)
        .cluster_wide()
        .medium("How far a record's timestamp may lie in the future, with `CreateTime`."),
    long("log.dir.failure.timeout.ms", 30_000)
        .min(1)
        .status(SEVERAL_DIRECTORIES)
        .low("How long the controller may be out of reach for the news of a failed directory before the node stops."),
    long("log.initial.task.delay.ms", 30_000)
        .min(0)
        .internal()
        .low("How long after the start the first retention, flush and checkpoint rounds wait."),
];
