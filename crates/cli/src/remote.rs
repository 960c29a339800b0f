//! What every command has in common that talks to a cluster.

use std::future::Future;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use ottla_client::{Address, Admin, ClientOptions};
use tracing_subscriber::EnvFilter;

use crate::failure::{Failure, Outcome};
use crate::output::Format;
use crate::span;

/// The environment variable that names the cluster. It is no setting of a node.
pub(crate) const BOOTSTRAP_VARIABLE: &str = "OTTLA_BOOTSTRAP";

/// Which cluster, and how the answer looks.
#[derive(Args, Clone, Debug)]
pub(crate) struct Remote {
    /// One or more brokers of the cluster, separated by commas; the others are learned from them
    #[arg(
        long,
        visible_alias = "bootstrap-server",
        global = true,
        value_name = "HOST:PORT",
        default_value = "127.0.0.1:9092",
        env = BOOTSTRAP_VARIABLE,
        help_heading = "Cluster"
    )]
    bootstrap: String,
    /// A table for people, or JSON for programs
    #[arg(long, global = true, value_enum, default_value_t = Format::Table, help_heading = "Cluster")]
    pub(crate) output: Format,
    /// How long a call may take with all its attempts, such as 500ms, 30s or 2m
    #[arg(
        long,
        global = true,
        value_name = "DURATION",
        default_value = "60s",
        value_parser = span::parse,
        help_heading = "Cluster"
    )]
    call_timeout: Duration,
    /// The name by which brokers log and limit this client
    #[arg(long, global = true, value_name = "NAME", default_value = "ottla", help_heading = "Cluster")]
    client_id: String,
}

impl Remote {
    pub(crate) fn options(&self) -> Result<ClientOptions, Failure> {
        let addresses = Address::parse_list(&self.bootstrap)
            .map_err(|error| Failure::Usage(format!("--bootstrap: {error}")))?;
        let mut options = ClientOptions::new(addresses);
        options.client_id.clone_from(&self.client_id);
        options.api_timeout = self.call_timeout;
        options.request_timeout = options.request_timeout.min(self.call_timeout);
        options.connect_timeout = options.connect_timeout.min(self.call_timeout);
        Ok(options)
    }

    pub(crate) async fn admin(&self) -> Result<Admin, Failure> {
        Ok(Admin::connect(self.options()?).await?)
    }
}

/// What the client says beside the answer, if RUST_LOG does not say otherwise: that it tries again, for instance.
const LOG_FILTER: &str = "warn";

/// Runs a command to its end.
pub(crate) fn run(command: impl Future<Output = Outcome>) -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG_FILTER));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::Other(format!("no runtime: {error}")).report(),
    };
    let outcome = runtime.block_on(command);
    // A thread that waits for standard input cannot be stopped, and need not be waited for.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
