//! Reads messages from bytes.

use std::ops::Range;

use bytes::{Buf, Bytes};
use ottla_types::Uuid;

use super::message::Form;
use super::{STRING_LEN_MAX, Source, TagSection, UnknownTags};
use crate::varint::{self, VarintError};
use crate::{DecodeError, DecodeProblem, Str};

/// Arrays and unknown tags of a message of `n` bytes may take `16 n + 64 KiB` of memory, and for a moment, while an
/// array grows, its old room besides. An honest message needs about twice to eight times its bytes; one of nothing
/// but empty names would need 30 times. Strings that are not UTF-8 are copied, and count as well.
const MEMORY_PER_BYTE: usize = 16;
const MEMORY_MIN: usize = 64 << 10;
/// What an element counts at least against the limit that a reader has set: whoever serves a message makes something of
/// each element, however small it is itself.
const ELEMENT_COST_MIN: usize = 64;

/// Kafka's wire format, read from shared bytes.
pub(crate) struct WireSource<'a> {
    bytes: &'a mut Bytes,
    position: usize,
    flexible: bool,
    /// Memory that may still be taken beside the bytes themselves.
    budget: usize,
    /// What the reader allows.
    cost_max: usize,
    /// What has been taken of that.
    cost: usize,
    /// Where the value of the current tagged field begins: a nullable struct there is marked in another way.
    tag_start: usize,
    failure: Option<Failure>,
}

struct Failure {
    field: &'static str,
    position: usize,
    problem: DecodeProblem,
}

pub(super) fn check_version(form: Form) -> Result<(), DecodeError> {
    if form.versions.contains(form.version) {
        return Ok(());
    }
    let problem = DecodeProblem::UnknownVersion(form.versions);
    Err(DecodeError { message: form.message, version: form.version, field: "", position: 0, problem })
}

impl<'a> WireSource<'a> {
    pub(super) fn new(bytes: &'a mut Bytes, flexible: bool, cost_max: usize) -> Self {
        let budget = bytes.len().saturating_mul(MEMORY_PER_BYTE).saturating_add(MEMORY_MIN);
        let tag_start = usize::MAX;
        Self { bytes, position: 0, flexible, budget, cost_max, cost: 0, tag_start, failure: None }
    }

