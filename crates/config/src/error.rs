//! What can be wrong with a configuration, and where.

use std::fmt;
use std::sync::Arc;

/// A configuration that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A properties file holds a `\u` without four hexadecimal digits after it.
    #[error("line {line}: `\\u` must be followed by four hexadecimal digits")]
    Escape {
        /// The line, from 1.
        line: u32,
    },
    /// Values are wrong, or ask for what Ottla must not go on without. All that were found.
    #[error("{}", OnePerLine(.0))]
    Invalid(Vec<Problem>),
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key that it is about.
    pub key: String,
    /// The value as it was given; `None` where nobody gave one, or where it must not be shown.
    pub value: Option<String>,
    /// Where it was given.
    pub source: Option<Source>,
    /// What is wrong and what would be right.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}: ")?;
        }
        f.write_str(&self.key)?;
        if let Some(value) = &self.value {
            write!(f, "={value}")?;
        }
        write!(f, ": {}", self.text)
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A line of a properties file.
    File {
        /// The file's name.
        name: Arc<str>,
        /// The line, from 1.
        line: u32,
    },
    /// An environment variable.
    Environment(String),
    /// A `--set` of the command line.
    CommandLine,
    /// The cluster's metadata, for all brokers.
    Cluster,
    /// The cluster's metadata, for this broker.
    Broker,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::CommandLine => f.write_str("--set"),
            Self::Cluster => f.write_str("dynamic setting of all brokers"),
            Self::Broker => f.write_str("dynamic setting of this broker"),
        }
    }
}

struct OnePerLine<'a>(&'a [Problem]);

impl fmt::Display for OnePerLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}
