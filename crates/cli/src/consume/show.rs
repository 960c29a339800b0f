//! How records are shown.

use std::io::{self, Write};

use bytes::Bytes;
use clap::ValueEnum;
use ottla_client::consumer::ConsumerRecord;
use serde::Serialize;

/// How records are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// The value as it is, and a line break
    Text,
    /// One JSON object a line
    Json,
}

/// What is shown of a record beside its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// The partition
    Partition,
    /// The offset
    Offset,
    /// The timestamp, in UTC
    Timestamp,
    /// The key
    Key,
    /// The headers
    Headers,
}

/// What stands for a key or a value that is none.
const NULL: &str = "null";

#[derive(Serialize)]
struct Shown<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    timestamp_ms: i64,
    leader_epoch: i32,
    #[serde(flatten, with = "prefixed_key")]
    key: Content<'a>,
    #[serde(flatten, with = "prefixed_value")]
    value: Content<'a>,
    headers: Vec<ShownHeader<'a>>,
}

#[derive(Serialize)]
struct ShownHeader<'a> {
    key: String,
    #[serde(flatten, with = "prefixed_value")]
    value: Content<'a>,
}

/// Bytes that may be text.
#[derive(Clone, Copy)]
struct Content<'a>(Option<&'a Bytes>);

macro_rules! content_under {
    ($module:ident, $text:literal, $base64:literal) => {
        /// Text under one name, anything else in base64 under another: a reader need not guess.
        mod $module {
            use serde::ser::{SerializeMap, Serializer};

            pub(super) fn serialize<S: Serializer>(
                content: &super::Content<'_>,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(1))?;
                match content.0.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
                    None => map.serialize_entry($text, &None::<&str>)?,
                    Some((_, Ok(text))) => map.serialize_entry($text, text)?,
                    Some((bytes, Err(_))) => map.serialize_entry($base64, &crate::base64::encode(bytes))?,
                }
                map.end()
            }
        }
    };
}

content_under!(prefixed_key, "key", "key_base64");
content_under!(prefixed_value, "value", "value_base64");

/// Writes one record and a line break.
pub(super) fn write(
    out: &mut dyn Write,
    record: &ConsumerRecord,
    form: Form,
    parts: &[Part],
    separator: &str,
) -> io::Result<()> {
    if form == Form::Json {
        let header = |header: &'_ ottla_client::producer::Header| -> (String, Option<Bytes>) {
            (String::from_utf8_lossy(&header.key).into_owned(), header.value.clone())
        };
        let headers: Vec<_> = record.headers.iter().map(header).collect();
        let shown = Shown {
            topic: &record.partition.topic,
            partition: record.partition.partition.0,
            offset: record.offset.0,
            timestamp_ms: record.timestamp.0,
            leader_epoch: record.leader_epoch.0,
            key: Content(record.key.as_ref()),
            value: Content(record.value.as_ref()),
            headers: headers
                .iter()
                .map(|(key, value)| ShownHeader { key: key.clone(), value: Content(value.as_ref()) })
                .collect(),
        };
        serde_json::to_writer(&mut *out, &shown)?;
        return out.write_all(b"\n");
    }
    for part in parts {
        match part {
            Part::Partition => write!(out, "{}", record.partition.partition)?,
            Part::Offset => write!(out, "{}", record.offset)?,
            Part::Timestamp => write!(out, "{}", crate::span::show(record.timestamp))?,
            Part::Key => write_bytes(out, record.key.as_ref())?,
            Part::Headers => {
                for (index, header) in record.headers.iter().enumerate() {
                    out.write_all(if index == 0 { b"" } else { b"," })?;
                    out.write_all(&header.key)?;
                    out.write_all(b"=")?;
                    write_bytes(out, header.value.as_ref())?;
                }
            }
        }
        out.write_all(separator.as_bytes())?;
    }
    write_bytes(out, record.value.as_ref())?;
    out.write_all(b"\n")
}

fn write_bytes(out: &mut dyn Write, bytes: Option<&Bytes>) -> io::Result<()> {
    out.write_all(bytes.map_or(NULL.as_bytes(), |bytes| bytes))
}

#[cfg(test)]
mod tests {
    use ottla_client::producer::Header;
    use ottla_types::{LeaderEpoch, Offset, Timestamp, TopicPartition};

    use super::*;

    fn shown(key: Option<&'static [u8]>, form: Form, parts: &[Part]) -> String {
        let header = Header { key: Bytes::from_static(b"h"), value: None };
        let record = ConsumerRecord {
            partition: TopicPartition::new("t", 2),
            offset: Offset(7),
            leader_epoch: LeaderEpoch(0),
            timestamp: Timestamp(0),
            timestamp_type: ottla_protocol::records::TimestampType::CreateTime,
            key: key.map(Bytes::from_static),
            value: Some(Bytes::from_static("väl\"ue".as_bytes())),
            headers: vec![header],
        };
        let mut out = Vec::new();
        write(&mut out, &record, form, parts, "|").unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_shows_the_value_and_what_else_is_asked_for() {
        assert_eq!(shown(Some(b"k"), Form::Text, &[]), "väl\"ue\n");
        let parts = [Part::Key, Part::Partition, Part::Offset, Part::Timestamp, Part::Headers];
        assert_eq!(shown(None, Form::Text, &parts), "null|2|7|1970-01-01T00:00:00.000Z|h=null|väl\"ue\n");
    }

    #[test]
    fn json_shows_text_as_text_and_anything_else_in_base64() {
        let rest = r#""value":"väl\"ue","headers":[{"key":"h","value":null}]}"#;
        let front = r#"{"topic":"t","partition":2,"offset":7,"timestamp_ms":0,"leader_epoch":0,"#;
        assert_eq!(shown(None, Form::Json, &[]), format!("{front}\"key\":null,{rest}\n"));
        assert_eq!(shown(Some(b"k"), Form::Json, &[]), format!("{front}\"key\":\"k\",{rest}\n"));
        assert_eq!(
            shown(Some(&[0xff, 0xfe]), Form::Json, &[]),
            format!("{front}\"key_base64\":\"//4=\",{rest}\n")
        );
    }
}
