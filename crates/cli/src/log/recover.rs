//! `ottla log recover`: makes plain Kafka files of a stopped directory.

use std::io::Write;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use ottla_storage::disk::RealDisk;
use ottla_storage::log::LogConfig;
use ottla_storage::log_dir::{LockedDir, LogDirOptions};
use ottla_storage::wal::WalOptions;
use ottla_types::{Timestamp, TopicPartition, Uuid};

use crate::failure::{Failure, Outcome};

/// The broker epoch in a mark of a clean stop that no broker left.
const NO_EPOCH: i64 = -1;

/// Turn a stopped directory into plain Kafka files.
///
/// Puts back what its write-ahead log has, cuts off what a crash left torn, removes the write-ahead log, and leaves the
/// mark of a clean stop. Afterwards Apache Kafka starts on the directory, and so does Ottla. It changes nothing after a
/// clean stop.
#[derive(Args)]
pub(super) struct Recover {
    /// The log directory: what log.dirs said
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Recover {
    pub(super) fn run(&self) -> Outcome {
        let name = self.directory.display();
        let summary =
            recover(&self.directory).map_err(|message| Failure::Other(format!("{name}: {message}")))?;
        writeln!(std::io::stdout(), "{name}: {summary}")?;
        Ok(())
    }
}

fn recover(directory: &std::path::Path) -> Result<String, String> {
    if !directory.join("meta.properties").is_file() {
        return Err("this is no log directory: it has no meta.properties; name what log.dirs said".to_owned());
    }
    let locked = LockedDir::lock(RealDisk::shared(), directory)
        .map_err(|error| format!("{error}; if a broker is running on it, stop that first"))?;
    let options = LogDirOptions {
        is_durable: true,
        tail_bytes: 0,
        recovery_threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        wal: WalOptions::default(),
        reserve_bytes: 0,
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    // Which topics there are is the metadata log's to say, and nobody asks it here: every partition is kept.
    let keep = |_: &TopicPartition, _: Uuid| Some(LogConfig::default());
    let unique = || since.as_nanos();
    let opened = locked.open(options, now, keep, unique).map_err(|error| error.to_string())?;
    let (dir, report) = opened;
    dir.close(NO_EPOCH).map_err(|error| error.to_string())?;
    Ok(format!("{report}; it is plain Kafka files now"))
}
