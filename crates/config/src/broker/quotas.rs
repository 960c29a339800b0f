//! Quotas, metrics, and plugins around them.

use super::{CLUSTERS, METRICS, QUOTAS, SEVERAL_DIRECTORIES, TELEMETRY};
use crate::setting::{CLASS, Setting, int, list, long, string, unset};

pub(super) const SETTINGS: &[Setting] = &[
    int("quota.window.num", 11).min(1).status(QUOTAS).low("Samples that a client's rate is measured over."),
    int("quota.window.size.seconds", 1).min(1).status(QUOTAS).low("Length of each of those samples."),
    int("controller.quota.window.num", 11)
        .min(1)
        .status(QUOTAS)
        .low("Samples that the rate of created and deleted partitions is measured over."),
    int("controller.quota.window.size.seconds", 1)
        .min(1)
        .status(QUOTAS)
        .low("Length of each of those samples."),
    int("replication.quota.window.num", 11)
        .min(1)
        .status(CLUSTERS)
        .low("Samples that the rate of replication is measured over."),
    int("replication.quota.window.size.seconds", 1)
        .min(1)
        .status(CLUSTERS)
        .low("Length of each of those samples."),
    int("alter.log.dirs.replication.quota.window.num", 11)
        .min(1)
        .status(SEVERAL_DIRECTORIES)
        .low("Samples that the rate of moves between directories is measured over."),
    int("alter.log.dirs.replication.quota.window.size.seconds", 1)
        .min(1)
        .status(SEVERAL_DIRECTORIES)
        .low("Length of each of those samples."),
    unset("client.quota.callback.class", CLASS)
        .status(QUOTAS)
        .low("The class that decides which quota a client has."),
    list("metric.reporters", "org.apache.kafka.common.metrics.JmxReporter")
        .cluster_wide()
        .status(METRICS)
        .low("The classes that report metrics."),
    int("metrics.num.samples", 2).min(1).status(METRICS).low("Samples that a metric is computed over."),
    long("metrics.sample.window.ms", 30_000).min(1).status(METRICS).low("Length of each of those samples."),
    string("metrics.recording.level", "INFO")
        .status(METRICS)
        .low("How much detail metrics record: INFO, DEBUG or TRACE."),
    list("kafka.metrics.reporters", "")
        .status(METRICS)
        .low("The classes that report the older kind of metrics."),
    int("kafka.metrics.polling.interval.secs", 10)
        .min(1)
        .status(METRICS)
        .low("Time between two reports of `kafka.metrics.reporters`."),
    int("telemetry.max.bytes", 1_048_576)
        .min(1)
        .status(TELEMETRY)
        .low("The most, after compression, that a client may push of its own metrics at a time."),
];

pub(super) const DYNAMIC_ONLY: &[Setting] = &[
    long("leader.replication.throttled.rate", i64::MAX)
        .min(0)
        .cluster_wide()
        .status(CLUSTERS)
        .medium("Bytes per second that leaders send to the replicas named in `leader.replication.throttled.replicas`."),
    long("follower.replication.throttled.rate", i64::MAX)
        .min(0)
        .cluster_wide()
        .status(CLUSTERS)
        .medium("Bytes per second that the replicas named in `follower.replication.throttled.replicas` fetch."),
    long("replica.alter.log.dirs.io.max.bytes.per.second", i64::MAX)
        .min(0)
        .cluster_wide()
        .status(SEVERAL_DIRECTORIES)
        .medium("Bytes per second that moves between directories of one node read and write."),
];
