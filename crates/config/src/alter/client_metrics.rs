//! Changes of a client-metrics subscription (KIP-714).

use super::{AlterError, Altered, Change, Resource, unmet, wrong};
use crate::client_metrics;
use crate::effective::{EffectiveConfig, Texts};
use crate::value::Value;

/// What a subscription can tell clients apart by.
const ATTRIBUTES: &[&str] = &[
    "client_instance_id",
    "client_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
];

const INTERVAL_MS: std::ops::RangeInclusive<i64> = 100..=3_600_000;

impl EffectiveConfig {
    /// Changes a subscription.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for an unknown setting, an interval beyond the limits, a change that is malformed or a
    /// subscription without a name; `INVALID_CONFIG` for another wrong value.
    pub fn alter_client_metrics(
        &self,
        name: &str,
        current: &Texts,
        changes: &[Change<'_>],
    ) -> Result<Altered, AlterError> {
        if name.is_empty() {
            return Err(AlterError::request("a subscription needs a name"));
        }
        let find = client_metrics::find;
        let resource = Resource { current, find, has_lists: false, logs_everything: false };
        let mut altered = resource.apply(changes)?;
        for (key, text) in &altered.texts {
            let Some(setting) = find(key) else {
                let known: Vec<&str> = client_metrics::SETTINGS.iter().map(|setting| setting.key).collect();
                let text =
                    format!("{key} is not a setting of client metrics; there are {}", known.join(", "));
                return Err(AlterError::request(text));
            };
            let value = setting.parse(text);
            let value = value.map_err(|reason| AlterError::config(wrong(setting, key, text, &reason)))?;
            check_value(key, &value)?;
        }
        altered.warnings = unmet(&altered.changes, find);
        Ok(altered)
    }
}

fn check_value(key: &str, value: &Value) -> Result<(), AlterError> {
    match (key, value) {
        ("interval.ms", Value::Whole(interval)) if !INTERVAL_MS.contains(interval) => {
            let (min, max) = (INTERVAL_MS.start(), INTERVAL_MS.end());
            Err(AlterError::request(format!("{key}={interval}: it must be from {min} to {max} milliseconds")))
        }
        ("match", Value::List(items)) => match items.iter().find(|item| !is_match(item)) {
            Some(item) => Err(AlterError::config(format!(
                "{key}: {item:?} must be `attribute=regular expression`, with an attribute among {}",
                ATTRIBUTES.join(", ")
            ))),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn is_match(item: &str) -> bool {
    let pair = item.split_once('=');
    pair.is_some_and(|(attribute, pattern)| {
        ATTRIBUTES.contains(&attribute.trim()) && !pattern.contains('=') && is_pattern(pattern.trim())
    })
}

/// Whether a regular expression is well formed as far as brackets, repetitions and escapes go. What is left, such as
/// the name of a character class, shows when the subscription is used.
fn is_pattern(pattern: &str) -> bool {
    let mut depth = 0usize;
    let mut is_in_class = false;
    let mut can_repeat = false;
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.next().is_none() => return false,
            ']' if is_in_class => is_in_class = false,
            _ if is_in_class => {}
            '[' => is_in_class = true,
            '(' => depth += 1,
            ')' if depth == 0 => return false,
            ')' => depth -= 1,
            '*' | '+' | '?' if !can_repeat => return false,
            _ => {}
        }
        can_repeat = !matches!(letter, '(' | '|') || is_in_class;
    }
    !pattern.is_empty() && depth == 0 && !is_in_class
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_well_formed() {
        for good in ["a", "[a-z]+.*", "a{2}", "(a|b)*", "a\\(", "[(]", "1\\.2\\..*"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in ["", "(", ")", "[a", "*", "a|*", "\\", "(*)"] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }
}
