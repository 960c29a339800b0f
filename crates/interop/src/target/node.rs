//! One running node: a folder, two ports, a file of properties and a process that comes and goes.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Target;
use crate::error::{Error, Result};
use crate::install::Kafka;
use crate::{port, process};

/// A JVM on a busy machine takes its time.
const READY_MAX: Duration = Duration::from_secs(90);
const STOP_MAX: Duration = Duration::from_secs(60);

/// What a JVM returns that SIGTERM has stopped, however cleanly.
const JVM_TERMINATED: i32 = 143;

/// New ports are tried this often when others were quicker.
const PORT_TRIES: usize = 3;

/// A node of either kind. Dropping it kills its process.
pub struct Node {
    target: Target,
    folder: PathBuf,
    port: u16,
    properties: BTreeMap<String, String>,
    child: Option<Child>,
}

impl Node {
    /// Starts a new node in `folder`, on ports that are free.
    pub(crate) fn start_new(target: &Target, folder: &Path, extra: &[(&str, &str)]) -> Result<Self> {
        for attempt in 1.. {
            let mut node = Self::prepare(target, folder, extra)?;
            match node.start() {
                Ok(_) => return Ok(node),
                Err(error) if attempt >= PORT_TRIES || !node.says("in use") => return Err(error),
                Err(_) => {}
            }
        }
        unreachable!("the loop returns")
    }

    /// Lays out a new node without starting it.
    pub fn prepare(target: &Target, folder: &Path, extra: &[(&str, &str)]) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(Error::file(folder))?;
        }
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
        let ports = port::free(2)?;
        let mut properties = properties(folder, ports[0], ports[1]);
        properties.extend(extra.iter().map(|(key, value)| ((*key).into(), (*value).into())));
        Ok(Self {
            target: target.clone(),
            folder: folder.to_owned(),
            port: ports[0],
            properties,
            child: None,
        })
    }

    /// Starts the process on whatever lies in the folder; returns how long it took to answer.
    pub fn start(&mut self) -> Result<Duration> {
        assert!(self.child.is_none(), "a node is started when it does not run");
        let file = self.folder.join("server.properties");
        let text: String = self.properties.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        fs::write(&file, text).map_err(Error::file(&file))?;
        if let Target::Kafka(kafka) = &self.target
            && !self.data().join("meta.properties").exists()
        {
            self.format(&kafka.clone())?;
        }
        let mut command = self.target.start(&file);
        let log = process::open_to_append(&self.log())?;
        let errors = log.try_clone().map_err(Error::file(self.log()))?;
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(log).stderr(errors);
        let began = Instant::now();
        self.child = Some(process::spawn(&mut command)?);
        self.await_ready(began)
    }

    /// Lets `kafka-storage` format the data folder, as Apache Kafka wants it before a first start.
    pub fn format(&self, kafka: &Kafka) -> Result<()> {
        let file = self.folder.join("server.properties");
        let text: String = self.properties.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        fs::write(&file, text).map_err(Error::file(&file))?;
        let mut command = kafka.tool("storage");
        command.args(["format", "--standalone", "--cluster-id", "b3R0bGEtaW50ZXJvcC0wMQ", "-c"]).arg(file);
        process::run(&mut command, &[], READY_MAX, &self.log())?;
        Ok(())
    }

    /// Stops it as a person would, and fails if it does not end well.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        self.signal(&child, Signal::TERM)?;
        let Some(status) = process::wait(&mut child, STOP_MAX) else {
            process::kill(&mut child);
            return Err(self.wrong(format!("was still there {} s after SIGTERM", STOP_MAX.as_secs())));
        };
        let jvm = !self.target.is_ottla() && status.code() == Some(JVM_TERMINATED);
        if status.success() || jvm {
            return Ok(());
        }
        Err(self.wrong(format!("ended with {status} after SIGTERM")))
    }

    /// Ends it as a crash would.
    pub fn crash(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        self.signal(&child, Signal::KILL)?;
        let status = child.wait().map_err(Error::file(self.log()))?;
        if status.signal() == Some(Signal::KILL.as_raw()) {
            return Ok(());
        }
        Err(self.wrong(format!("had ended before it was killed: {status}")))
    }

    /// Lets another kind of server run in this folder and on these ports.
    pub(crate) fn become_target(&mut self, target: &Target) {
        assert!(self.child.is_none(), "a running node does not change its kind");
        self.target = target.clone();
    }

    /// Fails when the process has ended by itself.
    pub fn expect_running(&mut self) -> Result<()> {
        let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        match ended {
            None => Ok(()),
            Some(status) => Err(self.wrong(format!("ended by itself with {status}"))),
        }
    }

    /// Where clients connect.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The port of [`Node::bootstrap`].
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The log directory, in Kafka's sense.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// What the process printed.
    pub fn log(&self) -> PathBuf {
        self.folder.join("node.log")
    }

    /// The process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The bytes of memory that the process holds.
    pub fn resident_bytes(&self) -> Result<u64> {
        let file = self.status_file()?;
        let status = fs::read_to_string(&file).map_err(Error::file(&file))?;
        resident_bytes(&status).ok_or_else(|| self.wrong(format!("holds no memory by {}", file.display())))
    }

    /// Where the system says how much memory the process holds; [`resident_bytes`] reads it.
    pub(crate) fn status_file(&self) -> Result<PathBuf> {
        let pid = self.child.as_ref().map(Child::id).ok_or_else(|| self.wrong("does not run".into()))?;
        Ok(PathBuf::from(format!("/proc/{pid}/status")))
    }

    /// Whether the log has that text in it.
    pub(crate) fn says(&self, text: &str) -> bool {
        fs::read(self.log()).is_ok_and(|log| String::from_utf8_lossy(&log).contains(text))
    }

    fn await_ready(&mut self, began: Instant) -> Result<Duration> {
        while began.elapsed() < READY_MAX {
            self.expect_running()?;
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return Ok(began.elapsed());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Err(self.wrong(format!("did not listen on port {} in {} s", self.port, READY_MAX.as_secs())))
    }

    fn signal(&self, child: &Child, signal: Signal) -> Result<()> {
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a child has a process id");
        kill_process(pid, signal).map_err(|error| self.wrong(format!("could not be signaled: {error}")))
    }

    fn wrong(&self, what: String) -> Error {
        Error::Node { what, log: self.log() }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            process::kill(child);
        }
    }
}

/// The same properties for both: that Ottla takes them as they are is part of the test.
fn properties(folder: &Path, port: u16, controller_port: u16) -> BTreeMap<String, String> {
    let listeners = format!("PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}");
    let pairs = [
        ("process.roles", "broker,controller".to_owned()),
        ("node.id", "1".into()),
        ("controller.quorum.bootstrap.servers", format!("127.0.0.1:{controller_port}")),
        ("listeners", listeners.clone()),
        ("advertised.listeners", listeners),
        ("controller.listener.names", "CONTROLLER".into()),
        ("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT".into()),
        ("log.dirs", folder.join("data").display().to_string()),
        ("offsets.topic.replication.factor", "1".into()),
        ("transaction.state.log.replication.factor", "1".into()),
        ("transaction.state.log.min.isr", "1".into()),
        ("share.coordinator.state.topic.replication.factor", "1".into()),
        ("share.coordinator.state.topic.min.isr", "1".into()),
        ("group.initial.rebalance.delay.ms", "0".into()),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The memory that a process holds, from its status file.
pub(crate) fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_status_of_a_process() {
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t    2048 kB\nThreads: 1\n"), Some(2 * 1024 * 1024));
        assert_eq!(resident_bytes("Name:\tx\n"), None);
    }
}
