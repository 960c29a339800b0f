//! Groups of the consumer protocol (KIP-848).

use super::CONSUMER_GROUPS;
use crate::setting::{Rule, Setting, int, list, string};

pub(super) const SETTINGS: &[Setting] = &[
    int("group.consumer.session.timeout.ms", 45_000)
        .min(1)
        .status(CONSUMER_GROUPS)
        .medium("How long a member may be silent before it is taken out of its group."),
    int("group.consumer.min.session.timeout.ms", 45_000)
        .min(1)
        .status(CONSUMER_GROUPS)
        .medium("The shortest session timeout that a group may be given."),
    int("group.consumer.max.session.timeout.ms", 60_000)
        .min(1)
        .status(CONSUMER_GROUPS)
        .medium("The longest session timeout that a group may be given."),
    int("group.consumer.heartbeat.interval.ms", 5000)
        .min(1)
        .status(CONSUMER_GROUPS)
        .medium("How often members are told to send a sign of life."),
    int("group.consumer.min.heartbeat.interval.ms", 5000)
        .min(1)
        .status(CONSUMER_GROUPS)
        .medium("The shortest heartbeat interval that a group may be given."),
    int("group.consumer.max.heartbeat.interval.ms", 15_000)
        .min(1)
        .status(CONSUMER_GROUPS)
        .medium("The longest heartbeat interval that a group may be given."),
    int("group.consumer.assignment.interval.ms", 1000)
        .min(0)
        .cluster_wide()
        .status(CONSUMER_GROUPS)
        .medium("The least time between two computations of a group's assignment."),
    int("group.consumer.min.assignment.interval.ms", 0)
        .min(0)
        .status(CONSUMER_GROUPS)
        .medium("The shortest assignment interval that a group may be given."),
    int("group.consumer.max.assignment.interval.ms", 15_000)
        .min(0)
        .status(CONSUMER_GROUPS)
        .medium("The longest assignment interval that a group may be given."),
    int("group.consumer.max.size", i32::MAX)
        .min(1)
        .status(CONSUMER_GROUPS)
        .medium("Members that one group of this protocol may have."),
    list("group.consumer.assignors", "uniform,range")
        .not_empty()
        .status(CONSUMER_GROUPS)
        .medium("The ways to hand out partitions that members may choose from; the first is taken if they do not."),
    string("group.consumer.migration.policy", "bidirectional")
        .rule(Rule::OneOfAnyCase(&["DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"]))
        .status(CONSUMER_GROUPS)
        .medium("Whether a group with members may change from the classic protocol to this one (`upgrade`) or back."),
    int("group.consumer.regex.refresh.interval.ms", 600_000)
        .min(10_000)
        .internal()
        .status(CONSUMER_GROUPS)
        .medium("How often the topics that match a group's patterns are looked up again."),
];
