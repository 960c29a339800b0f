//! Brings foreign programs into `target/interop`, in pinned versions, and nothing anywhere else.
//!
//! Each installation leaves a stamp that holds its pins: a changed pin installs anew, an unchanged one costs a read.

mod go;
mod java;
mod node;
mod python;

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

pub(crate) use self::go::Go;
pub use self::java::{KAFKA_VERSION, Kafka};
pub(crate) use self::node::Node;
pub use self::python::Python;
use crate::error::{Error, Result};
use crate::process;
use crate::report::Report;

/// Pauses before a download is tried again. Networks fail, and that says nothing about the code.
const PAUSES: [Duration; 2] = [Duration::from_secs(3), Duration::from_secs(15)];

/// A first download on a slow line.
const DOWNLOAD_MAX: Duration = Duration::from_secs(900);

/// The folder of foreign programs, and what has been found in it so far.
pub struct Workshop {
    root: PathBuf,
    scripts: PathBuf,
    kafka: OnceCell<Rc<Kafka>>,
}

impl Workshop {
    /// The workshop of the workspace at `workspace`.
    pub fn new(workspace: &Path) -> Self {
        Self {
            root: workspace.join("target/interop"),
            scripts: workspace.join("crates/interop/programs"),
            kafka: OnceCell::new(),
        }
    }

    /// The folder that everything foreign lies in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A script of ours.
    pub(crate) fn script(&self, name: &str) -> PathBuf {
        self.scripts.join(name)
    }

    /// Apache Kafka's jars and a Java to run them.
    pub fn kafka(&self, report: &mut Report) -> Result<Rc<Kafka>> {
        if let Some(kafka) = self.kafka.get() {
            return Ok(Rc::clone(kafka));
        }
        let kafka = Rc::new(Kafka::install(self, report)?);
        Ok(Rc::clone(self.kafka.get_or_init(|| kafka)))
    }

    /// A Python with the Kafka clients.
    pub fn python(&self, report: &mut Report) -> Result<Python> {
        Python::install(self, report)
    }

    /// A Node.js with the Kafka clients.
    pub(crate) fn node(&self, report: &mut Report) -> Result<Node> {
        Node::install(self, report)
    }

    /// The programs written in Go.
    pub(crate) fn go(&self, report: &mut Report) -> Result<Go> {
        Go::install(self, report)
    }

    /// Runs `install` in an empty `folder` unless it has been done with the same `pins`.
    fn once(
        &self,
        folder: &Path,
        pins: &str,
        report: &mut Report,
        install: impl FnOnce(&mut Report) -> Result<()>,
    ) -> Result<()> {
        let stamp = folder.join(".complete");
        if fs::read_to_string(&stamp).is_ok_and(|done| done == pins) {
            return Ok(());
        }
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(Error::file(folder))?;
        }
        fs::create_dir_all(folder).map_err(Error::file(folder))?;
        fs::create_dir_all(self.cache()).map_err(Error::file(self.cache()))?;
        install(report)?;
        fs::write(&stamp, pins).map_err(Error::file(&stamp))
    }

    /// Where package clients keep what they have downloaded.
    fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    fn log(&self) -> PathBuf {
        self.root.join("install.log")
    }

    /// Runs a command that downloads, up to three times.
    fn download(&self, report: &mut Report, what: &str, command: impl Fn() -> Command) -> Result<()> {
        let mut pauses = PAUSES.iter();
        loop {
            report.progress(&format!("installing {what}"));
            match process::run(&mut command(), &[], DOWNLOAD_MAX, &self.log()) {
                Ok(_) => return Ok(()),
                Err(error @ Error::Start { .. }) => return Err(error),
                Err(error) => match pauses.next() {
                    Some(pause) => thread::sleep(*pause),
                    None => {
                        return Err(Error::Unavailable {
                            what: format!("{what} could not be downloaded: {error}"),
                            remedy: format!("look at the network, and at {}", self.log().display()),
                        });
                    }
                },
            }
        }
    }
}

/// Finds a program of the system, or says which package has it.
pub(crate) fn system(name: &str, package: &str) -> Result<PathBuf> {
    process::on_path(name).ok_or_else(|| Error::Unavailable {
        what: format!("`{name}` is not installed"),
        remedy: format!("apt-get install {package}"),
    })
}
