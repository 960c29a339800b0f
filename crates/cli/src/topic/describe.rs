//! `ottla topic describe`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use clap::Args;
use ottla_client::admin::{ConfigResource, ConfigSource};
use ottla_client::cluster::{ListedOffset, Topic};
use ottla_client::{Admin, Isolation, OffsetSpec};
use ottla_types::{BrokerId, Offset, TopicPartition};
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::output::{self, Table};
use crate::remote::Remote;

/// Show topics: their partitions, leaders, replicas, offsets, and the settings that are their own.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla topic describe orders
  ottla topic describe --output json")]
pub(super) struct Describe {
    /// Which topics; all but the cluster's own, if not said
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Do not ask the leaders where the partitions begin and end
    #[arg(long)]
    no_offsets: bool,
}

#[derive(Serialize)]
struct Description {
    topic: String,
    topic_id: String,
    internal: bool,
    configs: BTreeMap<String, Option<String>>,
    partitions: Vec<Partition>,
}

#[derive(Serialize)]
struct Partition {
    partition: i32,
    leader: Option<i32>,
    leader_epoch: i32,
    replicas: Vec<i32>,
    isr: Vec<i32>,
    offline: Vec<i32>,
    start_offset: Option<i64>,
    end_offset: Option<i64>,
}

impl Describe {
    pub(super) async fn run(self, remote: &Remote) -> Outcome {
        let admin = remote.admin().await?;
        let mut descriptions = Vec::new();
        if self.names.is_empty() {
            for topic in admin.topics().await?.values().filter(|topic| !topic.is_internal) {
                descriptions.push(self.describe(&admin, topic).await?);
            }
        }
        for name in &self.names {
            let topic = admin.topic(name).await?;
            descriptions.push(self.describe(&admin, &topic).await?);
        }
        output::print_each(remote.output, &descriptions, "No topics.", Description::write)
    }

    async fn describe(&self, admin: &Admin, topic: &Arc<Topic>) -> Result<Description, Failure> {
        let resource = ConfigResource::Topic(topic.name.to_string());
        let settings = admin.describe_config(&resource, false).await?;
        let own = settings.into_iter().filter(|setting| setting.source == ConfigSource::Topic);
        let (starts, ends) = if self.no_offsets {
            (BTreeMap::new(), BTreeMap::new())
        } else {
            (
                offsets(admin, topic, OffsetSpec::Earliest).await,
                offsets(admin, topic, OffsetSpec::Latest).await,
            )
        };
        let ids = |brokers: &[BrokerId]| brokers.iter().map(|broker| broker.0).collect();
        let partition = |(index, one): (&ottla_types::PartitionIndex, &ottla_client::cluster::Partition)| {
            let name = TopicPartition::new(Arc::clone(&topic.name), *index);
            Partition {
                partition: index.0,
                leader: one.leader.map(|leader| leader.0),
                leader_epoch: one.leader_epoch.0,
                replicas: ids(&one.replicas),
                isr: ids(&one.isr),
                offline: ids(&one.offline),
                start_offset: starts.get(&name).map(|offset| offset.0),
                end_offset: ends.get(&name).map(|offset| offset.0),
            }
        };
        Ok(Description {
            topic: topic.name.to_string(),
            topic_id: topic.id.to_string(),
            internal: topic.is_internal,
            configs: own.map(|setting| (setting.name, setting.value)).collect(),
            partitions: topic.partitions.iter().map(partition).collect(),
        })
    }
}

/// The offsets of those partitions whose leader tells.
async fn offsets(admin: &Admin, topic: &Topic, spec: OffsetSpec) -> BTreeMap<TopicPartition, Offset> {
    let led = topic.partitions.iter().filter(|(_, partition)| partition.leader.is_some());
    let asked = led.map(|(&index, _)| (TopicPartition::new(Arc::clone(&topic.name), index), spec)).collect();
    let listed = admin.list_offsets(&asked, Isolation::ReadUncommitted).await;
    let found = listed.into_iter().filter_map(|(name, result)| match result {
        Ok(ListedOffset { offset, .. }) => Some((name, offset?)),
        Err(_) => None,
    });
    found.collect()
}

impl Description {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let internal = if self.internal { ", internal" } else { "" };
        writeln!(out, "Topic {} (id {}{internal})", self.topic, self.topic_id)?;
        for (name, value) in &self.configs {
            writeln!(out, "  {name}={}", value.as_deref().unwrap_or("(hidden)"))?;
        }
        let mut table =
            Table::new(&["PARTITION", "LEADER", "EPOCH", "REPLICAS", "ISR", "OFFLINE", "START", "END"])
                .indented(2);
        for one in &self.partitions {
            table.row([
                one.partition.to_string(),
                output::or_dash(one.leader),
                one.leader_epoch.to_string(),
                output::list(&one.replicas),
                output::list(&one.isr),
                output::list(&one.offline),
                output::or_dash(one.start_offset),
                output::or_dash(one.end_offset),
            ]);
        }
        table.write(out)
    }
}
