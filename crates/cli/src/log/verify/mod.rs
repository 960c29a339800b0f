//! `ottla log verify`: whether the files of a stopped node agree with each other.

mod findings;
mod partition;
mod producers;
mod segment;
#[cfg(test)]
mod tests;
mod transactions;
mod wal;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use ottla_storage::checkpoint::{
    CleanShutdown, HIGH_WATERMARK_CHECKPOINT, LOG_START_CHECKPOINT, MetaProperties, OffsetCheckpoint,
    RECOVERY_POINT_CHECKPOINT,
};
use ottla_storage::disk::{Disk, RealDisk};
use ottla_storage::log::{FolderName, FolderStage};
use ottla_types::{Offset, TopicPartition};
use serde::Serialize;

use self::findings::Findings;
use self::partition::{Extent, Known};
use self::wal::WalReport;
use crate::failure::{Failure, Outcome};
use crate::output::{self, Format, Progress};

/// Check the files of a stopped node, Ottla's or Apache Kafka's, and change nothing.
///
/// Every batch's checksum is computed and every record is read; offsets must rise; indexes, leader epochs, producer
/// snapshots and checkpoints must agree with the log. Exits with 1 if something does not.
#[derive(Args)]
#[command(after_help = "Examples:
  ottla log verify ottla-data
  ottla log verify ottla-data/orders-0
  ottla log verify ottla-data --output json")]
pub(super) struct Verify {
    /// A log directory (what log.dirs said), or the folder of one partition
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Text for people, or JSON for programs
    #[arg(long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

/// The file that a running node locks, as Apache Kafka calls it.
const LOCK_FILE: &str = ".lock";

#[derive(Serialize)]
struct Report<'a> {
    directory: String,
    stopped_cleanly: bool,
    write_ahead_log: Option<WalReport>,
    #[serde(flatten)]
    findings: &'a Findings,
}

impl Verify {
    pub(super) fn run(&self) -> Outcome {
        let disk = RealDisk::shared();
        let directory = &self.directory;
        let failed = |error: io::Error| Failure::Other(format!("{}: {error}", directory.display()));
        if !directory.is_dir() {
            return Err(Failure::Other(format!("{}: this is no folder", directory.display())));
        }
        let mut findings = Findings::default();
        let mut progress = Progress::new();
        let mut tick = |findings: &Findings| progress.show(|_| progress_line(findings));
        let is_root = MetaProperties::path(directory).is_file();
        let root = if is_root { directory.clone() } else { directory.join("..") };
        let is_clean = CleanShutdown::path(&root).is_file();
        let lock_file = root.join(LOCK_FILE);
        // Without the file nobody can have locked it, and this command leaves none behind.
        let _lock = match lock_file.is_file() {
            true => Some(disk.lock(&lock_file).map_err(|error| {
                let what = "stop the node that runs on it first";
                Failure::Other(format!("{}: {error}; {what}", directory.display()))
            })?),
            false => None,
        };
        let mut write_ahead_log = None;
        let root = Root::read(&*disk, root, is_clean);
        if is_root {
            write_ahead_log = root.verify(&*disk, &mut findings, &mut tick).map_err(failed)?;
        } else if let Some(name) = FolderName::parse(&name_of(directory)) {
            let known = root.known_of(&name.partition);
            partition::verify(&*disk, directory, known, &mut findings, &mut tick).map_err(failed)?;
        } else {
            let what = "this is neither a log directory (it has no meta.properties) nor a partition's folder";
            return Err(Failure::Other(format!("{}: {what}", directory.display())));
        }
        drop(progress);
        let report = Report {
            directory: directory.display().to_string(),
            stopped_cleanly: is_clean,
            write_ahead_log,
            findings: &findings,
        };
        output::print(self.output, &report, |out| report.write(out, is_root))?;
        match findings.count() {
            0 => Ok(()),
            count => Err(Failure::Other(output::count(count, "finding"))),
        }
    }
}

