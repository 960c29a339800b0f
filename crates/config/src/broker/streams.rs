//! Groups of the streams protocol (KIP-1071).

use super::STREAMS_GROUPS;
use crate::setting::{Setting, int};

pub(super) const SETTINGS: &[Setting] = &[
    int("group.streams.session.timeout.ms", 45_000)
        .min(1)
        .status(STREAMS_GROUPS)
        .medium("How long a member may be silent before it is taken out of its group."),
    int("group.streams.min.session.timeout.ms", 45_000)
        .min(1)
        .status(STREAMS_GROUPS)
        .medium("The shortest session timeout that a group may be given."),
    int("group.streams.max.session.timeout.ms", 60_000)
        .min(1)
        .status(STREAMS_GROUPS)
        .medium("The longest session timeout that a group may be given."),
    int("group.streams.heartbeat.interval.ms", 5000)
        .min(1)
        .status(STREAMS_GROUPS)
        .medium("How often members are told to send a sign of life."),
    int("group.streams.min.heartbeat.interval.ms", 5000)
        .min(1)
        .status(STREAMS_GROUPS)
        .medium("The shortest heartbeat interval that a group may be given."),
    int("group.streams.max.heartbeat.interval.ms", 15_000)
        .min(1)
        .status(STREAMS_GROUPS)
        .medium("The longest heartbeat interval that a group may be given."),
    int("group.streams.assignment.interval.ms", 1000)
        .min(0)
        .cluster_wide()
        .status(STREAMS_GROUPS)
        .medium("The least time between two computations of a group's assignment."),
    int("group.streams.min.assignment.interval.ms", 0)
        .min(0)
        .status(STREAMS_GROUPS)
        .medium("The shortest assignment interval that a group may be given."),
    int("group.streams.max.assignment.interval.ms", 15_000)
        .min(0)
        .status(STREAMS_GROUPS)
        .medium("The longest assignment interval that a group may be given."),
    int("group.streams.initial.rebalance.delay.ms", 3000)
        .min(0)
        .status(STREAMS_GROUPS)
        .medium("How long a new group waits for more members before it first hands out tasks."),
    int("group.streams.max.size", i32::MAX)
        .min(1)
        .status(STREAMS_GROUPS)
        .medium("Members that one streams group may have."),
    int("group.streams.num.standby.replicas", 0)
        .min(0)
        .status(STREAMS_GROUPS)
        .medium("Copies of each task's state that are kept ready on other members."),
    int("group.streams.max.standby.replicas", 2)
        .min(0)
        .status(STREAMS_GROUPS)
        .medium("The most standby copies that a group may be given."),
];
