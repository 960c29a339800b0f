//! `ottla group reset-offsets`.

use std::collections::BTreeMap;

use clap::Args;
use ottla_client::admin::CommittedOffset;
use ottla_client::{Admin, Isolation, OffsetSpec};
use ottla_types::{Offset, TopicPartition};
use serde::Serialize;

use super::topic_partitions::TopicPartitions;
use crate::consume::position::{self, Start};
use crate::failure::{Failure, Outcome};
use crate::output::{self, Table};
use crate::remote::Remote;

/// Move the offsets at which a group goes on reading. Its consumers must be stopped.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla group reset-offsets billing --topic orders --to earliest --dry-run
  ottla group reset-offsets billing --all-topics --to 2026-01-31T12:00:00Z
  ottla group reset-offsets billing --topic orders:3 --shift -100")]
pub(super) struct Reset {
    /// Which group
    group: String,
    /// A topic, or some of its partitions, such as orders:0,3; may be given several times
    #[arg(
        long = "topic",
        value_name = "TOPIC[:PARTITIONS]",
        required_unless_present = "all_topics",
        conflicts_with = "all_topics"
    )]
    topics: Vec<TopicPartitions>,
    /// Every partition for which the group has committed an offset
    #[arg(long)]
    all_topics: bool,
    /// Where to: earliest, latest, an offset, -N for the last N records, or a time
    #[arg(long, value_name = "WHERE", allow_hyphen_values = true, required_unless_present = "shift")]
    to: Option<Start>,
    /// So many records further on, or back if negative
    #[arg(long, value_name = "N", allow_negative_numbers = true, conflicts_with = "to")]
    shift: Option<i64>,
    /// Only show what would be
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Moved {
    topic: String,
    partition: i32,
    from_offset: Option<i64>,
    to_offset: i64,
}

impl Reset {
    pub(super) async fn run(self, remote: &Remote) -> Outcome {
        let admin = remote.admin().await?;
        let committed = admin.group_offsets(&self.group).await?;
        let mut partitions = Vec::new();
        for topic in &self.topics {
            partitions.extend(topic.resolve(&admin).await?);
        }
        if self.all_topics {
            partitions.extend(committed.keys().cloned());
        }
        if partitions.is_empty() {
            return Err(Failure::Other(format!("group {} has committed no offsets", self.group)));
        }
        let targets = self.targets(&admin, &partitions, &committed).await?;
        if !self.dry_run {
            let offsets = targets.iter().map(|(name, &offset)| (name.clone(), CommittedOffset::at(offset)));
            let results = admin.alter_group_offsets(&self.group, &offsets.collect()).await?;
            results.into_values().collect::<Result<Vec<()>, _>>()?;
        }
        let moved = |(name, offset): (&TopicPartition, &Offset)| Moved {
            topic: name.topic.to_string(),
            partition: name.partition.0,
            from_offset: committed.get(name).map(|at| at.offset.0),
            to_offset: offset.0,
        };
        let moved: Vec<_> = targets.iter().map(moved).collect();
        output::print(remote.output, &moved, |out| {
            let mut table = Table::new(&["TOPIC", "PARTITION", "FROM", "TO"]);
            for one in &moved {
                let from = output::or_dash(one.from_offset);
                table.row([one.topic.clone(), one.partition.to_string(), from, one.to_offset.to_string()]);
            }
            table.write(out)?;
            if self.dry_run { writeln!(out, "Nothing was changed: this was a dry run.") } else { Ok(()) }
        })
    }

    /// Where each partition goes to, within what the partition holds.
    async fn targets(
        &self,
        admin: &Admin,
        partitions: &[TopicPartition],
        committed: &BTreeMap<TopicPartition, CommittedOffset>,
    ) -> Result<BTreeMap<TopicPartition, Offset>, Failure> {
        let isolation = Isolation::ReadUncommitted;
        let mut targets = match (self.to, self.shift) {
            (Some(start), _) => start.resolve(admin, partitions, isolation).await?,
            (None, Some(shift)) => {
                let mut shifted = BTreeMap::new();
                for name in partitions {
                    let at = committed.get(name).ok_or_else(|| {
                        let what = "has no committed offset to be shifted; use --to";
                        Failure::Other(format!("{name} {what}"))
                    })?;
                    shifted.insert(name.clone(), Offset(at.offset.0.saturating_add(shift)));
                }
                shifted
            }
            (None, None) => return Err(Failure::Usage("say where to: --to or --shift".to_owned())),
        };
        let starts = position::list(admin, partitions, OffsetSpec::Earliest, isolation).await?;
        let ends = position::list(admin, partitions, OffsetSpec::Latest, isolation).await?;
        for (name, offset) in &mut targets {
            let start = starts.get(name).copied().unwrap_or(Offset::ZERO);
            let end = ends.get(name).copied().unwrap_or(*offset);
            *offset = (*offset).clamp(start, end.max(start));
        }
        Ok(targets)
    }
}
