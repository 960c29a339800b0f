//! Times of a log that may be given in several units: the finest one that is given holds.

use crate::values::Values;

const MINUTE_MS: i64 = 60 * 1000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

pub(crate) fn roll_ms(values: &Values) -> i64 {
    values.optional_whole("log.roll.ms").unwrap_or_else(|| values.whole("log.roll.hours") * HOUR_MS)
}

pub(crate) fn roll_jitter_ms(values: &Values) -> i64 {
    values
        .optional_whole("log.roll.jitter.ms")
        .unwrap_or_else(|| values.whole("log.roll.jitter.hours") * HOUR_MS)
}

/// -1 is for ever, and so is every other negative value.
pub(crate) fn retention_ms(values: &Values) -> i64 {
    let given = values.optional_whole("log.retention.ms");
    let minutes = || values.optional_whole("log.retention.minutes").map(|minutes| minutes * MINUTE_MS);
    given.or_else(minutes).unwrap_or_else(|| values.whole("log.retention.hours") * HOUR_MS).max(-1)
}

pub(crate) fn flush_ms(values: &Values) -> i64 {
    let given = values.optional_whole("log.flush.interval.ms");
    given.unwrap_or_else(|| values.whole("log.flush.scheduler.interval.ms"))
}
