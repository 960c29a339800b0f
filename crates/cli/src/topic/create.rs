//! `ottla topic create`.

use clap::Args;
use ottla_client::admin::NewTopic;
use ottla_types::ErrorCode;
use serde::Serialize;

use super::key_value;
use crate::failure::Outcome;
use crate::output;
use crate::remote::Remote;

/// Create a topic.
///
/// What is not said is taken from the broker: num.partitions, default.replication.factor, and its log settings.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla topic create orders
  ottla topic create orders --partitions 12 --config cleanup.policy=compact --if-not-exists")]
pub(super) struct Create {
    /// Letters, digits, `.`, `_` and `-`; at most 249 of them
    name: String,
    /// How many partitions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: Option<i32>,
    /// How many brokers hold each partition
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i16).range(1..))]
    replication_factor: Option<i16>,
    /// A setting of the topic; may be given several times
    #[arg(long = "config", value_name = "KEY=VALUE", value_parser = key_value)]
    configs: Vec<(String, String)>,
    /// Succeed if the topic is there already, whatever it looks like
    #[arg(long)]
    if_not_exists: bool,
    /// Only ask whether the broker would
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Answer {
    topic: String,
    created: bool,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partitions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replication_factor: Option<i16>,
}

impl Create {
    pub(super) async fn run(self, remote: &Remote) -> Outcome {
        let admin = remote.admin().await?;
        let topic = NewTopic {
            name: self.name.clone(),
            partitions: self.partitions,
            replication_factor: self.replication_factor,
            assignment: Vec::new(),
            configs: self.configs.into_iter().collect(),
        };
        let mut answer = Answer {
            topic: self.name,
            created: !self.dry_run,
            dry_run: self.dry_run,
            topic_id: None,
            partitions: None,
            replication_factor: None,
        };
        for result in admin.create_topics(&[topic], self.dry_run).await? {
            match result {
                Ok(created) => {
                    answer.topic_id = Some(created.id.to_string()).filter(|_| !created.id.is_zero());
                    answer.partitions = created.partitions;
                    answer.replication_factor = created.replication_factor;
                }
                Err(error) if self.if_not_exists && error.code() == Some(ErrorCode::TopicAlreadyExists) => {
                    answer.created = false;
                }
                Err(error) => return Err(error.into()),
            }
        }
        output::print(remote.output, &answer, |out| {
            let name = &answer.topic;
            match (answer.dry_run, answer.created, answer.partitions, answer.replication_factor) {
                (true, ..) => writeln!(out, "Topic {name} would be created."),
                (_, false, ..) => writeln!(out, "Topic {name} exists already."),
                (_, _, Some(partitions), Some(replicas)) => {
                    let partitions = output::count(partitions as usize, "partition");
                    let replicas = output::count(replicas as usize, "replica");
                    writeln!(out, "Created topic {name}: {partitions}, {replicas} each.")
                }
                _ => writeln!(out, "Created topic {name}."),
            }
        })
    }
}
