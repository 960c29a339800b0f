//! Ottla beside Apache Kafka: the same machine, disk and clients, in turns, in ratios.
//!
//! What this crate does not do: it asserts no time. A benchmark that fails when a machine is busy teaches people to
//! look away; the short form checks that everything runs, and the long form prints what it measured, whatever it is.
//!
//! Read first: [`Options`] (what can be asked for), `workload` (the list), `generator` (how load is made that costs
//! less than what it measures).
//!
//! The path of one figure: `rounds` lets the contestants take turns, A B B A -> `turn` starts a fresh node in a fresh
//! folder when the disk has come to rest -> the workload warms it up, takes the interval with `cpu::Meter` and returns
//! its readings -> `table` sets medians beside the ratios of turns that were neighbors, with their spread.
//!
//! Invariants:
//! - Both brokers get the same `server.properties`, the same requests and the same folder, and start anew for each turn.
//! - Apache Kafka runs as its own scripts start it. Ottla's default waits for the disk, which Kafka's does not: they
//!   are compared as they come, and Ottla without that wait has a column of its own.
//! - What the generator used of the machine, and what others did, is part of the result.
//! - Nothing is written outside `target/bench`, except what `ottla-interop` installs. Processes and data do not outlive
//!   the run, however it ends.

mod contestant;
mod cpu;
mod error;
mod generator;
mod interrupt;
mod machine;
mod reading;
mod rounds;
mod scale;
mod spread;
mod table;
mod turn;
mod workload;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Parser;
use ottla_interop::{KAFKA_VERSION, Report, Workshop};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

pub use crate::contestant::Contestant;
use crate::contestant::Contestants;
pub use crate::error::{Error, Result};
use crate::rounds::Log;
use crate::scale::Scale;
use crate::turn::Hall;

/// Measures Ottla beside Apache Kafka, in turns, and prints the ratios as Markdown.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo xtask bench")]
pub struct Options {
    /// The workloads to run; without a name, all but those that look into one question.
    workloads: Vec<String>,
    /// How many rounds of two turns each contestant has.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// Only see whether everything runs: small amounts, one turn each, a build without optimizations.
    #[arg(long)]
    short: bool,
    /// Who takes part.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Contestant::ALL)]
    contestants: Vec<Contestant>,
    /// Measure this binary of Ottla instead of building one.
    #[arg(long)]
    ottla: Option<PathBuf>,
    /// Only list the workloads.
    #[arg(long)]
    list: bool,
}

/// Runs the workloads asked for. Returns whether all of them ran; an error means that nothing could be run.
pub fn run(options: &Options) -> Result<bool> {
    let chosen = workload::choose(&options.workloads, options.short || options.list)?;
    let mut report = Report::to_stderr(must_run_everything());
    if options.list {
        for workload in chosen {
            report.note(&format!("{:<22} {}", workload.name, workload.about));
        }
        return Ok(true);
    }
    interrupt::listen()?;
    let workspace = workspace();
    let folder = workspace.join("target/bench");
    let workshop = Workshop::new(&workspace);
    for folder in [&folder, workshop.root()] {
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    let _lock = lock(&folder)?;
    let nodes = folder.join("nodes");
    if nodes.exists() {
        fs::remove_dir_all(&nodes).map_err(Error::file(&nodes))?;
    }
    fs::create_dir_all(&nodes).map_err(Error::file(&nodes))?;
    let contestants = Contestants::prepare(
        &options.contestants,
        options.ottla.as_deref(),
        options.short,
        &workshop,
        &mut report,
    )?;
    let machine = machine::describe(&folder);
    let log = Log::new(folder.join("figures.json"), &machine);
    let present = &contestants.present;
    let (scale, appointments) = match options.short {
        true => (Scale::SHORT, rounds::at_once(&chosen, present)),
        false => (Scale::LONG, rounds::in_rounds(&chosen, present, options.rounds)),
    };
    let hall = Hall { contestants: &contestants, workshop: &workshop, scale, folder: nodes };
    let results = rounds::run(&hall, &appointments, log, &mut report)?;
    if !options.short {
        let table = table::render(&results, &chosen, present);
        let turns = 2 * options.rounds;
        let text = format!("{machine}. Apache Kafka {KAFKA_VERSION}. {turns} turns each.\n\n{table}");
        let file = folder.join("table.md");
        fs::write(&file, &text).map_err(Error::file(file))?;
        print(&text)?;
    }
    for failure in &results.failures {
        report.note(&format!("FAILED {failure}"));
    }
    Ok(results.failures.is_empty())
}

/// Holds the folder for this run. The system lets go of it however the run ends.
fn lock(folder: &Path) -> Result<File> {
    let file = File::open(folder).map_err(Error::file(folder))?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
        Errno::WOULDBLOCK => Error::Busy { path: folder.to_owned() },
        error => Error::file(folder)(error.into()),
    })?;
    Ok(file)
}

/// On a continuous integration server, what cannot be had is a failure.
fn must_run_everything() -> bool {
    std::env::var_os("CI").is_some_and(|ci| ci == "true")
}

fn print(text: &str) -> Result<()> {
    std::io::stdout().write_all(text.as_bytes()).map_err(Error::file("standard output"))
}

fn workspace() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path.pop();
    path
}
