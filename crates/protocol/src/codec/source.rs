//! Where a message comes from: field by field, in the order of its declaration.

use bytes::Bytes;
use ottla_types::Uuid;

use super::{TagSection, UnknownTags};
use crate::{DecodeProblem, Str};

/// Yields the fields of a message. After a failure it yields zeros and emptiness for ever.
pub trait Source {
    /// A truth value.
    fn bool(&mut self, name: &'static str) -> bool;
    /// A number.
    fn i8(&mut self, name: &'static str) -> i8;
    /// A number.
    fn i16(&mut self, name: &'static str) -> i16;
    /// A number.
    fn u16(&mut self, name: &'static str) -> u16;
    /// A number.
    fn i32(&mut self, name: &'static str) -> i32;
    /// A number.
    fn u32(&mut self, name: &'static str) -> u32;
    /// A number.
    fn i64(&mut self, name: &'static str) -> i64;
    /// A number.
    fn f64(&mut self, name: &'static str) -> f64;
    /// An id.
    fn uuid(&mut self, name: &'static str) -> Uuid;
    /// A string, or null.
    fn string(&mut self, name: &'static str, nullable: bool) -> Option<Str>;
    /// Bytes, or null.
    fn bytes(&mut self, name: &'static str, nullable: bool) -> Option<Bytes>;
    /// The number of elements of an array, or null.
    fn array(&mut self, name: &'static str, nullable: bool) -> Option<usize>;
    /// How many elements of `size` bytes to make room for, when `len` of `count` have been read and there is
    /// no room left. Zero if there is no memory for them, which is a failure.
    fn room(&mut self, name: &'static str, len: usize, count: usize, size: usize) -> usize;
    /// Whether a struct that could be null is there.
    fn is_present(&mut self, name: &'static str) -> bool;
    /// Begins the tagged fields of a struct that knows these tags.
    fn tagged_fields(&mut self, known: &'static [u32]) -> TagSection;
    /// Ends the tagged field before and begins the next.
    fn next_tag(&mut self, section: &mut TagSection) -> Option<u32>;
    /// Keeps a tagged field that this version does not define. One that another version defines is an error.
    fn unknown_tag(&mut self, section: &TagSection, tags: &mut UnknownTags);
    /// Says whether what follows is read in the form of flexible versions; returns what was so before.
    fn set_flexible(&mut self, flexible: bool) -> bool;
    /// Whether something was wrong.
    fn has_failed(&self) -> bool;
    /// The message cannot be read. Only the first call counts.
    fn fail(&mut self, name: &'static str, problem: DecodeProblem);
}
