//! What a file holds, piece by piece, for people and for programs.

use std::fmt;

use ottla_types::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::base64;
use crate::output;
use crate::span;

/// One piece of a file. Programs get one JSON object a line, whose `kind` says which.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Item {
    /// A file begins here.
    File {
        path: String,
        content: &'static str,
    },
    Batch(Batch),
    Record(Box<Record>),
    /// An entry of an offset index.
    OffsetEntry {
        offset: i64,
        position: u64,
    },
    /// An entry of a time index.
    TimeEntry {
        timestamp_ms: i64,
        offset: i64,
    },
    /// An entry of a transaction index.
    AbortedTransaction {
        producer_id: i64,
        first_offset: i64,
        last_offset: i64,
        last_stable_offset: i64,
    },
    Producer(Producer),
    /// A line of a file that is text.
    Line {
        text: String,
    },
    /// What cannot be read.
    Damage {
        position: Option<u64>,
        problem: String,
    },
}

/// The header of a batch.
#[derive(Debug, Serialize)]
pub(super) struct Batch {
    pub(super) position: u64,
    pub(super) size: usize,
    pub(super) base_offset: i64,
    pub(super) last_offset: i64,
    pub(super) records: i32,
    pub(super) leader_epoch: i32,
    pub(super) codec: String,
    pub(super) timestamp_type: &'static str,
    pub(super) base_timestamp_ms: i64,
    pub(super) max_timestamp_ms: i64,
    pub(super) producer_id: i64,
    pub(super) producer_epoch: i16,
    pub(super) base_sequence: i32,
    pub(super) last_sequence: i32,
    pub(super) transactional: bool,
    pub(super) control: bool,
    pub(super) delete_horizon_ms: Option<i64>,
    pub(super) crc: u32,
    pub(super) crc_is_right: bool,
}

/// One record.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    pub(super) offset: i64,
    pub(super) timestamp_ms: i64,
    pub(super) sequence: Option<i32>,
    pub(super) key: Option<Part>,
    pub(super) value: Option<Part>,
    pub(super) headers: Vec<(String, Option<Part>)>,
    /// The key, where it is a message of the cluster's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decoded_key: Option<Value>,
    /// The value, where it is a message of the cluster's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) decoded_value: Option<Value>,
    /// Why it could not be read as such a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
}

/// Bytes that may be text.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Text(String),
    Base64(String),
}

/// A producer in a snapshot.
#[derive(Debug, Serialize)]
pub(super) struct Producer {
    pub(super) producer_id: i64,
    pub(super) producer_epoch: i16,
    pub(super) last_sequence: i32,
    pub(super) last_offset: i64,
    pub(super) offset_delta: i32,
    pub(super) timestamp_ms: i64,
    pub(super) coordinator_epoch: i32,
    pub(super) transaction_first_offset: Option<i64>,
}

impl Part {
    pub(super) fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(base64::encode(bytes)),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Base64(text) => write!(f, "base64:{text}"),
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, content } => write!(f, "{path}: {content}"),
            Self::Batch(batch) => batch.fmt(f),
            Self::Record(record) => record.fmt(f),
            Self::OffsetEntry { offset, position } => write!(f, "  offset {offset} at position {position}"),
            Self::TimeEntry { timestamp_ms, offset } => {
                write!(f, "  {} up to offset {offset}", span::show(Timestamp(*timestamp_ms)))
            }
            Self::AbortedTransaction { producer_id, first_offset, last_offset, last_stable_offset } => {
                write!(
                    f,
                    "  producer {producer_id} aborted {first_offset}..{last_offset}, last stable offset \
                 {last_stable_offset}"
                )
            }
            Self::Producer(producer) => producer.fmt(f),
            Self::Line { text } => write!(f, "  {text}"),
            Self::Damage { position: Some(position), problem } => {
                write!(f, "  DAMAGED at position {position}: {problem}")
            }
            Self::Damage { position: None, problem } => write!(f, "  DAMAGED: {problem}"),
        }
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "  batch {}..{}: {}, position {}, {} bytes, epoch {}, {}, {} {}",
            self.base_offset,
            self.last_offset,
            output::count(usize::try_from(self.records).unwrap_or(0), "record"),
            self.position,
            self.size,
            self.leader_epoch,
            self.codec,
            self.timestamp_type,
            span::show(Timestamp(self.max_timestamp_ms)),
        )?;
        if self.producer_id >= 0 {
            write!(f, ", producer {} epoch {}", self.producer_id, self.producer_epoch)?;
        }
        if self.base_sequence >= 0 {
            write!(f, " sequences {}..{}", self.base_sequence, self.last_sequence)?;
        }
        if let Some(horizon) = self.delete_horizon_ms {
            write!(f, ", delete horizon {}", span::show(Timestamp(horizon)))?;
        }
        for (is_so, what) in [(self.transactional, "transactional"), (self.control, "control")] {
            if is_so {
                write!(f, ", {what}")?;
            }
        }
        let crc = if self.crc_is_right { "ok" } else { "WRONG" };
        write!(f, ", crc {:#010x} {crc}", self.crc)
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |part: &Option<Part>| part.as_ref().map_or_else(|| "null".to_owned(), ToString::to_string);
        let decoded = |value: &Option<Value>, raw: &Option<Part>| match value {
            Some(value) => value.to_string(),
            None => part(raw),
        };
        write!(f, "    {} {}", self.offset, span::show(Timestamp(self.timestamp_ms)))?;
        if let Some(sequence) = self.sequence {
            write!(f, " sequence {sequence}")?;
        }
        write!(f, " key {}", decoded(&self.decoded_key, &self.key))?;
        write!(f, " value {}", decoded(&self.decoded_value, &self.value))?;
        for (index, (key, value)) in self.headers.iter().enumerate() {
            f.write_str(if index == 0 { " headers " } else { "," })?;
            write!(f, "{key}={}", part(value))?;
        }
        match &self.problem {
            Some(problem) => write!(f, " (not readable: {problem})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Producer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "  producer {} epoch {}: last sequence {}, last offset {}, delta {}, {}, coordinator epoch {}",
            self.producer_id,
            self.producer_epoch,
            self.last_sequence,
            self.last_offset,
            self.offset_delta,
            span::show(Timestamp(self.timestamp_ms)),
            self.coordinator_epoch,
        )?;
        match self.transaction_first_offset {
            Some(offset) => write!(f, ", transaction since {offset}"),
            None => Ok(()),
        }
    }
}
