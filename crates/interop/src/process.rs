//! Runs a foreign program: to its end or to a deadline, with everything that it says kept in a file.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How long a program that was told to stop may take before it is killed.
const POLL: Duration = Duration::from_millis(5);

/// What a program said.
#[derive(Debug)]
pub struct Said {
    /// On standard output.
    pub stdout: String,
    /// On standard error.
    pub stderr: String,
}

impl Said {
    /// Both streams, for programs that choose theirs by mood.
    pub(crate) fn all(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

/// Runs a command to its end with `input` on its standard input. Fails when it fails or is not done in time;
/// what it said is then part of the error.
pub fn run(command: &mut Command, input: &[u8], limit: Duration, log: &Path) -> Result<Said> {
    let (status, said) = run_any(command, input, limit, log)?;
    if status.success() {
        return Ok(said);
    }
    Err(failed(command, &format!("ended with {status}:\n{}", last_lines(&said.all(), 15))))
}

/// Like [`run`], but how the command ended is for the caller to judge.
pub(crate) fn run_any(
    command: &mut Command,
    input: &[u8],
    limit: Duration,
    log: &Path,
) -> Result<(ExitStatus, Said)> {
    let mut child = spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let mut stdin = child.stdin.take().expect("it was piped");
    let input = input.to_vec();
    // A program that does not read its input to the end is free to do so.
    thread::spawn(move || drop(stdin.write_all(&input)));
    let stdout = reader(child.stdout.take().expect("it was piped"));
    let stderr = reader(child.stderr.take().expect("it was piped"));
    let status = wait(&mut child, limit);
    if status.is_none() {
        kill(&mut child);
    }
    let said = Said { stdout: stdout.recv().unwrap_or_default(), stderr: stderr.recv().unwrap_or_default() };
    append(log, &format!("$ {}\n{}\n", describe(command), said.all()))?;
    let Some(status) = status else {
        let said = last_lines(&said.all(), 15);
        return Err(failed(command, &format!("was not done in {} s:\n{said}", limit.as_secs())));
    };
    Ok((status, said))
}

/// Runs a command and hands each line of its standard output to `on_line` as it comes; standard error goes
/// to the log. The limit is on silence: it starts anew with every line.
pub(crate) fn stream(
    command: &mut Command,
    silence: Duration,
    log: &Path,
    mut on_line: impl FnMut(&str),
) -> Result<()> {
    append(log, &format!("$ {}\n", describe(command)))?;
    let errors = open_to_append(log)?;
    let mut child = spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::from(errors)))?;
    let lines = line_reader(child.stdout.take().expect("it was piped"));
    let timed_out = loop {
        match lines.recv_timeout(silence) {
            Ok(line) => on_line(&line),
            Err(RecvTimeoutError::Disconnected) => break wait(&mut child, silence).is_none(),
            Err(RecvTimeoutError::Timeout) => break true,
        }
    };
    if timed_out {
        kill(&mut child);
        return Err(failed(command, &format!("said nothing for {} s", silence.as_secs())));
    }
    let status = child.wait().map_err(|source| Error::Start { command: describe(command), source })?;
    if status.success() {
        return Ok(());
    }
    Err(failed(command, &format!("ended with {status}:\n{}", tail(log, 15))))
}

/// Starts a command.
pub(crate) fn spawn(command: &mut Command) -> Result<Child> {
    command.spawn().map_err(|source| Error::Start { command: describe(command), source })
}

/// Waits until the child has ended, at most for `limit`.
pub(crate) fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let began = Instant::now();
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if began.elapsed() >= limit {
            return None;
        }
        thread::sleep(POLL);
    }
}

/// Ends a child at once. One that is already gone is as good.
pub(crate) fn kill(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Reads lines in a thread of their own, so that the caller can wait with a limit.
pub(crate) fn line_reader(stream: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(std::result::Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    lines
}

/// The error of a command that went wrong.
pub(crate) fn failed(command: &Command, outcome: &str) -> Error {
    Error::Failed { command: describe(command), outcome: outcome.trim_end().to_owned() }
}

/// The command line without the folders of the program and with long arguments cut.
pub(crate) fn describe(command: &Command) -> String {
    const ARGUMENT_MAX: usize = 60;
    let mut text =
        PathBuf::from(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    for argument in command.get_args() {
        let argument = argument.to_string_lossy();
        text.push(' ');
        text.extend(argument.chars().take(ARGUMENT_MAX));
        if argument.chars().nth(ARGUMENT_MAX).is_some() {
            text.push('…');
        }
    }
    text
}

/// Where the program of that name is, if the machine has it.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Opens a log so that writes go to its end.
pub(crate) fn open_to_append(path: &Path) -> Result<File> {
    OpenOptions::new().create(true).append(true).open(path).map_err(Error::file(path))
}

/// The last lines of a file, or why there are none.
pub(crate) fn tail(path: &Path, count: usize) -> String {
    match std::fs::read(path) {
        Ok(bytes) => last_lines(&String::from_utf8_lossy(&bytes), count),
        Err(error) => format!("{}: {error}", path.display()),
    }
}

fn append(path: &Path, text: &str) -> Result<()> {
    open_to_append(path)?.write_all(text.as_bytes()).map_err(Error::file(path))
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn reader(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, text) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is still worth showing.
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit_ms: u64) -> Result<Said> {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        run(command.args(["-c", script]), b"in", Duration::from_millis(limit_ms), &folder.path().join("log"))
    }

    #[test]
    fn both_streams_are_heard() {
        let said = shell("cat; echo err >&2", 60_000).unwrap();
        assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("in", "err\n"));
    }

    #[test]
    fn a_program_that_hangs_is_ended_and_quoted() {
        let error = shell("echo before; exec sleep 600", 50).unwrap_err().to_string();
        assert!(error.contains("not done") && error.contains("before"), "{error}");
    }

    #[test]
    fn lines_are_handed_on_as_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let mut lines = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", "echo a; echo b; exit 3"]);
        let outcome = stream(&mut command, Duration::from_secs(60), &folder.path().join("log"), |line| {
            lines.push(line.to_owned());
        });
        assert_eq!(lines, ["a", "b"]);
        assert!(outcome.unwrap_err().to_string().contains("exit status: 3"));
    }

    #[test]
    fn the_last_lines_skip_empty_ones() {
        assert_eq!(last_lines("a\n\nb\nc\n\n", 2), "b\nc");
    }
}
