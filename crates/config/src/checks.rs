//! Which values go together: Apache Kafka's rules between settings, as far as they are about numbers.

use crate::error::Problem;
use crate::log_times;
use crate::values::Values;

/// `larger` must be at least `smaller`.
struct Order {
    smaller: &'static str,
    larger: &'static str,
}

const fn order(smaller: &'static str, larger: &'static str) -> Order {
    Order { smaller, larger }
}

const ORDERS: &[Order] = &[
    order("replica.fetch.wait.max.ms", "replica.socket.timeout.ms"),
    order("replica.fetch.wait.max.ms", "replica.lag.time.max.ms"),
    order("group.consumer.min.heartbeat.interval.ms", "group.consumer.heartbeat.interval.ms"),
    order("group.consumer.heartbeat.interval.ms", "group.consumer.max.heartbeat.interval.ms"),
    order("group.consumer.min.session.timeout.ms", "group.consumer.session.timeout.ms"),
    order("group.consumer.session.timeout.ms", "group.consumer.max.session.timeout.ms"),
    order("group.consumer.min.assignment.interval.ms", "group.consumer.assignment.interval.ms"),
    order("group.consumer.assignment.interval.ms", "group.consumer.max.assignment.interval.ms"),
    order("group.share.min.heartbeat.interval.ms", "group.share.heartbeat.interval.ms"),
    order("group.share.heartbeat.interval.ms", "group.share.max.heartbeat.interval.ms"),
    order("group.share.min.session.timeout.ms", "group.share.session.timeout.ms"),
    order("group.share.session.timeout.ms", "group.share.max.session.timeout.ms"),
    order("group.share.min.assignment.interval.ms", "group.share.assignment.interval.ms"),
    order("group.share.assignment.interval.ms", "group.share.max.assignment.interval.ms"),
    order("group.share.min.record.lock.duration.ms", "group.share.record.lock.duration.ms"),
    order("group.share.record.lock.duration.ms", "group.share.max.record.lock.duration.ms"),
    order("group.share.min.delivery.count.limit", "group.share.delivery.count.limit"),
    order("group.share.delivery.count.limit", "group.share.max.delivery.count.limit"),
    order("group.share.min.partition.max.record.locks", "group.share.partition.max.record.locks"),
    order("group.share.partition.max.record.locks", "group.share.max.partition.max.record.locks"),
    order("group.share.max.size", "group.share.max.share.sessions"),
    order("group.streams.min.heartbeat.interval.ms", "group.streams.heartbeat.interval.ms"),
    order("group.streams.heartbeat.interval.ms", "group.streams.max.heartbeat.interval.ms"),
    order("group.streams.min.session.timeout.ms", "group.streams.session.timeout.ms"),
    order("group.streams.session.timeout.ms", "group.streams.max.session.timeout.ms"),
    order("group.streams.min.assignment.interval.ms", "group.streams.assignment.interval.ms"),
    order("group.streams.assignment.interval.ms", "group.streams.max.assignment.interval.ms"),
    order("group.streams.num.standby.replicas", "group.streams.max.standby.replicas"),
];

/// Heartbeats must come more often than silence is punished.
const HEARTBEATS: &[Order] = &[
    order("group.consumer.heartbeat.interval.ms", "group.consumer.session.timeout.ms"),
    order("group.share.heartbeat.interval.ms", "group.share.session.timeout.ms"),
    order("group.streams.heartbeat.interval.ms", "group.streams.session.timeout.ms"),
];

/// Checks the values against each other.
pub(crate) fn check(values: &Values, problems: &mut Vec<Problem>, warnings: &mut Vec<String>) {
    for Order { smaller, larger } in ORDERS {
        check_order(values, smaller, larger, 0, problems);
    }
    for Order { smaller, larger } in HEARTBEATS {
        check_order(values, smaller, larger, 1, problems);
    }
    check_times(values, problems);
    check_memory(values, problems);
    check_connections(values, problems);
    check_groups(values, problems);
    let (interval, timeout) = ("broker.heartbeat.interval.ms", "broker.session.timeout.ms");
    if values.whole(interval) * 2 > values.whole(timeout) {
        warnings.push(format!(
            "{interval}={} is more than half of {timeout}={}: a broker whose one heartbeat is late loses its lease",
            values.whole(interval),
            values.whole(timeout)
        ));
    }
}

