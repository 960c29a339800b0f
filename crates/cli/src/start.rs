//! `ottla start`: runs a node in the foreground.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use ottla_broker::{Clock, Node};
use ottla_config::{Inputs, Startup};
use ottla_storage::disk::RealDisk;

use crate::logging::Logging;
use crate::output;
use crate::remote::BOOTSTRAP_VARIABLE;
use crate::signals::StopSignals;

/// A properties file is text that somebody wrote: a larger one is something else.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Run a node: broker and controller, until SIGTERM or SIGINT.
///
/// With no file and no setting the node listens on port 9092 and keeps its data in ./ottla-data. A setting is taken
/// from the file, then from the environment (OTTLA_LOG_DIRS for log.dirs), then from --set: the last one holds.
#[derive(Args)]
pub(crate) struct Start {
    /// A Kafka server.properties
    #[arg(value_name = "server.properties")]
    file: Option<PathBuf>,
    /// Override one setting
    #[arg(long = "set", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    #[command(flatten)]
    logging: Logging,
}

impl Start {
    pub(crate) fn run(self) -> ExitCode {
        match self.serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(message) => {
                output::note(&format!("ottla: cannot start:\n{message}"));
                ExitCode::FAILURE
            }
        }
    }

    fn serve(self) -> Result<(), String> {
        self.logging.start()?;
        let startup = self.configuration()?;
        for warning in &startup.warnings {
            tracing::warn!("{warning}");
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("ottla-control")
            .enable_all()
            .build()
            .map_err(|error| format!("no runtime: {error}"))?;
        runtime.block_on(async {
            let mut stop = StopSignals::new().map_err(|error| format!("no signal handler: {error}"))?;
            let node = Node::start(startup, RealDisk::shared(), Clock::system())
                .await
                .map_err(|error| error.to_string())?;
            output::note(&node.ready_line().to_string());
            tokio::select! {
                () = stop.received() => tracing::info!("stopping"),
                () = node.failed() => tracing::error!("the node cannot go on: see the lines above"),
            }
            node.stop().await.map_err(|error| format!("the stop was not clean: {error}"))
        })
    }

    fn configuration(&self) -> Result<Startup, String> {
        let content = self.file.as_deref().map(read_bounded).transpose()?;
        let name = self.file.as_ref().map(|path| path.display().to_string());
        let inputs = Inputs {
            file: name.as_deref().zip(content.as_deref()),
            environment: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .filter(|(name, _)| name != BOOTSTRAP_VARIABLE)
                .collect(),
            overrides: self.overrides.clone(),
        };
        inputs.resolve().map_err(|error| error.to_string())
    }
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut content)?;
        Ok(content)
    };
    let content = read().map_err(|error| format!("{}: {error}", path.display()))?;
    if content.len() as u64 > FILE_BYTES_MAX {
        return Err(format!(
            "{}: larger than {FILE_BYTES_MAX} bytes; is this a properties file?",
            path.display()
        ));
    }
    Ok(content)
}
