//! Writes messages as JSON, in the form that Apache Kafka's tools print and read.

use std::fmt::{Display, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use ottla_types::Uuid;

use super::message::Form;
use super::{Fields, Sink, Tagged, UnknownTags};
use crate::{EncodeError, EncodeProblem, RecordSet, Str};

/// The message in one line of JSON. Byte fields are base64; tagged fields appear only where they differ from
/// their defaults; unknown ones are left out.
pub(super) fn to_json(message: &dyn Fields, form: Form) -> Result<String, EncodeError> {
    let mut sink = JsonSink { text: String::new(), in_array: true, failure: None };
    if form.versions.contains(form.version) {
        sink.structure("", message, form.version);
    } else {
        sink.fail("", EncodeProblem::UnknownVersion(form.versions));
    }
    match sink.failure {
        None => Ok(sink.text),
        Some((field, problem)) => {
            Err(EncodeError { message: form.message, version: form.version, field, problem })
        }
    }
}

struct JsonSink {
    text: String,
    /// Elements of an array have no names.
    in_array: bool,
    failure: Option<(&'static str, EncodeProblem)>,
}

impl JsonSink {
    fn name(&mut self, name: &'static str) {
        if !self.text.is_empty() && !self.text.ends_with(['{', '[']) {
            self.text.push(',');
        }
        if !self.in_array {
            self.quoted(name);
            self.text.push(':');
        }
    }

    fn value(&mut self, name: &'static str, value: impl Display) {
        self.name(name);
        write!(self.text, "{value}").expect("writing to a string cannot fail");
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        for letter in text.chars() {
            match letter {
                '"' | '\\' => self.text.extend(['\\', letter]),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\0'..='\x1f' => {
                    write!(self.text, "\\u{:04X}", letter as u32).expect("writing to a string cannot fail");
                }
                _ => self.text.push(letter),
            }
        }
        self.text.push('"');
    }

    fn base64(&mut self, bytes: &[u8]) {
        self.text.push('"');
        STANDARD.encode_string(bytes, &mut self.text);
        self.text.push('"');
    }
}

impl Sink for JsonSink {
    fn bool(&mut self, name: &'static str, value: bool) {
        self.value(name, value);
    }

    fn i8(&mut self, name: &'static str, value: i8) {
        self.value(name, value);
    }

    fn i16(&mut self, name: &'static str, value: i16) {
        self.value(name, value);
    }

    fn u16(&mut self, name: &'static str, value: u16) {
        self.value(name, value);
    }

    fn i32(&mut self, name: &'static str, value: i32) {
        self.value(name, value);
    }

    fn u32(&mut self, name: &'static str, value: u32) {
        self.value(name, value);
    }

    fn i64(&mut self, name: &'static str, value: i64) {
        self.value(name, value);
    }

    fn f64(&mut self, name: &'static str, value: f64) {
        // JSON has no other numbers; a tool that prints these prints them as text.
        if value.is_finite() {
            self.value(name, format_args!("{value:?}"));
        } else {
            self.value(name, format_args!("\"{value}\""));
        }
    }

    fn uuid(&mut self, name: &'static str, value: Uuid) {
        self.value(name, format_args!("\"{value}\""));
    }

    fn string(&mut self, name: &'static str, value: Option<&Str>) {
        match value {
            None => self.value(name, "null"),
            Some(value) => {
                self.name(name);
                self.quoted(value);
            }
        }
    }

    fn bytes(&mut self, name: &'static str, value: Option<&Bytes>) {
        match value {
            None => self.value(name, "null"),
            Some(value) => {
                self.name(name);
                self.base64(value);
            }
        }
    }

    fn records(&mut self, name: &'static str, value: Option<&RecordSet>) {
        match value.map(RecordSet::bytes) {
            Some(Some(bytes)) => self.bytes(name, Some(&bytes)),
            Some(None) => self.fail(name, EncodeProblem::Gap),
            None => self.bytes(name, None),
        }
    }

    fn array(&mut self, name: &'static str, count: Option<usize>) {
        if count.is_none() {
            return self.value(name, "null");
        }
        self.value(name, '[');
        self.in_array = true;
    }

    fn array_end(&mut self) {
        self.text.push(']');
        // Arrays hold structs or plain values, never arrays: around an array is always a struct.
        self.in_array = false;
    }

    fn structure(&mut self, name: &'static str, value: &dyn Fields, version: i16) {
        self.value(name, '{');
        let in_array = std::mem::replace(&mut self.in_array, false);
        value.write_fields(self, version);
        self.in_array = in_array;
        self.text.push('}');
    }

    fn nullable_structure(&mut self, name: &'static str, value: Option<&dyn Fields>, version: i16) {
        match value {
            None => self.value(name, "null"),
            Some(value) => self.structure(name, value, version),
        }
    }

    fn tagged_fields(&mut self, known: &[Option<Tagged<'_>>], _: &UnknownTags, version: i16) {
        for field in known.iter().flatten() {
            field.value.write(self, field.name, version);
        }
    }

    fn set_flexible(&mut self, _: bool) -> bool {
        true
    }

    fn fail(&mut self, name: &'static str, problem: EncodeProblem) {
        self.failure.get_or_insert((name, problem));
    }
}
