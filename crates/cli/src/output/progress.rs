//! A line that says how far long work has come.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Shows progress on standard error, if that is a terminal: otherwise nobody looks.
pub(crate) struct Progress {
    is_shown: bool,
    started: Instant,
    next: Instant,
    width: usize,
}

/// Shorter work needs no progress.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line changes.
const INTERVAL: Duration = Duration::from_millis(250);

impl Progress {
    pub(crate) fn new() -> Self {
        let started = Instant::now();
        Self { is_shown: std::io::stderr().is_terminal(), started, next: started + PATIENCE, width: 0 }
    }

    /// Shows the line, if it is time for one.
    pub(crate) fn show(&mut self, line: impl FnOnce(Duration) -> String) {
        let now = Instant::now();
        if !self.is_shown || now < self.next {
            return;
        }
        self.next = now + INTERVAL;
        let line = line(now - self.started);
        let width = line.chars().count();
        let rest = " ".repeat(self.width.saturating_sub(width));
        self.width = width;
        // Progress that cannot be shown is no failure of the work.
        let _ = write!(std::io::stderr(), "\r{line}{rest}");
    }

    /// Takes the line away.
    pub(crate) fn clear(&mut self) {
        if self.width > 0 {
            let _ = write!(std::io::stderr(), "\r{}\r", " ".repeat(self.width));
            self.width = 0;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
