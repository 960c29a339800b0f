//! A real node on a port and in a directory of its own, and the commands that are run against it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use tempfile::TempDir;

/// The program under test.
pub(crate) const OTTLA: &str = env!("CARGO_BIN_EXE_ottla");

/// A running node. It is killed when it is dropped.
pub(crate) struct Node {
    child: Child,
    /// `HOST:PORT`.
    pub(crate) address: String,
}

/// A folder in which a node has its `ottla-data`, as somebody has who follows the README.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// So that tests are quick: few partitions for offsets, no wait for members who may come.
const SETTINGS: [&str; 2] = ["offsets.topic.num.partitions=2", "group.initial.rebalance.delay.ms=0"];

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The log directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("ottla-data")
    }

    /// Starts a node; the port is the same again if one is given.
    pub(crate) fn start(&self, address: Option<&str>, settings: &[&str]) -> Node {
        loop {
            match self.try_start(address, settings) {
                Ok(node) => return node,
                // Somebody calls somebody else from that port: not for long.
                Err(said) if address.is_some() && said.contains("in use") => {}
                Err(said) => panic!("no node: {said}"),
            }
        }
    }

    fn try_start(&self, address: Option<&str>, settings: &[&str]) -> Result<Node, String> {
        let listeners = format!("listeners=PLAINTEXT://{}", address.unwrap_or("127.0.0.1:0"));
        let mut command = Command::new(OTTLA);
        command.arg("start").current_dir(self.path());
        for setting in [listeners.as_str()].iter().chain(&SETTINGS).chain(settings) {
            command.args(["--set", setting]);
        }
        let log = fs::File::options().create(true).append(true).open(self.path().join("node.log")).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(log).stderr(Stdio::piped()).spawn().unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        errors.read_line(&mut said).unwrap();
        let address = said.split_once("PLAINTEXT://").and_then(|(_, rest)| rest.split(' ').next());
        if let Some(address) = address.map(str::to_owned) {
            return Ok(Node { child, address });
        }
        errors.read_to_string(&mut said).unwrap();
        child.wait().unwrap();
        Err(said)
    }
}

impl Node {
    /// A command against this node.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(OTTLA);
        command.args(arguments.split_whitespace()).env("OTTLA_BOOTSTRAP", &self.address);
        command
    }

    /// Runs a command against this node, which must end well, and says what it wrote to its standard output.
    pub(crate) fn ottla(&self, arguments: &str, input: &str) -> String {
        let ran = run(&mut self.command(arguments), input);
        assert_eq!(ran.code, Some(0), "ottla {arguments}: {ran:?}");
        ran.stdout
    }

    /// Stops the node as an operator would.
    pub(crate) fn stop(mut self) {
        signal(&self.child, "TERM");
        assert!(self.child.wait().unwrap().success());
    }

    /// Takes the node away without a warning.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command, input: &str) -> Ran {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // Whoever does not want all of the input is free to end before.
    let writer = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Sends a signal by its name.
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}
