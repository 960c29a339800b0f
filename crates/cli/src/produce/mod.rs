//! `ottla produce`: lines become records.

mod input;
mod lines;

use std::collections::{BTreeMap, VecDeque};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use ottla_client::producer::{Acks, Delivered, Delivery, Header, ProducerOptions};
use ottla_client::{Codec, Compression, Error, Producer};
use ottla_types::PartitionIndex;
use serde::Serialize;

use self::input::{Form, Input};
use self::lines::Lines;
use crate::failure::{Failure, Outcome};
use crate::output::{self, Progress};
use crate::remote::{Remote, run};
use crate::signals::StopSignals;
use crate::span;
use crate::topic::key_value;

/// Write records: one for each line of standard input, or of a file.
///
/// Records with the same key go to the same partition. By default brokers are to keep each record once and in order,
/// and on every replica that is in sync, before it counts as written. A line that is wrong ends the command; those
/// before it are written, and it says how many. Ctrl-C writes what was read, and stops.
#[derive(Args)]
#[command(after_help = "Examples:
  echo hello | ottla produce greetings
  ottla produce orders --file orders.jsonl --compression zstd
  printf 'a:1\\nb:2\\n' | ottla produce counts --key-separator :
  ottla produce users --key-separator , --null-value '' < users.csv
  ottla consume orders -b -e --format json | ottla produce copy --format json")]
