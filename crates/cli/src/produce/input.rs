//! One line of the input as a record.

use std::sync::Arc;

use bytes::Bytes;
use clap::ValueEnum;
use ottla_client::producer::{Header, ProducerRecord};
use ottla_types::{PartitionIndex, Timestamp};
use serde::Deserialize;

use crate::base64;

/// What the lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// The value, or key, separator and value
    Text,
    /// A JSON object, as `ottla consume --format json` writes it: key, value, headers and timestamp count
    Json,
}

/// How lines are read, and what all records have in common.
pub(super) struct Input {
    pub(super) topic: Arc<str>,
    pub(super) form: Form,
    pub(super) key_separator: Option<String>,
    pub(super) null_value: Option<String>,
    pub(super) headers: Vec<Header>,
    pub(super) partition: Option<PartitionIndex>,
}

/// A record as JSON. Text has one name, bytes that are none have another.
#[derive(Deserialize)]
struct Line {
    key: Option<String>,
    key_base64: Option<String>,
    value: Option<String>,
    value_base64: Option<String>,
    #[serde(default)]
    headers: Vec<LineHeader>,
    timestamp_ms: Option<i64>,
}

#[derive(Deserialize)]
struct LineHeader {
    key: String,
    value: Option<String>,
    value_base64: Option<String>,
}

impl Input {
    /// Reads a line; the error says what is wrong with it.
    pub(super) fn record(&self, line: Bytes) -> Result<ProducerRecord, String> {
        let mut record = match self.form {
            Form::Text => self.text(line)?,
            Form::Json => self.json(&line)?,
        };
        record.headers.extend(self.headers.iter().cloned());
        record.partition = self.partition;
        Ok(record)
    }

    fn text(&self, line: Bytes) -> Result<ProducerRecord, String> {
        let mut record = ProducerRecord::new(Arc::clone(&self.topic), line);
        if let (Some(separator), Some(line)) = (&self.key_separator, &record.value) {
            let at = find(line, separator.as_bytes())
                .ok_or_else(|| format!("there is no `{separator}` between key and value"))?;
            record.key = Some(line.slice(..at));
            record.value = Some(line.slice(at + separator.len()..));
        }
        if self.null_value.as_ref().is_some_and(|null| record.value.as_deref() == Some(null.as_bytes())) {
            record.value = None;
        }
        Ok(record)
    }

    fn json(&self, line: &[u8]) -> Result<ProducerRecord, String> {
        let line: Line = serde_json::from_slice(line).map_err(|error| format!("not a record: {error}"))?;
        let mut record = ProducerRecord::new(Arc::clone(&self.topic), Bytes::new());
        record.key = content("key", line.key, line.key_base64)?;
        record.value = content("value", line.value, line.value_base64)?;
        record.timestamp = line.timestamp_ms.map(Timestamp);
        for header in line.headers {
            let value = content("value", header.value, header.value_base64)?;
            record.headers.push(Header { key: header.key.into(), value });
        }
        Ok(record)
    }
}

fn content(name: &str, text: Option<String>, base64: Option<String>) -> Result<Option<Bytes>, String> {
    match (text, base64) {
        (Some(_), Some(_)) => Err(format!("there are both `{name}` and `{name}_base64`")),
        (text, None) => Ok(text.map(Bytes::from)),
        (None, Some(base64)) => match base64::decode(&base64) {
            Some(bytes) => Ok(Some(bytes.into())),
            None => Err(format!("`{name}_base64` is no base64: `{base64}`")),
        },
    }
}

/// Where `part` first stands in `whole`.
fn find(whole: &[u8], part: &[u8]) -> Option<usize> {
    whole.windows(part.len().max(1)).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &Input, line: &str) -> Result<(Option<String>, Option<String>, usize), String> {
        let record = input.record(Bytes::copy_from_slice(line.as_bytes()))?;
        let text = |bytes: Option<Bytes>| bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok((text(record.key), text(record.value), record.headers.len()))
    }

    fn input(form: Form) -> Input {
        Input {
            topic: Arc::from("t"),
            form,
            key_separator: None,
            null_value: None,
            headers: vec![Header { key: Bytes::from_static(b"h"), value: None }],
            partition: None,
        }
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_line_of_text_is_a_value_or_a_key_and_a_value() {
        let mut text = input(Form::Text);
        assert_eq!(read(&text, "a:b"), Ok((None, some("a:b"), 1)));
        text.key_separator = some(":");
        text.null_value = some("nothing");
        assert_eq!(read(&text, "a:b:c"), Ok((some("a"), some("b:c"), 1)));
        assert_eq!(read(&text, ":"), Ok((some(""), some(""), 1)));
        assert_eq!(read(&text, "a:nothing"), Ok((some("a"), None, 1)));
        assert!(read(&text, "a").unwrap_err().contains("no `:` between"));
    }

    #[test]
    fn a_line_of_json_is_what_consume_writes() {
        let json = input(Form::Json);
        let line = r#"{"topic":"t","partition":2,"offset":7,"timestamp_ms":5,"leader_epoch":0,"key":null,
            "value_base64":"Zm9v","headers":[{"key":"a","value":null},{"key":"b","value_base64":"Zg=="}]}"#;
        assert_eq!(read(&json, line), Ok((None, some("foo"), 3)));
        assert_eq!(read(&json, r#"{"key":"k"}"#), Ok((some("k"), None, 1)));
        for (line, problem) in [
            ("x", "not a record"),
            (r#"{"value":5}"#, "not a record"),
            (r#"{"value":"a","value_base64":"Zm9v"}"#, "there are both `value` and `value_base64`"),
            (r#"{"value_base64":"?"}"#, "`value_base64` is no base64: `?`"),
        ] {
            let error = read(&json, line).unwrap_err();
            assert!(error.contains(problem), "{line}: {error}");
        }
    }
}
