//! Compaction.

use super::COMPACTION;
use crate::setting::{Rule, Setting, boolean, double, int, long};

pub(super) const SETTINGS: &[Setting] = &[
    boolean("log.cleaner.enable", true)
        .status(COMPACTION)
        .medium("Whether topics with `cleanup.policy=compact` are compacted."),
    int("log.cleaner.threads", 1).min(0).cluster_wide().status(COMPACTION).medium("Logs that are compacted at once."),
    double("log.cleaner.io.max.bytes.per.second", f64::MAX)
        .cluster_wide()
        .status(COMPACTION)
        .medium("Bytes that compaction reads and writes per second, on average."),
    long("log.cleaner.dedupe.buffer.size", 134_217_728)
        .cluster_wide()
        .status(COMPACTION)
        .medium("Memory in which compaction remembers the last offset of each key, for all threads together."),
    int("log.cleaner.io.buffer.size", 524_288)
        .min(0)
        .cluster_wide()
        .status(COMPACTION)
        .medium("Memory that compaction reads and writes through, for all threads together."),
    double("log.cleaner.io.buffer.load.factor", 0.9)
        .cluster_wide()
        .status(COMPACTION)
        .medium("How full the memory for keys may get, from 0 to 1, before a round ends."),
    long("log.cleaner.backoff.ms", 15_000)
        .min(0)
        .cluster_wide()
        .status(COMPACTION)
        .medium("Rest between two rounds when nothing needs compaction."),
    double("log.cleaner.min.cleanable.ratio", 0.5)
        .rule(Rule::RealRange { min: 0.0, max: 1.0 })
        .cluster_wide()
        .status(COMPACTION)
        .medium("Share of a log that must be new since its last compaction for the next one to be worth it."),
    long("log.cleaner.delete.retention.ms", 86_400_000)
        .min(0)
        .cluster_wide()
        .status(COMPACTION)
        .medium("How long a compacted log keeps the mark that a key was deleted, for readers on their way to the end."),
    long("log.cleaner.min.compaction.lag.ms", 0)
        .min(0)
        .cluster_wide()
        .status(COMPACTION)
        .medium("How old a record must be before compaction may drop it."),
    long("log.cleaner.max.compaction.lag.ms", i64::MAX)
        .min(1)
        .cluster_wide()
        .status(COMPACTION)
        .medium("How old a record may get before its log is compacted, however little else is new."),
];
