//! Who is measured.

use std::path::Path;

use clap::ValueEnum;
use ottla_interop::{Node, Report, Target, Workshop};

use crate::error::{Error, Result};

/// A broker in one way of running it. Both get the same `server.properties`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Contestant {
    /// Ottla as it comes: nothing is acknowledged before it is on the disk.
    Ottla,
    /// Apache Kafka as it comes: acknowledged from the page cache.
    Kafka,
    /// Ottla with `ottla.durable=false`, which is what Apache Kafka does.
    OttlaPageCache,
}

impl Contestant {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Ottla, Self::Kafka, Self::OttlaPageCache];

    /// What the table calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ottla => "Ottla",
            Self::Kafka => "Apache Kafka",
            Self::OttlaPageCache => "Ottla, not durable",
        }
    }

    /// The folder that it runs in.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Ottla => "ottla",
            Self::Kafka => "kafka",
            Self::OttlaPageCache => "ottla-page-cache",
        }
    }

    fn properties(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Ottla | Self::Kafka => &[],
            Self::OttlaPageCache => &[("ottla.durable", "false")],
        }
    }
}

/// The programs behind the contestants that take part.
pub(crate) struct Contestants {
    ottla: Option<Target>,
    kafka: Option<Target>,
    /// Those that the machine has all programs for.
    pub(crate) present: Vec<Contestant>,
}

impl Contestants {
    /// Builds and installs what the contestants need. Who cannot come because the machine lacks a program is told of, and
    /// left out, except where everything must run.
    pub(crate) fn prepare(
        chosen: &[Contestant],
        binary: Option<&Path>,
        is_short: bool,
        workshop: &Workshop,
        report: &mut Report,
    ) -> Result<Self> {
        let needs_ottla = chosen.iter().any(|contestant| *contestant != Contestant::Kafka);
        let ottla = match binary {
            Some(binary) if needs_ottla => {
                // Nodes run in folders of their own.
                Some(Target::Ottla(binary.canonicalize().map_err(Error::file(binary))?))
            }
            None if needs_ottla => {
                report.progress("building Ottla");
                let log = workshop.root().join("build.log");
                Some(Target::build_ottla(&crate::workspace(), !is_short, &log)?)
            }
            _ => None,
        };
        let mut present = chosen.to_vec();
        let mut kafka = None;
        if chosen.contains(&Contestant::Kafka) {
            match workshop.kafka(report) {
                Ok(found) => kafka = Some(Target::Kafka(found)),
                Err(error @ ottla_interop::Error::Unavailable { .. }) if !crate::must_run_everything() => {
                    report.note(&format!("skipped: {}: {error}", Contestant::Kafka.name()));
                    present.retain(|contestant| *contestant != Contestant::Kafka);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self { ottla, kafka, present })
    }

    /// A new node, laid out and formatted but not started: Ottla needs no formatting.
    pub(crate) fn node(&self, contestant: Contestant, folder: &Path) -> Result<Node> {
        let target = match contestant {
            Contestant::Kafka => &self.kafka,
            Contestant::Ottla | Contestant::OttlaPageCache => &self.ottla,
        };
        let target = target.as_ref().expect("what takes part was prepared");
        let node = Node::prepare(target, folder, contestant.properties())?;
        if let Target::Kafka(kafka) = target {
            node.format(kafka)?;
        }
        Ok(node)
    }
}
