//! Share groups (KIP-932) and the coordinator that keeps their state.

use super::{GROUP_COMMIT, NO_PURGATORY, NO_THREAD_POOLS, RUST_MEMORY, SHARE_GROUPS};
use crate::setting::{Setting, int, list, short, string};

pub(super) const SETTINGS: &[Setting] = &[
    int("group.share.session.timeout.ms", 45_000)
        .min(1)
        .status(SHARE_GROUPS)
        .medium("How long a member may be silent before it is taken out of its group."),
    int("group.share.min.session.timeout.ms", 45_000)
        .min(1)
        .status(SHARE_GROUPS)
        .medium("The shortest session timeout that a group may be given."),
    int("group.share.max.session.timeout.ms", 60_000)
        .min(1)
        .status(SHARE_GROUPS)
        .medium("The longest session timeout that a group may be given."),
    int("group.share.heartbeat.interval.ms", 5000)
        .min(1)
        .status(SHARE_GROUPS)
        .medium("How often members are told to send a sign of life."),
    int("group.share.min.heartbeat.interval.ms", 5000)
        .min(1)
        .status(SHARE_GROUPS)
        .medium("The shortest heartbeat interval that a group may be given."),
    int("group.share.max.heartbeat.interval.ms", 15_000)
        .min(1)
        .status(SHARE_GROUPS)
        .medium("The longest heartbeat interval that a group may be given."),
    int("group.share.assignment.interval.ms", 1000)
        .min(0)
        .cluster_wide()
        .status(SHARE_GROUPS)
        .medium("The least time between two computations of a group's assignment."),
    int("group.share.min.assignment.interval.ms", 0)
        .min(0)
        .status(SHARE_GROUPS)
        .medium("The shortest assignment interval that a group may be given."),
    int("group.share.max.assignment.interval.ms", 15_000)
        .min(0)
        .status(SHARE_GROUPS)
        .medium("The longest assignment interval that a group may be given."),
    int("group.share.max.size", 200)
        .between(1, 1000)
        .status(SHARE_GROUPS)
        .medium("Members that one share group may have."),
    int("group.share.max.share.sessions", 2000)
        .min(1)
        .status(SHARE_GROUPS)
        .medium("Share sessions that a broker remembers."),
    list("group.share.assignors", "simple")
        .not_empty()
        .status(SHARE_GROUPS)
        .medium("The one way to hand out partitions that share groups use."),
    int("group.share.record.lock.duration.ms", 30_000)
        .between(1000, 3_600_000)
        .status(SHARE_GROUPS)
        .medium("How long a record that was handed out may stay unacknowledged before it is handed out again."),
    int("group.share.min.record.lock.duration.ms", 15_000)
        .between(1000, 30_000)
        .status(SHARE_GROUPS)
        .medium("The shortest lock duration that a group may be given."),
    int("group.share.max.record.lock.duration.ms", 60_000)
        .between(30_000, 3_600_000)
        .status(SHARE_GROUPS)
        .medium("The longest lock duration that a group may be given."),
    int("group.share.delivery.count.limit", 5)
        .between(2, 10)
        .status(SHARE_GROUPS)
        .medium("How often a record is handed out before it is given up."),
    int("group.share.min.delivery.count.limit", 2)
        .between(2, 5)
        .status(SHARE_GROUPS)
        .medium("The smallest delivery count limit that a group may be given."),
    int("group.share.max.delivery.count.limit", 10)
        .between(5, 25)
        .status(SHARE_GROUPS)
        .medium("The largest delivery count limit that a group may be given."),
    int("group.share.partition.max.record.locks", 2000)
        .between(100, 10_000)
        .status(SHARE_GROUPS)
        .medium("Records of one partition that may be handed out and unacknowledged, for each group."),
    int("group.share.min.partition.max.record.locks", 100)
        .between(100, 2000)
        .status(SHARE_GROUPS)
        .medium("The smallest limit of locks that a group may be given."),
    int("group.share.max.partition.max.record.locks", 4000)
        .between(2000, 10_000)
        .status(SHARE_GROUPS)
        .medium("The largest limit of locks that a group may be given."),
    int("group.share.initialize.retry.interval.ms", 30_000)
        .min(1)
        .internal()
        .status(SHARE_GROUPS)
        .low("Rest before the state of a share group is set up again after a failure."),
    string("group.share.persister.class.name", "org.apache.kafka.server.share.persister.DefaultStatePersister")
        .internal()
        .status(SHARE_GROUPS)
        .medium("The class that keeps the state of share groups."),
    int("share.fetch.purgatory.purge.interval.requests", 1000)
        .status(NO_PURGATORY)
        .medium("ShareFetch requests between two clean-ups of those that wait."),
    int("share.coordinator.state.topic.num.partitions", 50)
        .min(1)
        .status(SHARE_GROUPS)
        .high("Partitions of the topic that holds the state of share groups. It must not change once the topic exists."),
    short("share.coordinator.state.topic.replication.factor", 3)
        .min(1)
        .status(SHARE_GROUPS)
        .high("Replicas of the topic that holds the state of share groups."),
    short("share.coordinator.state.topic.min.isr", 2)
        .min(1)
        .status(SHARE_GROUPS)
        .high("`min.insync.replicas` of the topic that holds the state of share groups."),
    int("share.coordinator.state.topic.segment.bytes", 104_857_600)
        .min(1)
        .status(SHARE_GROUPS)
        .high("Segment size of the topic that holds the state of share groups."),
    int("share.coordinator.state.topic.compression.codec", 0)
        .status(SHARE_GROUPS)
        .high("Compression of that topic: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd."),
    int("share.coordinator.state.topic.prune.interval.ms", 300_000)
        .min(1)
        .internal()
        .status(SHARE_GROUPS)
        .low("Time between two deletions of what that topic no longer needs."),
    int("share.coordinator.write.timeout.ms", 5000)
        .min(1)
        .status(SHARE_GROUPS)
        .high("How long a write of the share coordinator may wait for its replicas."),
    int("share.coordinator.load.buffer.size", 5_242_880)
        .min(1)
        .status(RUST_MEMORY)
        .high("How much of that topic is read at a time when a coordinator loads it."),
    int("share.coordinator.snapshot.update.records.per.snapshot", 500)
        .between(0, 500)
        .status(SHARE_GROUPS)
        .medium("Updates of a partition's share state that are written between two whole copies of it."),
    int("share.coordinator.cold.partition.snapshot.interval.ms", 300_000)
        .min(1)
        .internal()
        .status(SHARE_GROUPS)
        .low("How often the share state of a quiet partition is written again."),
    int("share.coordinator.threads", 1)
        .min(1)
        .status(NO_THREAD_POOLS)
        .medium("Threads that handle requests to share coordinators."),
    int("share.coordinator.append.linger.ms", -1)
        .min(-1)
        .status(GROUP_COMMIT)
        .medium("How long a share coordinator's records wait for company; -1 lets the load decide."),
    int("share.coordinator.cached.buffer.max.bytes", 1_048_588)
        .min(524_288)
        .cluster_wide()
        .status(RUST_MEMORY)
        .medium("The largest buffer that a share coordinator keeps for its next write."),
];
