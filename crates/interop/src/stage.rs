//! What a program gets: the target, a folder, the installed runtimes and the report.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::install::{Go, Kafka, Node as NodeJs, Python, Workshop};
use crate::report::Report;
use crate::script;
use crate::target::{Node, Target};

/// The place where one program runs.
pub(crate) struct Stage<'a> {
    workshop: &'a Workshop,
    target: &'a Target,
    report: &'a mut Report,
    folder: PathBuf,
    long: bool,
}

impl<'a> Stage<'a> {
    /// Clears the program's folder and takes it.
    pub(crate) fn new(
        name: &str,
        workshop: &'a Workshop,
        target: &'a Target,
        report: &'a mut Report,
        long: bool,
    ) -> Result<Self> {
        let folder = workshop.root().join("run").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Error::file(&folder))?;
        }
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        Ok(Self { workshop, target, report, folder, long })
    }

    /// A fresh node of the target, running.
    pub(crate) fn node(&mut self, extra: &[(&str, &str)]) -> Result<Node> {
        self.report.progress(&format!("starting {}", self.target.name()));
        Node::start_new(self.target, &self.folder.join("node"), extra)
    }

    /// Runs one check.
    pub(crate) fn check<T>(&mut self, name: &str, run: impl FnOnce(&mut Report) -> Result<T>) -> Option<T> {
        self.report.check(name, run)
    }

    /// Runs a script of ours, whose checks count like ours.
    pub(crate) fn script(&mut self, command: &mut Command) -> Result<Option<Value>> {
        let log = self.log();
        script::run(self.report, command, &log)
    }

    /// What the programs of this stage say.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("programs.log")
    }

    /// A folder of this program alone.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is tested.
    pub(crate) fn target(&self) -> &'a Target {
        self.target
    }

    /// Whether the long form runs.
    pub(crate) fn is_long(&self) -> bool {
        self.long
    }

    /// Says something that is not a check.
    pub(crate) fn note(&mut self, text: &str) {
        self.report.note(text);
    }

    /// The installed programs.
    pub(crate) fn workshop(&self) -> &'a Workshop {
        self.workshop
    }

    pub(crate) fn kafka(&mut self) -> Result<Rc<Kafka>> {
        self.workshop.kafka(self.report)
    }

    pub(crate) fn python(&mut self) -> Result<Python> {
        self.workshop.python(self.report)
    }

    pub(crate) fn node_js(&mut self) -> Result<NodeJs> {
        self.workshop.node(self.report)
    }

    pub(crate) fn go(&mut self) -> Result<Go> {
        self.workshop.go(self.report)
    }
}
