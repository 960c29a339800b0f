//! One contestant's turn: a fresh node in a fresh folder, on a disk that has come to rest, and the workloads on it.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use ottla_interop::{Node, Report, Workshop, run_program};
use ottla_protocol::messages::MetadataRequest;
use rustix::fs::syncfs;

use crate::contestant::{Contestant, Contestants};
use crate::cpu::Meter;
use crate::error::{Error, Result};
use crate::generator::{Connection, Topic};
use crate::reading::Reading;
use crate::scale::Scale;
use crate::workload::Workload;
use crate::{interrupt, machine};

/// A version that every Apache Kafka 4 knows.
const METADATA_VERSION: i16 = 12;

/// A node that has just begun to listen may not know itself yet.
const METADATA_POLL: Duration = Duration::from_millis(1);
const METADATA_MAX: Duration = Duration::from_secs(60);

/// What the turns share.
pub(crate) struct Hall<'a> {
    pub(crate) contestants: &'a Contestants,
    pub(crate) workshop: &'a Workshop,
    pub(crate) scale: Scale,
    /// Where the nodes keep their data.
    pub(crate) folder: PathBuf,
}

impl Hall<'_> {
    /// Lets one contestant do workloads, one after the other on one node. `on_done` hears how each went.
    pub(crate) fn turn(
        &self,
        contestant: Contestant,
        workloads: &[&'static Workload],
        report: &mut Report,
        mut on_done: impl FnMut(&'static Workload, Result<Vec<Reading>>, &mut Report) -> Result<()>,
    ) -> Result<()> {
        let node = self.contestants.node(contestant, &self.folder.join(contestant.folder()))?;
        let mut turn = Turn { node, hall: self, report, workload: "" };
        for workload in workloads {
            interrupt::check()?;
            turn.settle()?;
            machine::touch_memory(self.scale.touched_bytes);
            turn.workload = workload.name;
            let outcome = (workload.run)(&mut turn);
            interrupt::check()?;
            on_done(workload, outcome, turn.report)?;
        }
        // A clean stop would bring to the disk what is about to be deleted: dropping the turn kills the node.
        Ok(turn.node.expect_running()?)
    }
}

/// What a workload works with. Dropping it ends the node and removes its data; its log stays until the next turn.
pub(crate) struct Turn<'a, 'r> {
    pub(crate) node: Node,
    hall: &'a Hall<'a>,
    report: &'r mut Report,
    workload: &'static str,
}

impl Turn<'_, '_> {
    /// Starts the node unless it runs.
    pub(crate) fn ensure_started(&mut self) -> Result<()> {
        if self.node.pid().is_none() {
            self.start()?;
        }
        Ok(())
    }

    /// Starts the node; returns how long it took from the birth of its process until it answered with its metadata.
    pub(crate) fn start(&mut self) -> Result<Duration> {
        let began = Instant::now();
        self.node.start()?;
        let mut connection = Connection::open(self.address())?;
        let request = MetadataRequest { topics: Some(Vec::new()), ..MetadataRequest::default() };
        while connection.call(&request, METADATA_VERSION)?.brokers.is_empty() {
            if began.elapsed() > METADATA_MAX {
                return Err(Error::Found(format!("the node names no broker after {METADATA_MAX:?}")));
            }
            thread::sleep(METADATA_POLL);
        }
        Ok(began.elapsed())
    }

    /// Where the node listens.
    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.node.port()).into()
    }

    /// How much is measured.
    pub(crate) fn scale(&self) -> Scale {
        self.hall.scale
    }

    /// A new topic for this workload, of a name that tells what for.
    pub(crate) fn create_topic(&self, name: &str, partitions: i32) -> Result<Topic> {
        Topic::create(self.address(), &format!("{}-{name}", self.workload), partitions)
    }

    /// Begins an interval.
    pub(crate) fn meter(&self) -> Result<Meter> {
        let pid = self.node.pid().ok_or_else(|| Error::Found("the node does not run".into()))?;
        Meter::start(pid)
    }

    /// Megabytes of memory that the node holds.
    pub(crate) fn resident_megabytes(&self) -> Result<f64> {
        Ok(self.node.resident_bytes()? as f64 / 1e6)
    }

    /// Waits until what was written is on the disk: one turn's writing is not the next one's burden.
    pub(crate) fn settle(&self) -> Result<()> {
        let folder = &self.hall.folder;
        let file = File::open(folder).map_err(Error::file(folder))?;
        syncfs(file).map_err(|error| Error::file(folder)(error.into()))
    }

    /// A Java program of Apache Kafka's, by its class.
    pub(crate) fn java(&mut self, class: &str) -> Result<Command> {
        Ok(self.hall.workshop.kafka(self.report)?.program(class))
    }

    /// A Python script of ours, with librdkafka.
    pub(crate) fn python(&mut self, script: &str) -> Result<Command> {
        let mut command = self.hall.workshop.python(self.report)?.command();
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(script));
        Ok(command)
    }

    /// Runs a client to its end and returns what it printed.
    pub(crate) fn run(&self, command: &mut Command) -> Result<String> {
        let log = self.hall.folder.join("programs.log");
        Ok(run_program(command, &[], self.hall.scale.limit, &log)?.stdout)
    }
}

impl Drop for Turn<'_, '_> {
    fn drop(&mut self) {
        // After a failure there is nobody to tell, and the next turn lays out the folder anew.
        let _ = self.node.crash();
        let _ = fs::remove_dir_all(self.node.data());
    }
}
