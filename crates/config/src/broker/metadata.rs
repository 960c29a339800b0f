//! The metadata log and the controllers that agree on it.

use super::CLUSTERS;
use crate::setting::{INT, Rule, STRING, Setting, Status, boolean, int, list, long, string, unset};

const NO_EVENT_QUEUE: Status = Status::NotYet("timing of the controller's work");

pub(super) const SETTINGS: &[Setting] = &[
    list("controller.listener.names", "")
        .not_empty()
        .deviates("no default", "a controller alone in its process needs no listener")
        .high("The listeners, by name, on which controllers are reached."),
    list("controller.quorum.bootstrap.servers", "")
        .rule(Rule::Addresses)
        .high("Controllers to ask for the quorum when a node starts, as `host:port` items."),
    list("controller.quorum.voters", "")
        .rule(Rule::Voters)
        .high("The controllers that vote, as `id@host:port` items; the older, fixed way to form a quorum."),
    boolean("controller.quorum.auto.join.enable", false)
        .status(CLUSTERS)
        .low("Whether a new controller asks to vote by itself."),
    int("controller.quorum.election.timeout.ms", 1000)
        .min(0)
        .status(CLUSTERS)
        .high("How long an election may go on before the next one begins."),
    int("controller.quorum.election.backoff.max.ms", 1000)
        .min(0)
        .status(CLUSTERS)
        .high("The longest random wait before the next election."),
    int("controller.quorum.fetch.timeout.ms", 2000)
        .min(0)
        .status(CLUSTERS)
        .high("How long a controller may hear nothing from its leader, or a leader from its followers, before an election."),
    int("controller.quorum.append.linger.ms", 25)
        .min(0)
        .status(super::GROUP_COMMIT)
        .medium("How long metadata records wait for company before they are written."),
    int("controller.quorum.request.timeout.ms", 2000)
        .min(0)
        .status(CLUSTERS)
        .medium("How long a controller waits for another one's answer."),
    int("controller.quorum.retry.backoff.ms", 20)
        .min(0)
        .status(CLUSTERS)
        .low("Rest between two attempts to reach another controller."),
    int("controller.quorum.fetch.max.bytes", 1_048_576)
        .min(1)
        .status(CLUSTERS)
        .low("The most that one fetch of the metadata log returns; one batch always fits."),
    int("controller.quorum.fetch.snapshot.max.bytes", 1_048_576)
        .min(1)
        .status(CLUSTERS)
        .low("The most that one fetch of a metadata snapshot returns."),
    long("controller.performance.sample.period.ms", 60_000)
        .min(100)
        .internal()
        .status(NO_EVENT_QUEUE)
        .medium("Time between two log lines about the speed of the controller."),
    long("controller.performance.always.log.threshold.ms", 2000)
        .min(0)
        .internal()
        .status(NO_EVENT_QUEUE)
        .medium("How long a step of the controller may take before it is logged."),
    string("sasl.mechanism.controller.protocol", "GSSAPI")
        .status(super::SASL)
        .high("The SASL mechanism with which nodes introduce themselves to controllers."),
    unset("metadata.log.dir", STRING)
        .high("The directory that holds the metadata log. Unset, it is the first of `log.dirs`."),
    int("metadata.log.segment.bytes", 1_073_741_824)
        .min(8_388_608)
        .high("Size at which a segment of the metadata log is closed."),
    long("metadata.log.segment.ms", 604_800_000).high("Age at which a segment of the metadata log is closed."),
    long("metadata.log.max.record.bytes.between.snapshots", 20_971_520)
        .min(1)
        .high("Bytes of metadata log after which a new snapshot is written."),
    long("metadata.log.max.snapshot.interval.ms", 3_600_000)
        .min(0)
        .high("Time after which a new snapshot is written if anything changed; 0 goes by size alone."),
    long("metadata.max.retention.bytes", 104_857_600)
        .high("How large metadata log and snapshots may grow together before the oldest go. One snapshot always stays."),
    long("metadata.max.retention.ms", 604_800_000)
        .high("How long old metadata log and snapshots are kept. One snapshot always stays."),
    int("metadata.max.idle.interval.ms", 500)
        .min(0)
        .low("How often an idle controller writes a record that says nothing, so that followers see it live; 0 is never."),
    unset("internal.metadata.log.segment.bytes", INT)
        .internal()
        .low("Size of a segment of the metadata log, without the lower limit; for tests."),
    int("internal.metadata.max.batch.size.in.bytes", 8_388_608)
        .internal()
        .low("The largest batch in the metadata log; for tests."),
    long("internal.metadata.delete.delay.millis", 60_000)
        .internal()
        .low("How long old files of the metadata log stay on disk; for tests."),
    int("broker.heartbeat.interval.ms", 2000)
        .status(CLUSTERS)
        .medium("Time between two signs of life from a broker to the controller."),
    int("broker.session.timeout.ms", 9000)
        .status(CLUSTERS)
        .medium("How long a broker may give no sign of life before the controller takes it out."),
    int("initial.broker.registration.timeout.ms", 60_000)
        .status(CLUSTERS)
        .medium("How long a broker tries to register with the controller before its start fails."),
];
