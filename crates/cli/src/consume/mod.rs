//! `ottla consume`: records become lines.

pub(crate) mod position;
mod show;

use std::collections::BTreeMap;
use std::io::{BufWriter, IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use ottla_client::consumer::{AutoReset, ConsumerOptions, ConsumerRecord};
use ottla_client::{Admin, Consumer, Isolation, OffsetSpec};
use ottla_types::{Offset, PartitionIndex, TopicPartition};

use self::position::Start;
use self::show::{Form, Part};
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Progress};
use crate::remote::{Remote, run};
use crate::signals::StopSignals;
use crate::span;

/// Read records, and write each as a line to standard output, until Ctrl-C.
///
/// By default only records are shown that come from now on. With a group, reading goes on where the group left off,
/// its partitions are shared with the group's other members, and what was shown is committed. Ctrl-C commits and
/// leaves the group; a second one ends at once.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla consume orders --from-beginning
  ottla consume orders --offset -10 --until-end --show partition,offset,key
  ottla consume orders --offset 2026-01-31T12:00:00Z --format json
  ottla consume orders --group billing
  ottla consume orders --partition 3 --offset 1000 --count 1")]
pub(crate) struct Consume {
    /// Which topics
    #[arg(required = true, value_name = "TOPIC")]
    topics: Vec<String>,
    /// Begin with the first record that is still there; the same as --offset earliest
    #[arg(long, short = 'b', conflicts_with = "offset")]
    from_beginning: bool,
    /// Begin here in every partition: earliest, latest, an offset, -N for the last N records, or a time
    #[arg(long, short, value_name = "WHERE", allow_hyphen_values = true)]
    offset: Option<Start>,
    /// Read this partition only; may be given several times
    #[arg(long = "partition", short, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    partitions: Vec<i32>,
    /// Read as a member of this group. --from-beginning then holds where the group has not been yet
    #[arg(long, short, value_name = "GROUP", conflicts_with_all = ["partitions", "offset", "until_end"])]
    group: Option<String>,
    /// Stop after so many records
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Stop at the records that were the last when reading began
    #[arg(long, short = 'e')]
    until_end: bool,
    /// Stop when no record has come for so long. In a group, the time begins when the member has its partitions
    #[arg(long, value_name = "DURATION", value_parser = span::parse)]
    timeout: Option<Duration>,
    /// How records are shown
    #[arg(long, short = 'f', value_enum)]
    format: Option<Form>,
    /// What is shown before each value, in text
    #[arg(long, short, value_enum, value_delimiter = ',', value_name = "PART,…")]
    show: Vec<Part>,
    /// What stands between the parts
    #[arg(long, value_name = "TEXT", default_value = "\t")]
    separator: String,
    /// Which records are shown
    #[arg(long, value_enum, default_value_t = IsolationName::Uncommitted)]
    isolation: IsolationName,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum IsolationName {
    /// Also those of transactions that are not committed
    Uncommitted,
    /// Only those that no transaction can take back
    Committed,
}

/// How long a cluster that does not answer may hold up the end.
const CLOSE_MAX: Duration = Duration::from_secs(10);
/// How long one wait for records lasts at most.
const WAIT_MAX: Duration = Duration::from_millis(500);

/// Why reading ended.
#[derive(PartialEq, Eq)]
enum Stop {
    Counted,
    AtEnd,
    TimedOut,
    Interrupted,
}

impl Consume {
    pub(crate) fn run(self) -> ExitCode {
        run(self.consume())
    }

    async fn consume(self) -> Outcome {
        let mut consumer = Consumer::connect(self.remote.options()?, self.options()).await?;
        let ends = if self.group.is_some() {
            let admin = Admin::of(consumer.cluster().clone());
            for name in &self.topics {
                // A group waits in silence for a topic that does not exist.
                admin.topic(name).await?;
            }
            consumer.subscribe(self.topics.iter().map(String::as_str)).await?;
            None
        } else {
            self.assign(&mut consumer).await?
        };
        let mut signals = StopSignals::new()?;
        let mut shown = 0;
        let read = self.read(&mut consumer, ends, &mut signals, &mut shown).await;
        let closed = tokio::select! {
            closed = tokio::time::timeout(CLOSE_MAX, consumer.close()) => closed,
            () = signals.received() => {
                let what = "interrupted before the last offsets were committed";
                return Err(Failure::Interrupted(what.to_owned()));
            }
        };
        let stop = read?;
        match closed {
            Ok(closed) => closed?,
            Err(_) => {
                let what = "the last offsets could not be committed: the cluster does not answer";
                return Err(Failure::Other(what.to_owned()));
            }
        }
        match (stop, self.count) {
            (Stop::TimedOut | Stop::AtEnd, Some(count)) if shown < count => {
                Err(Failure::Other(format!("only {shown} of {count} records were there")))
            }
            _ => Ok(()),
        }
    }

    fn options(&self) -> ConsumerOptions {
        ConsumerOptions {
            group: self.group.clone(),
            auto_reset: if self.from_beginning { AutoReset::Earliest } else { AutoReset::Latest },
            isolation: self.isolation(),
            // What was shown is committed when the next records are asked for, and at the end.
            ..ConsumerOptions::default()
        }
    }

