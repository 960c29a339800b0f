//! A virtual environment with the Python clients.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::{Workshop, system};
use crate::error::{Error, Result};
use crate::process;
use crate::report::Report;

/// A Python whose packages are those of `programs/requirements.txt`.
#[derive(Debug)]
pub struct Python {
    folder: PathBuf,
    scripts: PathBuf,
}

impl Python {
    pub(super) fn install(workshop: &Workshop, report: &mut Report) -> Result<Self> {
        let system_python = system("python3", "python3 python3-venv")?;
        let folder = workshop.root().join("python");
        let file = workshop.script("requirements.txt");
        let pins = fs::read_to_string(&file).map_err(Error::file(&file))?;
        let python = Self { folder, scripts: workshop.script("") };
        workshop.once(&python.folder, &pins, report, |report| {
            let mut command = Command::new(&system_python);
            command.args(["-m", "venv"]).arg(&python.folder);
            process::run(&mut command, &[], Duration::from_secs(120), &workshop.log()).map_err(|error| {
                Error::Unavailable {
                    what: format!("python3 cannot make a virtual environment: {error}"),
                    remedy: "apt-get install python3-venv".into(),
                }
            })?;
            workshop.download(report, "the Python clients with pip", || {
                let mut command = python.command();
                command.args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]);
                command.arg("--cache-dir").arg(workshop.cache().join("pip")).arg("-r").arg(&file);
                command
            })
        })?;
        Ok(python)
    }

    /// The interpreter.
    pub fn command(&self) -> Command {
        let mut command = Command::new(self.folder.join("bin/python"));
        // Scripts lie among the sources: nothing compiled may appear there.
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONUNBUFFERED", "1");
        command
    }

    /// A script of ours.
    pub(crate) fn script(&self, name: &str) -> Command {
        let mut command = self.command();
        command.arg(self.scripts.join(name));
        command
    }

    /// A program that a package brought.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }
}
