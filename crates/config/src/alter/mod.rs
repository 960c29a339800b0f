//! Changes of settings while the node runs: AlterConfigs and IncrementalAlterConfigs, and a topic's settings at
//! its creation.

mod broker;
mod client_metrics;
mod group;
mod topic;

use std::collections::{BTreeMap, BTreeSet};

use ottla_types::ErrorCode;

pub use broker::{BrokerScope, alter_distant_broker};

use crate::effective::Texts;
use crate::setting::{Kind, Setting, Status};

/// One change of one setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// The setting.
    pub key: &'a str,
    /// What to do with it.
    pub operation: Operation,
    /// The value to do it with; a deletion needs none.
    pub value: Option<&'a str>,
}

/// What a change does (KIP-339).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Gives the setting this value.
    Set,
    /// Takes the resource's own value away.
    Delete,
    /// Adds items to a list.
    Append,
    /// Takes items out of a list.
    Subtract,
}

impl Operation {
    /// The operation with this number in an IncrementalAlterConfigs request, if there is one.
    #[must_use]
    pub const fn from_code(code: i8) -> Option<Self> {
        Some(match code {
            0 => Self::Set,
            1 => Self::Delete,
            2 => Self::Append,
            3 => Self::Subtract,
            _ => return None,
        })
    }
}

/// A change that may be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Altered {
    /// All of the resource's own settings afterwards.
    pub texts: Texts,
    /// What the metadata log is to say: a key and its new value, or `None` where it loses its own.
    pub changes: Vec<(String, Option<String>)>,
    /// What was asked for and is not done, a sentence each: for the log, since the response has no place for it.
    pub warnings: Vec<String>,
}

/// A change that may not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AlterError {
    /// What the response says.
    pub code: ErrorCode,
    /// What is wrong and what would be right.
    pub message: String,
}

impl AlterError {
    fn config(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::InvalidConfig, message: message.into() }
    }

    fn request(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::InvalidRequest, message: message.into() }
    }
}

/// The changes that make `wanted` all of a resource's own settings: what AlterConfigs asks for.
#[must_use]
pub fn replacement<'a>(current: &'a Texts, wanted: &[(&'a str, Option<&'a str>)]) -> Vec<Change<'a>> {
    let names: BTreeSet<&str> = wanted.iter().map(|(key, _)| *key).collect();
    let sets = wanted.iter().map(|(key, value)| Change { key, operation: Operation::Set, value: *value });
    let gone = current.keys().filter(|key| !names.contains(key.as_str()));
    let deletes = gone.map(|key| Change { key, operation: Operation::Delete, value: None });
    sets.chain(deletes).collect()
}

/// The longest value that the metadata log takes, in UTF-16 units.
const VALUE_LENGTH_MAX: usize = i16::MAX as usize;

/// A resource's own settings, and how changes to them are read.
struct Resource<'a> {
    current: &'a Texts,
    find: fn(&str) -> Option<&'static Setting>,
    /// Whether lists of this kind of resource can be added to. Kafka's controller knows no lists of groups and
    /// client-metrics subscriptions.
    has_lists: bool,
    /// Whether a change that changes nothing is logged too, so that brokers read files anew that a value names.
    logs_everything: bool,
}

impl Resource<'_> {
    /// What the settings become. Says nothing yet about whether the values are right.
    fn apply(&self, changes: &[Change<'_>]) -> Result<Altered, AlterError> {
        check_form(changes)?;
        let mut altered = Altered { texts: self.current.clone(), ..Altered::default() };
        for change in changes {
            let before = self.current.get(change.key);
            let value = change.value.unwrap_or_default();
            let after = match change.operation {
                Operation::Set => Some(value.to_owned()),
                Operation::Delete => None,
                Operation::Append | Operation::Subtract => Some(self.change_list(change, value)?),
            };
            if after.as_ref().is_some_and(|text| text.encode_utf16().count() > VALUE_LENGTH_MAX) {
                let text = format!("{}: a value may have {VALUE_LENGTH_MAX} characters at most", change.key);
                return Err(AlterError::config(text));
            }
            if self.logs_everything || before != after.as_ref() {
                altered.changes.push((change.key.to_owned(), after.clone()));
            }
            match after {
                Some(text) => altered.texts.insert(change.key.to_owned(), text),
                None => altered.texts.remove(change.key),
            };
        }
        Ok(altered)
    }

    fn change_list(&self, change: &Change<'_>, value: &str) -> Result<String, AlterError> {
        let setting = (self.find)(change.key).filter(|setting| self.has_lists && setting.kind == Kind::List);
        let Some(setting) = setting else {
            let operation = if change.operation == Operation::Append { "added to" } else { "taken from" };
            let text =
                format!("nothing can be {operation} {}, which is not a list; set it instead", change.key);
            return Err(AlterError::config(text));
        };
        let default = setting.default_value().map(|value| value.to_string());
        let current = self.current.get(change.key).cloned().or(default).unwrap_or_default();
        let mut items: Vec<&str> = current.split(',').filter(|item| !item.is_empty()).collect();
        for item in java_split(value) {
            let place = items.iter().position(|other| *other == item);
            match (change.operation, place) {
                (Operation::Append, None) => items.push(item),
                (Operation::Subtract, Some(place)) => {
                    items.remove(place);
                }
                _ => {}
            }
        }
        Ok(items.join(","))
    }
}

/// What can be wrong with changes whatever they are about.
fn check_form(changes: &[Change<'_>]) -> Result<(), AlterError> {
    let mut seen = BTreeSet::new();
    if let Some(change) = changes.iter().find(|change| !seen.insert(change.key)) {
        return Err(AlterError::request(format!(
            "{} is there twice; each key may be changed once",
            change.key
        )));
    }
    let lacks_value = |change: &&Change<'_>| change.operation != Operation::Delete && change.value.is_none();
    let lacking: Vec<&str> = changes.iter().filter(lacks_value).map(|change| change.key).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    Err(AlterError::request(format!(
        "these have no value: {}; delete them, or give them one",
        lacking.join(", ")
    )))
}

/// Splits at commas as Java does: empty items at the end are dropped.
fn java_split(text: &str) -> Vec<&str> {
    let mut items: Vec<&str> = text.split(',').collect();
    while items.len() > 1 && items.last().is_some_and(|item| item.is_empty()) {
        items.pop();
    }
    items
}

/// A wrong value in a sentence.
fn wrong(setting: &Setting, key: &str, text: &str, reason: &str) -> String {
    if setting.is_sensitive() { format!("{key}: {reason}") } else { format!("{key}={text}: {reason}") }
}

/// What the changes ask for that does not exist yet.
fn unmet(
    changes: &[(String, Option<String>)],
    find: impl Fn(&str) -> Option<&'static Setting>,
) -> Vec<String> {
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut warnings = Vec::new();
    for (key, text) in changes {
        let (Some(setting), Some(text)) = (find(key), text) else { continue };
        let value = setting.parse(text).ok();
        if value == setting.default_value() {
            continue;
        }
        match setting.status {
            Status::Active => {}
            Status::Moot(reason) => warnings.push(format!("{key} has no effect: {reason}")),
            Status::NotYet(function) | Status::Refused(function) => {
                missing.entry(function).or_default().push(key);
            }
        }
    }
    let missing = missing.into_iter();
    warnings.extend(
        missing.map(|(function, keys)| {
            format!("not there yet: {function}; without effect: {}", keys.join(", "))
        }),
    );
    warnings
}
