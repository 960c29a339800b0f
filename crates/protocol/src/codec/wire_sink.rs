//! Writes messages as bytes.

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};
use ottla_types::Uuid;

use super::chunks::{Chunks, SHARED_LEN_MIN};
use super::message::Form;
use super::{Fields, STRING_LEN_MAX, Sink, Tagged, UnknownTags};
use crate::{EncodeError, EncodeProblem, Piece, RecordSet, Str, varint};

pub(super) fn encode(message: &dyn Fields, form: Form, out: &mut BytesMut) -> Result<(), EncodeError> {
    WireSink::new(out, form.is_flexible()).run(message, form).map(drop)
}

pub(super) fn encode_chunks(message: &dyn Fields, form: Form, out: &mut Chunks) -> Result<(), EncodeError> {
    let len = WireSink::new(&mut *out, form.is_flexible()).run(message, form)?;
    if out.is_overfull() {
        let problem = EncodeProblem::TooLong(len);
        return Err(EncodeError { message: form.message, version: form.version, field: "", problem });
    }
    Ok(())
}

pub(super) fn encoded_len(message: &dyn Fields, form: Form) -> Result<usize, EncodeError> {
    WireSink::new(Nowhere, form.is_flexible()).run(message, form)
}

/// Where bytes end up.
trait Output {
    fn put(&mut self, bytes: &[u8]);
    fn put_shared(&mut self, bytes: &Bytes);
    /// Leaves a gap; `false` if that cannot be.
    fn put_gap(&mut self, len: usize) -> bool;
}

/// Nothing is kept: only the length is wanted.
struct Nowhere;

impl Output for Nowhere {
    fn put(&mut self, _: &[u8]) {}

    fn put_shared(&mut self, _: &Bytes) {}

    fn put_gap(&mut self, _: usize) -> bool {
        true
    }
}

impl Output for &mut BytesMut {
    fn put(&mut self, bytes: &[u8]) {
        self.put_slice(bytes);
    }

    fn put_shared(&mut self, bytes: &Bytes) {
        self.put_slice(bytes);
    }

    fn put_gap(&mut self, len: usize) -> bool {
        len == 0
    }
}

impl Output for &mut Chunks {
    fn put(&mut self, bytes: &[u8]) {
        Chunks::put(self, bytes);
    }

    fn put_shared(&mut self, bytes: &Bytes) {
        if bytes.len() < SHARED_LEN_MIN {
            Chunks::put(self, bytes);
        } else {
            self.push(Piece::Bytes(bytes.clone()));
        }
    }

    fn put_gap(&mut self, len: usize) -> bool {
        if len > 0 {
            self.push(Piece::Gap(len));
        }
        true
    }
}

/// Kafka's wire format.
struct WireSink<O> {
    out: O,
    len: usize,
    flexible: bool,
    /// Where the value of the current tagged field begins: a nullable struct there is marked in another way.
    tag_start: usize,
    failure: Option<(&'static str, EncodeProblem)>,
}

impl<O: Output> WireSink<O> {
    fn new(out: O, flexible: bool) -> Self {
        Self { out, len: 0, flexible, tag_start: usize::MAX, failure: None }
    }

    fn run(mut self, message: &dyn Fields, form: Form) -> Result<usize, EncodeError> {
        if form.versions.contains(form.version) {
            message.write_fields(&mut self, form.version);
        } else {
            self.fail("", EncodeProblem::UnknownVersion(form.versions));
        }
        match self.failure {
            None => Ok(self.len),
            Some((field, problem)) => {
                Err(EncodeError { message: form.message, version: form.version, field, problem })
            }
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.len += bytes.len();
        self.out.put(bytes);
    }

    fn put_varint(&mut self, mut value: u32) {
        // Nearly all are lengths and counts of one byte: no copy of unknown length for them.
        if value < 0x80 {
            return self.put(&[value as u8]);
        }
        let len = varint::len_u32(value);
        let mut bytes = [0; varint::MAX_LEN_32];
        for byte in &mut bytes[..len] {
            *byte = value as u8 | 0x80;
            value >>= 7;
        }
        bytes[len - 1] &= 0x7f;
        self.put(&bytes[..len]);
    }

    /// A length of at most [`i32::MAX`], or null.
    fn put_len(&mut self, name: &'static str, len: Option<usize>) {
        let len = len.map(|len| i32::try_from(len).map_err(|_| len)).transpose().unwrap_or_else(|len| {
            self.fail(name, EncodeProblem::TooLong(len));
            None
        });
        if self.flexible {
            self.put_varint(len.map_or(0, |len| len as u32 + 1));
        } else {
            self.put(&len.unwrap_or(-1).to_be_bytes());
        }
    }

    /// Puts those unknown tags that belong between two known ones.
    fn put_unknown(&mut self, tags: &UnknownTags, between: Range<u64>) {
        for unknown in tags.as_slice().iter().filter(|unknown| between.contains(&unknown.tag.into())) {
            self.put_varint(unknown.tag);
            self.put_varint(unknown.value.len() as u32);
            self.put(&unknown.value);
        }
    }

    fn put_tagged(&mut self, field: &Tagged<'_>, version: i16) {
        let mut measure = WireSink::new(Nowhere, self.flexible);
        measure.tag_start = 0;
        field.value.write(&mut measure, field.name, version);
        self.put_varint(field.tag);
        self.put_varint(measure.len as u32);
        self.tag_start = self.len;
        field.value.write(self, field.name, version);
    }
}

impl<O: Output> Sink for WireSink<O> {
    fn bool(&mut self, _: &'static str, value: bool) {
        self.put(&[u8::from(value)]);
    }