impl Report<'_> {
    fn write(&self, out: &mut dyn io::Write, is_root: bool) -> io::Result<()> {
        let found = self.findings;
        for finding in &found.findings {
            writeln!(out, "{}: {}", finding.path, finding.problem)?;
        }
        if found.not_listed > 0 {
            writeln!(out, "… and {} more", found.not_listed)?;
        }
        writeln!(
            out,
            "Checked {}, {}, {} batches, {} records, {}.",
            output::count(found.partitions, "partition"),
            output::count(found.segments, "segment"),
            found.batches,
            found.records,
            output::bytes(i64::try_from(found.bytes).unwrap_or(i64::MAX)),
        )?;
        if let Some(wal) = &self.write_ahead_log {
            let records = output::count(usize::try_from(wal.records).unwrap_or(usize::MAX), "record");
            write!(out, "The write-ahead log holds {records}")?;
            match wal.missing_in_files {
                0 => writeln!(out, "; the partitions' files have them all.")?,
                missing => writeln!(
                    out,
                    ", of which {missing} are not in the partitions' files: a start or `ottla log recover` puts \
                     them there."
                )?,
            }
        }
        if is_root && !self.stopped_cleanly {
            writeln!(
                out,
                "There is no mark of a clean stop: the next start looks the files over, cuts off what is torn at \
                 their ends and builds indexes anew."
            )?;
        }
        if found.count() == 0 { writeln!(out, "Nothing is wrong.") } else { Ok(()) }
    }
}

/// A log directory, and what it says of its partitions.
struct Root {
    path: PathBuf,
    is_clean: bool,
    has_write_ahead_log: bool,
    log_starts: BTreeMap<TopicPartition, Offset>,
}

impl Root {
    fn read(disk: &dyn Disk, path: PathBuf, is_clean: bool) -> Self {
        // A checkpoint that cannot be read is found when the checkpoints are compared.
        let starts = OffsetCheckpoint::read(disk, &path.join(LOG_START_CHECKPOINT)).unwrap_or_default();
        // What is wrong with it is found when it is read.
        let has_write_ahead_log = ottla_storage::wal::is_present(disk, &path).unwrap_or(false);
        Self { path, is_clean, has_write_ahead_log, log_starts: starts.offsets }
    }

    fn known_of(&self, partition: &TopicPartition) -> Known {
        let log_start = self.log_starts.get(partition).copied().unwrap_or_default();
        Known { is_clean: self.is_clean, log_start, may_go_on: self.has_write_ahead_log }
    }

    fn verify(
        &self,
        disk: &dyn Disk,
        findings: &mut Findings,
        tick: &mut dyn FnMut(&Findings),
    ) -> io::Result<Option<WalReport>> {
        if let Err(error) = MetaProperties::read(disk, &self.path) {
            findings.add(&MetaProperties::path(&self.path), error.to_string());
        }
        let mut extents = BTreeMap::new();
        let mut folders: Vec<_> = fs::read_dir(&self.path)?.collect::<io::Result<_>>()?;
        folders.sort_by_key(fs::DirEntry::file_name);
        for folder in folders {
            let name = FolderName::parse(&name_of(&folder.path()));
            let Some(name) = name.filter(|name| name.stage == FolderStage::Live) else { continue };
            if folder.file_type()?.is_dir() {
                let known = self.known_of(&name.partition);
                let extent = partition::verify(disk, &folder.path(), known, findings, tick)?;
                extents.insert(name.partition, extent);
            }
        }
        let report = wal::verify(disk, &self.path, &mut extents, findings)?;
        check_checkpoints(disk, &self.path, &extents, findings);
        Ok(report)
    }
}

/// Checkpoints must lie within the logs that they speak of. Those of partitions that are gone are forgotten at the
/// next start.
fn check_checkpoints(
    disk: &dyn Disk,
    root: &Path,
    extents: &BTreeMap<TopicPartition, Extent>,
    findings: &mut Findings,
) {
    for name in [RECOVERY_POINT_CHECKPOINT, HIGH_WATERMARK_CHECKPOINT, LOG_START_CHECKPOINT] {
        let path = root.join(name);
        let checkpoint = match OffsetCheckpoint::read(disk, &path) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                findings.add(&path, error.to_string());
                continue;
            }
        };
        for (partition, &offset) in &checkpoint.offsets {
            let Some(extent) = extents.get(partition) else { continue };
            if offset > extent.end {
                findings
                    .add(&path, format!("{partition}: {offset} lies behind the log's end, {}", extent.end));
            }
            let is_too_early =
                name == LOG_START_CHECKPOINT && offset < extent.start && offset != Offset::ZERO;
            if is_too_early {
                let what = format!("{partition}: {offset} lies before the first segment, {}", extent.start);
                findings.add(&path, what);
            }
        }
    }
}

fn name_of(path: &Path) -> String {
    // `.` and a trailing `..` have no name; the folder that they lead to has.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn progress_line(findings: &Findings) -> String {
    format!(
        "{} partitions, {} records, {}, {} findings",
        findings.partitions,
        findings.records,
        output::bytes(i64::try_from(findings.bytes).unwrap_or(i64::MAX)),
        findings.count()
    )
}
