//! `ottla group delete` and `ottla group delete-offsets`.

use clap::Args;
use serde::Serialize;

use super::topic_partitions::TopicPartitions;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::remote::Remote;

/// Delete groups with all their offsets. Their consumers must be stopped.
#[derive(Args)]
pub(super) struct Delete {
    /// Which groups
    #[arg(required = true, value_name = "GROUP")]
    groups: Vec<String>,
}

/// Delete the offsets that a group has committed for topics that none of its members reads.
#[derive(Args)]
pub(super) struct DeleteOffsets {
    /// Which group
    group: String,
    /// A topic, or some of its partitions, such as orders:0,3; may be given several times
    #[arg(long = "topic", value_name = "TOPIC[:PARTITIONS]", required = true)]
    topics: Vec<TopicPartitions>,
}

#[derive(Serialize)]
struct Deleted {
    group: String,
    deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct DeletedOffsets {
    group: String,
    partitions: usize,
}

impl Delete {
    pub(super) async fn run(self, remote: &Remote) -> Outcome {
        let admin = remote.admin().await?;
        let names: Vec<_> = self.groups.iter().map(String::as_str).collect();
        let results = admin.delete_groups(&names).await;
        let answer = |(name, result): (&&str, &ottla_client::Result<()>)| Deleted {
            group: (*name).to_owned(),
            deleted: result.is_ok(),
            error: result.as_ref().err().map(ToString::to_string),
        };
        let answers: Vec<_> = names.iter().zip(&results).map(answer).collect();
        output::print(remote.output, &answers, |out| {
            for one in answers.iter().filter(|one| one.deleted) {
                writeln!(out, "Deleted group {}.", one.group)?;
            }
            Ok(())
        })?;
        results.into_iter().find_map(Result::err).map_or(Ok(()), |error| Err(Failure::Client(error)))
    }
}

impl DeleteOffsets {
    pub(super) async fn run(self, remote: &Remote) -> Outcome {
        let admin = remote.admin().await?;
        let mut partitions = Vec::new();
        for topic in &self.topics {
            partitions.extend(topic.resolve(&admin).await?);
        }
        let results = admin.delete_group_offsets(&self.group, &partitions).await?;
        results.into_values().collect::<Result<Vec<()>, _>>()?;
        let answer = DeletedOffsets { group: self.group, partitions: partitions.len() };
        output::print(remote.output, &answer, |out| {
            let partitions = output::count(answer.partitions, "partition");
            writeln!(out, "Deleted the offsets of group {} for {partitions}.", answer.group)
        })
    }
}
