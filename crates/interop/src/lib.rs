//! Foreign clients, tools and Apache Kafka itself, run against a real `ottla` process.
//!
//! What this crate does not do: it never speaks for another program. What a check says about a client, a tool or a
//! broker, that client, tool or broker has done. It installs nothing outside `target/interop`.
//!
//! Read first: [`Options`] (what can be asked for), `programs` (one file per program, each a list of checks),
//! `target` (how a node is started, stopped and killed).
//!
//! The path of one program: `run` picks it from the list -> `install` brings what it needs, or says what is missing ->
//! `Stage` clears a folder -> a fresh node starts in it -> our script, in the client's own language, runs its checks and
//! reports them line by line (`script`) -> the node stops, and must stop well.
//!
//! Invariants:
//! - The control: every check passes against Apache Kafka (`--target kafka`). A check that it fails is a wrong check.
//! - Both kinds of server are given the same `server.properties`.
//! - What a machine lacks is said in one line with its remedy, and is a failure only under `CI=true`.
//! - Ports are never fixed, versions always are.

mod chance;
mod companion;
mod compare;
mod error;
mod install;
mod port;
mod process;
mod programs;
mod report;
mod script;
mod stage;
mod target;
mod wire;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Parser, ValueEnum};

pub use crate::error::{Error, Result};
pub use crate::install::{KAFKA_VERSION, Kafka, Python, Workshop};
pub use crate::process::{Said, run as run_program};
use crate::programs::Program;
pub use crate::report::Report;
use crate::stage::Stage;
pub use crate::target::{Node, Target};

/// How much of a node's log a failure shows.
const LOG_TAIL_LINES: usize = 25;

/// Runs foreign clients, tools and Apache Kafka itself against Ottla.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo xtask interop")]
pub struct Options {
    /// The programs to run; without a name, all of them.
    names: Vec<String>,
    /// Run the long forms: all 3 million flights, a hundred crashes, gigabytes on disk.
    #[arg(long)]
    long: bool,
    /// What to run against. Apache Kafka is the control: a check that it fails is a wrong check.
    #[arg(long, value_enum, default_value_t = Against::Ottla)]
    target: Against,
    /// Build Ottla with optimizations (the long forms always do).
    #[arg(long)]
    release: bool,
    /// Only list the programs.
    #[arg(long)]
    list: bool,
}

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Against {
    /// What we build.
    Ottla,
    /// What we are compared with.
    Kafka,
}

/// Runs the programs asked for. Returns whether all is well; an error means that nothing could be run.
pub fn run(options: &Options) -> Result<bool> {
    let chosen = programs::choose(&options.names)?;
    let mut report = Report::to_stderr(std::env::var_os("CI").is_some_and(|ci| ci == "true"));
    if options.list {
        for program in chosen {
            report.note(&format!("{:<16} {}", program.name, program.about));
        }
        return Ok(true);
    }
    let workspace = workspace();
    let workshop = Workshop::new(&workspace);
    std::fs::create_dir_all(workshop.root()).map_err(Error::file(workshop.root()))?;
    let target = match options.target {
        Against::Ottla => {
            report.progress("building Ottla");
            let release = options.release || options.long;
            Target::build_ottla(&workspace, release, &workshop.root().join("build.log"))?
        }
        Against::Kafka => Target::Kafka(workshop.kafka(&mut report)?),
    };
    for program in chosen {
        run_one(program, &workshop, &target, &mut report, options.long);
    }
    Ok(report.finish())
}

fn run_one(program: &Program, workshop: &Workshop, target: &Target, report: &mut Report, long: bool) {
    report.program(program.name, program.about);
    let failed_before = report.failures();
    let began = Instant::now();
    let outcome = Stage::new(program.name, workshop, target, report, long)
        .and_then(|mut stage| (program.run)(&mut stage));
    if let Err(error) = outcome {
        report.wrong("the program as a whole", began.elapsed(), &error);
    }
    if report.failures() > failed_before {
        let folder = workshop.root().join("run").join(program.name);
        show_files(report, &folder);
    }
}

/// After a failure: the end of each log, and where the rest is.
fn show_files(report: &mut Report, folder: &Path) {
    let mut logs = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        logs.push(entry.path().join("node.log"));
    }
    logs.retain(|log| log.is_file());
    logs.sort();
    for log in logs {
        report.note(&format!("the end of {}:", log.display()));
        for line in process::tail(&log, LOG_TAIL_LINES).lines() {
            report.note(&format!("| {line}"));
        }
    }
    report.note(&format!("everything else is in {}", folder.display()));
}

fn workspace() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path.pop();
    path
}
