//! What the programs run against: Ottla, or Apache Kafka itself as the control.

mod node;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

pub use self::node::Node;
pub(crate) use self::node::resident_bytes;
use crate::error::{Error, Result};
use crate::install::Kafka;
use crate::process;

/// Compiling everything from nothing.
const BUILD_MAX: Duration = Duration::from_secs(3600);

/// A server that speaks Kafka's protocol and keeps Kafka's files.
#[derive(Clone, Debug)]
pub enum Target {
    /// The binary of this workspace.
    Ottla(PathBuf),
    /// The reference. A check that it fails is a wrong check.
    Kafka(Rc<Kafka>),
}

impl Target {
    /// Builds Ottla with cargo.
    pub fn build_ottla(workspace: &Path, release: bool, log: &Path) -> Result<Self> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["build", "--quiet", "--locked", "-p", "ottla", "--message-format=json"]);
        command.args(release.then_some("--release")).current_dir(workspace);
        let said = process::run(&mut command, &[], BUILD_MAX, log)?;
        let binary = said.stdout.lines().find_map(executable).ok_or_else(|| {
            Error::found("cargo built the package `ottla` but named no binary of that name")
        })?;
        Ok(Self::Ottla(binary))
    }

    /// What a person calls it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ottla(_) => "Ottla",
            Self::Kafka(_) => "Apache Kafka",
        }
    }

    /// Whether this is what we test, and not the control.
    pub(crate) fn is_ottla(&self) -> bool {
        matches!(self, Self::Ottla(_))
    }

    /// The command that starts a node with a file of properties.
    pub(crate) fn start(&self, properties: &Path) -> Command {
        match self {
            Self::Ottla(binary) => {
                let mut command = Command::new(binary);
                command.arg("start").arg(properties);
                command
            }
            Self::Kafka(kafka) => {
                let mut command = kafka.broker();
                command.arg(properties);
                command
            }
        }
    }
}

/// The binary that a line of cargo's messages names.
fn executable(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_ottla = message["target"]["name"] == "ottla" && message["reason"] == "compiler-artifact";
    is_ottla.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_read_from_cargo_s_messages() {
        let line = |name: &str, executable: &str| {
            format!(
                "{{\"reason\":\"compiler-artifact\",\"target\":{{\"name\":\"{name}\"}},\
                 \"executable\":{executable}}}"
            )
        };
        assert_eq!(executable(&line("ottla", "\"/t/ottla\"")), Some("/t/ottla".into()));
        assert_eq!(executable(&line("ottla", "null")), None);
        assert_eq!(executable(&line("ottla-types", "\"/t/x\"")), None);
        assert_eq!(executable("warning"), None);
    }
}
