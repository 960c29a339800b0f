//! `kafka-dump-log` over every file of a log directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::extension;
use crate::error::{Error, Result, ensure};
use crate::install::Kafka;
use crate::process;

const LIMIT: Duration = Duration::from_secs(120);

/// What the tool prints when a file is not as it should be.
const COMPLAINTS: &[&str] = &[
    "Mismatches in :",
    " is followed by ",
    "Found timestamp mismatch in :",
    "Found out of order timestamp in :",
    "The following indexed offsets are not found in",
    "invalid bytes at the end",
    "isvalid: false",
    "isValid: false",
    "Ignoring unknown file",
    "Exception",
    "Error",
    "corrupt",
];

/// What reads as well as the tool can each kind of file.
const KINDS: &[(&str, &[&str], &[&str])] = &[
    ("disk-", &["log", "snapshot", "txnindex"], &["--deep-iteration", "--print-data-log"]),
    ("disk-", &["index", "timeindex"], &["--deep-iteration"]),
    ("disk-", &["index"], &["--index-sanity-check"]),
    ("__consumer_offsets-", &["log", "index", "timeindex", "snapshot"], &["--offsets-decoder"]),
    (
        "__cluster_metadata-",
        &["log", "checkpoint"],
        &["--cluster-metadata-decoder", "--skip-record-metadata"],
    ),
    ("__cluster_metadata-", &["index", "timeindex"], &["--deep-iteration"]),
];

/// Fails unless the tool reads every file without a complaint, and finds at least that many records in our topics.
pub(super) fn every_file(kafka: &Kafka, data: &Path, records: u64, log: &Path) -> Result<()> {
    let files = files(data)?;
    ensure(files.iter().any(|file| extension(file) == "snapshot"), || {
        format!("no producer snapshot under {}", data.display())
    })?;
    let mut seen = 0;
    for (prefix, extensions, options) in KINDS {
        let chosen: Vec<String> = files
            .iter()
            .filter(|file| {
                let folder = file.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
                // What is being deleted may be empty, and the tool cannot read the index of an empty log.
                folder.starts_with(prefix)
                    && !folder.ends_with("-delete")
                    && extensions.contains(&extension(file))
            })
            .map(|file| file.display().to_string())
            .collect();
        if chosen.is_empty() {
            continue;
        }
        let mut command = kafka.tool("dump-log");
        command.args(*options).args(["--files", &chosen.join(",")]);
        let said = process::run(&mut command, &[], LIMIT, log)?.all();
        if let Some(complaint) = complaint(&said) {
            return Err(Error::found(format!("dump-log {}: {complaint}", options.join(" "))));
        }
        let dumped = said.matches("Dumping ").count();
        ensure(dumped == chosen.len(), || format!("{dumped} of {} files were dumped", chosen.len()))?;
        if options.contains(&"--print-data-log") {
            seen += said.lines().filter(|line| line.starts_with("| offset: ")).count();
        }
    }
    ensure(u64::try_from(seen).is_ok_and(|seen| seen >= records), || {
        format!("{records} records were served, the tool found {seen}")
    })
}

/// The line that complains, with the file that it is about and what follows.
fn complaint(said: &str) -> Option<String> {
    let lines: Vec<&str> = said.lines().collect();
    let at = lines.iter().position(|line| {
        // Payloads are bytes of ours; they complain about nothing.
        let own = line.split(" payload: ").next().unwrap_or_default();
        // The tool expects every file to begin at offset 0.
        !own.trim_start().starts_with("-1 is followed by ")
            && COMPLAINTS.iter().any(|complaint| own.contains(complaint))
    })?;
    let file =
        lines[..at].iter().rev().find(|line| line.starts_with("Dumping ")).copied().unwrap_or_default();
    Some(format!("{file}\n{}", lines[at..lines.len().min(at + 5)].join("\n")))
}

/// Every file in the folders of partitions.
fn files(data: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in list(data)?.into_iter().filter(|path| path.is_dir()) {
        files.extend(list(&folder)?);
    }
    files.sort();
    Ok(files)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(Error::file(folder))?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(Error::file(folder))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_found_with_its_file_and_a_payload_is_none() {
        let fine = "Dumping /a.log\nbaseOffset: 0 isvalid: true\n| offset: 0 payload: Exception\n";
        assert_eq!(complaint(fine), None);
        let later = "Dumping /8.log\nNon-consecutive offsets in /8.log\n  -1 is followed by 8\n";
        assert_eq!(complaint(later), None);
        assert!(complaint(&format!("{later}  9 is followed by 12\n")).is_some());
        let bad =
            "Dumping /a.log\nDumping /b.index\nMismatches in :/b.index\n  Index offset: 1, log offset: 2\n";
        assert_eq!(
            complaint(bad).unwrap(),
            "Dumping /b.index\nMismatches in :/b.index\n  Index offset: 1, log offset: 2"
        );
    }
}
