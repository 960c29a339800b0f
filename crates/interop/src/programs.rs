//! The programs, in the order in which they run. One file each.

mod crash;
mod disk;
mod flights;
mod hostile;
mod java_tools;
mod kcat;
mod scripted;

use crate::error::{Error, Result};
use crate::stage::Stage;

/// A foreign program, or a family of them, and what it checks.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&mut Stage<'_>) -> Result<()>,
}

pub(crate) const PROGRAMS: &[Program] = &[
    Program {
        name: "kcat",
        about: "the system's kcat (an old librdkafka): codecs, keys, headers, offsets by time, groups",
        run: kcat::run,
    },
    Program {
        name: "confluent-kafka",
        about: "librdkafka in Python: admin, producers, groups with rebalances",
        run: scripted::confluent_kafka,
    },
    Program {
        name: "kafka-python",
        about: "the pure Python client: admin, producers, groups",
        run: scripted::kafka_python,
    },
    Program {
        name: "aiokafka",
        about: "the asyncio Python client: admin, producers, groups",
        run: scripted::aiokafka,
    },
    Program {
        name: "kafkajs",
        about: "the JavaScript client: admin, producers, groups, seek",
        run: scripted::kafkajs,
    },
    Program {
        name: "franz-go",
        about: "a Go client: admin, producers, groups with every balancer",
        run: scripted::franz_go,
    },
    Program { name: "sarama", about: "the other Go client: admin, producers, groups", run: scripted::sarama },
    Program { name: "java-tools", about: "Apache Kafka's own command-line tools", run: java_tools::run },
    Program {
        name: "disk",
        about: "the files, both ways: Apache Kafka reads and serves what we wrote, we what it wrote",
        run: disk::run,
    },
    Program {
        name: "flights",
        about: "real records from each of librdkafka, Java and kafkajs to the other two, in groups",
        run: flights::run,
    },
    Program {
        name: "crash",
        about: "kill -9 while clients write and commit: nothing acknowledged is lost or doubled",
        run: crash::run,
    },
    Program {
        name: "hostile",
        about: "bytes and clients that mean harm: no panic, bounded memory, everybody else is served",
        run: hostile::run,
    },
];

/// The programs of these names, or all when there are none.
pub(crate) fn choose(names: &[String]) -> Result<Vec<&'static Program>> {
    if names.is_empty() {
        return Ok(PROGRAMS.iter().collect());
    }
    names
        .iter()
        .map(|name| {
            PROGRAMS.iter().find(|program| program.name == name).ok_or_else(|| Error::NoSuchProgram {
                name: name.clone(),
                known: PROGRAMS.iter().map(|program| program.name).collect::<Vec<_>>().join(", "),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_an_unknown_one_is_answered_with_the_known() {
        let mut names: Vec<_> = PROGRAMS.iter().map(|program| program.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PROGRAMS.len());
        assert_eq!(choose(&["kcat".into()]).unwrap()[0].name, "kcat");
        let error = choose(&["kat".into()]).err().unwrap().to_string();
        assert!(error.contains("kcat"), "{error}");
    }
}
