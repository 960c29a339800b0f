//! `ottla log dump`: what is in a file.

mod item;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use ottla_protocol::files::producer_snapshot::ProducerEntry;
use ottla_protocol::records::{BatchHeader, Records, TimestampType, decompress_bytes};
use ottla_storage::log::{FileKind, FileName, FolderName};
use ottla_types::Offset;

use self::item::{Batch, Item, Part, Producer, Record};
use super::batch_file::{BatchFile, Next, Placed};
use super::content::{Content, decode_control};
use super::{index_file, producer_file};
use crate::failure::{Failure, Outcome};
use crate::output::Format;

/// Show what is in files of a node: segments, indexes, snapshots, checkpoints. The node may be running.
///
/// The folder of a partition stands for its files, and a whole log directory for everything in it. Records of the cluster's own topics (__consumer_offsets, __cluster_metadata, __transaction_state,
/// __share_group_state) are shown decoded. Exits with 1 if something cannot be read.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla log dump ottla-data/orders-0
  ottla log dump --records ottla-data/orders-0/00000000000000000000.log
  ottla log dump --records ottla-data/__cluster_metadata-0 --output json")]
pub(super) struct Dump {
    /// Files, folders of partitions, or log directories
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Also the records of each batch
    #[arg(long, short)]
    records: bool,
    /// Only batches that reach this offset or go beyond
    #[arg(long, value_name = "OFFSET")]
    from: Option<i64>,
    /// No more batches of each file than this
    #[arg(long, value_name = "N")]
    batches: Option<usize>,
    /// What the records are; by default the folder's name says it
    #[arg(long = "as", value_enum)]
    content: Option<Content>,
    /// Text for people, or one JSON object a line for programs
    #[arg(long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

/// A text file that is larger is none.
const TEXT_BYTES_MAX: u64 = 64 << 20;
/// The most that one batch may take when it is decompressed.
const BATCH_BYTES_MAX: usize = 1 << 30;

/// Writes items in the form that was asked for.
struct Printer<W> {
    out: W,
    format: Format,
    damages: usize,
}

impl Dump {
    pub(super) fn run(&self) -> Outcome {
        let out = BufWriter::new(io::stdout().lock());
        let mut printer = Printer { out, format: self.output, damages: 0 };
        for path in &self.paths {
            let unreadable = |error| Failure::Other(format!("{}: {error}", path.display()));
            if fs::metadata(path).map_err(unreadable)?.is_dir() {
                self.dump_folder(path, &mut printer)?;
            } else {
                self.dump_file(path, &mut printer)?;
            }
        }
        printer.out.flush()?;
        match printer.damages {
            0 => Ok(()),
            1 => Err(Failure::Other("one thing could not be read; it is marked above".to_owned())),
            many => Err(Failure::Other(format!("{many} things could not be read; they are marked above"))),
        }
    }

    fn dump_folder(&self, folder: &Path, printer: &mut Printer<impl Write>) -> Outcome {
        let unreadable = |error: io::Error| Failure::Other(format!("{}: {error}", folder.display()));
        let (mut files, mut partitions): (Vec<PathBuf>, Vec<PathBuf>) = Default::default();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let is_folder = entry.file_type().map_err(unreadable)?.is_dir();
            if is_folder && FolderName::parse(&entry.file_name().to_string_lossy()).is_some() {
                partitions.push(entry.path());
            } else if !is_folder && is_known(&entry.path()) {
                files.push(entry.path());
            }
        }
        if files.is_empty() && partitions.is_empty() {
            let what = "holds no file of a log; name the folder of a partition, such as ottla-data/orders-0";
            return Err(Failure::Other(format!("{} {what}", folder.display())));
        }
        files.sort();
        partitions.sort();
        files.iter().try_for_each(|file| self.dump_file(file, printer))?;
        partitions.iter().try_for_each(|partition| self.dump_folder(partition, printer))
    }