pub(crate) struct Produce {
    /// Which topic
    topic: String,
    /// Read lines from here and not from standard input
    #[arg(long, short, value_name = "FILE")]
    file: Option<PathBuf>,
    /// What the lines are
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// What stands between key and value in each line; without it, lines are values and there are no keys
    #[arg(long, short = 'K', value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    key_separator: Option<String>,
    /// A value that reads like this becomes none: a tombstone, where the topic is compacted
    #[arg(long, value_name = "TEXT")]
    null_value: Option<String>,
    /// A header for every record; may be given several times
    #[arg(long = "header", short = 'H', value_name = "KEY=VALUE", value_parser = key_value)]
    headers: Vec<(String, String)>,
    /// The partition for every record
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Option<i32>,
    /// Who must have a record before it counts as written
    #[arg(long, value_enum, default_value_t = AcksName::All)]
    acks: AcksName,
    /// How batches are compressed
    #[arg(long, short = 'z', value_enum, default_value_t = CodecName::None)]
    compression: CodecName,
    /// How hard the codec tries
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    compression_level: Option<i32>,
    /// How long a record waits for others to share its batch
    #[arg(long, value_name = "DURATION", default_value = "5ms", value_parser = span::parse)]
    linger: Duration,
    /// How many bytes of records share a batch
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 10)]
    batch_bytes: usize,
    /// How long a record has, with all attempts
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = span::parse)]
    delivery_timeout: Duration,
    /// Do not let brokers create the topic if it does not exist
    #[arg(long)]
    no_create: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AcksName {
    /// Nobody: not even an error would be seen
    #[value(name = "none", alias = "0")]
    None,
    /// The partition's leader
    #[value(name = "leader", alias = "1")]
    Leader,
    /// Every replica that is in sync
    #[value(name = "all", alias = "-1")]
    All,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CodecName {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

/// What programs are told at the end.
#[derive(Serialize)]
struct Answer<'a> {
    seconds: f64,
    #[serde(flatten)]
    written: &'a Written,
}

#[derive(Default, Serialize)]
struct Written {
    records: u64,
    partitions: BTreeMap<i32, Range>,
}

/// What was written to one partition.
#[derive(Clone, Copy, Serialize)]
struct Range {
    records: u64,
    first_offset: Option<i64>,
    last_offset: Option<i64>,
}

/// Half of what brokers take in one request, if nobody told them otherwise.
const REQUEST_BYTES_MAX: usize = 50 << 20;
/// How many records may be on their way before the oldest is waited for.
const ON_THE_WAY_MAX: usize = 100_000;

impl Produce {
    pub(crate) fn run(self) -> ExitCode {
        run(self.produce())
    }

    async fn produce(self) -> Outcome {
        if self.format == Form::Json && (self.key_separator.is_some() || self.null_value.is_some()) {
            let what = "--key-separator and --null-value are for text; in JSON, `key` and `value` say it";
            return Err(Failure::Usage(what.to_owned()));
        }
        let mut writing = Writing {
            producer: Producer::connect(self.remote.options()?, self.options()?).await?,
            on_the_way: VecDeque::new(),
            written: Written::default(),
            started: Instant::now(),
        };
        let mut signals = StopSignals::new()?;
        if self.file.is_none() && std::io::stdin().is_terminal() {
            output::note("Each line becomes a record; end with Ctrl-D.");
        }
        let lines = Lines::open(self.file.as_deref())?;
        let input = self.input();
        let read = tokio::select! {
            read = writing.read(lines, &input) => read,
            () = signals.received() => Err(Failure::Interrupted("interrupted".to_owned())),
        };
        let finished = tokio::select! {
            finished = writing.finish() => finished,
            () = signals.received() => {
                Err(Failure::Interrupted("interrupted before everything was written".to_owned()))
            }
        };
        let Writing { written, started, .. } = writing;
        self.report(&written, started.elapsed())?;
        read.and(finished)
    }

    fn input(&self) -> Input {
        let header = |(key, value): &(String, String)| Header {
            key: Bytes::copy_from_slice(key.as_bytes()),
            value: Some(Bytes::copy_from_slice(value.as_bytes())),
        };
        Input {
            topic: Arc::from(self.topic.as_str()),
            form: self.format,
            key_separator: self.key_separator.clone(),
            null_value: self.null_value.clone(),
            headers: self.headers.iter().map(header).collect(),
            partition: self.partition.map(PartitionIndex),
        }
    }

    fn options(&self) -> Result<ProducerOptions, Failure> {
        let codec = match self.compression {
            CodecName::None => Codec::None,
            CodecName::Gzip => Codec::Gzip,
            CodecName::Snappy => Codec::Snappy,
            CodecName::Lz4 => Codec::Lz4,
            CodecName::Zstd => Codec::Zstd,
        };
        let compression = match self.compression_level {
            None => Compression::new(codec),
            Some(level) => Compression::with_level(codec, level)
                .map_err(|error| Failure::Usage(format!("--compression-level: {error}")))?,
        };
        let acks = match self.acks {
            AcksName::None => Acks::None,
            AcksName::Leader => Acks::Leader,
            AcksName::All => Acks::All,
        };
        Ok(ProducerOptions {
            acks,
            is_idempotent: acks == Acks::All,
            compression,
            linger: self.linger,
            batch_bytes: self.batch_bytes,
            delivery_timeout: self.delivery_timeout,
            // How large a record may be is for the topic to say, and not for this command.
            request_bytes_max: REQUEST_BYTES_MAX,
            may_create_topics: !self.no_create,
            ..ProducerOptions::default()
        })
    }

    fn report(&self, written: &Written, took: Duration) -> Outcome {
        if self.remote.output == output::Format::Json {
            let answer = Answer { seconds: took.as_secs_f64(), written };
            return output::print(self.remote.output, &answer, |_| Ok(()));
        }
        let records = output::count(written.records as usize, "record");
        let partitions = output::count(written.partitions.len(), "partition");
        let seconds = took.as_secs_f64();
        output::note(&format!("Wrote {records} to {partitions} of {} in {seconds:.1} s.", self.topic));
        Ok(())
    }
}

/// Records on their way.
struct Writing {
    producer: Producer,
    on_the_way: VecDeque<(u64, Delivery)>,
    written: Written,
    started: Instant,
}

impl Writing {
    /// Reads and sends until the input ends, or until a record could not be written.
    async fn read(&mut self, mut lines: Lines, input: &Input) -> Outcome {
        let mut progress = Progress::new();
        let mut line = 0;
        let mut bytes = 0;
        loop {
            let chunk = tokio::select! {
                chunk = lines.next() => chunk?,
                oldest = oldest(&mut self.on_the_way) => {
                    self.settled(oldest)?;
                    continue;
                }
            };
            let Some(chunk) = chunk else { return Ok(()) };
            for text in chunk.lines {
                line += 1;
                let record = input
                    .record(text)
                    .map_err(|problem| Failure::Other(format!("line {line}: {problem}")))?;
                let sent = self.producer.send(record).await;
                self.on_the_way.push_back((line, sent.map_err(|error| Failure::AtLine { line, error })?));
            }
            while self.on_the_way.len() >= ON_THE_WAY_MAX {
                let oldest = oldest(&mut self.on_the_way).await;
                self.settled(oldest)?;
            }
            bytes += chunk.bytes as u64;
            progress.show(|elapsed| progress_line(bytes, lines.total_bytes, line, elapsed));
        }
    }

    /// Waits for all records. Those behind one that could not be written are waited for as well.
    async fn finish(&mut self) -> Outcome {
        let mut progress = Progress::new();
        // Nobody is going to fill up the batches that are begun.
        self.producer.flush().await;
        let mut outcome = Ok(());
        while !self.on_the_way.is_empty() {
            let oldest = oldest(&mut self.on_the_way).await;
            outcome = outcome.and(self.settled(oldest));
            let waiting = self.on_the_way.len();
            progress.show(|_| format!("{} records written, {waiting} on their way", self.written.records));
        }
        outcome
    }

    fn settled(&mut self, (line, delivered): (u64, Result<Delivered, Error>)) -> Outcome {
        let delivered = delivered.map_err(|error| Failure::AtLine { line, error })?;
        self.written.note(&delivered);
        Ok(())
    }
}

/// What became of the oldest record, and in which line it was; nothing ever, if there is none. It stays where it is
/// until that is known.
async fn oldest(on_the_way: &mut VecDeque<(u64, Delivery)>) -> (u64, Result<Delivered, Error>) {
    let Some((line, delivery)) = on_the_way.front_mut() else { return std::future::pending().await };
    let settled = (*line, delivery.await);
    on_the_way.pop_front();
    settled
}

impl Written {
    fn note(&mut self, delivered: &Delivered) {
        self.records += 1;
        let offset = delivered.offset.map(|offset| offset.0);
        let index = delivered.partition.partition.0;
        let range = self.partitions.entry(index).or_insert(Range {
            records: 0,
            first_offset: offset,
            last_offset: offset,
        });
        range.records += 1;
        range.last_offset = offset.or(range.last_offset);
    }
}

fn progress_line(done: u64, total: Option<u64>, records: u64, elapsed: Duration) -> String {
    let rate = records as f64 / elapsed.as_secs_f64();
    let done_text = output::bytes(i64::try_from(done).unwrap_or(i64::MAX));
    match total.filter(|&total| total > 0) {
        Some(total) => {
            let percent = (done as f64 / total as f64 * 100.0).min(100.0);
            let total = output::bytes(i64::try_from(total).unwrap_or(i64::MAX));
            format!("{percent:.0}%: {done_text} of {total}, {records} records, {rate:.0} records/s")
        }
        None => format!("{done_text}, {records} records, {rate:.0} records/s"),
    }
}
