//! How a command fails: what, where, and what to do; and with which exit code.

use std::fmt;
use std::io;
use std::process::ExitCode;

use ottla_client::Error;
use ottla_types::ErrorCode;

use crate::output;

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The cluster, or the way to it.
    Client(Error),
    /// The same, about one line of the input.
    AtLine {
        /// Which line, the first being 1.
        line: u64,
        error: Error,
    },
    /// Somebody asked the command to stop before it was done.
    Interrupted(String),
    /// Anything else, in words.
    Other(String),
    /// The arguments contradict each other, which only shows when they are all known.
    Usage(String),
    /// The output could not be written.
    Output(io::Error),
}

/// What [`Failure::Usage`] ends with, as clap does.
const EXIT_USAGE: u8 = 2;
/// What [`Failure::Interrupted`] ends with: what shells report of a program that SIGINT ended.
const EXIT_INTERRUPTED: u8 = 130;

pub(crate) type Outcome = Result<(), Failure>;

impl Failure {
    /// Says on standard error what went wrong, and how the process ends. Whoever stops reading the output, as
    /// `head` does, is no failure.
    pub(crate) fn report(&self) -> ExitCode {
        if matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        output::note(&format!("ottla: {self}"));
        if let Some(hint) = self.hint() {
            output::note(&format!("  {hint}"));
        }
        match self {
            Self::Usage(_) => ExitCode::from(EXIT_USAGE),
            Self::Interrupted(_) => ExitCode::from(EXIT_INTERRUPTED),
            Self::Client(_) | Self::AtLine { .. } | Self::Other(_) | Self::Output(_) => ExitCode::FAILURE,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        let (Self::Client(error) | Self::AtLine { error, .. }) = self else { return None };
        Some(match error {
            Error::NoBroker(_) | Error::Connect { .. } => {
                "Is a node running there? Start one with `ottla start`, or name another with --bootstrap HOST:PORT."
            }
            Error::UnknownTopic(_) => {
                "List topics with `ottla topic list`, or create it with `ottla topic create`."
            }
            Error::UnknownBroker(_) => "`ottla cluster describe` shows the brokers that there are.",
            Error::NoPosition(_) => "Say where to begin: --from-beginning, or --offset.",
            _ => return hint_for(error.code()?),
        })
    }
}

fn hint_for(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::TopicAlreadyExists => "Use --if-not-exists if that is as good.",
        ErrorCode::NonEmptyGroup | ErrorCode::UnknownMemberId => {
            "The group has members: stop its consumers first. `ottla group describe` shows them."
        }
        ErrorCode::GroupIdNotFound => "List groups with `ottla group list`.",
        ErrorCode::GroupSubscribedToTopic => "The group's consumers read this topic: stop them first.",
        ErrorCode::InvalidReplicationFactor => {
            "`ottla cluster describe` shows how many brokers there are to hold replicas."
        }
        ErrorCode::InvalidConfig => {
            "`ottla config describe --all` shows the settings that exist and their values."
        }
        ErrorCode::NotEnoughReplicas | ErrorCode::NotEnoughReplicasAfterAppend => {
            "min.insync.replicas asks for more replicas than are in sync: see `ottla topic describe`."
        }
        ErrorCode::MessageTooLarge | ErrorCode::RecordListTooLarge => {
            "The topic's max.message.bytes is the limit: see `ottla config describe topic NAME --all`."
        }
        ErrorCode::TopicAuthorizationFailed
        | ErrorCode::GroupAuthorizationFailed
        | ErrorCode::ClusterAuthorizationFailed => "The cluster's access rules do not allow this to you.",
        _ => return None,
    })
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(error) => error.fmt(f),
            Self::AtLine { line, error } => write!(f, "line {line}: {error}"),
            Self::Other(text) | Self::Usage(text) | Self::Interrupted(text) => f.write_str(text),
            Self::Output(error) => write!(f, "the output cannot be written: {error}"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}
