//! Every setting of a group.

use crate::broker::{CONSUMER_GROUPS, SHARE_GROUPS, STREAMS_GROUPS};
use crate::setting::{Rule, Setting, boolean, int, string};

/// Every setting that a group may have. Those with `broker_keys` fall back to the broker's.
pub static SETTINGS: &[Setting] = &[
    int("consumer.session.timeout.ms", 45_000)
        .min(1)
        .falls_back_to(&["group.consumer.session.timeout.ms"])
        .status(CONSUMER_GROUPS)
        .medium("How long a member of a consumer group may be silent before it is taken out."),
    int("consumer.heartbeat.interval.ms", 5000)
        .min(1)
        .falls_back_to(&["group.consumer.heartbeat.interval.ms"])
        .status(CONSUMER_GROUPS)
        .medium("How often members of a consumer group send a sign of life."),
    int("consumer.assignment.interval.ms", 1000)
        .min(0)
        .falls_back_to(&["group.consumer.assignment.interval.ms"])
        .status(CONSUMER_GROUPS)
        .medium("The least time between two computations of a consumer group's assignment."),
    int("share.session.timeout.ms", 45_000)
        .min(1)
        .falls_back_to(&["group.share.session.timeout.ms"])
        .status(SHARE_GROUPS)
        .medium("How long a member of a share group may be silent before it is taken out."),
    int("share.heartbeat.interval.ms", 5000)
        .min(1)
        .falls_back_to(&["group.share.heartbeat.interval.ms"])
        .status(SHARE_GROUPS)
        .medium("How often members of a share group send a sign of life."),
    int("share.assignment.interval.ms", 1000)
        .min(0)
        .falls_back_to(&["group.share.assignment.interval.ms"])
        .status(SHARE_GROUPS)
        .medium("The least time between two computations of a share group's assignment."),
    int("share.record.lock.duration.ms", 30_000)
        .min(1000)
        .falls_back_to(&["group.share.record.lock.duration.ms"])
        .status(SHARE_GROUPS)
        .medium(
            "How long a record that was handed out may stay unacknowledged before it is handed out again.",
        ),
    int("share.delivery.count.limit", 5)
        .min(2)
        .falls_back_to(&["group.share.delivery.count.limit"])
        .status(SHARE_GROUPS)
        .medium("How often a record is handed out before it is given up."),
    int("share.partition.max.record.locks", 2000)
        .min(100)
        .falls_back_to(&["group.share.partition.max.record.locks"])
        .status(SHARE_GROUPS)
        .medium("Records of one partition that may be handed out and unacknowledged."),
    string("share.auto.offset.reset", "latest").rule(Rule::OffsetReset).status(SHARE_GROUPS).medium(
        "Where a share group begins in a partition that it has not read: `latest`, `earliest`, or an age.",
    ),
    string("share.isolation.level", "read_uncommitted")
        .one_of(&["read_committed", "read_uncommitted"])
        .status(SHARE_GROUPS)
        .medium("Whether records of transactions that are open or aborted are handed out."),
    boolean("share.renew.acknowledge.enable", true)
        .status(SHARE_GROUPS)
        .medium("Whether a member may ask for more time with a record that it holds."),
    int("streams.session.timeout.ms", 45_000)
        .min(1)
        .falls_back_to(&["group.streams.session.timeout.ms"])
        .status(STREAMS_GROUPS)
        .medium("How long a member of a streams group may be silent before it is taken out."),
    int("streams.heartbeat.interval.ms", 5000)
        .min(1)
        .falls_back_to(&["group.streams.heartbeat.interval.ms"])
        .status(STREAMS_GROUPS)
        .medium("How often members of a streams group send a sign of life."),
    int("streams.assignment.interval.ms", 1000)
        .min(0)
        .falls_back_to(&["group.streams.assignment.interval.ms"])
        .status(STREAMS_GROUPS)
        .medium("The least time between two computations of a streams group's assignment."),
    int("streams.num.standby.replicas", 0)
        .min(0)
        .falls_back_to(&["group.streams.num.standby.replicas"])
        .status(STREAMS_GROUPS)
        .medium("Copies of each task's state that are kept ready on other members."),
    int("streams.initial.rebalance.delay.ms", 3000)
        .min(0)
        .falls_back_to(&["group.streams.initial.rebalance.delay.ms"])
        .status(STREAMS_GROUPS)
        .medium("How long a new streams group waits for more members before it first hands out tasks."),
];

/// The group setting with this name.
#[must_use]
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}
