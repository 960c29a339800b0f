//! The workloads, by name.

mod consume;
mod latency;
mod produce;
mod start;
mod stock;

use crate::error::{Error, Result};
use crate::reading::Reading;
use crate::turn::Turn;

/// Something that a node is measured at.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&mut Turn<'_, '_>) -> Result<Vec<Reading>>,
}

/// All of them, in the order of the table.
pub(crate) const WORKLOADS: &[Workload] = &[
    Workload {
        name: "start",
        about: "until ApiVersions is answered: in an empty folder, and on 1 GiB after a clean stop",
        run: start::run,
    },
    Workload {
        name: "produce-64k",
        about: "generator, requests of 64 KiB, records of 1 KiB, acks=all",
        run: produce::of_64_kib,
    },
    Workload { name: "produce-64k-acks-1", about: "the same with acks=1", run: produce::of_64_kib_acks_1 },
    Workload {
        name: "produce-64k-small",
        about: "generator, requests of 64 KiB, records of 100 bytes, acks=all",
        run: produce::of_small_records,
    },
    Workload {
        name: "produce-16k",
        about: "generator, requests of 16 KiB, records of 1 KiB, acks=all",
        run: produce::of_16_kib,
    },
    Workload {
        name: "produce-64k-sustained",
        about: "as produce-64k, for more than the page cache may hold back",
        run: produce::sustained,
    },
    Workload {
        name: "consume",
        about: "generator, catch-up from the page cache, batches of 64 KiB",
        run: consume::run,
    },
    Workload {
        name: "latency-1k",
        about: "open loop, 1,000 requests/s of one 1 KiB record each, acks=all",
        run: latency::at_1_000,
    },
    Workload {
        name: "latency-10k",
        about: "open loop, 10,000 requests/s of one 1 KiB record each, acks=all",
        run: latency::at_10_000,
    },
    Workload {
        name: "librdkafka-produce",
        about: "librdkafka's producer (from Python), records of 1 KiB, acks=all",
        run: stock::librdkafka_produce,
    },
    Workload {
        name: "librdkafka-consume",
        about: "librdkafka's consumer (from Python), catch-up from the page cache",
        run: stock::librdkafka_consume,
    },
    Workload {
        name: "java-produce",
        about: "Apache Kafka's kafka-producer-perf-test, records of 1 KiB, acks=all, batches of 64 KiB",
        run: stock::java_produce,
    },
    Workload {
        name: "java-consume",
        about: "Apache Kafka's kafka-consumer-perf-test, catch-up from the page cache",
        run: stock::java_consume,
    },
];

/// The workloads of those names; without a name, all.
pub(crate) fn choose(names: &[String]) -> Result<Vec<&'static Workload>> {
    if names.is_empty() {
        return Ok(WORKLOADS.iter().collect());
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
        assert_eq!(choose(&[]).unwrap().len(), WORKLOADS.len());
        assert_eq!(choose(&["consume".into()]).unwrap()[0].name, "consume");
        assert!(matches!(choose(&["dance".into()]), Err(Error::NoSuchWorkload { .. })));
    }
}
