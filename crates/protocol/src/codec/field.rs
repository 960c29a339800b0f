//! The types that a field of a message can have.

use bytes::Bytes;
use ottla_types::Uuid;

use super::{Fields, Sink, Source};
use crate::{DecodeProblem, EncodeProblem, Str};

/// A value that a message is made of.
pub trait Field {
    /// Hands the value to a sink.
    fn write(&self, sink: &mut dyn Sink, name: &'static str, version: i16);
    /// Draws a value from a source.
    fn read(source: &mut dyn Source, name: &'static str, version: i16) -> Self
    where
        Self: Sized;
}

/// A value that can be null, and is an [`Option`] then.
pub trait Nullable: Field + Sized {
    /// Hands the value, or null, to a sink.
    fn write_nullable(value: Option<&Self>, sink: &mut dyn Sink, name: &'static str, version: i16);
    /// Draws a value, or null, from a source.
    fn read_nullable(source: &mut dyn Source, name: &'static str, version: i16) -> Option<Self>;
}

impl<T: Nullable> Field for Option<T> {
    fn write(&self, sink: &mut dyn Sink, name: &'static str, version: i16) {
        T::write_nullable(self.as_ref(), sink, name, version);
    }

    fn read(source: &mut dyn Source, name: &'static str, version: i16) -> Self {
        T::read_nullable(source, name, version)
    }
}

/// Whether a value is its type's default, which is also what a version without the field stands for.
pub fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Writes a field that can be null in other versions, but not in this one.
pub fn write_required<T: Field>(value: &Option<T>, sink: &mut dyn Sink, name: &'static str, version: i16) {
    match value {
        Some(value) => value.write(sink, name, version),
        None => sink.fail(name, EncodeProblem::Null),
    }
}

/// Reads a field that can be null in other versions, but not in this one.
pub fn read_required<T: Field>(source: &mut dyn Source, name: &'static str, version: i16) -> Option<T> {
    Some(T::read(source, name, version))
}

macro_rules! plain {
    ($($method:ident: $type:ty),*) => {
        $(impl Field for $type {
            fn write(&self, sink: &mut dyn Sink, name: &'static str, _: i16) {
                sink.$method(name, *self);
            }

            fn read(source: &mut dyn Source, name: &'static str, _: i16) -> Self {
                source.$method(name)
            }
        })*
    };
}

plain!(bool: bool, i8: i8, i16: i16, u16: u16, i32: i32, u32: u32, i64: i64, f64: f64, uuid: Uuid);

macro_rules! shared {
    ($($method:ident: $type:ty),*) => {
        $(impl Field for $type {
            fn write(&self, sink: &mut dyn Sink, name: &'static str, _: i16) {
                sink.$method(name, Some(self));
            }

            fn read(source: &mut dyn Source, name: &'static str, _: i16) -> Self {
                source.$method(name, false).unwrap_or_default()
            }
        }

        impl Nullable for $type {
            fn write_nullable(value: Option<&Self>, sink: &mut dyn Sink, name: &'static str, _: i16) {
                sink.$method(name, value);
            }

            fn read_nullable(source: &mut dyn Source, name: &'static str, _: i16) -> Option<Self> {
                source.$method(name, true)
            }
        })*
    };
}

shared!(string: Str, bytes: Bytes);

impl<T: Field> Field for Vec<T> {
    fn write(&self, sink: &mut dyn Sink, name: &'static str, version: i16) {
        Self::write_nullable(Some(self), sink, name, version);
    }

    fn read(source: &mut dyn Source, name: &'static str, version: i16) -> Self {
        let count = source.array(name, false).unwrap_or_default();
        read_elements(source, name, version, count)
    }
}

impl<T: Field> Nullable for Vec<T> {
    fn write_nullable(value: Option<&Self>, sink: &mut dyn Sink, name: &'static str, version: i16) {
        sink.array(name, value.map(Self::len));
        if let Some(elements) = value {
            for element in elements {
                element.write(sink, name, version);
            }
            sink.array_end();
        }
    }

    fn read_nullable(source: &mut dyn Source, name: &'static str, version: i16) -> Option<Self> {
        source.array(name, true).map(|count| read_elements(source, name, version, count))
    }
}

fn read_elements<T: Field>(
    source: &mut dyn Source,
    name: &'static str,
    version: i16,
    count: usize,
) -> Vec<T> {
    let mut elements = Vec::new();
    while elements.len() < count && !source.has_failed() {
        // The count is the sender's claim: room grows with what has really been read.
        if elements.len() == elements.capacity() {
            let room = source.room(name, elements.len(), count, size_of::<T>());
            if room == 0 {
                source.fail(name, DecodeProblem::TooManyElements);
                break;
            }
            elements.reserve_exact(room);
        }
        elements.push(T::read(source, name, version));
    }
    elements
}

impl<T: Fields + Sized> Field for T {
    fn write(&self, sink: &mut dyn Sink, name: &'static str, version: i16) {
        sink.structure(name, self, version);
    }

    fn read(source: &mut dyn Source, _: &'static str, version: i16) -> Self {
        Self::read_fields(source, version)
    }
}

impl<T: Fields + Sized> Nullable for T {
    fn write_nullable(value: Option<&Self>, sink: &mut dyn Sink, name: &'static str, version: i16) {
        sink.nullable_structure(name, value.map(|value| value as &dyn Fields), version);
    }

    fn read_nullable(source: &mut dyn Source, name: &'static str, version: i16) -> Option<Self> {
        source.is_present(name).then(|| Self::read_fields(source, version))
    }
}
