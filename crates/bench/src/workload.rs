//! The workloads, by name.

mod consume;
mod latency;
mod produce;
mod start;
mod stock;

use crate::contestant::Contestant;
use crate::error::{Error, Result};
use crate::reading::Reading;
use crate::turn::Turn;

/// Something that a node is measured at.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) kind: Kind,
    pub(crate) run: fn(&mut Turn<'_, '_>) -> Result<Vec<Reading>>,
}

/// Who runs a workload, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It waits for acknowledgements, so Ottla runs it both durably and from the page cache.
    Writes,
    /// It only reads, where durability makes no difference.
    Reads,
    /// It looks into one question, and runs when it is named.
    Special,
}

impl Workload {
    /// Whether it tells anything about that contestant that it does not tell about another.
    pub(crate) fn concerns(&self, contestant: Contestant) -> bool {
        self.kind != Kind::Reads || contestant != Contestant::OttlaPageCache
    }
}

/// All of them, in the order of the table.
pub(crate) const WORKLOADS: &[Workload] = &[
    Workload {
        name: "start",
        about: "until Metadata is answered: in an empty folder, and on 1 GiB after a clean stop",
        kind: Kind::Reads,
        run: start::run,
    },
    Workload {
        name: "produce-64k",
        about: "generator, requests of 64 KiB, records of 1 KiB, acks=all",
        kind: Kind::Writes,
        run: produce::of_64_kib,
    },
    Workload {
        name: "produce-16k",
        about: "generator, requests of 16 KiB, records of 1 KiB, acks=all",
        kind: Kind::Writes,
        run: produce::of_16_kib,
    },
    Workload {
        name: "consume-first",
        about: "generator, the first reading of what was just written, batches of 64 KiB",
        kind: Kind::Reads,
        run: consume::first,
    },
    Workload {
        name: "consume",
        about: "generator, further readings, from the page cache, batches of 64 KiB",
        kind: Kind::Reads,
        run: consume::run,
    },
    Workload {
        name: "latency-1k",
        about: "open loop, 1,000 requests/s of one 1 KiB record each, acks=all",
        kind: Kind::Writes,
        run: latency::at_1_000,
    },
    Workload {
        name: "latency-10k",
        about: "open loop, 10,000 requests/s of one 1 KiB record each, acks=all",
        kind: Kind::Writes,
        run: latency::at_10_000,
    },
    Workload {
        name: "latency-10k-by-10",
        about: "open loop, 1,000 requests/s of ten 1 KiB records each, acks=all",
        kind: Kind::Writes,
        run: latency::at_10_000_by_10,
    },
    Workload {
        name: "librdkafka-produce",
        about: "librdkafka's producer (from Python), records of 1 KiB, acks=all",
        kind: Kind::Writes,
        run: stock::librdkafka_produce,
    },
    Workload {
        name: "librdkafka-consume",
        about: "librdkafka's consumer (from Python), the first reading of what was just written",
        kind: Kind::Reads,
        run: stock::librdkafka_consume,
    },
    Workload {
        name: "java-produce",
        about: "Apache Kafka's kafka-producer-perf-test, records of 1 KiB, acks=all, batches of 64 KiB",
        kind: Kind::Special,
        run: stock::java_produce,
    },
    Workload {
        name: "java-consume",
        about: "Apache Kafka's kafka-consumer-perf-test, the first reading of what was just written",
        kind: Kind::Special,
        run: stock::java_consume,
    },
    Workload {
        name: "produce-64k-small",
        about: "as produce-64k, records of 100 bytes",
        kind: Kind::Special,
        run: produce::of_small_records,
    },
    Workload {
        name: "produce-64k-wide",
        about: "as produce-64k, on 32 connections",
        kind: Kind::Special,
        run: produce::wide,
    },
    Workload {
        name: "produce-64k-sustained",
        about: "as produce-64k, for more than the page cache may hold back",
        kind: Kind::Special,
        run: produce::sustained,
    },
];

/// The workloads of those names; without a name, all, or all that need not be named.
pub(crate) fn choose(names: &[String], with_special: bool) -> Result<Vec<&'static Workload>> {
    if names.is_empty() {
        let all = WORKLOADS.iter();
        return Ok(all.filter(|workload| with_special || workload.kind != Kind::Special).collect());
    }
    let known = || WORKLOADS.iter().map(|workload| workload.name).collect::<Vec<_>>().join(", ");
    let find = |name: &String| {
        let found = WORKLOADS.iter().find(|workload| workload.name == *name);
        found.ok_or_else(|| Error::NoSuchWorkload { name: name.clone(), known: known() })
    };
    names.iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_unknown_ones_refused() {
        assert_eq!(choose(&[], false).unwrap().len(), 10);
        assert_eq!(choose(&[], true).unwrap().len(), WORKLOADS.len());
        assert_eq!(choose(&["consume".into()], false).unwrap()[0].name, "consume");
        assert_eq!(choose(&["produce-64k-wide".into()], false).unwrap().len(), 1);
        assert!(matches!(choose(&["dance".into()], true), Err(Error::NoSuchWorkload { .. })));
    }

    #[test]
    fn reading_is_the_same_whether_writing_was_durable() {
        let concerns =
            |name: &str, contestant| choose(&[name.into()], false).unwrap()[0].concerns(contestant);
        assert!(!concerns("consume", Contestant::OttlaPageCache));
        assert!(
            concerns("consume", Contestant::Ottla) && concerns("produce-64k", Contestant::OttlaPageCache)
        );
    }
}
