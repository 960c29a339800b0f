//! `ottla group`: list, describe and delete groups, and move their offsets.

mod delete;
mod describe;
mod list;
mod reset;
mod topic_partitions;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::remote::{Remote, run};

/// List, describe and delete consumer groups, and move their offsets.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla group list
  ottla group describe billing
  ottla group reset-offsets billing --topic orders --to earliest --dry-run
  ottla group reset-offsets billing --topic orders:0,1 --to 2026-01-31T12:00:00Z
  ottla group delete billing")]
pub(crate) struct GroupCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Subcommand)]
enum Action {
    List(list::List),
    Describe(describe::Describe),
    ResetOffsets(reset::Reset),
    DeleteOffsets(delete::DeleteOffsets),
    Delete(delete::Delete),
}

impl GroupCommand {
    pub(crate) fn run(self) -> ExitCode {
        let remote = self.remote;
        run(async {
            match self.action {
                Action::List(list) => list.run(&remote).await,
                Action::Describe(describe) => describe.run(&remote).await,
                Action::ResetOffsets(reset) => reset.run(&remote).await,
                Action::DeleteOffsets(delete) => delete.run(&remote).await,
                Action::Delete(delete) => delete.run(&remote).await,
            }
        })
    }
}