    /// Takes what was read off the bytes, and says what it has cost or what was wrong.
    pub(super) fn finish(self, form: Form) -> Result<usize, DecodeError> {
        match self.failure {
            None => {
                self.bytes.advance(self.position);
                Ok(self.cost)
            }
            Some(Failure { field, position, problem }) => {
                Err(DecodeError { message: form.message, version: form.version, field, position, problem })
            }
        }
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// Takes memory for `count` things of `size` bytes; `false` if there is not so much.
    fn take(&mut self, count: usize, size: usize) -> bool {
        let left = self.budget.checked_sub(count.saturating_mul(size));
        self.budget = left.unwrap_or(0);
        self.cost = self.cost.saturating_add(count.saturating_mul(size.max(ELEMENT_COST_MIN)));
        left.is_some() && self.cost <= self.cost_max
    }

    fn fixed<const N: usize>(&mut self, name: &'static str) -> [u8; N] {
        if self.failure.is_none() {
            if let Some(value) = self.bytes[self.position..].first_chunk() {
                self.position += N;
                return *value;
            }
            self.fail(name, DecodeProblem::Truncated { needed: N, left: self.left() });
        }
        [0; N]
    }

    /// Steps over `len` bytes; says where they are.
    fn span(&mut self, name: &'static str, len: usize) -> Range<usize> {
        if len > self.left() {
            self.fail(name, DecodeProblem::Truncated { needed: len, left: self.left() });
        }
        let start = self.position;
        if self.failure.is_none() {
            self.position += len;
        }
        start..self.position
    }

    fn slice(&mut self, name: &'static str, len: usize) -> Bytes {
        let span = self.span(name, len);
        self.bytes.slice(span)
    }

    fn varint(&mut self, name: &'static str) -> u32 {
        if self.failure.is_some() {
            return 0;
        }
        match varint::read_u32(&self.bytes[self.position..]) {
            Ok((value, len)) => {
                self.position += len;
                return value;
            }
            Err(VarintError::Truncated) => {
                let left = self.left();
                self.fail(name, DecodeProblem::Truncated { needed: left + 1, left });
            }
            Err(VarintError::TooLong) => self.fail(name, DecodeProblem::EndlessVarint),
        }
        0
    }

    /// A length in the form of this version; `None` stands for null.
    fn len(
        &mut self,
        name: &'static str,
        nullable: bool,
        read_classic: fn(&mut Self, &'static str) -> i32,
    ) -> Option<usize> {
        let len = if self.flexible {
            self.varint(name).checked_sub(1).map(|len| len as usize)
        } else {
            usize::try_from(read_classic(self, name)).ok()
        };
        if len.is_none() && !nullable {
            self.fail(name, DecodeProblem::Null);
        }
        len
    }

    fn classic_string_len(&mut self, name: &'static str) -> i32 {
        i32::from(self.i16(name))
    }

    fn classic_len(&mut self, name: &'static str) -> i32 {
        self.i32(name)
    }
}

impl Source for WireSource<'_> {
    fn bool(&mut self, name: &'static str) -> bool {
        self.i8(name) != 0
    }

    fn i8(&mut self, name: &'static str) -> i8 {
        i8::from_be_bytes(self.fixed(name))
    }

    fn i16(&mut self, name: &'static str) -> i16 {
        i16::from_be_bytes(self.fixed(name))
    }

    fn u16(&mut self, name: &'static str) -> u16 {
        u16::from_be_bytes(self.fixed(name))
    }

    fn i32(&mut self, name: &'static str) -> i32 {
        i32::from_be_bytes(self.fixed(name))
    }

    fn u32(&mut self, name: &'static str) -> u32 {
        u32::from_be_bytes(self.fixed(name))
    }

    fn i64(&mut self, name: &'static str) -> i64 {
        i64::from_be_bytes(self.fixed(name))
    }

    fn f64(&mut self, name: &'static str) -> f64 {
        f64::from_be_bytes(self.fixed(name))
    }

    fn uuid(&mut self, name: &'static str) -> Uuid {
        Uuid(self.fixed(name))
    }

    fn string(&mut self, name: &'static str, nullable: bool) -> Option<Str> {
        let len = self.len(name, nullable, Self::classic_string_len)?;
        if len > STRING_LEN_MAX {
            self.fail(name, DecodeProblem::StringTooLong(len));
            return None;
        }
        let span = self.span(name, len);
        let text = Str::from_frame(self.bytes, span);
        if !text.is_empty() && !self.bytes.as_ptr_range().contains(&text.as_ptr()) {
            // It was no UTF-8, and may have become three times as long.
            if text.len() > STRING_LEN_MAX {
                self.fail(name, DecodeProblem::StringTooLong(text.len()));
            } else if !self.take(1, text.len()) {
                self.fail(name, DecodeProblem::TooManyElements);
            }
        }
        Some(text)
    }

    fn bytes(&mut self, name: &'static str, nullable: bool) -> Option<Bytes> {
        let len = self.len(name, nullable, Self::classic_len)?;
        Some(self.slice(name, len))
    }

    fn array(&mut self, name: &'static str, nullable: bool) -> Option<usize> {
        let count = self.len(name, nullable, Self::classic_len)?;
        // Every element takes at least one byte.
        if count > self.left() {
            self.fail(name, DecodeProblem::ArrayTooLong { count, left: self.left() });
            return None;
        }
        Some(count)
    }

    fn room(&mut self, _: &'static str, len: usize, count: usize, size: usize) -> usize {
        let (wanted, left) = (count - len, self.left());
        let room = if wanted.saturating_mul(size) <= left {
            wanted
        } else {
            // At first no more memory than there are bytes left; then twice as much each time.
            wanted.min(len.max(left / size).max(1))
        };
        if self.take(room, size) { room } else { 0 }
    }

    fn is_present(&mut self, name: &'static str) -> bool {
        let is_tagged = self.position == self.tag_start;
        let marker = self.i8(name);
        self.failure.is_none() && if is_tagged { marker > 0 } else { marker >= 0 }
    }

    fn tagged_fields(&mut self, known: &'static [u32]) -> TagSection {
        let left = if self.flexible { self.varint("") } else { 0 };
        TagSection { left, start: self.position, known, ..TagSection::default() }
    }

    fn next_tag(&mut self, section: &mut TagSection) -> Option<u32> {
        let actual = self.position - section.start;
        if actual != section.len {
            let problem = DecodeProblem::TagLength { tag: section.tag, declared: section.len, actual };
            self.fail("", problem);
        }
        if section.left == 0 || self.failure.is_some() {
            return None;
        }
        section.left -= 1;
        section.tag = self.varint("");
        section.len = self.varint("") as usize;
        section.start = self.position;
        self.tag_start = self.position;
        if section.len > self.left() {
            self.fail("", DecodeProblem::Truncated { needed: section.len, left: self.left() });
        }
        self.failure.is_none().then_some(section.tag)
    }

    fn unknown_tag(&mut self, section: &TagSection, tags: &mut UnknownTags) {
        if section.known.contains(&section.tag) {
            return self.fail("", DecodeProblem::TagNotInThisVersion(section.tag));
        }
        let value = self.slice("", section.len);
        if !self.take(1, UnknownTags::MEMORY_PER_TAG) {
            return self.fail("", DecodeProblem::TooManyElements);
        }
        tags.push(section.tag, value);
    }

    fn set_flexible(&mut self, flexible: bool) -> bool {
        std::mem::replace(&mut self.flexible, flexible)
    }

    fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    fn fail(&mut self, field: &'static str, problem: DecodeProblem) {
        if self.failure.is_none() {
            self.failure = Some(Failure { field, position: self.position, problem });
        }
    }
}
