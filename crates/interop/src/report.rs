//! What a person sees: one line per check with its time, one per thing that is missing, a sum at the end.

use std::io::{IsTerminal as _, Write};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How often a long check says where it is when nobody looks at a terminal.
const PROGRESS_EVERY: Duration = Duration::from_secs(15);

/// Counts what passed and what did not, and says so as it happens.
pub struct Report {
    output: Box<dyn Write>,
    terminal: bool,
    strict: bool,
    began: Instant,
    progress: Option<Instant>,
    passed: usize,
    skipped: usize,
    failed: Vec<String>,
    program: String,
}

impl Report {
    /// A report on standard error. When `strict`, what cannot be had counts as failed.
    pub fn to_stderr(strict: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self::new(Box::new(std::io::stderr()), terminal, strict)
    }

    fn new(output: Box<dyn Write>, terminal: bool, strict: bool) -> Self {
        Self {
            output,
            terminal,
            strict,
            began: Instant::now(),
            progress: None,
            passed: 0,
            skipped: 0,
            failed: Vec::new(),
            program: String::new(),
        }
    }

    /// Names the program that the next checks belong to.
    pub(crate) fn program(&mut self, name: &str, about: &str) {
        name.clone_into(&mut self.program);
        self.line(&format!("-- {name}: {about}"));
    }

    /// Runs one check and says how it went. What it returns tells whether the checks that need it can go on.
    pub(crate) fn check<T>(&mut self, name: &str, run: impl FnOnce(&mut Self) -> Result<T>) -> Option<T> {
        let began = Instant::now();
        self.progress(name);
        match run(self) {
            Ok(value) => {
                self.passed(name, began.elapsed());
                Some(value)
            }
            Err(error) => {
                self.wrong(name, began.elapsed(), &error);
                None
            }
        }
    }

    /// A check that passed.
    pub(crate) fn passed(&mut self, name: &str, took: Duration) {
        self.passed += 1;
        self.line(&format!("   ok      {:>7.2} s  {name}", took.as_secs_f64()));
    }

    /// A check that failed, or that could not run.
    pub(crate) fn wrong(&mut self, name: &str, took: Duration, error: &Error) {
        if let Error::Unavailable { .. } = error
            && !self.strict
        {
            self.skipped += 1;
            self.line(&format!("   skipped            {name}: {error}"));
            return;
        }
        self.failed.push(format!("{}: {name}", self.program));
        self.line(&format!("   FAILED  {:>7.2} s  {name}: {error}", took.as_secs_f64()));
    }

    /// Something worth knowing that is not a check: a figure, a place.
    pub fn note(&mut self, text: &str) {
        self.line(&format!("           {text}"));
    }

    /// Where a long check is: replaced by the next line on a terminal, else said now and then.
    pub fn progress(&mut self, text: &str) {
        if self.terminal {
            let short: String = text.chars().take(90).collect();
            self.write(&format!("\r\x1b[2K   …                  {short}"));
            return;
        }
        let since = *self.progress.get_or_insert_with(Instant::now);
        if since.elapsed() >= PROGRESS_EVERY {
            self.progress = Some(Instant::now());
            self.write(&format!("   …                  {text}\n"));
        }
    }

    /// How many checks have failed so far.
    pub(crate) fn failures(&self) -> usize {
        self.failed.len()
    }

    /// Says the sum, and whether everything is well.
    pub(crate) fn finish(mut self) -> bool {
        for failed in std::mem::take(&mut self.failed) {
            self.line(&format!("FAILED {failed}"));
            self.failed.push(failed);
        }
        let (passed, failed, skipped) = (self.passed, self.failed.len(), self.skipped);
        let seconds = self.began.elapsed().as_secs_f64();
        self.line(&format!("interop took {seconds:.1} s"));
        self.line(&format!("{passed} passed, {failed} failed, {skipped} skipped"));
        failed == 0
    }

    fn line(&mut self, text: &str) {
        let clear = if self.terminal { "\r\x1b[2K" } else { "" };
        self.progress = None;
        self.write(&format!("{clear}{text}\n"));
    }

    /// Nobody is left to tell when standard error is gone.
    fn write(&mut self, text: &str) {
        let _ = self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing() -> Error {
        Error::Unavailable { what: "`kcat` is not installed".into(), remedy: "apt-get install kcat".into() }
    }

    fn check(strict: bool, error: Option<Error>) -> bool {
        let mut report = Report::new(Box::new(Vec::new()), false, strict);
        report.check("it works", |_| error.map_or(Ok(()), Err));
        report.finish()
    }

    #[test]
    fn what_is_missing_fails_only_where_everything_must_run() {
        assert!(check(false, Some(missing())));
        assert!(!check(true, Some(missing())));
    }

    #[test]
    fn one_failed_check_fails_the_whole() {
        assert!(check(true, None));
        assert!(!check(false, Some(Error::found("other bytes"))));
    }
}