    const fn isolation(&self) -> Isolation {
        match self.isolation {
            IsolationName::Uncommitted => Isolation::ReadUncommitted,
            IsolationName::Committed => Isolation::ReadCommitted,
        }
    }

    fn start(&self) -> Start {
        self.offset.unwrap_or(if self.from_beginning { Start::Earliest } else { Start::Latest })
    }

    /// Chooses the partitions and where to begin in each; says where they end, if that matters.
    async fn assign(
        &self,
        consumer: &mut Consumer,
    ) -> Result<Option<BTreeMap<TopicPartition, Offset>>, Failure> {
        let admin = Admin::of(consumer.cluster().clone());
        let mut partitions: Vec<TopicPartition> = Vec::new();
        for name in &self.topics {
            let topic = admin.topic(name).await?;
            if let Some(missing) =
                self.partitions.iter().find(|&&one| !topic.partitions.contains_key(&PartitionIndex(one)))
            {
                let error = ottla_client::Error::UnknownPartition {
                    topic: topic.name.clone(),
                    count: topic.partitions.len(),
                    partition: *missing,
                };
                return Err(error.into());
            }
            let is_chosen = |one: &TopicPartition| {
                self.partitions.is_empty() || self.partitions.contains(&one.partition.0)
            };
            partitions.extend(topic.topic_partitions().filter(is_chosen));
        }
        let ends = if self.until_end {
            Some(position::list(&admin, &partitions, OffsetSpec::Latest, self.isolation()).await?)
        } else {
            None
        };
        let starts = self.start().resolve(&admin, &partitions, self.isolation()).await?;
        if let Start::At(_) = self.start() {
            position::note_outside(&admin, &starts, self.isolation()).await?;
        }
        consumer.assign(partitions)?;
        for (partition, offset) in &starts {
            consumer.seek(partition, *offset)?;
        }
        Ok(ends)
    }

    async fn read(
        &self,
        consumer: &mut Consumer,
        ends: Option<BTreeMap<TopicPartition, Offset>>,
        signals: &mut StopSignals,
        shown: &mut u64,
    ) -> Result<Stop, Failure> {
        let mut out = BufWriter::new(std::io::stdout().lock());
        // Where records go to the terminal, they are the progress.
        let mut progress = (!std::io::stdout().is_terminal()).then(Progress::new);
        let mut last_record = Instant::now();
        let is_at_end = |consumer: &Consumer| {
            ends.as_ref().is_some_and(|ends| {
                ends.iter()
                    .all(|(name, end)| consumer.position(name).is_some_and(|position| position >= *end))
            })
        };
        loop {
            if is_at_end(consumer) {
                return Ok(Stop::AtEnd);
            }
            let had_begun = self.has_begun(consumer);
            let records = tokio::select! {
                () = signals.received() => return Ok(Stop::Interrupted),
                records = consumer.poll(WAIT_MAX) => records?,
            };
            // Partitions that came during this wait, perhaps at its end, have not been waited for yet.
            if !records.is_empty() || !had_begun || !self.has_begun(consumer) {
                last_record = Instant::now();
            } else if self.timeout.is_some_and(|timeout| last_record.elapsed() >= timeout) {
                return Ok(Stop::TimedOut);
            }
            for record in &records {
                let is_past_end = ends.as_ref().and_then(|ends| ends.get(&record.partition));
                if is_past_end.is_some_and(|end| record.offset >= *end) {
                    continue;
                }
                self.show(&mut out, record)?;
                *shown += 1;
                if self.count.is_some_and(|count| *shown >= count) {
                    out.flush()?;
                    // The group is to go on behind the last record that was shown, not behind the last that came.
                    self.step_back(consumer, &records, record)?;
                    return Ok(Stop::Counted);
                }
            }
            out.flush()?;
            if let Some(progress) = &mut progress {
                progress.show(|elapsed| progress_line(*shown, elapsed));
            }
        }
    }

    /// Whether records can come: a group takes its time to give out partitions.
    fn has_begun(&self, consumer: &Consumer) -> bool {
        let has_place = self.group.is_none() || consumer.is_in_group();
        has_place && consumer.assignment().all(|partition| consumer.position(partition).is_some())
    }

    fn step_back(
        &self,
        consumer: &mut Consumer,
        records: &[ConsumerRecord],
        last: &ConsumerRecord,
    ) -> Outcome {
        let unshown = records.iter().skip_while(|one| *one != last).skip(1);
        let mut firsts: BTreeMap<&TopicPartition, Offset> = BTreeMap::new();
        for record in unshown {
            firsts.entry(&record.partition).or_insert(record.offset);
        }
        for (partition, offset) in firsts {
            consumer.seek(partition, offset)?;
        }
        Ok(())
    }

    fn show(&self, out: &mut dyn Write, record: &ConsumerRecord) -> std::io::Result<()> {
        let default = if self.remote.output == Format::Json { Form::Json } else { Form::Text };
        show::write(out, record, self.format.unwrap_or(default), &self.show, &self.separator)
    }
}

fn progress_line(records: u64, elapsed: Duration) -> String {
    let rate = records as f64 / elapsed.as_secs_f64();
    format!("{records} records, {rate:.0} records/s")
}
