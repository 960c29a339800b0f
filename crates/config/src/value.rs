//! The value of a setting: read from text as Apache Kafka reads it, and printed as Apache Kafka prints it.

use std::collections::BTreeSet;
use std::fmt;

use crate::duration::is_duration;
use crate::endpoint;
use crate::setting::{Default, Kind, Rule, Setting};

/// The value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Short`], [`Kind::Int`] or [`Kind::Long`].
    Whole(i64),
    /// Of [`Kind::Double`].
    Real(f64),
    /// Of [`Kind::String`], [`Kind::Class`] or [`Kind::Password`].
    Text(String),
    /// Of [`Kind::List`].
    List(Vec<String>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Whole(value) => write!(f, "{value}"),
            Self::Real(value) => write!(f, "{}", JavaDouble(*value)),
            Self::Text(value) => f.write_str(value),
            Self::List(items) => f.write_str(&items.join(",")),
        }
    }
}

/// A floating-point number in Java's spelling: `0.5`, `1.0E10`, `1.7976931348623157E308`.
struct JavaDouble(f64);

impl fmt::Display for JavaDouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        if value.is_nan() {
            return f.write_str("NaN");
        }
        if value.is_infinite() {
            return f.write_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
        }
        if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
            return write!(f, "{value:?}");
        }
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').expect("`{:e}` writes an exponent");
        let point = if digits.contains('.') { "" } else { ".0" };
        write!(f, "{digits}{point}E{exponent}")
    }
}

impl Setting {
    /// The default as a value; `None` where there is none.
    #[must_use]
    pub fn default_value(&self) -> Option<Value> {
        match self.default {
            Default::Unset => None,
            Default::Bool(value) => Some(Value::Bool(value)),
            Default::Whole(value) => Some(Value::Whole(value)),
            Default::Real(value) => Some(Value::Real(value)),
            Default::Text(text) if self.kind == Kind::List => Some(Value::List(list_items(text))),
            Default::Text(text) => Some(Value::Text(text.to_owned())),
        }
    }

    /// Reads a value and checks it against the setting's type and rule. An item that a list has twice counts once.
    ///
    /// # Errors
    /// Says what would be right, as the end of a sentence that names key and value.
    pub fn parse(&self, text: &str) -> Result<Value, String> {
        let mut value = read(self.kind, trim(text))?;
        if let (Rule::Items { .. }, Value::List(items)) = (self.rule, &mut value) {
            let mut seen = BTreeSet::new();
            items.retain(|item| seen.insert(item.clone()));
        }
        check(&self.rule, &value)?;
        Ok(value)
    }

    /// What is right, in words: the type and the rule.
    #[must_use]
    pub fn expectation(&self) -> String {
        match self.rule {
            Rule::Any | Rule::Items { of: [], may_be_empty: true } => match self.kind {
                Kind::Bool => "true or false".to_owned(),
                Kind::Int | Kind::Short | Kind::Long => {
                    let (min, max) = self.kind.bounds().expect("whole numbers have bounds");
                    format!("a whole number from {min} to {max}")
                }
                Kind::Double => "a number".to_owned(),
                Kind::String | Kind::Password => "text".to_owned(),
                Kind::List => "a list with commas between its items".to_owned(),
                Kind::Class => "the name of a class".to_owned(),
            },
            rule => expected(&rule),
        }
    }
}

/// What `String.trim` of Java takes off: everything up to the space.
fn trim(text: &str) -> &str {
    text.trim_matches(|letter: char| letter <= ' ')
}

/// The items of a list: split at commas, white space around them taken off.
pub(crate) fn list_items(text: &str) -> Vec<String> {
    let text = trim(text);
    if text.is_empty() {
        return Vec::new();
    }
    text.split(',').map(|item| item.trim_matches(is_list_space).to_owned()).collect()
}

/// White space to Java's regular expressions.
fn is_list_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
}

fn read(kind: Kind, text: &str) -> Result<Value, String> {
    Ok(match kind {
        Kind::Bool if text.eq_ignore_ascii_case("true") => Value::Bool(true),
        Kind::Bool if text.eq_ignore_ascii_case("false") => Value::Bool(false),
        Kind::Bool => return Err("it must be true or false".to_owned()),
        Kind::Short | Kind::Int | Kind::Long => {
            let (min, max) = kind.bounds().expect("whole numbers have bounds");
            let number = text.parse::<i64>().ok().filter(|number| (min..=max).contains(number));
            Value::Whole(number.ok_or_else(|| format!("it must be a whole number from {min} to {max}"))?)
        }
        Kind::Double => Value::Real(java_double(text).ok_or("it must be a number")?),
        Kind::String | Kind::Class | Kind::Password => Value::Text(text.to_owned()),
        Kind::List => Value::List(list_items(text)),
    })
}

/// A floating-point number in Java's syntax, except for its hexadecimal form.
fn java_double(text: &str) -> Option<f64> {
    let digits = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    match digits.trim_start_matches(['+', '-']) {
        "Infinity" | "NaN" if digits.len() == text.len() => text.parse().ok(),
        unsigned if unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') => {
            digits.parse().ok()
        }
        _ => None,
    }
}

