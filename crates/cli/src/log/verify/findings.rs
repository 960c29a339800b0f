//! What was found wrong.

use std::path::Path;

use serde::Serialize;

/// Something that is not as it should be.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) path: String,
    pub(super) problem: String,
}

/// What was looked at, and what was found.
#[derive(Debug, Default, Serialize)]
pub(super) struct Findings {
    pub(super) partitions: usize,
    pub(super) segments: usize,
    pub(super) batches: u64,
    pub(super) records: u64,
    pub(super) bytes: u64,
    pub(super) findings: Vec<Finding>,
    /// How many more there were of files that have many.
    pub(super) not_listed: usize,
}

/// One file with very many findings says no more than one with many.
const OF_ONE_FILE_MAX: usize = 20;

impl Findings {
    pub(super) fn add(&mut self, path: &Path, problem: impl Into<String>) {
        let path = path.display().to_string();
        let of_this = self.findings.iter().rev().take_while(|finding| finding.path == path).count();
        if of_this >= OF_ONE_FILE_MAX {
            self.not_listed += 1;
            return;
        }
        self.findings.push(Finding { path, problem: problem.into() });
    }

    pub(super) fn count(&self) -> usize {
        self.findings.len() + self.not_listed
    }
}
