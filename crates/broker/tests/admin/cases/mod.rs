//! The requests, in the order in which they are sent.

mod configs;
mod refusals;
mod rest;
mod topics;

use crate::Case;

/// Answered otherwise on purpose; `docs/protocol.md` says how.
pub(crate) const DEVIATIONS: &[&str] = &[
    "IncrementalAlterConfigs v1 an operation that does not exist",
    "DescribeConfigs v4 loggers of this broker",
    "ListConfigResources v1 everything",
    "ListConfigResources v1 loggers",
];

pub(crate) fn all() -> Vec<Case> {
    let mut cases = topics::creations();
    cases.extend(configs::all());
    cases.extend(rest::all());
    cases.extend(refusals::produced());
    cases.extend(refusals::leveled());
    cases.extend(topics::partitions());
    cases.extend(topics::deletions());
    cases.push(configs::no_operation());
    cases
}