fn check(rule: &Rule, value: &Value) -> Result<(), String> {
    let is_right = match (rule, value) {
        (Rule::Any, _) => true,
        (Rule::Range { min, max }, Value::Whole(number)) => (min..=max).contains(&number),
        (Rule::RealRange { min, max }, Value::Real(number)) => (min..=max).contains(&number),
        (Rule::GzipLevel, Value::Whole(level)) => *level == -1 || (1..=9).contains(level),
        (Rule::OneOf(words), Value::Text(text)) => words.contains(&text.as_str()),
        (Rule::OneOfAnyCase(words), Value::Text(text)) => {
            words.iter().any(|word| word.eq_ignore_ascii_case(text))
        }
        (Rule::NotEmpty, Value::Text(text)) => !text.is_empty(),
        (Rule::Items { of, may_be_empty }, Value::List(items)) => {
            return check_items(of, *may_be_empty, items);
        }
        (Rule::ThrottledReplicas, Value::List(items)) => are_throttled_replicas(items),
        (Rule::OffsetReset, Value::Text(text)) => {
            text == "latest"
                || text == "earliest"
                || text.strip_prefix("by_duration:").is_some_and(is_duration)
        }
        (Rule::Voters, Value::List(items)) => items.iter().all(|item| endpoint::voter(item).is_some()),
        (Rule::Addresses, Value::List(items)) => items.iter().all(|item| endpoint::address(item).is_some()),
        _ => false,
    };
    if is_right { Ok(()) } else { Err(format!("it must be {}", expected(rule))) }
}

fn check_items(of: &[&str], may_be_empty: bool, items: &[String]) -> Result<(), String> {
    if items.is_empty() && !may_be_empty {
        return Err("it must have at least one item".to_owned());
    }
    if items.iter().any(String::is_empty) {
        return Err("its items must not be empty".to_owned());
    }
    match items.iter().find(|item| !of.is_empty() && !of.contains(&item.as_str())) {
        Some(item) => Err(format!("its items must be among {}, and {item:?} is not", of.join(", "))),
        None => Ok(()),
    }
}

/// `*` alone, or `partition:broker` items; empty items say nothing.
fn are_throttled_replicas(items: &[String]) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let is_replica = |item: &String| {
        let pair = item.split_once(':');
        item.is_empty() || pair.is_some_and(|(partition, broker)| is_number(partition) && is_number(broker))
    };
    items.concat() == "*" || items.iter().all(is_replica)
}

/// A rule in words, to follow "it must be".
pub(crate) fn expected(rule: &Rule) -> String {
    match rule {
        Rule::Any => "any value".to_owned(),
        Rule::Range { min, max } if [i64::from(i16::MAX), i64::from(i32::MAX), i64::MAX].contains(max) => {
            format!("at least {min}")
        }
        Rule::Range { min, max } => format!("from {min} to {max}"),
        Rule::RealRange { min, max } => format!("from {min} to {max}"),
        Rule::GzipLevel => "from 1 to 9, or -1 for the default level".to_owned(),
        Rule::OneOf(words) | Rule::OneOfAnyCase(words) => format!("one of {}", words.join(", ")),
        Rule::NotEmpty => "text that is not empty".to_owned(),
        Rule::Items { of: [], may_be_empty: true } => "a list of different items".to_owned(),
        Rule::Items { of: [], may_be_empty: false } => "a list of at least one item".to_owned(),
        Rule::Items { of, .. } => format!("a list of {}", of.join(", ")),
        Rule::ThrottledReplicas => "`*`, or `partition:broker` items".to_owned(),
        Rule::OffsetReset => {
            "latest, earliest, or by_duration: and an ISO-8601 duration such as PT1H".to_owned()
        }
        Rule::Voters => "a list of `id@host:port`".to_owned(),
        Rule::Addresses => "a list of `host:port`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::{double, int, list};

    #[test]
    fn doubles_are_printed_as_java_prints_them() {
        for (value, text) in [
            (0.5, "0.5"),
            (1.0, "1.0"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (f64::MAX, "1.7976931348623157E308"),
            (2_147_483_647.0, "2.147483647E9"),
            (1e7, "1.0E7"),
            (1e-4, "1.0E-4"),
            (9_999_999.0, "9999999.0"),
            (0.001, "0.001"),
        ] {
            assert_eq!(Value::Real(value).to_string(), text);
        }
    }

    #[test]
    fn numbers_are_read_as_java_reads_them() {
        for (text, value) in [(" 100\t", Some(100)), ("+5", Some(5)), ("-1", Some(-1)), ("1_000", None)] {
            assert_eq!(int("k", 0).parse(text).ok(), value.map(Value::Whole), "{text:?}");
        }
        for (text, value) in [
            ("0.5f", Some(0.5)),
            ("1e3", Some(1000.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("inf", None),
            ("nan", None),
            ("", None),
            ("+-1", None),
        ] {
            assert_eq!(double("k", 0.0).parse(text).ok(), value.map(Value::Real), "{text:?}");
        }
        assert!(int("k", 0).parse("2147483648").unwrap_err().contains("2147483647"));
    }

    #[test]
    fn list_items_lose_the_space_around_them_and_count_once() {
        let items = |text: &str| list("k", "").parse(text);
        assert_eq!(items(" a ,b, c "), Ok(Value::List(vec!["a".into(), "b".into(), "c".into()])));
        assert_eq!(items(""), Ok(Value::List(Vec::new())));
        assert!(items("a,,b").unwrap_err().contains("empty"));
        assert_eq!(items("b,a,b"), Ok(Value::List(vec!["b".into(), "a".into()])));
        assert!(list("k", "").not_empty().parse(" ").is_err());
    }

    #[test]
    fn throttled_replicas_are_a_star_or_pairs() {
        let setting = list("k", "").rule(Rule::ThrottledReplicas);
        for good in ["", "*", "0:1", "0:1, 12:3", "0:1,"] {
            assert!(setting.parse(good).is_ok(), "{good:?}");
        }
        for bad in ["0", "0:", ":1", "a:1", "*,0:1", "0:1:2", "-1:1", "none"] {
            assert!(setting.parse(bad).is_err(), "{bad:?}");
        }
    }
}
