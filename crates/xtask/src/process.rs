//! Runs other programs.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let mut path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    path.pop();
    path.pop();
    path
}

/// Cargo, as it was called, in the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Builds and runs a program of the workspace that is too heavy to be compiled into every task.
pub(crate) fn run_package(package: &str, options: &[&str], arguments: &[String]) -> Result<()> {
    let mut command = cargo(&["run", "--quiet", "--locked", "--package", package]);
    run(command.args(options).arg("--").args(arguments))
}

/// Runs a command to its end with the terminal as its own; fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = describe(command);
    let status = command.status().map_err(|source| Error::Start { command: name.clone(), source })?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Failed { command: name, outcome: status.to_string() })
}

/// Runs a command and returns what it printed; fails with its errors when it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = describe(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::Start { command: name.clone(), source })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::Failed { command: name, outcome: format!("{}\n{}", output.status, said.trim_end()) })
}

fn describe(command: &Command) -> String {
    let mut text = PathBuf::from(command.get_program())
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}
