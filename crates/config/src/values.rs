//! The broker's values that hold: what was given, checked and typed, over the defaults.

use std::collections::{BTreeMap, BTreeSet};

use crate::broker;
use crate::error::{Problem, Source};
use crate::key::{self, Key};
use crate::statics::shown;
use crate::value::Value;

/// Values by key. A value that was wrong is reported once and counts as its default from there on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    given: BTreeMap<String, GivenValue>,
    broken: BTreeSet<String>,
}

/// A given value that is right by itself.
#[derive(Clone, Debug)]
pub(crate) struct GivenValue {
    pub(crate) value: Value,
    pub(crate) source: Source,
}

impl Values {
    /// Reads what was given. Keys that are not known are passed over.
    pub(crate) fn read<'a>(
        given: impl Iterator<Item = (&'a str, &'a str, &'a Source)>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut values = Self::default();
        for (key, text, source) in given {
            let setting = match key::look_up(key) {
                Key::Plain(setting) | Key::Listener { setting, .. } => setting,
                Key::RemotePlugin => {
                    values.put(key, Value::Text(text.to_owned()), source);
                    continue;
                }
                Key::Unknown => continue,
            };
            match setting.parse(text) {
                Ok(value) => values.put(key, value, source),
                Err(reason) => {
                    values.broken.insert(key.to_owned());
                    problems.push(Problem {
                        key: key.to_owned(),
                        value: shown(setting, text),
                        source: Some(source.clone()),
                        text: reason,
                    });
                }
            }
        }
        values
    }

    fn put(&mut self, key: &str, value: Value, source: &Source) {
        self.given.insert(key.to_owned(), GivenValue { value, source: source.clone() });
    }

    /// What was given, by key.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&str, &GivenValue)> {
        self.given.iter().map(|(key, given)| (key.as_str(), given))
    }

    pub(crate) fn find_given(&self, key: &str) -> Option<&GivenValue> {
        self.given.get(key)
    }

    pub(crate) fn is_given(&self, key: &str) -> bool {
        self.given.contains_key(key)
    }

    /// Whether one of these was given a wrong value, so that a check between them says nothing.
    pub(crate) fn is_any_broken(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.broken.contains(*key))
    }

    /// The value that holds.
    ///
    /// # Panics
    /// If there is no such setting, here and below: the keys are this crate's own.
    pub(crate) fn value(&self, key: &str) -> Option<Value> {
        if let Some(given) = self.given.get(key) {
            return Some(given.value.clone());
        }
        broker::find(key).unwrap_or_else(|| panic!("{key} is in the tables")).default_value()
    }

    pub(crate) fn optional_whole(&self, key: &str) -> Option<i64> {
        self.value(key).map(|value| match value {
            Value::Whole(number) => number,
            other => panic!("{key} is a whole number, not {other:?}"),
        })
    }

    pub(crate) fn whole(&self, key: &str) -> i64 {
        self.optional_whole(key).unwrap_or_else(|| panic!("{key} has a default"))
    }

    /// A whole number whose type or rule keeps it in the target's range.
    pub(crate) fn number<T: TryFrom<i64>>(&self, key: &str) -> T {
        let number = self.whole(key);
        T::try_from(number).unwrap_or_else(|_| panic!("the rule of {key} lets {number} through"))
    }

    pub(crate) fn boolean(&self, key: &str) -> bool {
        match self.value(key) {
            Some(Value::Bool(value)) => value,
            other => panic!("{key} is a boolean, not {other:?}"),
        }
    }

    pub(crate) fn real(&self, key: &str) -> f64 {
        match self.value(key) {
            Some(Value::Real(value)) => value,
            other => panic!("{key} is a double, not {other:?}"),
        }
    }

    pub(crate) fn optional_text(&self, key: &str) -> Option<String> {
        self.value(key).map(|value| match value {
            Value::Text(text) => text,
            other => panic!("{key} is text, not {other:?}"),
        })
    }

    pub(crate) fn text(&self, key: &str) -> String {
        self.optional_text(key).unwrap_or_else(|| panic!("{key} has a default"))
    }

    pub(crate) fn optional_list(&self, key: &str) -> Option<Vec<String>> {
        self.value(key).map(|value| match value {
            Value::List(items) => items,
            other => panic!("{key} is a list, not {other:?}"),
        })
    }

    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        self.optional_list(key).unwrap_or_else(|| panic!("{key} has a default"))
    }

    /// Reports that a value, right by itself, does not go with others.
    pub(crate) fn problem(&self, key: &str, text: impl Into<String>) -> Problem {
        let given = self.given.get(key);
        let is_shown = broker::find(key).is_none_or(|setting| !setting.is_sensitive());
        Problem {
            key: key.to_owned(),
            value: given.filter(|_| is_shown).map(|given| given.value.to_string()),
            source: given.map(|given| given.source.clone()),
            text: text.into(),
        }
    }
}
