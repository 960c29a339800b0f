//! The JavaScript clients and their Node.js.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Workshop, system};
use crate::error::{Error, Result};
use crate::report::Report;

/// Our scripts are copied beside `node_modules`: that is where Node.js looks for what they import.
const FILES: &[&str] =
    &["package.json", "package-lock.json", "checks.mjs", "kafkajs.mjs", "flights.mjs", "flights_data.mjs"];

/// A Node.js whose packages are those of `programs/package-lock.json`.
#[derive(Debug)]
pub(crate) struct Node {
    program: PathBuf,
    folder: PathBuf,
}

impl Node {
    pub(super) fn install(workshop: &Workshop, report: &mut Report) -> Result<Self> {
        let program = system("node", "nodejs")?;
        let npm = system("npm", "npm")?;
        let folder = workshop.root().join("node");
        let lock = workshop.script("package-lock.json");
        let pins = fs::read_to_string(&lock).map_err(Error::file(&lock))?;
        workshop.once(&folder, &pins, report, |report| {
            copy(workshop, &folder, "package.json")?;
            copy(workshop, &folder, "package-lock.json")?;
            workshop.download(report, "the JavaScript clients with npm", || {
                let mut command = Command::new(&npm);
                command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache"]);
                command.arg(workshop.cache().join("npm")).current_dir(&folder);
                command
            })
        })?;
        for name in FILES {
            copy(workshop, &folder, name)?;
        }
        Ok(Self { program, folder })
    }

    /// A script of ours.
    pub(crate) fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(self.folder.join(name));
        command
    }
}

fn copy(workshop: &Workshop, folder: &Path, name: &str) -> Result<()> {
    let source = workshop.script(name);
    fs::copy(&source, folder.join(name)).map_err(Error::file(&source))?;
    Ok(())
}
