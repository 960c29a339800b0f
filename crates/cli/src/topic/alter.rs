//! `ottla topic alter`.

use clap::Args;
use ottla_client::admin::{ConfigChange, ConfigResource};
use serde::Serialize;

use super::key_value;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::remote::Remote;

/// Change a topic: more partitions, other settings.
///
/// Partitions can be added but not taken away. Records with a key may then go to another partition than those with
/// the same key before.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla topic alter orders --partitions 24
  ottla topic alter orders --config retention.ms=604800000 --unset segment.bytes")]
pub(super) struct Alter {
    /// Which topic
    name: String,
    /// How many partitions it is to have
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: Option<i32>,
    /// Give a setting a value; may be given several times
    #[arg(long = "config", value_name = "KEY=VALUE", value_parser = key_value)]
    configs: Vec<(String, String)>,
    /// Take a setting's value away, so that the broker's holds; may be given several times
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,
    /// Only ask whether the broker would
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Answer {
    topic: String,
    dry_run: bool,
    partitions: Option<i32>,
    settings_changed: usize,
}

impl Alter {
    pub(super) async fn run(self, remote: &Remote) -> Outcome {
        let set = self.configs.into_iter().map(|(key, value)| ConfigChange::Set(key, value));
        let changes: Vec<_> = set.chain(self.unset.into_iter().map(ConfigChange::Unset)).collect();
        if self.partitions.is_none() && changes.is_empty() {
            let what = "nothing to change: give --partitions, --config or --unset";
            return Err(Failure::Usage(what.to_owned()));
        }
        let admin = remote.admin().await?;
        // Settings first: a wrong one is refused before partitions are there that cannot be taken away.
        if !changes.is_empty() {
            let resource = ConfigResource::Topic(self.name.clone());
            admin.alter_config(&resource, &changes, self.dry_run).await?;
        }
        if let Some(partitions) = self.partitions {
            admin.create_partitions(&self.name, partitions, self.dry_run).await?;
        }
        let answer = Answer {
            topic: self.name,
            dry_run: self.dry_run,
            partitions: self.partitions,
            settings_changed: changes.len(),
        };
        output::print(remote.output, &answer, |out| match answer.dry_run {
            true => writeln!(out, "Topic {} would be changed.", answer.topic),
            false => writeln!(out, "Changed topic {}.", answer.topic),
        })
    }
}