/// Checks that Apache Kafka makes at the start alone, and not when a running node's settings change.
pub(crate) fn check_at_start(values: &Values, problems: &mut Vec<Problem>) {
    check_order(
        values,
        "log.cleaner.min.compaction.lag.ms",
        "log.cleaner.max.compaction.lag.ms",
        0,
        problems,
    );
}

fn check_order(values: &Values, smaller: &str, larger: &str, gap: i64, problems: &mut Vec<Problem>) {
    if values.is_any_broken(&[smaller, larger]) {
        return;
    }
    let (low, high) = (values.whole(smaller), values.whole(larger));
    if low.saturating_add(gap) > high {
        let blamed = if values.is_given(smaller) { smaller } else { larger };
        let relation = if gap == 0 { "must not be greater than" } else { "must be less than" };
        problems.push(values.problem(blamed, format!("{smaller} ({low}) {relation} {larger} ({high})")));
    }
}

fn check_times(values: &Values, problems: &mut Vec<Problem>) {
    let mut require = |keys: &[&str], is_right: bool, text: &str| {
        if !is_right && !values.is_any_broken(keys) {
            let given = keys.iter().find(|key| values.is_given(key)).unwrap_or(&keys[0]);
            problems.push(values.problem(given, text));
        }
    };
    let roll_ms = log_times::roll_ms(values);
    require(&["log.roll.ms", "log.roll.hours"], roll_ms >= 1, "it must be at least 1");
    let jitter_ms = log_times::roll_jitter_ms(values);
    require(&["log.roll.jitter.ms", "log.roll.jitter.hours"], jitter_ms >= 0, "it must be at least 0");
    let retention_ms = log_times::retention_ms(values);
    require(
        &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
        retention_ms >= 1 || retention_ms == -1,
        "it must be at least 1, or -1 for ever",
    );
    let idle_ms = values.whole("connections.max.idle.ms");
    require(
        &["connection.failed.authentication.delay.ms", "connections.max.idle.ms"],
        idle_ms < 0 || values.whole("connection.failed.authentication.delay.ms") < idle_ms,
        "connection.failed.authentication.delay.ms must be less than connections.max.idle.ms, or the answer to a \
         failed authentication is never sent",
    );
}

fn check_memory(values: &Values, problems: &mut Vec<Problem>) {
    const PER_THREAD_MIN: i64 = 1 << 20;
    let (buffer, threads) = ("log.cleaner.dedupe.buffer.size", "log.cleaner.threads");
    if !values.is_any_broken(&[buffer, threads]) {
        let share = values.whole(buffer).checked_div(values.whole(threads));
        if share.is_none_or(|share| share <= PER_THREAD_MIN) {
            let blamed = if values.is_given(threads) { threads } else { buffer };
            let text = "there must be at least one cleaner thread, and more than 1048576 bytes of \
                        log.cleaner.dedupe.buffer.size for each";
            problems.push(values.problem(blamed, text));
        }
    }
    let request_max = values.whole("socket.request.max.bytes");
    for key in ["queued.max.request.bytes", "ottla.request.memory.bytes"] {
        let budget = values.whole(key);
        if values.is_given(key) && budget > 0 && budget < request_max {
            let text = format!(
                "it must be at least socket.request.max.bytes ({request_max}), or such a request never fits"
            );
            problems.push(values.problem(key, text));
        }
    }
}

fn check_connections(values: &Values, problems: &mut Vec<Problem>) {
    let key = "max.connections.per.ip.overrides";
    match crate::dynamic::connection_overrides(&values.text(key)) {
        Err(text) => problems.push(values.problem(key, text)),
        Ok(overrides) if overrides.is_empty() && values.whole("max.connections.per.ip") == 0 => {
            let text =
                format!("0 lets nobody in unless {key} names who may; set that too, or choose at least 1");
            problems.push(values.problem("max.connections.per.ip", text));
        }
        Ok(_) => {}
    }
}

fn check_groups(values: &Values, problems: &mut Vec<Problem>) {
    let key = "group.coordinator.rebalance.protocols";
    if !values.list(key).iter().any(|protocol| protocol == "classic") {
        problems.push(values.problem(key, "it must name classic, which cannot be turned off"));
    }
    let key = "group.share.assignors";
    if values.list(key).len() != 1 {
        problems.push(values.problem(key, "it must name exactly one"));
    }
}
