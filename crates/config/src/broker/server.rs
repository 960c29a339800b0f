//! The node, its roles, and what applies to it as a whole.

use super::{CLUSTERS, NO_THREAD_POOLS};
use crate::setting::{CLASS, LIST, STRING, Setting, Status, boolean, int, list, long, string, unset};

const POLICY: Status = Status::Refused("policies in the form of Java classes");

pub(super) const SETTINGS: &[Setting] = &[
    list("process.roles", "broker,controller")
        .items(&["broker", "controller"])
        .not_empty()
        .deviates("no default", "one process that does everything is what a first start wants")
        .high("What this process does: serve clients (`broker`), keep the cluster's metadata (`controller`), or both."),
    int("node.id", 1)
        .min(0)
        .deviates("no default", "a node alone needs no choice of number")
        .high("The number of this node, different from every other node's in the cluster."),
    int("broker.id", -1).high("The old name of `node.id`. If both are there, they must agree."),
    unset("broker.rack", STRING)
        .medium("The rack or zone of this node; replicas of a partition are spread over as many as there are."),
    boolean("auto.create.topics.enable", true)
        .high("Whether a topic that does not exist is created when a client first asks about it."),
    boolean("delete.topic.enable", true).high("Whether topics may be deleted; `false` refuses the request."),
    int("num.partitions", 1)
        .min(1)
        .medium("Partitions of a topic whose creation does not say how many, automatic creation included."),
    int("default.replication.factor", 1)
        .medium("Replicas of a topic whose creation does not say how many, automatic creation included."),
    int("message.max.bytes", 1_048_588)
        .min(0)
        .cluster_wide()
        .high("The largest record batch that is accepted, as sent. A topic's `max.message.bytes` overrides it."),
    string("compression.type", "producer")
        .one_of(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])
        .cluster_wide()
        .high("How batches are compressed on disk. `producer` keeps whatever the producer chose."),
    int("compression.gzip.level", -1)
        .rule(crate::setting::Rule::GzipLevel)
        .cluster_wide()
        .medium("Level for `compression.type=gzip`; -1 is the library's own choice."),
    int("compression.lz4.level", 9)
        .between(1, 17)
        .cluster_wide()
        .medium("Level for `compression.type=lz4`."),
    int("compression.zstd.level", 3)
        .between(-131_072, 22)
        .cluster_wide()
        .medium("Level for `compression.type=zstd`."),
    int("fetch.max.bytes", 57_671_680).min(1024).medium(
        "The most that one fetch returns, whatever the client asks for. A first batch that is larger still goes out.",
    ),
    int("max.incremental.fetch.session.cache.slots", 1000)
        .min(0)
        .medium("Fetch sessions that are remembered, so that clients name only the partitions that changed."),
    int("max.request.partition.size.limit", 2000)
        .min(1)
        .medium("Partitions that one request may ask to have described."),
    int("background.threads", 10)
        .min(1)
        .cluster_wide()
        .status(NO_THREAD_POOLS)
        .high("Threads for background work."),
    int("num.io.threads", 8)
        .min(1)
        .cluster_wide()
        .status(NO_THREAD_POOLS)
        .high("Threads that handle requests."),
    int("request.timeout.ms", 30_000)
        .status(CLUSTERS)
        .high("How long a node waits for another node's answer before it asks again or gives up."),
    long("socket.connection.setup.timeout.ms", 10_000)
        .status(CLUSTERS)
        .medium("How long a connection to another node may take to come up; it grows with each failure in a row."),
    long("socket.connection.setup.timeout.max.ms", 30_000)
        .status(CLUSTERS)
        .medium("Where the growth of `socket.connection.setup.timeout.ms` ends."),
    boolean("controlled.shutdown.enable", true)
        .status(CLUSTERS)
        .medium("Whether a node that stops hands its leaderships to others first."),
    int("delete.records.purgatory.purge.interval.requests", 1)
        .status(super::NO_PURGATORY)
        .medium("DeleteRecords requests between two clean-ups of those that wait."),
    string("authorizer.class.name", "")
        .status(Status::Refused("authorization"))
        .low("The class that decides who may do what. Empty allows everybody everything."),
    unset("early.start.listeners", LIST)
        .status(Status::Moot("no listener waits for an authorizer"))
        .high("Listeners that open before the authorizer is ready. Unset, those are the controller's."),
    unset("create.topic.policy.class.name", CLASS)
        .status(POLICY)
        .low("A class that may refuse the creation of a topic."),
    unset("alter.config.policy.class.name", CLASS)
        .status(POLICY)
        .low("A class that may refuse a change of settings."),
    list("config.providers", "")
        .cluster_wide()
        .status(Status::Refused("configuration providers (`${name:…}` in values would be taken literally)"))
        .low("Names of providers that values in the form `${name:path:key}` are fetched from."),
    boolean("unstable.api.versions.enable", false)
        .internal()
        .status(Status::Moot("Ottla serves only versions that are stable"))
        .high("Whether API versions under development are served."),
    boolean("unstable.feature.versions.enable", false)
        .internal()
        .status(Status::Moot("Ottla writes only feature levels that are stable"))
        .high("Whether feature levels under development may be used."),
    long("server.max.startup.time.ms", i64::MAX)
        .min(0)
        .internal()
        .status(Status::Moot("a start that cannot go on fails by itself"))
        .medium("How long the start may take before the process gives up."),
];
