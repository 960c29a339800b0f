//! A foreign program that runs beside the node, and is talked to line by line.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, Result, ensure};
use crate::process;

/// A running program. Dropping it kills it.
pub(crate) struct Companion {
    command: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Companion {
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let errors = process::open_to_append(log)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        let mut child = process::spawn(command)?;
        let input = child.stdin.take();
        let lines = process::line_reader(child.stdout.take().expect("it was piped"));
        Ok(Self { command: process::describe(command), child, input, lines })
    }

    /// Writes a line to it, and returns the line that it answers.
    pub(crate) fn ask(&mut self, line: &str, limit: Duration) -> Result<String> {
        let input = self.input.as_mut().expect("it is open until the companion is finished");
        input
            .write_all(format!("{line}\n").as_bytes())
            .map_err(|source| Error::Start { command: self.command.clone(), source })?;
        self.next_line(limit)
    }

    /// Waits for its next line.
    pub(crate) fn next_line(&mut self, limit: Duration) -> Result<String> {
        self.lines.recv_timeout(limit).map_err(|_| self.wrong("said nothing"))
    }

    /// Whether it still runs.
    pub(crate) fn expect_running(&mut self) -> Result<()> {
        let running = matches!(self.child.try_wait(), Ok(None));
        ensure(running, || format!("`{}` has ended by itself", self.command))
    }

    /// Tells it to stop, waits until it has, and returns its `::result`.
    pub(crate) fn finish(mut self, limit: Duration) -> Result<Value> {
        // Either is a reason to stop: a line, or the end of its input.
        if let Some(mut input) = self.input.take() {
            let _ = input.write_all(b"stop\n");
        }
        let Some(status) = process::wait(&mut self.child, limit) else {
            return Err(self.wrong("did not stop"));
        };
        ensure(status.success(), || format!("`{}` ended with {status}", self.command))?;
        let result = self.lines.iter().find_map(|line| line.strip_prefix("::result ").map(str::to_owned));
        let text = result.ok_or_else(|| self.wrong("gave no result"))?;
        serde_json::from_str(&text).map_err(|error| self.wrong(&error.to_string()))
    }

    fn wrong(&self, outcome: &str) -> Error {
        Error::Failed { command: self.command.clone(), outcome: outcome.to_owned() }
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        process::kill(&mut self.child);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_companion_answers_and_finishes_with_its_result() {
        let folder = tempfile::tempdir().unwrap();
        let script = "read a; echo \"heard $a\"; read b; echo '::result {\"n\": 1}'";
        let mut command = Command::new("sh");
        let mut companion =
            Companion::start(command.args(["-c", script]), &folder.path().join("log")).unwrap();
        let limit = Duration::from_secs(60);
        assert_eq!(companion.ask("it", limit).unwrap(), "heard it");
        companion.expect_running().unwrap();
        assert_eq!(companion.finish(limit).unwrap()["n"], 1);
    }
}
