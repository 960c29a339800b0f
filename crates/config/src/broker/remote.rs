//! Remote (tiered) storage.

use super::REMOTE_STORAGE;
use crate::setting::{STRING, Setting, Status, boolean, double, int, long, string, unset};

pub(super) const SETTINGS: &[Setting] = &[
    boolean("remote.log.storage.system.enable", false)
        .status(Status::Refused("remote storage"))
        .medium("Whether topics may keep their older segments in remote storage."),
    unset("remote.log.storage.manager.class.name", STRING)
        .not_empty()
        .status(REMOTE_STORAGE)
        .medium("The class that reads and writes the remote storage."),
    unset("remote.log.storage.manager.class.path", STRING)
        .status(REMOTE_STORAGE)
        .medium("Where that class is found."),
    string("remote.log.storage.manager.impl.prefix", "rsm.config.")
        .not_empty()
        .status(REMOTE_STORAGE)
        .medium("The prefix of the settings that are handed to that class."),
    string(
        "remote.log.metadata.manager.class.name",
        "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
    )
    .not_empty()
    .status(REMOTE_STORAGE)
    .medium("The class that remembers which segments are in remote storage."),
    unset("remote.log.metadata.manager.class.path", STRING)
        .status(REMOTE_STORAGE)
        .medium("Where that class is found."),
    string("remote.log.metadata.manager.impl.prefix", "rlmm.config.")
        .not_empty()
        .status(REMOTE_STORAGE)
        .medium("The prefix of the settings that are handed to that class."),
    unset("remote.log.metadata.manager.listener.name", STRING)
        .not_empty()
        .status(REMOTE_STORAGE)
        .medium("The listener on which that class reaches its brokers."),
    int("remote.log.metadata.custom.metadata.max.bytes", 128)
        .min(0)
        .status(REMOTE_STORAGE)
        .low("The most that the storage class may add to what is remembered of a segment."),
    long("log.local.retention.ms", -2).min(-2).cluster_wide().status(REMOTE_STORAGE).medium(
        "How long segments that are in remote storage also stay here; -2 is as long as they are kept at all.",
    ),
    long("log.local.retention.bytes", -2).min(-2).cluster_wide().status(REMOTE_STORAGE).medium(
        "How much of a partition in remote storage also stays here; -2 is as much as is kept at all.",
    ),
    long("remote.log.index.file.cache.total.size.bytes", 1_073_741_824)
        .min(1)
        .cluster_wide()
        .status(REMOTE_STORAGE)
        .low("Disk space for index files that were fetched from remote storage."),
    long("remote.log.index.file.cache.ttl.ms", 900_000)
        .min(-1)
        .internal()
        .status(REMOTE_STORAGE)
        .low("How long an index file that nobody uses stays there; -1 is without limit."),
    int("remote.fetch.max.wait.ms", 500)
        .min(1)
        .cluster_wide()
        .status(REMOTE_STORAGE)
        .medium("How long a fetch waits for remote storage."),
    long("remote.list.offsets.request.timeout.ms", 30_000)
        .min(1)
        .cluster_wide()
        .status(REMOTE_STORAGE)
        .medium("How long a search for an offset by its timestamp waits for remote storage."),
    int("remote.log.reader.threads", 10)
        .min(1)
        .cluster_wide()
        .status(REMOTE_STORAGE)
        .medium("Reads from remote storage that run at once."),
    int("remote.log.reader.max.pending.tasks", 100)
        .min(1)
        .status(REMOTE_STORAGE)
        .medium("Reads from remote storage that may wait; further ones fail."),
    int("remote.log.manager.thread.pool.size", 2)
        .min(1)
        .status(REMOTE_STORAGE)
        .medium("Threads for the work of remote storage on partitions that this node leads."),
    int("remote.log.manager.follower.thread.pool.size", 2)
        .min(1)
        .cluster_wide()
        .status(REMOTE_STORAGE)
        .medium("Threads for the work of remote storage on partitions that this node follows."),
    int("remote.log.manager.copier.thread.pool.size", 10)
        .min(1)
        .cluster_wide()
        .status(REMOTE_STORAGE)
        .medium("Copies of segments to remote storage that run at once."),
    int("remote.log.manager.expiration.thread.pool.size", 10)
        .min(1)
        .cluster_wide()
        .status(REMOTE_STORAGE)
        .medium("Deletions in remote storage that run at once."),
    long("remote.log.manager.task.interval.ms", 30_000)
        .min(1)
        .status(REMOTE_STORAGE)
        .low("Time between two looks for segments to copy and to delete."),
    long("remote.log.manager.task.retry.backoff.ms", 500)
        .min(1)
        .internal()
        .status(REMOTE_STORAGE)
        .low("Rest before failed work on remote storage is tried again; it grows each time."),
    long("remote.log.manager.task.retry.backoff.max.ms", 30_000)
        .min(1)
        .internal()
        .status(REMOTE_STORAGE)
        .low("The longest such rest."),
    double("remote.log.manager.task.retry.jitter", 0.2)
        .rule(crate::setting::Rule::RealRange { min: 0.0, max: 0.5 })
        .internal()
        .status(REMOTE_STORAGE)
        .low("Share of random change to such a rest."),
    long("remote.log.manager.copy.max.bytes.per.second", i64::MAX)
        .min(1)
        .cluster_wide()
        .status(REMOTE_STORAGE)
        .medium("Bytes per second that are copied to remote storage."),
    int("remote.log.manager.copy.quota.window.num", 11)
        .min(1)
        .status(REMOTE_STORAGE)
        .medium("Samples that this rate is measured over."),
    int("remote.log.manager.copy.quota.window.size.seconds", 1)
        .min(1)
        .status(REMOTE_STORAGE)
        .medium("Length of each of those samples."),
    long("remote.log.manager.fetch.max.bytes.per.second", i64::MAX)
        .min(1)
        .cluster_wide()
        .status(REMOTE_STORAGE)
        .medium("Bytes per second that are read from remote storage."),
    int("remote.log.manager.fetch.quota.window.num", 11)
        .min(1)
        .status(REMOTE_STORAGE)
        .medium("Samples that this rate is measured over."),
    int("remote.log.manager.fetch.quota.window.size.seconds", 1)
        .min(1)
        .status(REMOTE_STORAGE)
        .medium("Length of each of those samples."),
];
