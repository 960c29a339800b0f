//! Replication between brokers, leadership, and moves of replicas.

use super::{CLUSTERS, NO_PURGATORY, REMOTE_STORAGE, SEVERAL_DIRECTORIES};
use crate::setting::{INT, STRING, Setting, boolean, int, long, unset};

pub(super) const SETTINGS: &[Setting] = &[
    long("replica.lag.time.max.ms", 30_000)
        .status(CLUSTERS)
        .high("How long a follower may be behind its leader's end before it is no longer in sync."),
    int("replica.socket.timeout.ms", 30_000)
        .status(CLUSTERS)
        .high("How long a follower waits for its leader on the network; at least `replica.fetch.wait.max.ms`."),
    int("replica.socket.receive.buffer.bytes", 65_536)
        .status(CLUSTERS)
        .high("Size of the receive buffer of a follower's sockets."),
    int("replica.fetch.max.bytes", 1_048_576)
        .min(0)
        .status(CLUSTERS)
        .medium("What a follower asks for of each partition; one batch always fits."),
    int("replica.fetch.wait.max.ms", 500)
        .status(CLUSTERS)
        .high("How long a leader may hold a follower's fetch until there is something to send."),
    int("replica.fetch.min.bytes", 1)
        .status(CLUSTERS)
        .high("How much there must be for a follower's fetch to be answered at once."),
    int("replica.fetch.response.max.bytes", 10_485_760)
        .min(0)
        .status(CLUSTERS)
        .medium("What a follower asks for of all partitions together; one batch always fits."),
    int("replica.fetch.backoff.ms", 1000)
        .min(0)
        .status(CLUSTERS)
        .medium("Rest after a fetch from a leader failed."),
    int("num.replica.fetchers", 1)
        .min(1)
        .cluster_wide()
        .status(CLUSTERS)
        .high("Connections over which a follower fetches from each leader."),
    long("replica.high.watermark.checkpoint.interval.ms", 5000)
        .high("Time between two writes of the high watermarks."),
    unset("replica.selector.class", STRING)
        .status(CLUSTERS)
        .medium("The class that chooses the replica which a consumer reads from. Unset, it is the leader."),
    boolean("auto.leader.rebalance.enable", true)
        .status(CLUSTERS)
        .high("Whether leadership goes back to each partition's first replica by itself."),
    long("leader.imbalance.check.interval.seconds", 300)
        .min(1)
        .status(CLUSTERS)
        .high("Time between two looks for leadership that should go back."),
    boolean("unclean.leader.election.enable", false)
        .cluster_wide()
        .high("Whether a replica that is not in sync may lead when no other can. Records are lost when that happens."),
    long("unclean.leader.election.interval.ms", 300_000)
        .min(1)
        .internal()
        .status(CLUSTERS)
        .medium("Time between two looks for partitions that need an unclean election."),
    boolean("follower.fetch.last.tiered.offset.enable", false)
        .cluster_wide()
        .status(REMOTE_STORAGE)
        .medium("Whether an empty follower begins after what is in remote storage."),
    int("fetch.purgatory.purge.interval.requests", 1000)
        .status(NO_PURGATORY)
        .medium("Fetch requests between two clean-ups of those that wait."),
    int("producer.purgatory.purge.interval.requests", 1000)
        .status(NO_PURGATORY)
        .medium("Produce requests between two clean-ups of those that wait."),
    unset("num.replica.alter.log.dirs.threads", INT)
        .status(SEVERAL_DIRECTORIES)
        .high("Replicas that move between directories of this node at once. Unset, one for each directory."),
];