    fn i8(&mut self, _: &'static str, value: i8) {
        self.put(&value.to_be_bytes());
    }

    fn i16(&mut self, _: &'static str, value: i16) {
        self.put(&value.to_be_bytes());
    }

    fn u16(&mut self, _: &'static str, value: u16) {
        self.put(&value.to_be_bytes());
    }

    fn i32(&mut self, _: &'static str, value: i32) {
        self.put(&value.to_be_bytes());
    }

    fn u32(&mut self, _: &'static str, value: u32) {
        self.put(&value.to_be_bytes());
    }

    fn i64(&mut self, _: &'static str, value: i64) {
        self.put(&value.to_be_bytes());
    }

    fn f64(&mut self, _: &'static str, value: f64) {
        self.put(&value.to_be_bytes());
    }

    fn uuid(&mut self, _: &'static str, value: Uuid) {
        self.put(&value.0);
    }

    fn string(&mut self, name: &'static str, value: Option<&Str>) {
        let len = value.map(|value| value.len());
        if let Some(len) = len.filter(|&len| len > STRING_LEN_MAX) {
            return self.fail(name, EncodeProblem::TooLong(len));
        }
        if self.flexible {
            self.put_len(name, len);
        } else {
            self.put(&len.map_or(-1, |len| len as i16).to_be_bytes());
        }
        self.put(value.map_or(b"", |value| value.as_bytes()));
    }

    fn bytes(&mut self, name: &'static str, value: Option<&Bytes>) {
        self.put_len(name, value.map(Bytes::len));
        if let Some(value) = value {
            self.len += value.len();
            self.out.put_shared(value);
        }
    }

    fn records(&mut self, name: &'static str, value: Option<&RecordSet>) {
        self.put_len(name, value.map(RecordSet::len));
        for part in value.map_or(&[][..], RecordSet::parts) {
            self.len += part.len();
            match part {
                Piece::Bytes(bytes) => self.out.put_shared(bytes),
                Piece::Gap(len) if self.out.put_gap(*len) => {}
                Piece::Gap(_) => self.fail(name, EncodeProblem::Gap),
            }
        }
    }

    fn array(&mut self, name: &'static str, count: Option<usize>) {
        self.put_len(name, count);
    }

    fn array_end(&mut self) {}

    fn structure(&mut self, _: &'static str, value: &dyn Fields, version: i16) {
        value.write_fields(self, version);
    }

    fn nullable_structure(&mut self, name: &'static str, value: Option<&dyn Fields>, version: i16) {
        let absent = if self.len == self.tag_start { 0 } else { -1 };
        self.i8(name, if value.is_some() { 1 } else { absent });
        if let Some(value) = value {
            value.write_fields(self, version);
        }
    }

    fn tagged_fields(&mut self, known: &[Option<Tagged<'_>>], unknown: &UnknownTags, version: i16) {
        let count = known.iter().flatten().count() + unknown.as_slice().len();
        if !self.flexible {
            if count > 0 {
                self.fail("", EncodeProblem::NoTaggedFields);
            }
            return;
        }
        self.put_varint(count as u32);
        if count == 0 {
            return;
        }
        let mut next = 0;
        for field in known.iter().flatten() {
            self.put_unknown(unknown, next..field.tag.into());
            self.put_tagged(field, version);
            next = field.tag.into();
        }
        self.put_unknown(unknown, next..u64::MAX);
    }

    fn set_flexible(&mut self, flexible: bool) -> bool {
        std::mem::replace(&mut self.flexible, flexible)
    }

    fn fail(&mut self, name: &'static str, problem: EncodeProblem) {
        self.failure.get_or_insert((name, problem));
    }
}