    fn dump_file(&self, path: &Path, printer: &mut Printer<impl Write>) -> Outcome {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let parsed = FileName::parse(name);
        let content = match parsed.map(|file| file.kind) {
            Some(FileKind::Log) => "segment",
            Some(FileKind::OffsetIndex) => "offset index",
            Some(FileKind::TimeIndex) => "time index",
            Some(FileKind::TxnIndex) => "transaction index",
            Some(FileKind::Snapshot) => "producer snapshot",
            None if name.ends_with(".checkpoint") => "metadata snapshot",
            None if is_text(name) => "text",
            None => {
                let what = "is of no kind that is known; segments, indexes, snapshots and checkpoints are";
                return Err(Failure::Other(format!("{} {what}", path.display())));
            }
        };
        printer.print(&Item::File { path: path.display().to_string(), content })?;
        let dumped = match parsed.map(|file| (file.kind, file.offset)) {
            Some((FileKind::Log, _)) => self.dump_batches(path, printer),
            Some((FileKind::OffsetIndex, base)) => dump_offset_index(path, base, printer),
            Some((FileKind::TimeIndex, base)) => dump_time_index(path, base, printer),
            Some((FileKind::TxnIndex, _)) => dump_transaction_index(path, printer),
            Some((FileKind::Snapshot, _)) => dump_producers(path, printer),
            None if name.ends_with(".checkpoint") => self.dump_batches(path, printer),
            None => dump_text(path, printer),
        };
        dumped.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Output(error),
            _ => Failure::Other(format!("{}: {error}", path.display())),
        })
    }

    fn dump_batches(&self, path: &Path, printer: &mut Printer<impl Write>) -> io::Result<()> {
        let content = self.content.unwrap_or_else(|| Content::of(path));
        let mut file = BatchFile::open(path)?;
        let mut shown = 0;
        loop {
            match file.next()? {
                Next::Batch(batch) => {
                    let last = batch.view().header().last_offset();
                    if self.from.is_some_and(|from| last < Offset(from)) {
                        continue;
                    }
                    if self.batches.is_some_and(|most| shown >= most) {
                        return Ok(());
                    }
                    shown += 1;
                    self.dump_batch(&batch, content, printer)?;
                }
                Next::End => return Ok(()),
                Next::Torn { position, left } => {
                    return printer
                        .damage(Some(position), format!("{left} bytes are the beginning of a batch"));
                }
                Next::Damaged { position, error } => {
                    return printer.damage(Some(position), error.to_string());
                }
            }
        }
    }

    fn dump_batch(
        &self,
        batch: &Placed,
        content: Content,
        printer: &mut Printer<impl Write>,
    ) -> io::Result<()> {
        let view = batch.view();
        let crc = view.check_crc();
        printer.print(&Item::Batch(shown_batch(batch, view.header(), crc.is_ok())))?;
        if let Err(error) = crc {
            printer.damage(Some(batch.position), error.to_string())?;
        }
        if !self.records {
            return Ok(());
        }
        let header = view.header();
        let body = header.attributes.codec().map_err(|error| error.to_string()).and_then(|codec| {
            decompress_bytes(codec, &batch.bytes.slice_ref(view.body()), BATCH_BYTES_MAX)
                .map_err(|error| error.to_string())
        });
        let body = match body {
            Ok(body) => body,
            Err(problem) => return printer.damage(Some(batch.position), problem),
        };
        for record in Records::new(header, &body) {
            match record {
                Ok(record) => {
                    printer.print(&Item::Record(Box::new(shown_record(header, &record, content))))?
                }
                Err(error) => printer.damage(Some(batch.position), error.to_string())?,
            }
        }
        Ok(())
    }
}

impl<W: Write> Printer<W> {
    fn print(&mut self, item: &Item) -> io::Result<()> {
        match self.format {
            Format::Table => writeln!(self.out, "{item}"),
            Format::Json => {
                serde_json::to_writer(&mut self.out, item)?;
                self.out.write_all(b"\n")
            }
        }
    }

    fn damage(&mut self, position: Option<u64>, problem: String) -> io::Result<()> {
        self.damages += 1;
        self.print(&Item::Damage { position, problem })
    }

    fn left_over(&mut self, bytes: usize) -> io::Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        self.damage(None, format!("the last {bytes} bytes are no whole entry"))
    }
}

fn shown_batch(batch: &Placed, header: &BatchHeader, crc_is_right: bool) -> Batch {
    let codec = header.attributes.codec();
    Batch {
        position: batch.position,
        size: batch.bytes.len(),
        base_offset: header.base_offset.0,
        last_offset: header.last_offset().0,
        records: header.record_count,
        leader_epoch: header.leader_epoch.0,
        codec: codec.map_or_else(|error| error.to_string(), |codec| codec.name().to_owned()),
        timestamp_type: match header.attributes.timestamp_type() {
            TimestampType::CreateTime => "CreateTime",
            TimestampType::LogAppendTime => "LogAppendTime",
        },
        base_timestamp_ms: header.base_timestamp.0,
        max_timestamp_ms: header.max_timestamp.0,
        producer_id: header.producer_id.0,
        producer_epoch: header.producer_epoch.0,
        base_sequence: header.base_sequence.0,
        last_sequence: header.last_sequence().0,
        transactional: header.attributes.is_transactional(),
        control: header.attributes.is_control(),
        delete_horizon_ms: header.delete_horizon().map(|horizon| horizon.0),
        crc: header.crc,
        crc_is_right,
    }
}

