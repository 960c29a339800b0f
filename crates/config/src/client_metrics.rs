//! Every setting of a subscription to clients' metrics (KIP-714), and of quotas (KIP-546).

use crate::broker::{QUOTAS, SASL, TELEMETRY};
use crate::setting::{STRING, Setting, double, int, list, long, unset};

/// Every setting of a client-metrics subscription.
pub static SETTINGS: &[Setting] = &[
    int("interval.ms", 300_000)
        .status(TELEMETRY)
        .medium("How often clients push their metrics, from 100 ms to an hour."),
    list("match", "").status(TELEMETRY).medium(
        "Which clients the subscription is for, as `attribute=regular expression` items that must all fit.",
    ),
    list("metrics", "")
        .status(TELEMETRY)
        .medium("Prefixes of the names of the metrics that are wanted; `*` is all of them."),
];

/// Every quota and credential of a user or a client id.
pub static USER_QUOTAS: &[Setting] = &[
    long("producer_byte_rate", i64::MAX).status(QUOTAS).medium("Bytes per second that may be produced."),
    long("consumer_byte_rate", i64::MAX).status(QUOTAS).medium("Bytes per second that may be fetched."),
    double("request_percentage", 2_147_483_647.0)
        .status(QUOTAS)
        .medium("Share of the broker's time that requests may take, in per cent of one thread."),
    double("controller_mutation_rate", 2_147_483_647.0)
        .status(QUOTAS)
        .medium("Partitions per second that may be created or deleted."),
    unset("SCRAM-SHA-256", STRING).status(SASL).medium("The user's SCRAM credentials for SHA-256."),
    unset("SCRAM-SHA-512", STRING).status(SASL).medium("The user's SCRAM credentials for SHA-512."),
];

/// Every quota of an address.
pub static ADDRESS_QUOTAS: &[Setting] = &[int("connection_creation_rate", i32::MAX)
    .min(0)
    .status(QUOTAS)
    .medium("Connections per second that are accepted from the address.")];

/// The setting of a client-metrics subscription with this name.
#[must_use]
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}
