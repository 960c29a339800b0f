//! Where reading begins.

use std::collections::BTreeMap;
use std::str::FromStr;

use ottla_client::cluster::ListedOffset;
use ottla_client::{Admin, Isolation, OffsetSpec};
use ottla_types::{Offset, Timestamp, TopicPartition};

use crate::failure::Failure;
use crate::output;
use crate::span;

/// Where reading begins, in each partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Earliest,
    Latest,
    At(Offset),
    /// So many records before the end.
    BeforeEnd(i64),
    Time(Timestamp),
}

impl FromStr for Start {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "earliest" | "beginning" => return Ok(Self::Earliest),
            "latest" | "end" => return Ok(Self::Latest),
            _ => {}
        }
        if let Ok(number) = text.parse::<i64>() {
            return Ok(if number < 0 {
                Self::BeforeEnd(number.saturating_neg())
            } else {
                Self::At(Offset(number))
            });
        }
        span::parse_time(text).map(Self::Time).map_err(|_| {
            "write earliest, latest, an offset, -N for the last N records, or a time such as 2026-01-31T12:30:00Z"
                .to_owned()
        })
    }
}

impl Start {
    /// The offset in each partition.
    pub(crate) async fn resolve(
        self,
        admin: &Admin,
        partitions: &[TopicPartition],
        isolation: Isolation,
    ) -> Result<BTreeMap<TopicPartition, Offset>, Failure> {
        let spec = match self {
            Self::At(offset) => {
                return Ok(partitions.iter().map(|partition| (partition.clone(), offset)).collect());
            }
            Self::Earliest => OffsetSpec::Earliest,
            Self::Latest | Self::BeforeEnd(_) => OffsetSpec::Latest,
            Self::Time(time) => OffsetSpec::At(time),
        };
        let mut found = list(admin, partitions, spec, isolation).await?;
        match self {
            Self::BeforeEnd(count) => {
                let starts = list(admin, partitions, OffsetSpec::Earliest, isolation).await?;
                for (partition, offset) in &mut found {
                    let start = starts.get(partition).copied().unwrap_or(Offset::ZERO);
                    *offset = offset.plus(-count).max(start);
                }
            }
            Self::Time(_) => {
                // Where no record is as late as that, the first that comes will be.
                let ends = list(admin, partitions, OffsetSpec::Latest, isolation).await?;
                for (partition, end) in ends {
                    found.entry(partition).or_insert(end);
                }
            }
            Self::Earliest | Self::Latest | Self::At(_) => {}
        }
        Ok(found)
    }
}

/// Says which partitions do not hold the offset at which reading begins. What there is decides: reading then begins
/// with the next record that comes.
pub(crate) async fn note_outside(
    admin: &Admin,
    starts: &BTreeMap<TopicPartition, Offset>,
    isolation: Isolation,
) -> Result<(), Failure> {
    let partitions: Vec<_> = starts.keys().cloned().collect();
    let firsts = list(admin, &partitions, OffsetSpec::Earliest, isolation).await?;
    let ends = list(admin, &partitions, OffsetSpec::Latest, isolation).await?;
    for (partition, &offset) in starts {
        let (Some(&first), Some(&end)) = (firsts.get(partition), ends.get(partition)) else { continue };
        if offset < first || offset > end {
            output::note(&format!(
                "{partition} holds {first}..{end}, and not {offset}: only what comes from now on is shown"
            ));
        }
    }
    Ok(())
}

/// Offsets of partitions; those for which none fits are left out.
pub(crate) async fn list(
    admin: &Admin,
    partitions: &[TopicPartition],
    spec: OffsetSpec,
    isolation: Isolation,
) -> Result<BTreeMap<TopicPartition, Offset>, Failure> {
    let asked = partitions.iter().map(|partition| (partition.clone(), spec)).collect();
    let mut found = BTreeMap::new();
    for (partition, result) in admin.list_offsets(&asked, isolation).await {
        if let ListedOffset { offset: Some(offset), .. } = result? {
            found.insert(partition, offset);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_a_word_a_number_or_a_time() {
        for (text, expected) in [
            ("earliest", Some(Start::Earliest)),
            ("end", Some(Start::Latest)),
            ("17", Some(Start::At(Offset(17)))),
            ("-5", Some(Start::BeforeEnd(5))),
            ("2000-01-01", Some(Start::Time(Timestamp(946_684_800_000)))),
            ("now", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Start>().ok(), expected, "{text}");
        }
    }
}
