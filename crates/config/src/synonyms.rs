//! Keys that are different names, or different units, of one setting.

const ROLL: &[&str] = &["log.roll.ms", "log.roll.hours"];
const ROLL_JITTER: &[&str] = &["log.roll.jitter.ms", "log.roll.jitter.hours"];
const RETENTION: &[&str] = &["log.retention.ms", "log.retention.minutes", "log.retention.hours"];
const FLUSH: &[&str] = &["log.flush.interval.ms", "log.flush.scheduler.interval.ms"];

/// The broker keys that say the same as this one, best first, as DescribeConfigs lists them. `None` if
/// there is only the one.
pub(crate) fn family(key: &str) -> Option<&'static [&'static str]> {
    match key {
        "log.roll.ms" | "log.roll.hours" => Some(ROLL),
        "log.roll.jitter.ms" | "log.roll.jitter.hours" => Some(ROLL_JITTER),
        "log.retention.ms" | "log.retention.minutes" | "log.retention.hours" => Some(RETENTION),
        // Not the other way round: the scheduler's interval is a setting of its own that also serves as default.
        "log.flush.interval.ms" => Some(FLUSH),
        _ => None,
    }
}

/// The keys that a value from a higher layer puts out of force in the layers below it: otherwise `log.dirs` in
/// a file would beat `--set log.dir=…`, because it is the better of the two.
pub(crate) fn overridden_by(key: &str) -> &'static [&'static str] {
    match key {
        "log.dir" | "log.dirs" => &["log.dirs", "log.dir"],
        "node.id" | "broker.id" => &["node.id", "broker.id"],
        "inter.broker.listener.name" | "security.inter.broker.protocol" => {
            &["inter.broker.listener.name", "security.inter.broker.protocol"]
        }
        _ => family(key).unwrap_or(&[]),
    }
}
