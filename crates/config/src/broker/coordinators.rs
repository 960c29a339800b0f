//! The offsets topic, the group coordinator, and classic groups.

use super::{GROUP_COMMIT, NO_THREAD_POOLS, RUST_MEMORY};
use crate::setting::{Setting, Status, int, list, long, short};

pub(super) const SETTINGS: &[Setting] = &[
    int("offset.metadata.max.bytes", 4096).high("The longest text that a client may store with a committed offset."),
    int("offsets.commit.timeout.ms", 5000)
        .min(1)
        .high("How long a commit may wait for its replicas before it fails. It holds for all that the coordinator writes."),
    int("offsets.retention.minutes", 10_080).min(1).high(
        "How long committed offsets are kept once their group is empty, or, for a consumer without a group, \
         since the last commit.",
    ),
    long("offsets.retention.check.interval.ms", 600_000)
        .min(1)
        .high("Time between two looks for offsets that have expired."),
    int("offsets.topic.num.partitions", 50)
        .min(1)
        .high("Partitions of the topic that holds committed offsets. It must not change once the topic exists."),
    short("offsets.topic.replication.factor", 3).min(1).high(
        "Replicas of the topic that holds committed offsets. Unless it is set, a smaller cluster gets as many as \
         it has brokers.",
    ),
    int("offsets.topic.segment.bytes", 104_857_600)
        .min(1)
        .high("Segment size of the topic that holds committed offsets; small ones load and compact faster."),
    int("offsets.topic.compression.codec", 0)
        .status(Status::NotYet("compression of the offsets topic"))
        .high("Compression of what the coordinator writes: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd."),
    int("offsets.load.buffer.size", 5_242_880)
        .min(1)
        .status(RUST_MEMORY)
        .high("How much of the offsets topic is read at a time when a coordinator loads it."),
    list("group.coordinator.rebalance.protocols", "classic,consumer,streams")
        .items(&["consumer", "classic", "share", "streams"])
        .not_empty()
        .medium("The group protocols that may be used. Those that Ottla does not have yet are refused in any case."),
    int("group.coordinator.threads", 4)
        .min(1)
        .status(NO_THREAD_POOLS)
        .high("Threads that handle requests to group coordinators."),
    int("group.coordinator.background.threads", 2)
        .min(1)
        .status(NO_THREAD_POOLS)
        .high("Threads for the slow work of group coordinators, such as matching topic patterns."),
    int("group.coordinator.append.linger.ms", -1)
        .min(-1)
        .status(GROUP_COMMIT)
        .medium("How long a coordinator's records wait for company; -1 lets the load decide."),
    int("group.coordinator.cached.buffer.max.bytes", 1_048_588)
        .min(524_288)
        .cluster_wide()
        .status(RUST_MEMORY)
        .medium("The largest buffer that a coordinator keeps for its next write."),
    int("group.min.session.timeout.ms", 6000).medium("The shortest session timeout that a classic member may ask for."),
    int("group.max.session.timeout.ms", 1_800_000)
        .medium("The longest session timeout that a classic member may ask for."),
    int("group.initial.rebalance.delay.ms", 3000)
        .medium("How long a new classic group waits for more members before it first hands out partitions."),
    int("group.max.size", i32::MAX).min(1).medium("Members that one classic group may have."),
];
