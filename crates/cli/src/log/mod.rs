//! `ottla log`: looking into the files of a node, and after them.

mod batch_file;
mod content;
mod dump;
mod index_file;
mod producer_file;
mod recover;
mod verify;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::failure::Outcome;

/// Look into the files of a node, check them, and recover them.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla log dump ottla-data/orders-0
  ottla log dump --records ottla-data/orders-0/00000000000000000000.log
  ottla log dump --records ottla-data/__consumer_offsets-12 --output json
  ottla log verify ottla-data
  ottla log recover ottla-data")]
pub(crate) struct LogCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Dump(dump::Dump),
    Verify(verify::Verify),
    Recover(recover::Recover),
}

impl LogCommand {
    pub(crate) fn run(self) -> ExitCode {
        let outcome: Outcome = match self.action {
            Action::Dump(dump) => dump.run(),
            Action::Verify(verify) => verify.run(),
            Action::Recover(recover) => recover.run(),
        };
        match outcome {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        }
    }
}