fn shown_record(
    header: &BatchHeader,
    record: &ottla_protocol::records::Record<'_>,
    content: Content,
) -> Record {
    let decoded = if header.attributes.is_control() {
        decode_control(record).map(Some)
    } else {
        content.decode(record)
    };
    let (decoded, problem) = match decoded {
        Ok(decoded) => (decoded, None),
        Err(problem) => (None, Some(problem)),
    };
    let (decoded_key, decoded_value) = decoded.map(|decoded| (decoded.key, decoded.value)).unzip();
    let place = i32::try_from(record.offset.since(header.base_offset)).unwrap_or(0);
    let has_sequence = header.base_sequence.0 >= 0;
    let header_part = |one: ottla_protocol::records::Header<'_>| {
        (String::from_utf8_lossy(one.key).into_owned(), one.value.map(Part::of))
    };
    Record {
        offset: record.offset.0,
        timestamp_ms: record.timestamp.0,
        sequence: has_sequence.then(|| header.base_sequence.plus(place).0),
        key: record.key.map(Part::of),
        value: record.value.map(Part::of),
        headers: record.headers.map(header_part).collect(),
        decoded_key,
        decoded_value,
        problem,
    }
}

fn dump_offset_index(path: &Path, base: Offset, printer: &mut Printer<impl Write>) -> io::Result<()> {
    let index = index_file::offsets(path, base)?;
    for entry in index.entries {
        printer.print(&Item::OffsetEntry { offset: entry.offset.0, position: entry.position })?;
    }
    printer.left_over(index.left_over)
}

fn dump_time_index(path: &Path, base: Offset, printer: &mut Printer<impl Write>) -> io::Result<()> {
    let index = index_file::times(path, base)?;
    for entry in index.entries {
        printer.print(&Item::TimeEntry { timestamp_ms: entry.timestamp.0, offset: entry.offset.0 })?;
    }
    printer.left_over(index.left_over)
}

fn dump_transaction_index(path: &Path, printer: &mut Printer<impl Write>) -> io::Result<()> {
    let index = index_file::aborted(path)?;
    for entry in index.entries {
        if entry.version != 0 {
            printer.damage(None, format!("an entry has version {}, but only 0 is known", entry.version))?;
        }
        printer.print(&Item::AbortedTransaction {
            producer_id: entry.producer_id,
            first_offset: entry.first_offset,
            last_offset: entry.last_offset,
            last_stable_offset: entry.last_stable_offset,
        })?;
    }
    printer.left_over(index.left_over)
}

fn dump_producers(path: &Path, printer: &mut Printer<impl Write>) -> io::Result<()> {
    let producers = match producer_file::read(path) {
        Ok(producers) => producers,
        Err(problem) => return printer.damage(None, problem),
    };
    let shown = |entry: &ProducerEntry| Producer {
        producer_id: entry.producer_id,
        producer_epoch: entry.epoch,
        last_sequence: entry.last_sequence,
        last_offset: entry.last_offset,
        offset_delta: entry.offset_delta,
        timestamp_ms: entry.timestamp,
        coordinator_epoch: entry.coordinator_epoch,
        transaction_first_offset: (entry.current_txn_first_offset >= 0)
            .then_some(entry.current_txn_first_offset),
    };
    producers.iter().try_for_each(|entry| printer.print(&Item::Producer(shown(entry))))
}

fn dump_text(path: &Path, printer: &mut Printer<impl Write>) -> io::Result<()> {
    if fs::metadata(path)?.len() > TEXT_BYTES_MAX {
        return printer.damage(None, "it is too large to be what its name says".to_owned());
    }
    let bytes = fs::read(path)?;
    for text in String::from_utf8_lossy(&bytes).lines() {
        printer.print(&Item::Line { text: text.to_owned() })?;
    }
    Ok(())
}

fn is_known(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    FileName::parse(name).is_some() || name.ends_with(".checkpoint") || is_text(name)
}

fn is_text(name: &str) -> bool {
    name.ends_with("-checkpoint")
        || matches!(name, "partition.metadata" | "quorum-state" | "meta.properties" | ".kafka_cleanshutdown")
}
