//! `ottla group describe`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::Args;
use ottla_client::admin::{GroupDescription, GroupMember};
use ottla_client::cluster::ListedOffset;
use ottla_client::{Admin, Isolation, OffsetSpec};
use ottla_types::{Offset, TopicPartition};
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::output::{self, Table};
use crate::remote::Remote;

/// Show groups: their members, the offsets that they have committed, and how far they lie behind.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla group describe billing
  ottla group describe --output json")]
pub(super) struct Describe {
    /// Which groups; all, if not said
    #[arg(value_name = "GROUP")]
    groups: Vec<String>,
}

#[derive(Serialize)]
struct Description {
    group: String,
    state: String,
    protocol: String,
    assignor: String,
    coordinator: i32,
    members: Vec<Member>,
    offsets: Vec<Position>,
}

#[derive(Serialize)]
struct Member {
    member_id: String,
    instance_id: Option<String>,
    client_id: String,
    host: String,
    topics: Vec<String>,
    partitions: Vec<Partition>,
}

#[derive(Serialize)]
struct Partition {
    topic: String,
    partition: i32,
}

#[derive(Serialize)]
struct Position {
    topic: String,
    partition: i32,
    committed_offset: Option<i64>,
    end_offset: Option<i64>,
    lag: Option<i64>,
    metadata: Option<String>,
    member_id: Option<String>,
    client_id: Option<String>,
}

impl Describe {
    pub(super) async fn run(self, remote: &Remote) -> Outcome {
        let admin = remote.admin().await?;
        let mut descriptions = Vec::new();
        let mut groups = self.groups;
        if groups.is_empty() {
            groups.extend(admin.groups().await?.into_keys());
        }
        for group in &groups {
            descriptions.push(describe(&admin, group).await?);
        }
        output::print_each(remote.output, &descriptions, "No groups.", Description::write)
    }
}

async fn describe(admin: &Admin, group: &str) -> Result<Description, Failure> {
    let described = admin.describe_group(group).await?;
    let committed = admin.group_offsets(group).await?;
    let mut owners: BTreeMap<&TopicPartition, &GroupMember> = BTreeMap::new();
    for member in &described.members {
        owners.extend(member.partitions.iter().map(|partition| (partition, member)));
    }
    let names: std::collections::BTreeSet<_> =
        committed.keys().chain(owners.keys().copied()).cloned().collect();
    let ends = ends(admin, names.iter()).await;
    let position = |name: &TopicPartition| {
        let (at, end) = (committed.get(name), ends.get(name));
        let owner = owners.get(name);
        Position {
            topic: name.topic.to_string(),
            partition: name.partition.0,
            committed_offset: at.map(|at| at.offset.0),
            end_offset: end.map(|end| end.0),
            lag: at.zip(end).map(|(at, end)| end.since(at.offset).max(0)),
            metadata: at.map(|at| at.metadata.clone()).filter(|text| !text.is_empty()),
            member_id: owner.map(|member| member.id.clone()),
            client_id: owner.map(|member| member.client_id.clone()),
        }
    };
    let offsets = names.iter().map(position).collect();
    Ok(Description::of(described, offsets))
}

/// Where partitions end. One that is gone, or has no leader, ends nowhere.
async fn ends(
    admin: &Admin,
    names: impl Iterator<Item = &TopicPartition>,
) -> BTreeMap<TopicPartition, Offset> {
    let asked = names.map(|name| (name.clone(), OffsetSpec::Latest)).collect();
    let listed = admin.list_offsets(&asked, Isolation::ReadUncommitted).await;
    let found = listed.into_iter().filter_map(|(name, result)| match result {
        Ok(ListedOffset { offset, .. }) => Some((name, offset?)),
        Err(_) => None,
    });
    found.collect()
}

impl Description {
    fn of(group: GroupDescription, offsets: Vec<Position>) -> Self {
        let partition =
            |name: TopicPartition| Partition { topic: name.topic.to_string(), partition: name.partition.0 };
        let member = |one: GroupMember| Member {
            member_id: one.id,
            instance_id: one.instance_id,
            client_id: one.client_id,
            host: one.host,
            topics: one.topics,
            partitions: one.partitions.into_iter().map(partition).collect(),
        };
        Self {
            group: group.id,
            state: group.state,
            protocol: group.protocol_type,
            assignor: group.assignor,
            coordinator: group.coordinator.0,
            members: group.members.into_iter().map(member).collect(),
            offsets,
        }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let assignor = if self.assignor.is_empty() { "-" } else { &self.assignor };
        writeln!(
            out,
            "Group {}: {}, assignor {assignor}, coordinator {}, {}",
            self.group,
            self.state,
            self.coordinator,
            output::count(self.members.len(), "member")
        )?;
        let mut members = Table::new(&["MEMBER", "CLIENT", "HOST", "PARTITIONS"]).indented(2);
        for one in &self.members {
            let name = one.instance_id.as_ref().unwrap_or(&one.member_id);
            let partitions = one.partitions.iter().map(|part| format!("{}-{}", part.topic, part.partition));
            members.row([name.clone(), one.client_id.clone(), one.host.clone(), output::list(partitions)]);
        }
        if !members.is_empty() {
            members.write(out)?;
        }
        let mut offsets =
            Table::new(&["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "CLIENT"]).indented(2);
        for one in &self.offsets {
            offsets.row([
                one.topic.clone(),
                one.partition.to_string(),
                output::or_dash(one.committed_offset),
                output::or_dash(one.end_offset),
                output::or_dash(one.lag),
                output::or_dash(one.client_id.as_ref()),
            ]);
        }
        if offsets.is_empty() { writeln!(out, "  No offsets committed.") } else { offsets.write(out) }
    }
}
