//! Log lines: for people, or one JSON object each for programs.

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

/// How a node logs.
#[derive(Args)]
pub(crate) struct Logging {
    /// What is logged: a level (error, warn, info, debug, trace) or a filter such as `info,ottla_net=debug`
    #[arg(long, value_name = "FILTER", default_value = "info,openraft=warn", env = "RUST_LOG")]
    log: String,
    /// How each line looks
    #[arg(long, value_enum, default_value_t = Format::Text)]
    log_format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

impl Logging {
    /// Starts logging to standard output; the error says what is wrong with the filter.
    pub(crate) fn start(&self) -> Result<(), String> {
        let filter = EnvFilter::try_new(&self.log).map_err(|error| {
            format!("--log {}: {error}; use a level such as info, or target=level pairs", self.log)
        })?;
        let builder = tracing_subscriber::fmt().with_env_filter(filter);
        match self.log_format {
            Format::Text => builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stdout())).init(),
            Format::Json => builder.json().init(),
        }
        Ok(())
    }
}
