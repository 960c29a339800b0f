//! `ottla topic`: create, list, describe, alter and delete topics.

mod alter;
mod create;
mod delete;
mod describe;
mod list;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::remote::{Remote, run};

/// Create, list, describe, alter and delete topics.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla topic create orders --partitions 12 --config retention.ms=86400000
  ottla topic list
  ottla topic describe orders
  ottla topic alter orders --partitions 24 --unset retention.ms
  ottla topic delete orders")]
pub(crate) struct TopicCommand {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Subcommand)]
enum Action {
    Create(create::Create),
    List(list::List),
    Describe(describe::Describe),
    Alter(alter::Alter),
    Delete(delete::Delete),
}

impl TopicCommand {
    pub(crate) fn run(self) -> ExitCode {
        let remote = self.remote;
        run(async {
            match self.action {
                Action::Create(create) => create.run(&remote).await,
                Action::List(list) => list.run(&remote).await,
                Action::Describe(describe) => describe.run(&remote).await,
                Action::Alter(alter) => alter.run(&remote).await,
                Action::Delete(delete) => delete.run(&remote).await,
            }
        })
    }
}

/// Reads `KEY=VALUE`; the value may be empty and may hold further signs of equality.
pub(crate) fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE, such as retention.ms=3600000".to_owned()),
    }
}
