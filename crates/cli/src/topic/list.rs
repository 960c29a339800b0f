//! `ottla topic list`.

use clap::Args;
use serde::Serialize;

use crate::failure::Outcome;
use crate::output::{self, Table};
use crate::remote::Remote;

/// List topics.
#[derive(Args)]
pub(super) struct List {
    /// Also those of the cluster itself, such as __consumer_offsets
    #[arg(long)]
    internal: bool,
}

#[derive(Serialize)]
struct Listing {
    topic: String,
    topic_id: String,
    partitions: usize,
    replication_factor: usize,
    internal: bool,
}

impl List {
    pub(super) async fn run(self, remote: &Remote) -> Outcome {
        let topics = remote.admin().await?.topics().await?;
        let listings: Vec<_> = topics
            .values()
            .filter(|topic| self.internal || !topic.is_internal)
            .map(|topic| Listing {
                topic: topic.name.to_string(),
                topic_id: topic.id.to_string(),
                partitions: topic.partitions.len(),
                replication_factor: topic.partitions.values().next().map_or(0, |one| one.replicas.len()),
                internal: topic.is_internal,
            })
            .collect();
        output::print(remote.output, &listings, |out| {
            let mut table = Table::new(&["TOPIC", "PARTITIONS", "REPLICAS", "ID"]);
            for one in &listings {
                let numbers = [one.partitions.to_string(), one.replication_factor.to_string()];
                let [partitions, replicas] = numbers;
                table.row([one.topic.clone(), partitions, replicas, one.topic_id.clone()]);
            }
            if table.is_empty() {
                return writeln!(out, "No topics. Create one with `ottla topic create NAME`.");
            }
            table.write(out)
        })
    }
}
