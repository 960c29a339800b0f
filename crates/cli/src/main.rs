//! `ottla`: every role and every command.

mod logging;
mod recover;
mod start;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Apache Kafka's platform as one binary.
#[derive(Parser)]
#[command(name = "ottla", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Start(start::Start),
    Log(recover::Log),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Start(start) => start.run(),
        Command::Log(log) => log.run(),
    }
}
