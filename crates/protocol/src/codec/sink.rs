//! Where a message goes: field by field, in the order of its declaration.

use bytes::Bytes;
use ottla_types::Uuid;

use super::{Fields, Tagged, UnknownTags};
use crate::{EncodeProblem, RecordSet, Str};

/// Takes the fields of a message. `name` is the field's name as Kafka spells it; for the elements of an array,
/// the array's.
pub trait Sink {
    /// A truth value.
    fn bool(&mut self, name: &'static str, value: bool);
    /// A number.
    fn i8(&mut self, name: &'static str, value: i8);
    /// A number.
    fn i16(&mut self, name: &'static str, value: i16);
    /// A number.
    fn u16(&mut self, name: &'static str, value: u16);
    /// A number.
    fn i32(&mut self, name: &'static str, value: i32);
    /// A number.
    fn u32(&mut self, name: &'static str, value: u32);
    /// A number.
    fn i64(&mut self, name: &'static str, value: i64);
    /// A number.
    fn f64(&mut self, name: &'static str, value: f64);
    /// An id.
    fn uuid(&mut self, name: &'static str, value: Uuid);
    /// A string or its absence.
    fn string(&mut self, name: &'static str, value: Option<&Str>);
    /// Bytes or their absence.
    fn bytes(&mut self, name: &'static str, value: Option<&Bytes>);
    /// Record batches or their absence.
    fn records(&mut self, name: &'static str, value: Option<&RecordSet>);
    /// The beginning of an array of `count` elements, or its absence. The elements follow, then
    /// [`Sink::array_end`], which a null array does not have.
    fn array(&mut self, name: &'static str, count: Option<usize>);
    /// The end of an array.
    fn array_end(&mut self);
    /// A struct.
    fn structure(&mut self, name: &'static str, value: &dyn Fields, version: i16);
    /// A struct that could be null, or its absence.
    fn nullable_structure(&mut self, name: &'static str, value: Option<&dyn Fields>, version: i16);
    /// The tagged fields of a struct that differ from their defaults, in the order of their tags, and the
    /// unknown ones.
    fn tagged_fields(&mut self, known: &[Option<Tagged<'_>>], unknown: &UnknownTags, version: i16);
    /// Says whether what follows is written in the form of flexible versions; returns what was so before.
    fn set_flexible(&mut self, flexible: bool) -> bool;
    /// The message cannot be written. Only the first call counts.
    fn fail(&mut self, name: &'static str, problem: EncodeProblem);
}
