//! `cargo xtask`: everything that checks Ottla, in parts and as a whole.
//!
//! `cargo xtask test` is what continuous integration runs; each of its larger parts is a command of its own
//! with a longer form. Nothing here changes a file outside `target/`, except `fix`.

mod error;
mod fuzz;
mod process;
mod suite;
mod tidy;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::error::Result;

/// Checks, measures and breaks Ottla.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything that continuous integration runs. Changes nothing outside `target/`.
    Test,
    /// Search for bytes that break a promise, with each of the fuzz targets.
    Fuzz {
        /// How long to search with each target.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Search with this target only.
        #[arg(long)]
        target: Option<String>,
    },
    /// Crash whole log directories on a simulated disk and look at what is left of them (`--help` says how).
    #[command(disable_help_flag = true)]
    Crash {
        /// Passed on: `--seeds N`, `--from N`, `--seed N`, `--planted NAME`, `--one-log`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Repair what can be repaired: formatting and the lints that know their own remedy.
    Fix,
    /// Check the structure: imports between layers, lengths of files and functions, forbidden words.
    Tidy,
    /// Run foreign clients, tools and Apache Kafka itself against Ottla (`--help` says how).
    #[command(disable_help_flag = true)]
    Interop {
        /// Passed on to the interop tests: names of programs, `--long`, `--list`, `--target kafka`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure Ottla beside Apache Kafka, in turns (`--help` says how).
    #[command(disable_help_flag = true)]
    Bench {
        /// Passed on to the benchmark: names of workloads, `--list`, `--short`, `--rounds N`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Test => suite::test(),
        Command::Fuzz { seconds, target } => fuzz::fuzz(Duration::from_secs(seconds), target.as_deref()),
        Command::Crash { arguments } => process::run_package("ottla-crash", &[], &arguments),
        Command::Fix => suite::fix(),
        Command::Tidy => tidy::check(),
        Command::Interop { arguments } => process::run_package("ottla-interop", &[], &arguments),
        Command::Bench { arguments } => bench(&arguments),
    }
}

/// A generator without optimizations would measure itself, which does not matter when nothing is measured.
fn bench(arguments: &[String]) -> Result<()> {
    let is_short = arguments.iter().any(|argument| argument == "--short");
    let options: &[&str] = if is_short { &[] } else { &["--release"] };
    process::run_package("ottla-bench", options, arguments)
}
